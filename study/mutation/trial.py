"""Run a page with one changed module, in a process of its own, and say what the page noticed."""

from __future__ import annotations

import copy
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
from study.notes import Notes, Run, run
from study.notes.source import find


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
    alone()
    if mutant is not None:
        code = compiled(root, mutant)
        sys.meta_path.insert(0, _Finder(root / mutant.target.file, code))
    done = run(notes)
    if mutant is None:
        answer.send((str(done.failures[0]) if done.failures else "", done.seconds))
    else:
        answer.send((outcome(done), done.seconds))
    answer.close()


def alone() -> None:
    """Make this process, which ends afterwards, one that runs a page: silent, with no module of an entry."""
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 (the process ends with it)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (broken code warns a lot)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    for name in [name for name in sys.modules if name.split(".")[0] in ROOMS]:
        del sys.modules[name]


def compiled(root: Path, mutant: Mutant) -> CodeType:
    """Return the code of the module of a mutant, with the change made."""
    tree = copy.deepcopy(definition(root, mutant.target)[0])
    node = find(tree.body, mutant.target.name.split("."))
    assert node is not None
    swap(tree, node, mutant.change.definition)
    return compile(tree, str(root / mutant.target.file), "exec")


def outcome(done: Run) -> Outcome:
    """Say what a page noticed of a change."""
    if any(not (failure.expected or failure.got) for failure in done.failures):
        return Outcome.KILLED
    return Outcome.NOTICED if done.failures else Outcome.SURVIVED


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
