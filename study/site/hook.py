"""What MkDocs runs before it builds, so that plain `mkdocs build` and `mkdocs serve` work by themselves.

Zensical runs no hooks: `study build --engine zensical` stages the pages first.
"""

from __future__ import annotations

import re
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


_MATHEMATICS = re.compile(r"(<math-html\b[^>]*>)(.*?)(</math-html>)", re.DOTALL)
_PLACE = re.compile(r'(<math-html\b[^>]*>)(?P<number>\d+)(?=</math-html>)')
_set_aside: dict[str, list[str]] = {}  # page to the inside of its formulas


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Set the drawn formulas aside: the search, which leaves them out, would read through all of them."""
    drawn = _set_aside[page.file.src_uri] = []

    def place(found: re.Match[str]) -> str:
        drawn.append(found[2])
        return f"{found[1]}{len(drawn) - 1}{found[3]}"

    return _MATHEMATICS.sub(place, html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Put the formulas back."""
    drawn = _set_aside.pop(page.file.src_uri, [])
    return _PLACE.sub(lambda found: found[1] + drawn[int(found["number"])], output)


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
