"""The rows that each file which is searched gives to the index."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from study.entries import front_matter
from study.files import paths
from study.files.errors import FileError
from study.notes import markdown
from study.search.definitions import definitions, signature
from study.search.discovery import companion
from study.search.indexable import unspaced_runs
from study.search.prose import plain
from study.search.terms import Terms
from study.search.terms import load as load_terms

KINDS = ("notes", "docs", "api", "reader", "checklist", "bibliography")
"""What a hit can be, in the order in which equals are shown."""


@dataclass(frozen=True)
class Row:
    """One row of the index.

    Attributes:
        kind: One of `KINDS`.
        folder: The folder of the entry it belongs to (`papers/attention`), or empty.
        title: What it is part of: the headings above it, or a module.
        heading: Its own heading, definition or reference.
        anchor: Its anchor on the page.
        page: The page of the site, relative to its root, ending in `/`.
        line: 1-based line in the file.
        body, code, aliases: See `study.search.prose.Plain`.
        heading_aliases: Other words for the heading.
        terms: Under what else one looks for it, one a line: see `study.search.terms`.
    """

    kind: str
    folder: str
    title: str
    heading: str
    anchor: str
    page: str
    line: int
    body: str
    code: str = ""
    aliases: str = ""
    heading_aliases: str = ""
    terms: str = ""


@dataclass(frozen=True)
class Record:
    """What the index keeps of an entry beside its rows, to name and filter them by."""

    folder: str
    slug: str
    title: str
    tags: tuple[str, ...]


def read(root: Path, path: str, text: str) -> tuple[list[Row], Record | None]:
    """Return the rows of one file, and the record of its entry when it is the notes of one.

    Args:
        root: The checkout.
        path: The file, relative to the root.
        text: What it holds.
    """
    name = PurePosixPath(path).name
    if path.startswith("reader/"):
        return list(_own_note(root, path, text)), None
    if name == "notes.md":
        return _notes(root, path, text)
    if name == "checklist.md":
        return _checklist(root, path, text), None
    if name.endswith(".bib"):
        return list(_bibliography(root, path, text)), None
    if name.endswith(".py"):
        return list(_module(root, path, text)), None
    if folder := _folder(root, path):
        return list(_sections(path, text, "notes", folder, f"{path.removesuffix('.md')}/")), None
    return list(_sections(path, text, "docs", "", _page(path))), None


def _folder(root: Path, path: str) -> str:
    """Return the folder of the entry a file belongs to, or nothing."""
    parts = path.split("/")
    folder = "/".join(parts[:2])
    return (
        folder
        if parts[0] in paths.ROOMS and len(parts) > 2 and (root / folder / "notes.md").is_file()
        else ""
    )


def _page(path: str) -> str:
    """Return the page that a hand-written Markdown file becomes."""
    stem = path.removeprefix("docs/").removesuffix(".md")
    return stem.removesuffix("index") if PurePosixPath(stem).name == "index" else f"{stem}/"


def _notes(root: Path, path: str, text: str) -> tuple[list[Row], Record]:
    folder = str(PurePosixPath(path).parent)
    slug = PurePosixPath(folder).name
    values = {}
    with contextlib.suppress(FileError):  # still worth finding; `study doctor` says what is wrong with it
        values = front_matter.parse(text, root / path).values
    listed = values.get("tags")
    tags = tuple(str(tag) for tag in listed) if isinstance(listed, list) else ()
    record = Record(folder, slug, str(values.get("title") or slug), tags)
    terms: Terms = {}
    if index := companion(root / path):
        with contextlib.suppress(FileError):  # `study doctor` says what is wrong with it
            terms = load_terms(index)
    rows = list(_sections(path, text, "notes", folder, f"{folder}/", terms))
    if rows and values.get("summary"):
        first = rows[0]
        body = f"{values['summary']} {first.body}".strip()
        rows[0] = Row(**{**vars(first), "body": body, "aliases": "\n".join([first.aliases, *tags])})
    return rows, record


def _sections(
    path: str, text: str, kind: str, folder: str, page: str, terms: Terms | None = None
) -> Iterator[Row]:
    """Yield one row a section of a page, of any level."""
    body, first = _body(text)
    lines = markdown.split_lines(body)
    found = list(markdown.headings(body, first))
    anchors = markdown.Anchors()
    above: list[tuple[int, str]] = []
    passed_on: tuple[str, ...] = ()
    for index, (line, level, title) in enumerate(found):
        end = found[index + 1][0] if index + 1 < len(found) else first + len(lines)
        content = plain("".join(lines[line - first + 1 : end - first]))
        heading = plain(title)
        anchor = anchors.add(title)[0]
        own = (*passed_on, *(terms or {}).get(anchor, ()))
        passed_on = ()
        above = [(depth, name) for depth, name in above if depth < level]
        trail = " › ".join(name for _, name in above)
        above.append((level, heading.text))
        if level > 1 and not content.text and not content.code:
            passed_on = own
            continue  # what it is about stands in the sections below it, which carry its heading
        yield Row(
            kind=kind,
            folder=folder,
            title=trail,
            heading=heading.text,
            anchor=anchor if level > 1 else "",
            page=page,
            line=line,
            body=content.text,
            code=content.code,
            aliases=content.aliases,
            heading_aliases=heading.aliases,
            terms="\n".join(own),
        )


def _own_note(root: Path, path: str, text: str) -> Iterator[Row]:
    """Yield the reader's note on an entry, a row a section; what stands before the first is one too."""
    slug = PurePosixPath(path).stem
    rooms = (room for room in paths.ROOMS if (root / room / slug / "notes.md").is_file())
    room = next(rooms, None)
    if room is None:
        return
    folder = f"{room}/{slug}"
    body, first = _body(text)
    found = list(markdown.headings(body, first))
    lead = plain("".join(markdown.split_lines(body)[: found[0][0] - first if found else None]))
    if lead.text or lead.code:
        texts = {"body": lead.text, "code": lead.code, "aliases": lead.aliases}
        yield Row("reader", folder, "", "Your note", "checklist", f"{folder}/", first, **texts)
    for row in _sections(path, text, "reader", folder, f"{folder}/"):
        yield replace(row, anchor="checklist")


def _body(text: str) -> tuple[str, int]:
    """Return a page without its front matter, and the line it starts on."""
    if text.startswith("---"):
        closing = text.find("\n---", 3)
        end = text.find("\n", closing + 1) + 1
        if closing != -1 and end:
            return text[end:], text.count("\n", 0, end) + 1
    return text, 1


def _checklist(root: Path, path: str, text: str) -> list[Row]:
    from study.log import checklist

    folder = _folder(root, path)
    try:
        items = checklist.parse(text, root / path).items
    except FileError:
        return []
    texts = [plain(item.text) for item in items]
    return [
        Row(
            kind="checklist",
            folder=folder,
            title="",
            heading="Checklist",
            anchor="checklist",
            page=f"{folder}/",
            line=items[0].line,
            body=" · ".join(item.text for item in texts),
            aliases="\n".join(item.aliases for item in texts),
        )
    ]


def _bibliography(root: Path, path: str, text: str) -> Iterator[Row]:
    """Yield one row a reference."""
    from study.bibliography import bibtex
    from study.site.code_pages import anchor

    try:
        references = bibtex.parse(text, root / path)
    except FileError:
        return
    for reference in references:
        names = " ".join([*map(str, reference.authors), *re.findall(r"[a-z]+|\d+", reference.key)])
        about = " ".join(reference.fields.get(name, "") for name in ("abstract", "note", "keywords"))
        yield Row(
            kind="bibliography",
            folder=_folder(root, path),
            title="",
            heading=(heading := plain(reference.title)).text,
            heading_aliases="\n".join(unspaced_runs(heading.text)),
            anchor=anchor(reference.key),
            page="bibliography/",
            line=reference.line,
            body=f"{reference.formatted()} {about}".strip(),
            aliases=f"{names} {reference.key}",
        )


def _module(root: Path, path: str, text: str) -> Iterator[Row]:
    """Yield one row for a module and one for every public definition in it that has a docstring."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    folder = _folder(root, path)
    for name, node, line in definitions(tree):
        docstring = ast.get_docstring(node)
        if not docstring:
            continue
        shown = plain(docstring)
        heading = name or module
        yield Row(
            kind="api",
            folder=folder,
            title=module if name else "",
            heading=heading,
            anchor=f"{module}.{name}" if name else module,
            page=f"api/{module.replace('.', '/')}/",
            line=line,
            body=shown.text,
            code=signature(node),
            aliases=shown.aliases,
            heading_aliases=plain(heading).aliases,
        )
