"""Whose ticks: the checklists of a checkout are its keeper's log, and whoever cloned it is somebody else.

What is the reader's own lies in `reader/`, which is not under version control here:

- `started.json`: the reader ran `study start`, and from then on the checklists are theirs.
- `ticks.json`: before that, what the reader ticked here themselves.
- `states.json`: the states of entries that the reader gave instead of those derived.
- `notes/SLUG.md`: the reader's notes on an entry.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from study.entries.catalogue import Entry
from study.files import atomic
from study.files.errors import FileError
from study.files.read import read_text
from study.log import checklist, exchange
from study.log.checklist import Change, Item
from study.log.exchange import Record, Records
from study.log.line import OPEN, day_of
from study.log.states import STATES


def folder(root: Path) -> Path:
    """Return where the reader's own files are."""
    return root / "reader"


def notes(entry: Entry) -> Path:
    """Return the reader's note on an entry, whether it is there or not."""
    return folder(entry.root) / "notes" / f"{entry.slug}.md"


@dataclass(frozen=True)
class Reader:
    """Who reads this checkout.

    Attributes:
        started: When the reader made the checklists theirs; None where they did not, and what is ticked in
            them may be somebody else's.
        own: What the reader ticked before that.
        states: The states that the reader gave to entries, by slug.
    """

    started: date | None = None
    own: Records = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)

    def mine(self, slug: str, item: Item) -> bool:
        """Tell whether what an item says is the reader's: everything is, once they have started."""
        return self.started is not None or item.mark == OPEN or item.key in self.own.get(slug, {})

    def view(self, slug: str, items: Sequence[Item]) -> tuple[Item, ...]:
        """Return the items of an entry as far as they are the reader's; what the keeper ticked is open."""
        return tuple(self._view(slug, item) for item in items)

    def _view(self, slug: str, item: Item) -> Item:
        if not self.mine(slug, item):
            return replace(item, mark=OPEN, date=None)
        own = self.own.get(slug, {}).get(item.key)
        return replace(item, date=own.date) if own and item.done else item


def load(root: Path) -> Reader:
    """Read who reads this checkout.

    Raises:
        FileError: A file in `reader/` is not what study writes there.
    """
    path = folder(root) / "started.json"
    started = None
    if path.is_file():
        try:
            started = day_of(str(_object(path).get("started")))
        except ValueError as error:
            raise _spoilt(path, str(error)) from None
    return Reader(started, {} if started else _own(root), _states(root))


def tick(
    entry: Entry, item: str | int, done: bool = True, day: date | None = None, *, dated: bool = True
) -> Change:
    """Tick an item of an entry, or untick it, for the reader; see `checklist.tick`.

    Before the reader has started, it is remembered that this tick is theirs: `study start` leaves it. What
    the keeper ticked they may tick, too.
    """
    day = (day or date.today()) if dated else None
    if load(entry.root).started is None:
        own = folder(entry.root) / "ticks.json"
        with atomic.locked(own):  # as `study start` does: it sees both what is ticked and whose it is
            if load(entry.root).started is None:
                return _tick_before_start(entry, item, done, day, own)
    return checklist.tick(entry.checklist, item, done, day, dated=dated)


def _tick_before_start(entry: Entry, item: str | int, done: bool, day: date | None, own: Path) -> Change:
    change = checklist.tick(entry.checklist, item, done, day, dated=day is not None)
    listed = _own(entry.root)
    of_entry = listed.setdefault(entry.slug, {})
    if (change.item.key in of_entry) == done:
        return change
    if done:
        of_entry[change.item.key] = Record(True, time.time() * 1000, change.item.text, day)
    else:
        del of_entry[change.item.key]
    atomic.write(own, exchange.dumps(listed))
    if done and not change.changed:
        words = f"{change.item.text!r} was ticked by the keeper, and is now by you, too."
        return Change(replace(change.item, date=day), True, words)
    return change


def set_state(entry: Entry, state: str | None, day: date | None = None) -> bool:
    """Give an entry a state, or take it back so that it is derived again; tell whether anything changed.

    Args:
        entry: The entry.
        state: One of `STATES`; None to have it derived.
        day: The date to note; the current day by default.
    """
    path = folder(entry.root) / "states.json"
    with atomic.locked(path):
        states = _object(path) if path.is_file() else {}
        if _states(entry.root).get(entry.slug) == state:
            return False
        if state is None:
            states.pop(entry.slug, None)
        else:
            states[entry.slug] = {"state": state, "on": (day or date.today()).isoformat()}
        atomic.write(path, dumps(states))
        return True


def _states(root: Path) -> dict[str, str]:
    path = folder(root) / "states.json"
    if not path.is_file():
        return {}
    found = {}
    for slug, record in _object(path).items():
        state = record.get("state") if isinstance(record, dict) else None
        if state not in STATES:
            raise _spoilt(path, f"{slug[:60]!r} has no state: expected one of {', '.join(STATES)}")
        found[slug] = state
    return found


def _own(root: Path) -> dict[str, dict[str, Record]]:
    path = folder(root) / "ticks.json"
    return exchange.load(path).records if path.is_file() else {}


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_text(path).removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise _spoilt(path, "not JSON") from None
    if not isinstance(found, dict):
        raise _spoilt(path, "not a JSON object")
    return found


def _spoilt(path: Path, what: str) -> FileError:
    return FileError(path, None, what, "Mend it by hand, or remove the file.")


def dumps(value: object) -> str:
    """Return the text of a file of `reader/`."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def records(entry: Entry, reader: Reader, items: Sequence[Item]) -> dict[str, Record]:
    """Return the ticks of an entry that are the reader's, as they are exported."""
    found = {}
    for item in items:
        if not item.done or not reader.mine(entry.slug, item):
            continue
        own = reader.own.get(entry.slug, {}).get(item.key)
        at = 0 if item.date is None else (item.date - date(1970, 1, 1)).days * 86_400_000
        found[item.key] = own or Record(True, max(at, 0), item.text, item.date)
    return found
