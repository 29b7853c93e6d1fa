"""Turn a page of notes into a Jupyter notebook that runs from top to bottom.

Fences that the page executes become code cells that already show their printed output; everything else is
Markdown. A notebook for a folder of the checkout links to figures and pages; one for anywhere carries its
figures inside and keeps of such links the words.
"""

from __future__ import annotations

import base64
import mimetypes
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from study import bibliography
from study.bibliography import Work
from study.entries.catalogue import Entry
from study.files import foreign
from study.files.errors import StudyError
from study.notes import Fence, Link, Notes, parse, parse_text
from study.notes.markdown import plain, split_lines

_SETUP = """\
# The notes run from the root of the checkout; so does this notebook.
import os
import sys
from pathlib import Path

_above = (Path.cwd(), *Path.cwd().parents)
_root = next((folder for folder in _above if (folder / "{notes}").is_file()), None)
if _root is None:
    raise RuntimeError("Open this notebook inside a checkout of ML Foundations.")
os.chdir(_root)
sys.path.insert(0, str(_root))
"""
_DETAILS = re.compile(r"^[ \t]*<details\b[^>]*>[ \t]*(?:<summary>(?P<summary>.*?)</summary>)?[ \t]*$")
_END_OF_DETAILS = re.compile(r"^[ \t]*</details>[ \t]*$")


@dataclass
class _Part:
    """A stretch of Markdown, or a fence to run; `folded` if it stands in a folded answer."""

    lines: list[str] = field(default_factory=list)
    fence: Fence | None = None
    folded: bool = False


def convert(entry: Entry, folder: Path | None = None, references: Mapping[str, Work] | None = None) -> str:
    """Return the notebook of an entry as the text of an .ipynb file. The same notes give the same text.

    Args:
        entry: The entry.
        folder: The folder of the checkout in which it will be saved; by default it may be anywhere.
        references: The bibliography, if it has been read already.

    Raises:
        StudyError: The notes cannot be read, or nbformat is not installed.
    """
    try:
        import nbformat
        from nbformat import v4
    except ImportError:
        raise StudyError(
            "Notebooks need jupytext and nbformat: pip install 'ml-foundations[docs]'."
        ) from None
    notes = parse(entry.notes)
    known = bibliography.load(entry.root) if references is None else references
    pages = _Pages(entry, known, folder)
    cells: list[Any] = []
    for part in _parts(notes):
        if part.fence is not None:
            cells.append(_code_cell(v4, part.fence, part.folded))
        elif text := "".join(part.lines).strip():
            cells.append(v4.new_markdown_cell(pages.adapt(text)))
    first = next((index for index, cell in enumerate(cells) if cell["cell_type"] == "code"), len(cells))
    relative = entry.notes.relative_to(entry.root).as_posix()
    cells.insert(first, v4.new_code_cell(_SETUP.format(notes=relative).rstrip()))
    cells[0]["metadata"]["ml_foundations"] = {"room": entry.room, **notes.front}
    for number, cell in enumerate(cells):
        cell["id"] = f"{entry.slug}-{number:03d}"
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": entry.title,
    }
    return nbformat.writes(v4.new_notebook(cells=cells, metadata=metadata)).rstrip("\n") + "\n"


def _code_cell(v4: Any, fence: Fence, folded: bool) -> Any:
    outputs = []
    if fence.output is not None and fence.output.code:
        outputs.append(v4.new_output("stream", name="stdout", text=fence.output.code))
    metadata = {"jupyter": {"source_hidden": True, "outputs_hidden": True}} if folded else {}
    return v4.new_code_cell(fence.code.rstrip("\n"), outputs=outputs, metadata=metadata)


def _parts(notes: Notes) -> Iterator[_Part]:
    """Cut the page at the fences it runs and at its headings of level two."""
    lines = split_lines(notes.text)
    at = {fence.start: fence for fence in notes.fences}
    skipped = {marker.line for marker in notes.markers if marker.kind == "source"}
    headings = {section.line for section in notes.sections if section.level == 2}
    unfolded = _unfolded(notes, lines)
    part = _Part()
    number = notes.body_line
    while number <= len(lines):
        fence = at.get(number)
        if fence is not None:
            if fence.kind == "run":
                yield part
                yield _Part(fence=fence, folded=any(start < number < end for start, end in unfolded))
                part = _Part()
            elif fence.kind != "output":
                part.lines += lines[number - 1 : fence.end]
            number = fence.end + 1
            continue
        if number in headings:
            yield part
            part = _Part()
        if number not in skipped:
            part.lines.append(_unfold(lines[number - 1], number, unfolded))
        number += 1
    yield part


def _unfolded(notes: Notes, lines: list[str]) -> list[tuple[int, int]]:
    """Return the folded answers that hold a fence to run: a cell cannot stand inside one."""
    fenced = {number for fence in notes.fences for number in range(fence.start, fence.end + 1)}
    opened: list[int] = []
    found = []
    for number in range(notes.body_line, len(lines) + 1):
        text = lines[number - 1].rstrip("\r\n")
        if number in fenced:
            continue
        if _DETAILS.match(text):
            opened.append(number)
        elif _END_OF_DETAILS.match(text) and opened:
            start = opened.pop()
            if any(start < fence.start < number for fence in notes.runnable):
                found.append((start, number))
    return found


def _unfold(line: str, number: int, unfolded: list[tuple[int, int]]) -> str:
    for start, end in unfolded:
        if number == start and (found := _DETAILS.match(line.rstrip("\r\n"))):
            return f"**{(found['summary'] or 'Answer').strip()}**\n"
        if number == end:
            return "\n"
    return line


@dataclass
class _Pages:
    """What a stretch of Markdown needs to stand outside its page: figures, citations, links."""

    entry: Entry
    references: Mapping[str, Work]
    folder: Path | None

    def adapt(self, text: str) -> str:
        """Return the text as a cell shows it."""
        page = parse_text(text, self.entry.notes, front=False)
        edits: list[tuple[tuple[int, int], str]] = []
        for figure in page.figures:
            file = self.entry.path / unquote(figure.target)
            if file.is_file():
                edits.append((figure.span, f"![{figure.alt}]({self._address(file)})"))
        for citation in page.citations:
            works = "; ".join(map(self._cited, citation.keys, citation.locators))
            edits.append((citation.span, f"({works})"))
        edits += [(link.span, self._linked(text[slice(*link.span)], link)) for link in page.links]
        for (start, end), shown in sorted(edits, reverse=True):
            text = text[:start] + shown + text[end:]
        return text

    def _address(self, file: Path) -> str:
        """Return what reaches a file from the notebook: a relative path, or the file itself.

        Not an attachment of the cell: Jupyter refuses those that are SVG.
        """
        if self.folder is not None:
            return Path(os.path.relpath(file, self.folder)).as_posix()
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"

    def _cited(self, key: str, locator: str) -> str:
        reference = self.references.get(key)
        if reference is None:
            return foreign.markdown(key)
        short = foreign.markdown(reference.short)
        if reference.url:
            address = quote(reference.url, safe="%/:=&?~#+!$,;'@")  # no bracket ends the link
            short = f"[{short}]({address})"
        return f"{short}, {locator}" if locator else short

    def _linked(self, markdown: str, link: Link) -> str:
        name, sign, anchor = link.target.partition("#")
        if re.match(r"[a-zA-Z][\w+.-]*:", name):
            return markdown
        if not name:
            return markdown.replace(f"#{anchor}", f"#{self._heading(anchor)}")
        if self.folder is None:
            return link.text
        return markdown.replace(link.target, self._address(self.entry.path / unquote(name)) + sign + anchor)

    def _heading(self, anchor: str) -> str:
        """Return the anchor that Jupyter gives a heading: its text with hyphens for spaces."""
        for section in parse(self.entry.notes).sections:
            if anchor in (section.anchor, section.github_anchor):
                return plain(section.title).replace(" ", "-")
        return anchor
