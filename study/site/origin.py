"""Where the page that is being converted comes from, so that an error names the file a person edits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markdown import Markdown

from study.files.checkout import find_root
from study.files.errors import FileError, StudyError
from study.files.paths import ROOMS
from study.site.tex import FormulaError

_SOURCE = re.compile(r"\A---\n(?:.*\n)*?source: (?P<path>\S+)\n(?:.*\n)*?---\n")


def checkout() -> Path | None:
    """Return the root of the checkout that encloses the current folder, or None outside of one."""
    try:
        return find_root()
    except StudyError:
        return None


def formula_error(md: Markdown, error: FormulaError) -> StudyError:
    """Return the error to raise for a formula: its file and line, KaTeX's message and the formula."""
    what = f"KaTeX cannot read a formula: {error.message}"
    shortened = " ".join(error.tex.split())
    fix = f"The formula: {shortened if len(shortened) <= 160 else shortened[:159] + '…'}"
    for path in _candidates(md):
        if (line := _line(path, error.tex)) is not None:
            return FileError(path, line, what, fix)
    return StudyError(f"{what}\n{fix}")


def _candidates(md: Markdown) -> Iterator[Path]:
    """Yield where the formula may stand: the source of the page, what the page may show, the page itself."""
    root = checkout()
    page = _page(md, root)
    if page is not None and page.is_file():
        found = _SOURCE.match(page.read_text(encoding="utf-8"))
        if found and root:
            yield root / found["path"]
    if root:
        for folder in (*ROOMS, "docs"):
            files = sorted((root / folder).rglob("*"))
            yield from (path for path in files if path.suffix in {".py", ".md", ".bib"})
    if page is not None:
        yield page


def _page(md: Markdown, root: Path | None) -> Path | None:
    """Return the staged file, as the engine that converts it tells."""
    if "relpath" in md.treeprocessors:  # MkDocs
        return Path(md.treeprocessors["relpath"].file.abs_src_path)  # type: ignore[attr-defined]
    if "rendering_context" in md.preprocessors and root:  # Zensical
        return root / "pages" / md.preprocessors["rendering_context"].page.path  # type: ignore[attr-defined]
    return None


def _line(path: Path, tex: str) -> int | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    for wanted in (tex, tex.split("\n", 1)[0]):
        if (at := text.find(wanted)) >= 0:
            return text.count("\n", 0, at) + 1
    return None
