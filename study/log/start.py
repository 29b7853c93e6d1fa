"""`study start`: the checklists become the reader's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from study.entries.catalogue import Catalogue, Entry
from study.files import atomic
from study.files.read import read_text
from study.log import checklist
from study.log.line import DONE, OPEN
from study.log.reader import Reader, dumps, folder, load


@dataclass(frozen=True)
class Started:
    """What `start` did.

    Attributes:
        day: When the reader started.
        again: Whether they had before, and nothing was changed.
        emptied: How many items were opened again.
        entries: In how many entries.
        kept: How many ticks are the reader's own.
        copy: Where the checklists are as they were; None where none was changed.
    """

    day: date
    again: bool
    emptied: int
    entries: int
    kept: int
    copy: Path | None


def start(catalogue: Catalogue, *, keep: bool = False, today: date | None = None) -> Started:
    """Make the checklists the reader's: empty them, but for what the reader ticked, with a copy kept.

    Killed half-way, it can be run again: a checklist is copied before it is emptied, never over another copy.

    Args:
        catalogue: The catalogue of the checkout.
        keep: Whether the ticks that are there are the reader's, and stay.
        today: The date to note; the current day by default.

    Raises:
        StudyError: A file cannot be read or written.
    """
    root, day = catalogue.root, today or date.today()
    path = folder(root) / "started.json"
    with atomic.locked(path), atomic.locked(folder(root) / "ticks.json"):
        reader = load(root)
        kept = sum(_mine(entry, reader, keep) for entry in catalogue)
        if reader.started:
            return Started(reader.started, True, 0, 0, kept, None)
        copy = folder(root) / f"before-{day.isoformat()}"
        counts = [0] if keep else [_empty(entry, reader, copy) for entry in catalogue]
        emptied = sum(counts)
        atomic.write(path, dumps({"started": day.isoformat(), "ticks": "kept" if keep else "emptied"}))
        touched = sum(count > 0 for count in counts)
        return Started(day, False, emptied, touched, kept, copy if emptied else None)


def _mine(entry: Entry, reader: Reader, keep: bool) -> int:
    if not entry.checklist.is_file():
        return 0
    items = checklist.load(entry.checklist).items
    return sum(item.done and (keep or reader.mine(entry.slug, item)) for item in items)


def _empty(entry: Entry, reader: Reader, copy: Path) -> int:
    """Open the items of an entry that the reader did not tick; return how many there were."""
    if not entry.checklist.is_file():
        return 0
    own = reader.own.get(entry.slug, {})
    count = 0

    def edit(text: str) -> str:
        nonlocal count
        changed = []
        items = checklist.parse(text, entry.checklist).items
        foreign = [item for item in items if not reader.mine(entry.slug, item)]
        for item in items:
            if item in foreign:
                changed.append(replace(item, mark=OPEN, date=None))
            elif (record := own.get(item.key)) and item.done:
                changed.append(replace(item, mark=DONE, date=record.date))
        count = len(foreign)
        if count:
            _copy(entry, text, copy)
        return checklist.with_marks(text, changed)

    checklist.rewrite(entry.checklist, edit)
    return count


def _copy(entry: Entry, text: str, folder: Path) -> None:
    """Keep a checklist as it is, beside an earlier copy of the same day that differs."""
    name = entry.checklist.relative_to(entry.root)
    target, number = folder / name, 1
    while target.is_file() and read_text(target) != text:
        number += 1
        target = folder / name.with_name(f"checklist.{number}.md")
    if not target.is_file():
        atomic.write(target, text)
