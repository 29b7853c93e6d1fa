"""Let processes try mutants, a few at a time, and give each a limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Protocol

from study.mutation.trial import Mutant, Outcome


class Process(Protocol):
    """What runs a page with a mutant."""

    def kill(self) -> None:
        """End it if it still runs."""

    def join(self) -> None:
        """Wait for its end."""


def finished(
    mutants: Sequence[tuple[int, Mutant]],
    start: Callable[[Mutant], tuple[Connection, Process]],
    jobs: int,
    limit: float,
) -> Iterator[tuple[int, Outcome]]:
    """Yield (number, outcome) of every mutant as it comes in; stop every process however this ends.

    Args:
        mutants: With their numbers.
        start: Starts a process that sends `(outcome, seconds)`.
        jobs: Processes at a time.
        limit: Seconds after which a mutant hangs, which counts as killed.
    """
    waiting = list(mutants)[::-1]
    running: dict[Connection, tuple[int, Process, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, mutant = waiting.pop()
                receiver, process = start(mutant)
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
