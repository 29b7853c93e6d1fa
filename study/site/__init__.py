"""The published form of the knowledge base: staged as Markdown, built by either engine, served live."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from study.site.building import Built
    from study.site.staging import Staged

Engine = Literal["mkdocs", "zensical"]
ENGINES: tuple[Engine, ...] = ("mkdocs", "zensical")
PORT = 8000


def stage(root: Path) -> Staged:
    """Write the Markdown of the whole site into `pages/`; see `study.site.staging.stage`."""
    from study.site import staging

    return staging.stage(root)


def build(
    root: Path,
    *,
    engine: Engine = "mkdocs",
    strict: bool = True,
    folder: Path | None = None,
    waiting: Callable[[str], object] = lambda _: None,
) -> Built:
    """Stage the pages and build the site into `site/` or a folder; see `study.site.building.build`."""
    from study.site import building

    return building.build(root, engine=engine, strict=strict, folder=folder, waiting=waiting)


def serve(root: Path, *, port: int = PORT, say: Callable[[str], object] = print) -> None:
    """Build the site, serve it with the reader's log until Ctrl-C; see `study.site.serving.serve`."""
    from study.site import serving

    serving.serve(root, port=port, say=say)
