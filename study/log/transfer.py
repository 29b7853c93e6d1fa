"""Export the reader's ticks, and tick what an exported file says is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from study.entries.catalogue import Catalogue
from study.files import atomic
from study.log import checklist, exchange, reader
from study.log.exchange import Record


@dataclass
class Taken:
    """What an import did.

    Attributes:
        ticked: How many items were ticked.
        known: How many were ticked already.
        unknown: Ticks of entries or items that are not here: nothing could be done with them.
        refused: Records with something wrong in them, each in a line.
    """

    ticked: int = 0
    known: int = 0
    unknown: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def save(catalogue: Catalogue, path: Path) -> int:
    """Write what the reader ticked, and nothing of the keeper's, into a file; return how many ticks.

    Raises:
        StudyError: A checklist cannot be read, or the file cannot be written.
    """
    who = reader.load(catalogue.root)
    records = {}
    for entry in catalogue:
        items = checklist.load(entry.checklist).items if entry.checklist.is_file() else ()
        records[entry.slug] = reader.records(entry, who, items)
    atomic.write(path, exchange.dumps(records))
    return sum(map(len, records.values()))


def take(catalogue: Catalogue, path: Path) -> Taken:
    """Tick what a file says is done, with the dates it gives. Nothing is unticked, so no tick is lost.

    Raises:
        FileError: The file is no export of ticks.
        StudyError: A checklist cannot be read or written; what was ticked before it stays.
    """
    found = exchange.load(path)
    done = Taken(refused=list(found.refused))
    for slug, records in found.records.items():
        ticks = {key: record for key, record in records.items() if record.done}
        if slug not in catalogue or not catalogue.get(slug).checklist.is_file():
            done.unknown += [f"{slug}: {record.text}" for record in ticks.values()]
            continue
        entry = catalogue.get(slug)
        items = {item.key: item for item in reversed(checklist.load(entry.checklist).items)}
        for key, record in ticks.items():
            if key not in items:
                done.unknown.append(f"{slug}: {record.text}")
                continue
            day = _day(record)
            change = reader.tick(entry, items[key].number, True, day, dated=day is not None)
            done.ticked += change.changed
            done.known += not change.changed
    return done


def _day(record: Record) -> date | None:
    """Return the day of a record: as it says, or else when it was made; None where nobody knows."""
    if record.date is None and record.at:
        return datetime.fromtimestamp(record.at / 1000, UTC).date()
    return record.date
