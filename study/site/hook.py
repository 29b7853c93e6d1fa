"""What MkDocs runs before it builds, so that plain `mkdocs build` and `mkdocs serve` work by themselves.

Zensical runs no hooks: `study build --engine zensical` stages the pages first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.exceptions import Abort

from study.errors import StudyError
from study.site.staging import stage


def on_pre_build(config: Any) -> None:
    """Stage the pages."""
    try:
        stage(Path(config.config_file_path).parent)
    except StudyError as error:
        raise Abort(str(error)) from None


def on_build_error(error: Exception) -> None:
    """Report what is wrong with a page in a line or two instead of a traceback."""
    if isinstance(error, StudyError):
        raise Abort(str(error)) from None


def on_serve(server: Any, config: Any, builder: Any) -> Any:
    """Watch what the pages are made of, too."""
    root = Path(config.config_file_path).parent
    for folder in ("docs", "foundations", "implementations", "papers"):
        if (root / folder).is_dir():
            server.watch(str(root / folder), builder)
    return server
