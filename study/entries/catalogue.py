"""The catalogue: every entry of the knowledge base, found by its files, in the order in which to read them.

The front matter of `notes.md` is the only record. No entry's code is imported.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from study.entries import front_matter, record
from study.files import paths
from study.files.errors import FileError, UsageError
from study.files.read import read_text
from study.files.suggestion import hint

if TYPE_CHECKING:
    from study.notes.reading import Reading


@dataclass(frozen=True)
class Entry:
    """One entry: a folder `<room>/<slug>/` with a `notes.md`.

    Attributes:
        room: `foundations`, `implementations` or `papers`.
        slug: Its name, unique over the whole base; also its folder's.
        title: As the page is headed.
        summary: One sentence.
        tags: Words to filter by.
        requires: Slugs of the entries to read first.
        path: Its folder.
        year: Of the paper; None outside `papers`.
        bibkey: The paper's key in `paper.bib`; None outside `papers`.
    """

    room: str
    slug: str
    title: str
    summary: str
    tags: tuple[str, ...]
    requires: tuple[str, ...]
    path: Path
    year: int | None = None
    bibkey: str | None = None

    @cached_property
    def reading(self) -> Reading:
        """What there is to read on its page, by pass.

        Raises:
            FileError: The page cannot be read.
        """
        from study.entries import reading_time

        return reading_time.of(self)

    @property
    def minutes(self) -> int:
        """How long its page takes to read; see `study.notes.reading` for the rates."""
        return self.reading.minutes

    @property
    def root(self) -> Path:
        """The root of the checkout."""
        return self.path.parent.parent

    @property
    def module(self) -> str:
        """The name under which its code is imported, such as `papers.attention`."""
        return f"{self.room}.{self.slug}"

    @property
    def notes(self) -> Path:
        """Its `notes.md`."""
        return self.path / "notes.md"

    @property
    def appendices(self) -> tuple[Path, ...]:
        """Its other pages: every Markdown file beside `notes.md` and `checklist.md`, by name."""
        own = {"notes.md", "checklist.md", "README.md"}
        return tuple(path for path in sorted(self.path.glob("*.md")) if path.name not in own)

    @property
    def checklist(self) -> Path:
        """Its `checklist.md`, whether it is there or not."""
        return self.path / "checklist.md"

    @property
    def bib(self) -> Path:
        """Its `paper.bib`, whether it is there or not."""
        return self.path / "paper.bib"

    @property
    def results(self) -> Path:
        """Its `results.json`, whether it is there or not."""
        return self.path / "results.json"

    @property
    def pilot(self) -> Path:
        """Its `pilot.json`, whether it is there or not."""
        return self.path / "pilot.json"

    @property
    def seeds(self) -> Path:
        """The folder of its finished seeds, whether it is there or not."""
        return self.path / "seeds"

    @property
    def has_demo(self) -> bool:
        """Whether there is a `demo.py`."""
        return (self.path / "demo.py").is_file()

    @property
    def has_claims(self) -> bool:
        """Whether there is an `experiments.py`, or a package `experiments`."""
        return self.experiments.is_file()

    @property
    def experiments(self) -> Path:
        """What lists its claims: `experiments/__init__.py` if it is there, or else `experiments.py`."""
        package = self.path / "experiments" / "__init__.py"
        return package if package.is_file() else self.path / "experiments.py"


@dataclass(frozen=True)
class Catalogue:
    """All entries, prerequisites before what requires them.

    Attributes:
        root: The checkout.
        entries: In reading order: an entry comes after everything it requires; otherwise by room, year, slug.
    """

    root: Path
    entries: tuple[Entry, ...]
    _by_slug: dict[str, Entry] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_slug.update((entry.slug, entry) for entry in self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, slug: object) -> bool:
        return slug in self._by_slug

    def get(self, slug: str) -> Entry:
        """Return the entry of that name.

        Raises:
            UsageError: There is none; the nearest names are given.
        """
        if slug in self._by_slug:
            return self._by_slug[slug]
        meant = hint(slug, self._by_slug, "`study list` shows them all.", most=3)
        raise UsageError(f"There is no entry {slug!r}: {meant}")

    def room(self, room: str) -> tuple[Entry, ...]:
        """Return the entries of one room, in reading order."""
        return tuple(entry for entry in self.entries if entry.room == room)

    @cached_property
    def graph(self) -> Mapping[str, tuple[str, ...]]:
        """The prerequisite graph: slug to the slugs it requires."""
        return {entry.slug: entry.requires for entry in self.entries}

    @cached_property
    def unlocks(self) -> Mapping[str, tuple[str, ...]]:
        """The graph the other way: slug to the slugs that require it directly, in reading order."""
        return {
            slug: tuple(entry.slug for entry in self.entries if slug in entry.requires) for slug in self.graph
        }

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """Length of the longest chain of prerequisites before an entry: the layer to draw it in."""
        depths: dict[str, int] = {}
        for entry in self.entries:
            depths[entry.slug] = max((depths[slug] + 1 for slug in entry.requires), default=0)
        return depths


def load(root: Path) -> Catalogue:
    """Read the catalogue of a checkout.

    Raises:
        FileError: A record is malformed; the first fault is named, and how many more there are.
    """
    entries, faults = survey(root)
    if faults:
        first = faults[0]
        more = f"And {len(faults) - 1} more: `study doctor` lists them all." if len(faults) > 1 else ""
        raise FileError(first.path, first.line, first.what, first.fix or more)
    return Catalogue(root, tuple(entries))


def survey(root: Path) -> tuple[list[Entry], list[FileError]]:
    """Return the well-formed entries in reading order, and everything wrong with the others."""
    entries: list[Entry] = []
    lines: dict[str, Mapping[str, int]] = {}
    faults: list[FileError] = []
    for notes in discover(root):
        try:
            head = front_matter.parse(read_text(notes), notes)
            fields, wrong = record.check(notes, head)
        except FileError as error:
            faults.append(error)
            continue
        if wrong:
            faults += wrong
            continue
        entry = Entry(**fields)
        twin = next((other for other in entries if other.slug == entry.slug), None)
        if twin is not None:
            first = paths.shown(twin.notes)
            faults.append(FileError(notes, head.lines["slug"], f"slug: {entry.slug!r} is taken by {first}"))
            continue
        entries.append(entry)
        lines[entry.slug] = head.lines
    named = {notes.parent.name for notes in discover(root)}
    for entry in entries:
        for slug in entry.requires:
            if slug not in named:
                meant = hint(slug, named, "")
                what = f"requires: there is no entry {slug!r}" + (f"; {meant}" if meant else "")
                faults.append(FileError(entry.notes, lines[entry.slug]["requires"], what))
    ordered, cycle = _reading_order(entries)
    if cycle:
        start = next(entry for entry in entries if entry.slug == cycle[0])
        what = f"requires: the prerequisites go in a circle: {' → '.join([*cycle, cycle[0]])}"
        faults.append(FileError(start.notes, lines[start.slug]["requires"], what))
    return ordered, faults


def discover(root: Path) -> Iterator[Path]:
    """Yield the `notes.md` of every entry, room by room, by name."""
    for room in paths.ROOMS:
        yield from sorted((root / room).glob("*/notes.md"))


def _reading_order(entries: Iterable[Entry]) -> tuple[list[Entry], list[str]]:
    """Sort topologically, ties by room, year and slug; also return one cycle, if there is one."""

    def rank(entry: Entry) -> tuple[int, int, str]:
        return paths.ROOMS.index(entry.room), entry.year or 0, entry.slug

    waiting = {entry.slug: entry for entry in entries}
    missing = {slug: {need for need in entry.requires if need in waiting} for slug, entry in waiting.items()}
    ready = [(rank(entry), slug) for slug, entry in waiting.items() if not missing[slug]]
    heapq.heapify(ready)
    ordered: list[Entry] = []
    while ready:
        _, slug = heapq.heappop(ready)
        ordered.append(waiting.pop(slug))
        for other in waiting:
            if slug in missing[other]:
                missing[other].discard(slug)
                if not missing[other]:
                    heapq.heappush(ready, (rank(waiting[other]), other))
    if not waiting:
        return ordered, []
    path = [min(waiting)]  # every entry that is left requires another one that is left
    while (after := min(missing[path[-1]])) not in path:
        path.append(after)
    cycle = path[path.index(after) :]
    start = cycle.index(min(cycle))
    return ordered + sorted(waiting.values(), key=rank), cycle[start:] + cycle[:start]
