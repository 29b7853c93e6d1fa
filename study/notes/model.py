"""The parts of a page of notes.

Every part carries its 1-based line in the file; spans are character offsets into `Notes.text`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from study.notes.markdown import prose

FenceKind = Literal["run", "output", "source", "fragment", "other"]


@dataclass(frozen=True)
class Section:
    """A heading and what follows it up to the next heading of any level.

    Attributes:
        level: 1 to 6.
        title: The heading as written, markup included.
        anchor: Its anchor on the site (Python-Markdown's `toc`).
        github_anchor: Its anchor on GitHub.
        text: The Markdown below the heading.
        line: Line of the heading.
        pass_number: The pass it belongs to: 1, 2 or 3; see `study.notes.passes`.
        marked: Whether it names that pass itself.
    """

    level: int
    title: str
    anchor: str
    github_anchor: str
    text: str
    line: int
    pass_number: int = 2
    marked: bool = False


@dataclass(frozen=True)
class Source:
    """What a method fence shows: a file of the checkout and a definition in it (`Class.method` too)."""

    file: str
    name: str
    line: int


@dataclass(frozen=True)
class Fence:
    """A fenced code block.

    Attributes:
        kind: `run`: Python that is executed; `output`: what the `run` fence above it prints; `source`: the
            source of a definition, not executed; `fragment`: Python that the page says is not run; `other`:
            anything else.
        language: What the info string names, in lower case.
        info: The whole info string.
        code: The dedented text, lines ending in a newline.
        start: Line of the opening fence.
        line: Line of the first line of code.
        end: Line of the closing fence.
        indent: White space before the opening fence.
        marker: The opening run of backticks or tildes.
        output: For `run`: the fence of its expected output, if there is one.
        source: For `source`: what it shows.
    """

    kind: FenceKind
    language: str
    info: str
    code: str
    start: int
    end: int
    indent: str
    marker: str
    output: Fence | None = None
    source: Source | None = None

    @property
    def line(self) -> int:
        """Line of the first line of code."""
        return self.start + 1


@dataclass(frozen=True)
class Marker:
    """A comment that the tool acts on, and the stretch of the page that is generated from it.

    Attributes:
        kind: `source` for a method fence, `verdicts` for what held, `results` for the claims in detail,
            `table` for what a function returns.
        target: `file::name` of the definition or the function; empty for `verdicts` and `results`.
        line: Line of the comment.
        end: Line on which the stretch ends: of the closing fence, or of the closing comment.
    """

    kind: Literal["source", "verdicts", "results", "table"]
    target: str
    line: int
    end: int

    @property
    def source(self) -> Source:
        """What the target names."""
        file, _, name = self.target.partition("::")
        return Source(file, name, self.line)


@dataclass(frozen=True)
class Citation:
    """`[@key]`, `[@key, Table 3]` or `[@one; @two]`; `span` covers the brackets."""

    keys: tuple[str, ...]
    locators: tuple[str, ...]
    line: int
    span: tuple[int, int]


@dataclass(frozen=True)
class Figure:
    """An image; `caption` is the paragraph in italics that follows it, without its asterisks, or empty.

    `interactive` is the script that takes its place on the site, named by a marker on the line above it.
    """

    alt: str
    target: str
    caption: str
    line: int
    span: tuple[int, int]
    interactive: str = ""


@dataclass(frozen=True)
class Link:
    """A link to anywhere; `target` as written."""

    text: str
    target: str
    line: int
    span: tuple[int, int]


@dataclass(frozen=True)
class Notes:
    """A page of notes, read but not judged.

    Attributes:
        path: The file.
        text: Its whole text, line endings as they are.
        front: The fields of the front matter, as YAML reads them (checked by `study.entries.catalogue`).
        body_line: Line on which the text below the front matter starts.
    """

    path: Path
    text: str
    front: dict[str, object]
    body_line: int
    sections: tuple[Section, ...]
    fences: tuple[Fence, ...]
    markers: tuple[Marker, ...]
    citations: tuple[Citation, ...]
    figures: tuple[Figure, ...]
    links: tuple[Link, ...]
    body: str = field(repr=False)

    @property
    def runnable(self) -> tuple[Fence, ...]:
        """The fences that are executed, in order."""
        return tuple(fence for fence in self.fences if fence.kind == "run")

    @property
    def fragments(self) -> tuple[Fence, ...]:
        """The Python that the page shows and says is not run, in order."""
        return tuple(fence for fence in self.fences if fence.kind == "fragment")

    @property
    def has_passes(self) -> bool:
        """Whether any section names its pass; without, the page is read in one."""
        return any(section.marked for section in self.sections)

    @property
    def results(self) -> Marker | None:
        """The place of the claims in detail, or None."""
        return next((marker for marker in self.markers if marker.kind == "results"), None)

    @property
    def verdicts(self) -> Marker | None:
        """The place of the verdicts on the claims, or None."""
        return next((marker for marker in self.markers if marker.kind == "verdicts"), None)

    @property
    def tables(self) -> tuple[Marker, ...]:
        """The places of the generated tables, in order."""
        return tuple(marker for marker in self.markers if marker.kind == "table")

    def between(self, marker: Marker) -> str:
        """Return what was generated between the comments of a marker, with plain newlines."""
        lines = self.text.replace("\r\n", "\n").split("\n")
        return "\n".join(lines[marker.line : marker.end - 1]).strip()

    @property
    def anchors(self) -> frozenset[str]:
        """Every anchor of the page on the site."""
        return frozenset(section.anchor for section in self.sections)

    @property
    def words(self) -> int:
        """Number of words of prose, formulas and code left out."""
        return len(re.findall(r"\w+(?:[-'’]\w+)*", prose(self.body)))
