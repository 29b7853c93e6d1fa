"""Try every mutant of a page, a few at a time, and count what was noticed."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from study.files.checkout import find_root
from study.files.errors import StudyError
from study.mutation.changes import changes
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

    Each mutant runs in a process of its own, with one thread. One that takes far longer than the page does
    counts as killed: a reader would see the page hang.

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
    """Yield (index, outcome) of every mutant as it comes in; stop every process however this ends."""
    waiting = list(enumerate(every))[::-1]
    running: dict[Connection, tuple[int, Any, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, mutant = waiting.pop()
                receiver, process = _start(notes, root, mutant)
                running[receiver] = number, process, time.monotonic() + limit
            nearest = min(deadline for _, _, deadline in running.values())
            ready = wait(list(running), timeout=max(0.0, nearest - time.monotonic()))
            late = [one for one, (_, _, deadline) in running.items() if deadline <= time.monotonic()]
            for receiver in {*ready, *late}:  # type: ignore[misc]
                number, process, _ = running.pop(receiver)  # type: ignore[call-overload]
                yield number, _answer(receiver, receiver in ready)  # type: ignore[arg-type]
                process.kill()
                process.join()
    finally:
        for _, process, _ in running.values():
            process.kill()
            process.join()


def _answer(receiver: Connection, ready: bool) -> Outcome:
    """Read an outcome; a process that hung, or died without a word, was killed by the change."""
    if not ready:
        return Outcome.KILLED
    try:
        return receiver.recv()[0]
    except EOFError:
        return Outcome.KILLED


def _start(notes: Notes, root: Path, mutant: Mutant | None) -> tuple[Connection, Any]:
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=attempt, args=(notes, root, mutant, sender), daemon=True)
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
