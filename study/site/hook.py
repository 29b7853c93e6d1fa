"""What MkDocs runs before it builds, so that plain `mkdocs build` and `mkdocs serve` work by themselves.

Zensical runs no hooks: `study build --engine zensical` stages the pages first.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import Abort

from study.files.errors import StudyError
from study.site.lighter import lighten
from study.site.policy import protect
from study.site.staging import stage


def on_pre_build(config: Any) -> None:
    """Stage the pages."""
    try:
        stage(Path(config.config_file_path).parent)
    except StudyError as error:
        raise Abort(str(error)) from None


_UNREAD = (
    re.compile(  # formulas as they are drawn and as MathML, and the source under an item of the reference
        r"<math-html\b[^>]*>.*?</math-html>"
        r"|<mpadded data-search-exclude>.*?</mpadded>(?=<annotation)"
        r'|(?<=<details class="mkdocstrings-source">).*?(?=</details>)',
        re.DOTALL,
    )
)
_PLACE = re.compile(r"<set-aside-(\d+)></set-aside-\1>")
_set_aside: dict[str, list[str]] = {}  # page to what was taken out of it


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Set aside what the search need not read: most of what a page is made of."""
    taken = _set_aside[page.file.src_uri] = []

    def place(found: re.Match[str]) -> str:
        taken.append(found[0])
        return f"<set-aside-{len(taken) - 1}></set-aside-{len(taken) - 1}>"

    return _UNREAD.sub(place, html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Put it back."""
    taken = _set_aside.pop(page.file.src_uri, [])
    return _PLACE.sub(lambda found: taken[int(found[1])], output)


def on_startup(command: str, **_: Any) -> None:
    """Note whether the pages are for somebody else: `mkdocs serve` puts a script of its own into them."""
    _state["published"] = command != "serve"


_state = {"published": True}


def on_post_build(config: Any) -> None:
    """Take out what only the build needed, and write into the pages which scripts may run."""
    if _state["published"]:
        lighten(Path(config.site_dir))
        protect(Path(config.site_dir))


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
