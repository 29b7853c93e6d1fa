"""The record of an entry, its front matter: which fields there are and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from study.entries.front_matter import FrontMatter
from study.files import paths
from study.files.errors import FileError
from study.files.foreign import short
from study.files.read import read_text
from study.files.suggestion import hint

SLUG = re.compile(r"[a-z][a-z0-9_]*")
_PAPER_FIELDS = ("year", "bibkey")
_FIELDS = ("title", "slug", *_PAPER_FIELDS, "summary", "tags", "requires")
_COMPUTED = {"minutes": "computed from the page: remove the line"}


def check(notes: Path, head: FrontMatter) -> tuple[dict[str, Any], list[FileError]]:
    """Return the fields of one record, named as the attributes of `Entry`, and what is wrong with it."""
    room, folder = notes.parent.parent.name, notes.parent.name
    wanted = [name for name in _FIELDS if room == "papers" or name not in _PAPER_FIELDS]
    faults = []
    for name, line in head.lines.items():
        if name in _PAPER_FIELDS and name not in wanted:
            faults.append(FileError(notes, line, f"{name}: only papers have one"))
        elif name in _COMPUTED:
            faults.append(FileError(notes, line, f"{name}: {_COMPUTED[name]}"))
        elif name not in wanted:
            meant = hint(name, wanted, f"expected {', '.join(wanted)}")
            faults.append(FileError(notes, line, f"{short(name)[1:-1]}: unknown field; {meant}"))
    values: dict[str, Any] = {}
    for name in wanted:
        if name not in head.values:
            faults.append(FileError(notes, 1, f"{name}: missing from the front matter"))
            continue
        try:
            values[name] = _CHECKS[name](head.values[name])
        except ValueError as error:
            faults.append(FileError(notes, head.lines[name], f"{name}: expected {error}"))
    if values.get("slug", folder) != folder:
        what = f"slug: expected {folder!r}, the name of the folder, got {short(values['slug'])}"
        faults.append(FileError(notes, head.lines["slug"], what))
    if room == "papers":
        faults += _bib_faults(notes, values.get("bibkey"), head.lines.get("bibkey", 1))
    faults.sort(key=lambda fault: fault.line if fault.line and fault.line > 1 else head.end_line)
    return {"room": room, "path": notes.parent, **values}, faults


def _bib_faults(notes: Path, bibkey: object, line: int) -> list[FileError]:
    bib = notes.parent / "paper.bib"
    if not bib.is_file():
        return [FileError(bib, None, "there is no such file: a paper needs its BibTeX entry")]
    if isinstance(bibkey, str) and not re.search(
        rf"^\s*@\w+\s*[{{(]\s*{re.escape(bibkey)}\s*,", read_text(bib), re.MULTILINE
    ):
        return [FileError(notes, line, f"bibkey: {short(bibkey)} is not in {paths.shown(bib)}")]
    return []


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"some text, got {short(value)}")
    if "\n" in value.strip():
        raise ValueError("one line of text, got several")
    return value.strip()


def _slug(value: object) -> str:
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise ValueError(f"lower-case letters, digits and underscores, got {short(value)}")
    return value


def _year(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1600 <= value <= 2100:
        raise ValueError(f"a year such as 2017, got {short(value)}")
    return value


def _names(check: Callable[[object], str], what: str) -> Callable[[object], tuple[str, ...]]:
    def check_all(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValueError(f"a list of {what} such as [one, two], got {short(value)}")
        names = tuple(check(name) for name in value)
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"each of the {what} once, got {short(min(twice))} twice")
        return names

    return check_all


_CHECKS: dict[str, Callable[[object], object]] = {
    "title": _text,
    "slug": _slug,
    "year": _year,
    "bibkey": _text,
    "summary": _text,
    "tags": _names(_text, "tags"),
    "requires": _names(_slug, "slugs"),
}
