"""Run a page once, and from the fence that first needs a changed function also with the change, in copies.

A page that is run anew for each of hundreds of mutants spends its time on what is the same for all of them:
loading modules, and the fences that come before the change matters. Here one process runs the page. Before
each fence it is copied once for every mutant of a function that this fence is the first to run; the copy
takes the changed code and runs the rest.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path, PurePosixPath
from types import CodeType, FunctionType
from typing import ClassVar, NoReturn

from study.entries import importing
from study.mutation import patch
from study.mutation.schedule import finished
from study.mutation.trial import Mutant, alone, outcome
from study.notes import Notes, Run, run

ANEW = -1
"""The stage of a mutant whose module has to be loaded with the change."""
NEVER = -2
"""The stage of a mutant of a function that the page does not run."""


def stages(notes: Notes, root: Path, every: Sequence[Mutant], answer: Connection) -> None:
    """Run the page in this process, which ends afterwards, and send the stage of each mutant.

    A stage is the number of the first fence that runs a changed function, `ANEW` or `NEVER`.
    """
    alone()
    with patch.Watch() as watch:
        functions = _load(root, every)

        def before(number: int, _: object) -> None:
            watch.stage = number

        run(notes, before=before)
    answer.send([_stage(patch.changed(root, mutant), functions, watch.first) for mutant in every])
    answer.close()


def _load(root: Path, every: Iterable[Mutant]) -> dict[patch.Key, list[FunctionType]]:
    for file in sorted({mutant.target.file for mutant in every}):
        importing.file(root, PurePosixPath(file))
    return patch.loaded()


def _stage(
    new: dict[patch.Key, CodeType] | None,
    functions: dict[patch.Key, list[FunctionType]],
    first: dict[patch.Key, int],
) -> int:
    if new is None or not patch.fits(new, functions):
        return ANEW
    return min((first[key] for key in new if key in first), default=NEVER)


def branch(
    notes: Notes,
    root: Path,
    due: dict[int, list[tuple[int, Mutant]]],
    jobs: int,
    limit: float,
    answer: Connection,
) -> None:
    """Run the page in this process, which ends afterwards, and send (number, outcome) of each mutant.

    Args:
        notes: The page.
        root: The checkout.
        due: Stage to the mutants that branch off there, with their numbers.
        jobs: Copies at a time.
        limit: Seconds after which a copy hangs.
        answer: Where to send the answers.
    """
    alone()
    signal.signal(signal.SIGTERM, _stop)
    functions = _load(root, [mutant for some in due.values() for _, mutant in some])

    def before(number: int, to_the_end: Callable[[], Run]) -> None:
        def start(mutant: Mutant) -> tuple[Connection, Copy]:
            new = patch.changed(root, mutant)
            assert new is not None
            return _copy(new, functions, to_the_end)

        for found in finished(due.get(number, ()), start, jobs, limit):
            answer.send(found)

    run(notes, before=before)
    answer.close()


class Copy:
    """A copy of this process."""

    running: ClassVar[set[Copy]] = set()

    def __init__(self, pid: int):
        self.pid = pid
        self.running.add(self)

    def kill(self) -> None:
        """End it if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def join(self) -> None:
        """Wait for its end."""
        self.running.discard(self)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _stop(*_: object) -> NoReturn:
    for copy in list(Copy.running):
        copy.kill()
    os._exit(1)  # an exception could be lost in what the page does


def _copy(
    new: dict[patch.Key, CodeType],
    functions: dict[patch.Key, list[FunctionType]],
    to_the_end: Callable[[], Run],
) -> tuple[Connection, Copy]:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            patch.put(new, functions)
            sender.send((outcome(to_the_end()), 0.0))
            sender.close()
        finally:
            os._exit(0)
    sender.close()
    return receiver, Copy(pid)
