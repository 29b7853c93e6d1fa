"""Read BibTeX: what is broken is named by file and line, accents and escapes become text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.bibliography.work import Author, Work
from study.files import foreign
from study.files.errors import FileError

_KEY = re.compile(r"[^\s{}\"#%,~\\\[\]<>()@;&`|=$^*\x00-\x1f\x7f-\x9f]+")  # what a citation `[@key]` can name
_VENUES = ("journal", "booktitle", "publisher", "howpublished", "school", "institution")
_SWALLOWED = re.compile(r"[}\"\d]\s+(?P<name>\w+)\s*=\s*[{\"\d]")
_LATEX = re.compile(r"[\\{}$~%`&#^_]|''|--")  # all that decoding could change
_STRAY = re.compile(r"^\s*@?\w+\s*[{(]|^\s*@", re.MULTILINE)


def parse(text: str, path: Path) -> list[Work]:
    """Read BibTeX; `path` names the file in errors.

    Raises:
        FileError: An entry is broken, stands twice, or lacks author, title or year.
    """
    import logging

    from bibtexparser import model
    from bibtexparser.entrypoint import parse_string

    logging.getLogger("bibtexparser").addHandler(logging.NullHandler())  # its complaints become our errors
    library = parse_string(text.replace("\r\n", "\n"))
    for block in library.blocks:
        line = (block.start_line or 0) + 1
        if isinstance(block, model.DuplicateBlockKeyBlock):
            first = (block.previous_block.start_line or 0) + 1
            raise FileError(path, line, f"the key {block.key} stands twice, first on line {first}")
        if isinstance(block, model.DuplicateFieldKeyBlock):
            twice = ", ".join(sorted(block.duplicate_keys))
            raise FileError(path, line, f"the entry names a field twice: {twice}")
        if isinstance(block, model.ParsingFailedBlock):
            reason = getattr(block.error, "abort_reason", str(block.error)).strip().rstrip(".")
            opening = (block.raw or "").strip().splitlines()[0][:60]
            raise FileError(path, line, f"broken BibTeX in the entry that starts here, `{opening}`: {reason}")
        if isinstance(block, model.ImplicitComment) and _STRAY.search(block.comment):
            raise FileError(path, line, "text outside an entry: expected `@type{key,` to start one")
    return [_reference(entry, path) for entry in library.entries]


def _reference(entry: Any, path: Path) -> Work:
    line = entry.start_line + 1
    if not _KEY.fullmatch(entry.key):
        what = f"expected a key after `@{foreign.line(entry.entry_type)}{{`, got {foreign.short(entry.key)}"
        raise FileError(path, line, what)
    raw = {field.key.lower(): (str(field.value), field.start_line + 1) for field in entry.fields}
    for name, (value, at) in raw.items():
        if swallowed := _SWALLOWED.search(value):
            raise FileError(
                path, at, f"{entry.key}: {name}: a comma is missing before `{swallowed['name']} =`"
            )
        if not _balanced(value):
            raise FileError(path, at, f"{entry.key}: {name}: braces do not balance")
    for name in ("author", "title", "year"):
        if name not in raw and not (name == "author" and "editor" in raw):
            raise FileError(path, line, f"{entry.key}: the field {name} is missing")
    year, year_line = raw["year"]
    if not re.fullmatch(r"\d{4}", year.strip("{} ")):
        raise FileError(path, year_line, f"{entry.key}: expected a year such as 2017, got {year!r}")
    people, people_line = raw.get("author", raw.get("editor", ("", line)))
    authors, more = _authors(people, path, people_line)
    fields = _decode({name: value for name, (value, _) in raw.items()})
    if not fields["title"]:
        raise FileError(path, raw["title"][1], f"{entry.key}: the title is empty")
    return Work(
        key=entry.key,
        kind=entry.entry_type.lower(),
        authors=authors,
        more_authors=more,
        title=fields["title"],
        year=int(year.strip("{} ")),
        venue=next((fields[name] for name in _VENUES if fields.get(name)), ""),
        fields=fields,
        bibtex=entry.raw.strip(),
        path=path,
        line=line,
    )


def _balanced(value: str) -> bool:
    depth = 0
    for found in re.finditer(r"(?<!\\)[{}]", value):
        depth += 1 if found[0] == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _authors(people: str, path: Path, line: int) -> tuple[tuple[Author, ...], bool]:
    from bibtexparser.middlewares import names

    authors: list[Author] = []
    more = False
    for name in names.split_multiple_persons_names(people):
        if name.strip().lower() == "others":
            more = True
            continue
        try:
            parts = names.parse_single_name_into_parts(name)
        except names.InvalidNameError as error:
            raise FileError(path, line, f"cannot read the name {name!r}: {error.reason}") from None
        family = " ".join([*parts.von, *parts.last, *parts.jr])
        decoded = _decode({"family": family, "given": " ".join(parts.first)})
        authors.append(Author(**decoded))
    if not authors:
        raise FileError(path, line, "expected at least one author")
    return tuple(authors), more


def _decode(values: Mapping[str, str]) -> dict[str, str]:
    """Turn LaTeX into text: accents, dashes, escapes; addresses and identifiers stay as they are."""
    from bibtexparser.library import Library
    from bibtexparser.middlewares import LatexDecodingMiddleware
    from bibtexparser.model import Entry, Field

    verbatim = {name: values[name] for name in ("url", "doi", "eprint", "file") if name in values}
    latex = {name: value for name, value in values.items() if name not in verbatim and _LATEX.search(value)}
    decoded = dict(values)
    if latex:
        carrier = Entry("misc", "values", [Field(name, value) for name, value in latex.items()])
        LatexDecodingMiddleware().transform_entry(carrier, Library())
        decoded |= {field.key: str(field.value) for field in carrier.fields}
    return {name: foreign.line(value) for name, value in decoded.items()}
