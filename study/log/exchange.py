"""The file of ticks that the pages and the command line export and import: `ml-foundations-ticks`, version 1.

A record belongs to an entry and to the words of an item, not to its position:
{"format", "version", "exported", "entries": {slug: {words, folded: {"done", "at", "text", "date"}}}}.
`docs/assets/js/store.js` reads and writes the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from study.files.errors import FileError
from study.files.read import read_text
from study.log.checklist import fold
from study.log.line import day_of

FORMAT, VERSION = "ml-foundations-ticks", 1
LARGEST = 5_000_000
"""Characters of a file that is imported, at most."""

_SLUG = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Record:
    """What a reader did with one item.

    Attributes:
        done: Whether it is ticked.
        at: When that was said, in milliseconds since 1970, UTC; 0 where nobody knows.
        text: The words of the item.
        date: The day on which it was done, if it is known.
    """

    done: bool
    at: float
    text: str
    date: date | None = None


Records = Mapping[str, Mapping[str, Record]]
"""By slug, and by the words of the item, folded."""


@dataclass(frozen=True)
class Import:
    """What a file of ticks holds: the records, and what is wrong with those that were left out."""

    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def dumps(records: Records, now: datetime | None = None) -> str:
    """Return the text of a file that `loads` and the pages read."""
    entries = {
        slug: {key: _written(record) for key, record in items.items()}
        for slug, items in records.items()
        if items
    }
    when = (now or datetime.now(UTC)).astimezone(UTC)
    exported = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    whole = {"format": FORMAT, "version": VERSION, "entries": entries, "exported": exported}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _written(record: Record) -> dict[str, object]:
    fields: dict[str, object] = {"done": record.done, "at": int(record.at), "text": record.text}
    return fields | ({"date": record.date.isoformat()} if record.date else {})


def load(path: Path, now: datetime | None = None) -> Import:
    """Read a file of ticks; see `loads`."""
    return loads(read_text(path), path, now)


def loads(text: str, path: Path, now: datetime | None = None) -> Import:
    """Read a file of ticks from its text; `path` names it in errors.

    One bad record is left out and named, and the others are kept.

    Raises:
        FileError: It is no such file.
    """
    if len(text) > LARGEST:
        raise FileError(path, None, "far larger than any export of ticks: nothing was imported")
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise FileError(path, None, "not JSON: choose a file that an export of ticks saved") from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise FileError(path, None, "not an export of ticks: choose a file that one saved")
    if value.get("version") != VERSION:
        found = json.dumps(value.get("version"))[:40]
        raise FileError(path, None, f"of version {found}, and this study reads version {VERSION}")
    entries = value.get("entries")
    if not isinstance(entries, dict):
        raise FileError(path, None, "it has no entries: export the ticks again")
    latest = (now or datetime.now(UTC)) + timedelta(days=1)
    found = Import()
    for slug, items in entries.items():
        if not _SLUG.fullmatch(slug) or not isinstance(items, dict):
            found.refused.append(f"{_short(slug)}: not an entry with its ticks")
            continue
        kept = found.records.setdefault(slug, {})
        for key, record in items.items():
            try:
                checked = _checked(key, record, latest)
            except ValueError as error:
                found.refused.append(f"{slug}, {_short(key)}: {error}")
                continue
            known = kept.get(fold(key))
            kept[fold(key)] = checked if known is None else later(known, checked)
    return found


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:59]}…")


def _checked(key: str, record: Any, latest: datetime) -> Record:
    """Return a record of a file; `latest` is a day from now, as clocks and time zones differ.

    Raises:
        ValueError: Something is wrong with it.
    """
    if not key.strip() or not isinstance(record, dict) or not isinstance(record.get("done"), bool):
        raise ValueError("no text, or neither done nor open")
    at, text, day = record.get("at", 0), record.get("text", key), record.get("date")
    if isinstance(at, bool) or not isinstance(at, int | float) or not isinstance(text, str):
        raise ValueError("no time or no text where one is expected")
    if not 0 <= at <= latest.timestamp() * 1000:  # compared as they are: a number may be too long for a float
        raise ValueError("its time lies in the future, or is none")
    if day is None:
        return Record(record["done"], at, text)
    if not isinstance(day, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        raise ValueError("its date is none")
    when = day_of(day)
    if when > latest.date():
        raise ValueError(f"{day} lies in the future")
    return Record(record["done"], at, text, when)


def later(one: Record, other: Record) -> Record:
    """Return the record that stands where two speak of one item: the later; of two as late, the tick."""
    if other.at != one.at:
        return other if other.at > one.at else one
    return other if other.done and not one.done else one


def merged(ours: Records, theirs: Records) -> dict[str, dict[str, Record]]:
    """Join two sets of records; where both know an item, `later` decides."""
    joined = {slug: dict(items) for slug, items in ours.items()}
    for slug, items in theirs.items():
        kept = joined.setdefault(slug, {})
        for key, record in items.items():
            known = kept.get(key)
            kept[key] = record if known is None else later(known, record)
    return joined
