"""Run a page with one changed module, in a process of its own, and say what the page noticed."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, ModuleType

from study.files.paths import ROOMS
from study.mutation.changes import Change, swap
from study.mutation.targets import Target, definition
from study.notes import Notes, run


class Outcome(StrEnum):
    """What the page did: a fence raised, only printed output differed, or nothing was noticed."""

    KILLED = "killed"
    NOTICED = "noticed"
    SURVIVED = "survived"


@dataclass(frozen=True)
class Mutant:
    """One change to one definition."""

    target: Target
    change: Change

    @property
    def key(self) -> tuple[str, str, str]:
        """What names it from run to run: file, definition, change."""
        return self.target.file, self.target.name, self.change.what


def attempt(notes: Notes, root: Path, mutant: Mutant | None, answer: Connection) -> None:
    """Run the page in this process, which ends afterwards, and send what came of it.

    Sent is `(outcome, seconds)`; without a change, the outcome is "" or says how the page failed.

    Args:
        notes: The page.
        root: The checkout.
        mutant: The change, or None to run the page as it is.
        answer: Where to send the answer.
    """
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 (the process ends with it)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (broken code warns a lot)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    for name in [name for name in sys.modules if name.split(".")[0] in ROOMS]:
        del sys.modules[name]
    if mutant is not None:
        tree, node = definition(root, mutant.target)
        swap(tree, node, mutant.change.definition)
        code = compile(tree, str(root / mutant.target.file), "exec")
        sys.meta_path.insert(0, _Finder(root / mutant.target.file, code))
    done = run(notes)
    raised = [failure for failure in done.failures if not (failure.expected or failure.got)]
    if mutant is None:
        answer.send((str(done.failures[0]) if done.failures else "", done.seconds))
    elif raised:
        answer.send((Outcome.KILLED, done.seconds))
    else:
        answer.send((Outcome.NOTICED if done.failures else Outcome.SURVIVED, done.seconds))
    answer.close()


class _Finder:
    """Finds the one changed module; everything else is found as always."""

    def __init__(self, file: Path, code: CodeType):
        self.file = file.resolve()
        self.code = code

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.split(".")[0] not in ROOMS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or Path(spec.origin).resolve() != self.file:
            return None
        spec.loader = _Loader(name, spec.origin, self.code)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module from code that was compiled already; nothing is read or written."""

    def __init__(self, name: str, path: str, code: CodeType):
        super().__init__(name, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        return self.code
