"""How far the reader is: counted from the checklists that are theirs, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from study.entries.catalogue import Catalogue, Entry
from study.files import paths
from study.log import checklist
from study.log.reader import Reader, load
from study.log.states import BEHIND, READ, READING, TO_READ, TO_REVISIT, derived


@dataclass(frozen=True)
class Count:
    """Items done, of how many."""

    done: int
    total: int

    @property
    def share(self) -> float:
        """Fraction done, in [0, 1]; 0 where there is nothing to do."""
        return self.done / self.total if self.total else 0.0


@dataclass(frozen=True)
class Standing(Count):
    """How the reader stands with an entry.

    Attributes:
        state: One of `study.log.states.STATES`.
        given: Whether the reader gave that state, and it was not derived.
    """

    state: str = TO_READ
    given: bool = False

    @property
    def behind(self) -> bool:
        """Whether what builds on it may be read: an entry without items holds nothing up."""
        return self.state in BEHIND or (not self.total and self.state == TO_READ)


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
        foreign: Ticks in the checklists that are the keeper's and not the reader's.
    """

    entries: Mapping[str, Standing]
    rooms: Mapping[str, Count]
    total: Count
    timeline: tuple[Tick, ...]
    next: Next | None
    foreign: int = 0


def summary(
    catalogue: Catalogue, reader: Reader | None = None, due: Mapping[str, int] | None = None
) -> Progress:
    """Count every checklist of the catalogue. An entry without `checklist.md` has no items.

    Args:
        catalogue: The catalogue of a checkout.
        reader: Whose ticks count; those of whoever reads this checkout by default.
        due: How many cards of an entry are due for recall, by slug; none by default.

    Raises:
        FileError: A checklist, or a file of the reader's, is malformed.
    """
    reader = reader or load(catalogue.root)
    counts: dict[str, Standing] = {}
    timeline: list[Tick] = []
    foreign = 0
    for entry in catalogue:
        given = reader.states.get(entry.slug)
        items = checklist.load(entry.checklist).items if entry.checklist.is_file() else ()
        foreign += sum(item.done and not reader.mine(entry.slug, item) for item in items)
        items = reader.view(entry.slug, items)
        listed = checklist.Checklist(entry.checklist, items)
        state = given or derived(items, (due or {}).get(entry.slug, 0))
        counts[entry.slug] = Standing(listed.done, listed.total, state, given is not None)
        timeline += [Tick(item.date, entry.slug, item.text) for item in items if item.done and item.date]
    timeline.sort(key=lambda tick: tick.date, reverse=True)
    rooms = {room: _sum(counts[entry.slug] for entry in catalogue.room(room)) for room in paths.ROOMS}
    following = following_entry(catalogue, counts)
    return Progress(counts, rooms, _sum(counts.values()), tuple(timeline), following, foreign)


def _sum(counts: Iterable[Count]) -> Count:
    listed = list(counts)
    return Count(sum(count.done for count in listed), sum(count.total for count in listed))


def following_entry(catalogue: Catalogue, standing: Mapping[str, Standing]) -> Next | None:
    """Choose among what is not behind the reader and has every prerequisite there.

    What was begun comes first, the furthest along before the others; then what something begun waits for;
    then reading order; last of all what is to revisit.
    """
    behind = {slug for slug, one in standing.items() if one.behind}
    ready = [
        entry
        for entry in catalogue
        if entry.slug not in behind and all(slug in behind for slug in entry.requires)
    ]
    begun = [entry for entry in ready if standing[entry.slug].state == READING]
    if begun:
        entry = max(begun, key=lambda one: standing[one.slug].share)
        return Next(entry, f"you are in the middle of it: {_left(standing[entry.slug])}")
    for waiting in (entry for entry in catalogue if standing[entry.slug].state == READING):
        for entry in ready:
            if entry.slug in _before(catalogue, waiting.slug):
                return Next(entry, f"you have begun {waiting.title!r}, which builds on it")
    if not ready:
        again = (entry for entry in catalogue if standing[entry.slug].state == TO_REVISIT)
        entry = next(again, None)
        return Next(entry, "everything else is read, and this is to revisit") if entry else None
    entry = ready[0]
    opens = len(catalogue.unlocks[entry.slug])
    read = [slug for slug in entry.requires if standing[slug].state in (READ, TO_REVISIT)]
    if not entry.requires:
        needs = "it needs nothing before it"
    elif len(read) == len(entry.requires):
        needs = f"you have read what it builds on ({', '.join(read)})"
    else:
        needs = "nothing that it builds on is left to read"
    leads = f", and {opens} {'entry builds' if opens == 1 else 'entries build'} on it" if opens else ""
    return Next(entry, needs + leads)


def _left(count: Count) -> str:
    left = count.total - count.done
    steps = "one step is left" if left == 1 else f"{left} steps are left"
    return f"{count.done} of {count.total} done, {steps}"


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
