"""Try every mutant of a page, a few at a time, and count what was noticed."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from study.files.checkout import find_root
from study.files.errors import StudyError
from study.mutation import branches
from study.mutation.changes import changes
from study.mutation.schedule import finished
from study.mutation.targets import Target, definition, targets
from study.mutation.trial import Mutant, Outcome, attempt
from study.notes import Notes

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_PATIENCE = 10.0  # a mutant that takes so many times longer than the page hangs
_SLACK = 20.0  # seconds on top, for a busy machine


@dataclass(frozen=True)
class Campaign:
    """What came of all mutants of a page.

    Attributes:
        targets: The definitions that the page answers for, those without anything to change included.
        outcomes: Every mutant with its outcome, in the order of files, definitions and lines.
        seconds: Time of the page without a change.
    """

    targets: tuple[Target, ...]
    outcomes: tuple[tuple[Mutant, Outcome], ...]
    seconds: float

    def count(self, outcome: Outcome) -> int:
        """Return how many mutants had an outcome."""
        return sum(found == outcome for _, found in self.outcomes)


def mutants(notes: Notes, root: Path) -> list[Mutant]:
    """Return every mutant of a page.

    Raises:
        FileError: A source marker names nothing.
    """
    found = []
    for target in targets(notes, root):
        _, node = definition(root, target)
        found += [Mutant(target, change) for change in changes(node)]
    return found


def run(
    notes: Notes,
    *,
    jobs: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Campaign:
    """Run a page with each of its mutants; nothing in the checkout is written.

    Each mutant runs in a process of its own, with one thread: a copy of one that has run the page up to the
    first fence that needs what is changed, where that can be had. One that takes far longer than the page
    does counts as killed: a reader would see the page hang.

    Args:
        notes: The page.
        jobs: Processes at a time; one a core by default.
        progress: Called with (done, total) after each mutant.

    Raises:
        StudyError: The page fails without any change, or has nothing to change.
    """
    root = find_root(notes.path.parent)
    every = mutants(notes, root)
    if not every:
        raise StudyError(f"{notes.path.parent.name}: its page shows and calls no code of its own to change.")
    with _one_thread():
        import numpy  # noqa: F401  (loaded once, before the processes are forked)
        import scipy.special  # noqa: F401

        seconds = _baseline(notes, root)
        limit = _PATIENCE * seconds + _SLACK
        outcomes: dict[int, Outcome] = {}
        for number, outcome in _tried(notes, root, every, jobs or os.cpu_count() or 1, limit):
            outcomes[number] = outcome
            if progress is not None:
                progress(len(outcomes), len(every))
    ordered = tuple((mutant, outcomes[number]) for number, mutant in enumerate(every))
    return Campaign(tuple(targets(notes, root)), ordered, seconds)


def _baseline(notes: Notes, root: Path) -> float:
    """Run the page as it is and return its seconds."""
    receiver, process = _start(notes, root, None)
    try:
        failure, seconds = receiver.recv()
    except EOFError:
        failure, seconds = "the process that ran it died", 0.0
    finally:
        process.kill()
        process.join()
    if failure:
        raise StudyError(f"The page fails as it is, so its mutants say nothing: {failure}")
    return seconds


def _tried(
    notes: Notes, root: Path, every: Sequence[Mutant], jobs: int, limit: float
) -> Iterator[tuple[int, Outcome]]:
    """Yield (number, outcome) of every mutant as it comes in."""
    left = dict(enumerate(every))
    for number, outcome in _branched(notes, root, every, jobs, limit):
        del left[number]
        yield number, outcome
    yield from finished(list(left.items()), lambda mutant: _start(notes, root, mutant), jobs, limit)


def _branched(
    notes: Notes, root: Path, every: Sequence[Mutant], jobs: int, limit: float
) -> Iterator[tuple[int, Outcome]]:
    """Yield those that branch off while the page runs, and those the page never runs: they survive."""
    if not hasattr(os, "fork"):
        return
    receiver, process = _process(branches.stages, notes, root, every)
    try:
        found = receiver.recv()
    except EOFError:
        return
    finally:
        process.kill()
        process.join()
    due: dict[int, list[tuple[int, Mutant]]] = {}
    for number, (stage, mutant) in enumerate(zip(found, every, strict=True)):
        if stage == branches.NEVER:
            yield number, Outcome.SURVIVED
        elif stage != branches.ANEW:
            due.setdefault(stage, []).append((number, mutant))
    receiver, process = _process(branches.branch, notes, root, due, jobs, limit)
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        return
    finally:
        process.terminate()
        process.join()


def _start(notes: Notes, root: Path, mutant: Mutant | None) -> tuple[Connection, Any]:
    return _process(attempt, notes, root, mutant)


def _process(work: Callable[..., None], *arguments: object) -> tuple[Connection, Any]:
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(*arguments, sender), daemon=True)
    process.start()
    sender.close()
    return receiver, process


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let the processes compute on one thread each: they share the cores."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
