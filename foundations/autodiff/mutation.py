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
# by the id of the array that owns the memory: that array, and when it was changed last
_changes: dict[int, tuple[weakref.ref[np.ndarray], int]] = {}
# the owners whose memory is not NumPy's: another array may share it unknown to them
_foreign: set[int] = set()


def report(array: np.ndarray) -> None:
    """Record that the memory of `array` was changed in place."""
    global latest  # noqa: PLW0603  (one counter, read by the walk on every node)
    latest = next(creation_numbers)
    owner = _owner(array)
    key = id(owner)
    known = _changes.get(key)
    if known is not None and known[0]() is owner:
        _changes[key] = (known[0], latest)
        return
    _changes[key] = (weakref.ref(owner, lambda _, key=key: _forget(key)), latest)
    if not owner.flags.owndata:
        _foreign.add(key)


def _forget(key: int) -> None:
    _changes.pop(key, None)
    _foreign.discard(key)


def _owner(array: np.ndarray) -> np.ndarray:
    """Return the array whose memory this one is a view of, through views of views."""
    base = array.base
    while base is not None:
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)  # `as_strided` puts an object of its own between
    return array


def _arrays(kept: Any) -> Iterator[np.ndarray]:
    """Yield the arrays in what a node keeps: by itself, or in the tuples, lists and dictionaries it keeps."""
    if isinstance(kept, np.ndarray):
        yield kept
    elif isinstance(kept, tuple | list | dict):
        for part in kept.values() if isinstance(kept, dict) else kept:
            if part is not None:
                yield from _arrays(part)


def check(node: Node) -> None:
    """Raise if memory that `node` kept was changed after it was recorded.

    Each array kept is looked up by the owner of its memory, so unrelated changes cost nothing, however many.

    Raises:
        GraphError: Naming the function whose value was overwritten and what to do.
    """
    for kept in (*node.saved, node.output, *node.options.values()):
        if type(kept) is np.ndarray:
            _look(node, kept)
        elif kept is not None:
            for array in _arrays(kept):
                _look(node, array)


def _look(node: Node, array: np.ndarray) -> None:
    owner = array if array.base is None else _owner(array)
    change = _changes.get(id(owner))
    if change is not None and change[1] > node.number and change[0]() is owner:
        raise _changed(node, array)
    if not owner.flags.owndata:
        suspects = list(_changes.values())
    elif _foreign:
        suspects = [_changes[key] for key in list(_foreign) if key in _changes]
    else:
        return
    for reference, when in suspects:
        changed = reference()
        if when > node.number and changed is not None and np.may_share_memory(array, changed):
            raise _changed(node, array)


def _changed(node: Node, array: np.ndarray) -> GraphError:
    name = getattr(node.pull, "name", "an operation")
    return GraphError(
        f"a value of shape {array.shape} that {name} needs for its gradient was changed in place "
        "after it was used: change a copy (x = x + 1 instead of x += 1), or run backward first"
    )
