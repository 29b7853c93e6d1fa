"""Find the parts of a page of notes: sections, fences, markers, citations, figures, links."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from study.entries import front_matter
from study.files.errors import FileError
from study.files.read import read_text
from study.notes import passes
from study.notes.languages import runs
from study.notes.markdown import Anchors, RawFence, headings, prose, scan, split_lines
from study.notes.model import Citation, Fence, FenceKind, Figure, Link, Marker, Notes, Section, Source

SOURCE_MARKER = re.compile(r"^[ \t]*<!--\s*source:\s*(?P<file>\S+?)::(?P<name>[\w.]+)\s*-->\s*$")
INTERACTIVE_MARKER = re.compile(r"^<!--\s*interactive:\s*(?P<script>[\w-]+\.js)\s*-->\s*$")
FRAGMENT_MARKER = re.compile(r"^[ \t]*<!--\s*not run:\s*(?P<reason>\S.*?)\s*-->\s*$")
_ANY_FRAGMENT = re.compile(r"^[ \t]*<!--\s*not[ -]?run\b", re.IGNORECASE)
_ANY_INTERACTIVE = re.compile(r"^[ \t]*<!--\s*interactive\b")
OPENING = re.compile(
    r"^[ \t]*<!--\s*(?:(?P<results>results|verdicts)|table:\s*(?P<file>\S+?)::(?P<name>[\w.]+))\s*-->\s*$"
)
CLOSING = re.compile(r"^[ \t]*<!--\s*/(?P<kind>results|verdicts|table)\s*-->\s*$")
_MALFORMED = re.compile(r"^[ \t]*<!--\s*(?P<kind>source|table)\b")
CITATION = re.compile(r"\[(@[^\[\]]+)\](?!\()")
_KEY = re.compile(r"^\s*@(?P<key>[A-Za-z0-9][\w:.+/-]*?)(?P<locator>,[^;]*)?\s*$")
_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\(\s*<?(?P<target>[^)\s>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
_LINK = re.compile(
    r"(?<![!\\])\[(?P<text>(?:!\[[^\]]*\]\([^)]*\)|[^\[\]])*)\]\(\s*<?(?P<target>[^)\s>]*)>?(?:\s+\"[^\"]*\")?\s*\)"
)
_REFERENCE = re.compile(r"^[ ]{0,3}\[(?P<text>[^\]^@][^\]]*)\]:\s*<?(?P<target>[^\s>]+)", re.MULTILINE)
_HTML_LINK = re.compile(
    r"<(?:a|img|source)\b[^>]*?\s(?:href|src|srcset)=\"(?P<target>[^\"]+)\"", re.IGNORECASE
)
_CAPTION = re.compile(
    r"\s*(?:\r?\n[ \t]*){1,}(?P<caption>\*(?!\*)(?:(?!\n[ \t]*\r?\n).)+?\*(?!\*))[ \t]*(?=\r?\n|\Z)",
    re.DOTALL,
)
_LINE_ABOVE = re.compile(r"^(.*)\n\Z", re.MULTILINE)


def parse(path: Path) -> Notes:
    """Read a page of notes.

    Raises:
        FileError: The file cannot be read, has no front matter, leaves a fence or a results marker open, or
            has a marker that is malformed or not directly above what it is about: a source marker or one
            that says why code is not run above a Python fence, an interactive marker above a figure; or a
            pass marker that is wrong (see `study.notes.passes.marks`).
    """
    return _parsed(read_text(path), path)


@lru_cache(maxsize=64)
def _parsed(text: str, path: Path) -> Notes:
    return parse_text(text, path)


def parse_text(text: str, path: Path, *, front: bool = True) -> Notes:
    """Read notes from `text`; `path` names the file in errors. `front=False`: a page without front matter."""
    head = front_matter.parse(text, path) if front else front_matter.FrontMatter({}, {}, 0, 1)
    body = text[head.end :]
    fences, markers = _blocks(body, head.end_line, path)
    spoken = " " * head.end + prose(body)
    lines = _LineOf(text)
    return Notes(
        path=path,
        text=text,
        front=dict(head.values),
        body_line=head.end_line,
        sections=tuple(_sections(body, head.end_line, path)),
        fences=fences,
        markers=markers,
        citations=tuple(_citations(spoken, lines)),
        figures=tuple(_figures(spoken, text, lines)),
        links=tuple(_links(spoken, text, lines)),
        body=body,
    )


class _LineOf:
    """Line numbers of offsets."""

    def __init__(self, text: str):
        self._starts = [0] + [found.end() for found in re.finditer("\n", text)]

    def __call__(self, offset: int) -> int:
        return bisect_right(self._starts, offset)


def _sections(body: str, first: int, path: Path) -> Iterator[Section]:
    anchors = Anchors()
    found = list(headings(body, first))
    lines = split_lines(body)
    marked = passes.marks(body, first, path)
    numbers = passes.assigned([(line, level) for line, level, _ in found], marked)
    for index, (line, level, title) in enumerate(found):
        end = found[index + 1][0] if index + 1 < len(found) else first + len(lines)
        text = "".join(lines[line - first + 1 : end - first])
        anchor, github_anchor = anchors.add(title)
        yield Section(level, title, anchor, github_anchor, text, line, numbers[index], marked=line in marked)


def _blocks(body: str, first: int, path: Path) -> tuple[tuple[Fence, ...], tuple[Marker, ...]]:
    fences: list[Fence] = []
    markers: list[Marker] = []
    source: Source | None = None  # a source marker on the line just above
    opened: Marker | None = None  # a results or table marker that is not closed yet
    awaits_output = False  # only blank lines since a `run` fence
    played: int | None = None  # an interactive marker on the line just above
    fragment: int | None = None  # a marker that says why the fence below it is not run
    for item in scan(body, first):
        if played is not None and (isinstance(item, RawFence) or not item[1].startswith("![")):
            raise _unplaced(path, played)
        played = None
        if isinstance(item, RawFence):
            fence = _fence(item, source, awaits_output, path)
            if fragment is not None:
                if fence.kind != "run":
                    raise _no_fragment(path, fragment)
                fence = replace(fence, kind="fragment")
                fragment = None
            if source is not None:
                markers.append(Marker("source", f"{source.file}::{source.name}", source.line, fence.end))
            if fence.kind == "output":
                fences[-1] = replace(fences[-1], output=fence)
            fences.append(fence)
            awaits_output = fence.kind == "run"
            source = None
            continue
        line, text = item
        if source is not None:
            raise _misplaced(path, source.line)
        if fragment is not None:
            raise _no_fragment(path, fragment)
        if found := SOURCE_MARKER.match(text):
            source = Source(found["file"], found["name"], line)
        elif INTERACTIVE_MARKER.match(text):
            played = line
        elif FRAGMENT_MARKER.match(text):
            fragment = line
        elif _ANY_FRAGMENT.match(text):
            raise FileError(path, line, "malformed marker: expected `<!-- not run: the reason -->`")
        elif _ANY_INTERACTIVE.match(text):
            raise FileError(path, line, "malformed marker: expected `<!-- interactive: script.js -->`")
        elif found := OPENING.match(text):
            opened = _open(found, line, opened, markers, path)
        elif found := CLOSING.match(text):
            markers.append(_close(found["kind"], line, opened, fences, path))
            opened = None
        elif found := _MALFORMED.match(text):
            what = f"malformed marker: expected `<!-- {found['kind']}: path/of/module.py::name -->`"
            raise FileError(path, line, what)
        awaits_output = awaits_output and not text.strip()
    if source is not None:
        raise _misplaced(path, source.line)
    if fragment is not None:
        raise _no_fragment(path, fragment)
    if played is not None:
        raise _unplaced(path, played)
    if opened is not None:
        what = f"`{_comment(opened)}` is never closed by `<!-- /{opened.kind} -->`"
        raise FileError(path, opened.line, what)
    return tuple(fences), tuple(markers)


def _comment(marker: Marker) -> str:
    return f"<!-- {marker.kind}{': ' * bool(marker.target)}{marker.target} -->"


def _open(
    found: re.Match[str], line: int, opened: Marker | None, markers: list[Marker], path: Path
) -> Marker:
    if found["results"]:
        marker = Marker("verdicts" if found["results"] == "verdicts" else "results", "", line, line)
        if any(one.kind == marker.kind for one in (*markers, opened) if one is not None):
            raise FileError(path, line, f"a second `{_comment(marker)}`: a page has one at most")
    else:
        marker = Marker("table", f"{found['file']}::{found['name']}", line, line)
    if opened is not None:
        what = f"`{_comment(marker)}` stands before `<!-- /{opened.kind} -->` has closed what is open"
        raise FileError(path, line, what)
    return marker


def _close(kind: str, line: int, opened: Marker | None, fences: list[Fence], path: Path) -> Marker:
    if opened is None or opened.kind != kind:
        above = "a table marker" if kind == "table" else f"`<!-- {kind} -->`"
        raise FileError(path, line, f"`<!-- /{kind} -->` without {above} above it")
    for fence in fences:
        if fence.start > opened.line and fence.kind in ("run", "source"):
            what = f"code between the {kind} markers, where all is generated"
            raise FileError(path, fence.start, what)
    return replace(opened, end=line)


def _misplaced(path: Path, line: int) -> FileError:
    return FileError(path, line, "a source marker must stand on the line directly above a ```python fence")


def _no_fragment(path: Path, line: int) -> FileError:
    what = "a marker `not run` must stand on the line directly above the Python fence that is not run"
    return FileError(path, line, what)


def _unplaced(path: Path, line: int) -> FileError:
    return FileError(path, line, "an interactive marker must stand on the line directly above a figure")


def _fence(raw: RawFence, source: Source | None, awaits_output: bool, path: Path) -> Fence:
    if raw.end is None:
        raise FileError(path, raw.start, f"the fence {raw.marker} is never closed")
    kind: FenceKind = "other"
    if source is not None:
        if not runs(raw.language):
            raise _misplaced(path, source.line)
        kind = "source"
    elif runs(raw.language):
        kind = "run"
    elif raw.language == "text" and awaits_output:
        kind = "output"
    return Fence(
        kind, raw.language, raw.info, raw.code, raw.start, raw.end, raw.indent, raw.marker, source=source
    )


def _citations(spoken: str, lines: _LineOf) -> Iterator[Citation]:
    for found in CITATION.finditer(spoken):
        parts = [_KEY.match(part) for part in found[1].split(";")]
        if all(parts):
            keys = tuple(part["key"] for part in parts if part)
            locators = tuple((part["locator"] or "").lstrip(", ").rstrip() for part in parts if part)
            yield Citation(keys, locators, lines(found.start()), found.span())


def _figures(spoken: str, text: str, lines: _LineOf) -> Iterator[Figure]:
    for found in _IMAGE.finditer(spoken):
        after = _CAPTION.match(text, found.end())
        caption = " ".join(after["caption"][1:-1].split()) if after else ""
        alt = " ".join(text[slice(*found.span("alt"))].split())
        above = _LINE_ABOVE.search(text, 0, found.start())
        marker = INTERACTIVE_MARKER.match(above[1]) if above else None
        script = marker["script"] if marker else ""
        yield Figure(alt, found["target"], caption, lines(found.start()), found.span(), script)


def _links(spoken: str, text: str, lines: _LineOf) -> Iterator[Link]:
    found: list[Link] = []
    for pattern in (_LINK, _REFERENCE):
        found += [
            Link(text[slice(*match.span("text"))], match["target"], lines(match.start()), match.span())
            for match in pattern.finditer(spoken)
        ]
    found += [
        Link("", match["target"], lines(match.start()), match.span()) for match in _HTML_LINK.finditer(spoken)
    ]
    yield from sorted(found, key=lambda link: link.span)
