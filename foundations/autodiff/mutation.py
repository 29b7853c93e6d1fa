"""Notice when a value was changed in place although a backward pass still needs it.

Every in-place change that goes through a Tensor or an optimiser is reported here with the creation number
of the moment. The backward pass compares: a node older than a change to memory it kept would compute with
the wrong value, and raises instead. In an ordinary training loop every node is newer than the last
optimiser step, so the check costs one integer comparison a node.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from foundations.autodiff.creation import creation_numbers
from foundations.errors import GraphError

if TYPE_CHECKING:
    from foundations.autodiff.graph import Node

latest = 0
_changes: dict[int, tuple[weakref.ref[np.ndarray], int]] = {}


def report(array: np.ndarray) -> None:
    """Record that the memory of `array` was changed in place."""
    global latest  # noqa: PLW0603  (one counter, read by the walk on every node)
    latest = next(creation_numbers)
    owner = array if array.base is None or not isinstance(array.base, np.ndarray) else array.base
    key = id(owner)
    known = _changes.get(key)
    if known is not None and known[0]() is owner:
        _changes[key] = (known[0], latest)
    else:
        _changes[key] = (weakref.ref(owner, lambda _, key=key: _changes.pop(key, None)), latest)


def _arrays(kept: Any) -> Iterator[np.ndarray]:
    """Yield the arrays in what a node keeps: by itself, or in the tuples, lists and dictionaries it keeps."""
    if isinstance(kept, np.ndarray):
        yield kept
    elif isinstance(kept, tuple | list | dict):
        for part in kept.values() if isinstance(kept, dict) else kept:
            yield from _arrays(part)


def check(node: Node) -> None:
    """Raise if memory that `node` kept was changed after it was recorded.

    Raises:
        GraphError: Naming the function whose value was overwritten and what to do.
    """
    kept = list(_arrays((node.saved, node.output, node.options)))
    for reference, when in list(_changes.values()):
        changed = reference()
        if when < node.number or changed is None:
            continue
        for array in kept:
            if np.may_share_memory(array, changed):
                name = getattr(node.pull, "name", "an operation")
                raise GraphError(
                    f"a value of shape {array.shape} that {name} needs for its gradient was changed in place "
                    "after it was used: change a copy (x = x + 1 instead of x += 1), or run backward first"
                )
