"""How far the reader is: counted from the checklists, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from study.entries.catalogue import Catalogue, Entry
from study.files import paths
from study.log import checklist


@dataclass(frozen=True)
class Count:
    """Items done, of how many."""

    done: int
    total: int

    @property
    def share(self) -> float:
        """Fraction done, in [0, 1]; 0 where there is nothing to do."""
        return self.done / self.total if self.total else 0.0

    @property
    def state(self) -> str:
        """`done`, `reading` or `open`; without items, `open`."""
        if self.total and self.done == self.total:
            return "done"
        return "reading" if self.done else "open"


@dataclass(frozen=True)
class Tick:
    """A dated item of the log."""

    date: date
    slug: str
    text: str


@dataclass(frozen=True)
class Next:
    """What to read next, and why in words."""

    entry: Entry
    reason: str


@dataclass(frozen=True)
class Progress:
    """The reader's log in numbers.

    Attributes:
        entries: By slug, in reading order.
        rooms: By room.
        total: Over everything.
        timeline: The dated ticks, newest first; those of one day in reading order.
        next: What to read next; None when everything is read.
    """

    entries: Mapping[str, Count]
    rooms: Mapping[str, Count]
    total: Count
    timeline: tuple[Tick, ...]
    next: Next | None


def summary(catalogue: Catalogue) -> Progress:
    """Count every checklist of the catalogue. An entry without `checklist.md` has no items.

    Raises:
        FileError: A checklist is malformed.
    """
    counts: dict[str, Count] = {}
    timeline: list[Tick] = []
    for entry in catalogue:
        if not entry.checklist.is_file():
            counts[entry.slug] = Count(0, 0)
            continue
        listed = checklist.load(entry.checklist)
        counts[entry.slug] = Count(listed.done, listed.total)
        timeline += [
            Tick(item.date, entry.slug, item.text) for item in listed.items if item.done and item.date
        ]
    timeline.sort(key=lambda tick: tick.date, reverse=True)
    rooms = {room: _sum(counts[entry.slug] for entry in catalogue.room(room)) for room in paths.ROOMS}
    return Progress(counts, rooms, _sum(counts.values()), tuple(timeline), _next(catalogue, counts))


def _sum(counts) -> Count:
    listed = list(counts)
    return Count(sum(count.done for count in listed), sum(count.total for count in listed))


def _next(catalogue: Catalogue, counts: Mapping[str, Count]) -> Next | None:
    """Choose among what is not done and has every prerequisite behind it.

    What was begun comes first, the furthest along before the others; then what something begun waits for;
    then reading order.
    """
    behind = {slug for slug, count in counts.items() if count.done == count.total}
    ready = [
        entry
        for entry in catalogue
        if entry.slug not in behind and all(slug in behind for slug in entry.requires)
    ]
    begun = [entry for entry in ready if counts[entry.slug].done]
    if begun:
        entry = max(begun, key=lambda one: counts[one.slug].share)
        count = counts[entry.slug]
        left = count.total - count.done
        steps = "one step is left" if left == 1 else f"{left} steps are left"
        return Next(entry, f"you are in the middle of it: {count.done} of {count.total} done, {steps}")
    for waiting in (entry for entry in catalogue if counts[entry.slug].state == "reading"):
        for entry in ready:
            if entry.slug in _before(catalogue, waiting.slug):
                return Next(entry, f"you have begun {waiting.title!r}, which builds on it")
    if not ready:
        return None
    entry = ready[0]
    opens = len(catalogue.unlocks[entry.slug])
    needs = (
        f"you have read what it builds on ({', '.join(entry.requires)})"
        if entry.requires
        else "it needs nothing before it"
    )
    leads = f", and {opens} {'entry builds' if opens == 1 else 'entries build'} on it" if opens else ""
    return Next(entry, needs + leads)


def _before(catalogue: Catalogue, slug: str) -> set[str]:
    """Return everything an entry requires, directly or not."""
    found: set[str] = set()
    waiting = list(catalogue.graph[slug])
    while waiting:
        need = waiting.pop()
        if need not in found:
            found.add(need)
            waiting += catalogue.graph[need]
    return found
