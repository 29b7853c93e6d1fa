"""Put changed code into functions that are loaded already, and learn when a page first runs them."""

from __future__ import annotations

import gc
import inspect
import os
import sys
import threading
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType, FunctionType

from study.mutation.targets import Target, definition
from study.mutation.trial import Mutant, compiled

Key = tuple[str, str, int]
"""What names a function: its file, its qualified name, its line."""
Codes = dict[Key, list[CodeType]]


def changed(root: Path, mutant: Mutant) -> dict[Key, CodeType] | None:
    """Return the new code of the functions that a mutant changes.

    None if it changes what runs while its module is loaded (a constant of the module, a field of a class), or
    functions that cannot be told apart: then the module has to be loaded anew.
    """
    was, around_it = _original(root / mutant.target.file, root, mutant.target)
    now, around = _parts(compiled(root, mutant))
    if was.keys() != now.keys() or around_it != around:
        return None
    new = {key: now[key] for key in was if now[key] != was[key]}
    if not new or any(len(codes) > 1 for codes in new.values()):
        return None
    return {key: code for key, (code,) in new.items()}


@lru_cache(maxsize=8)
def _original(file: Path, root: Path, target: Target) -> tuple[Codes, list[tuple]]:
    return _parts(compile(definition(root, target)[0], str(file), "exec"))


def _parts(module: CodeType) -> tuple[Codes, list[tuple]]:
    """Return the code of every function of a module and of its classes, and what runs around them."""
    functions: Codes = {}
    around = []
    waiting = [module]
    while waiting:
        code = waiting.pop()
        rest = tuple(repr(one) for one in code.co_consts if not isinstance(one, CodeType))
        around.append((code.co_qualname, code.co_code, rest, code.co_names))
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                if inner.co_flags & inspect.CO_OPTIMIZED:
                    functions.setdefault(_key(inner), []).append(inner)
                else:  # the body of a class
                    waiting.append(inner)
    return functions, around


def _key(code: CodeType) -> Key:
    return _real(code.co_filename), code.co_qualname, code.co_firstlineno


_real = lru_cache(maxsize=None)(os.path.realpath)


def loaded() -> dict[Key, list[FunctionType]]:
    """Return all functions of this process."""
    found: dict[Key, list[FunctionType]] = {}
    for one in gc.get_objects():
        if type(one) is FunctionType:
            found.setdefault(_key(one.__code__), []).append(one)
    return found


def fits(new: dict[Key, CodeType], functions: dict[Key, list[FunctionType]]) -> bool:
    """Return whether all changed functions are loaded and can take their new code."""
    return all(
        key in functions and all(one.__code__.co_freevars == code.co_freevars for one in functions[key])
        for key, code in new.items()
    )


def put(new: dict[Key, CodeType], functions: dict[Key, list[FunctionType]]) -> None:
    """Let functions run new code from now on, by whatever name they are called."""
    for key, code in new.items():
        for function in functions[key]:
            function.__code__ = code


class Watch:
    """Notes when each function ran first: at -1 while modules are loaded, then at the number of a fence.

    It sees the thread that it is entered in, and those begun afterwards.
    """

    def __init__(self) -> None:
        self.stage = -1
        self.first: dict[Key, int] = {}
        self._seen: set[CodeType] = set()

    def __enter__(self) -> Watch:
        threading.setprofile(self._called)
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code not in self._seen:
            self._seen.add(frame.f_code)
            self.first.setdefault(_key(frame.f_code), self.stage)
