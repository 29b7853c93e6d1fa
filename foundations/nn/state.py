"""The values of a module by name: what fits, and how they get in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.autodiff import Tensor, mutation
from foundations.errors import DTypeError, FoundationsError


class StateError(FoundationsError, KeyError):
    """Raise when saved values do not fit the module they are loaded into."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would quote it


class SubmoduleError(FoundationsError, AttributeError):
    """Raise when a module has no submodule of a name."""


def load_state(owner: str, own: Mapping[str, np.ndarray], state: Any, strict: bool) -> None:
    """Copy values into the arrays of the same names, all or none of them.

    Args:
        owner: Name of the module in errors.
        own: Its arrays by dotted name; one array may have several names.
        state: Arrays or Tensors by dotted name.
        strict: Whether missing and unexpected names are errors.

    Raises:
        DTypeError: If the state is no mapping.
        StateError: Naming every entry that is missing, unexpected, misshapen or of values that would be cut.
    """
    if not isinstance(state, Mapping):
        raise DTypeError(
            f"{owner} loads a mapping of names to arrays, got a {type(state).__name__}: use state_dict(), or "
            "load() for a file"
        )
    problems = []
    if strict:
        if missing := [name for name in own if name not in state]:
            problems.append(f"missing {_listed(missing)}")
        if unexpected := [str(name) for name in state if name not in own]:
            problems.append(f"unexpected {_listed(unexpected)}")
    given: dict[str, np.ndarray] = {}
    shared: dict[int, str] = {}
    for name, array in own.items():
        if name not in state:
            continue
        value, problem = _fitted(state[name], array)
        first = shared.setdefault(id(array), name)
        if not problem and first in given and not np.array_equal(given[first], value, equal_nan=True):
            problem = f"is the same array as {first}, and their values differ"
        if problem:
            problems.append(f"{name} {problem}")
        else:
            given[name] = value
    if problems:
        raise StateError(f"the state does not fit {owner}: " + "; ".join(problems))
    for name, value in given.items():
        own[name][...] = value
        mutation.report(own[name])


def _fitted(value: Any, array: np.ndarray) -> tuple[np.ndarray, str]:
    """Return a value in the type of an array, and what is wrong with it, if anything."""
    try:
        value = value.data if isinstance(value, Tensor) else np.asarray(value)
    except ValueError:
        return array, "is not a rectangular array"
    if value.shape != array.shape:
        return array, f"has shape {value.shape}, expected {array.shape}"
    if value.dtype == array.dtype:
        converted = value
    elif value.dtype.kind not in "fiub" or not np.can_cast(value.dtype, array.dtype, "same_kind"):
        return array, f"has type {value.dtype}, expected {array.dtype}"
    else:
        with np.errstate(over="ignore"):
            converted = value.astype(array.dtype)
        lost = np.isfinite(value) & ~np.isfinite(converted) if array.dtype.kind == "f" else converted != value
        if lost.any():
            return array, f"has values of {value.dtype} that {array.dtype} does not reach"
    if not array.flags.writeable:
        return array, "has no memory of its own: build the model outside shapes_only()"
    return converted, ""


def _listed(names: list[str], most: int = 6) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
