"""The arguments of an operation: what it computes with, where that comes from, and what is kept of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from foundations.autodiff.operands import as_operands, promote
from foundations.autodiff.tensor import Tensor

Function = Callable[..., Any]

_ndarray = np.ndarray
_NUMBERS = frozenset({float, int, bool, type(None)})
_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


def take_apart(
    name: str, args: Sequence[Any], differentiable: int = -1, combined: int = 0, floating: bool = False
) -> tuple[list[Any], list[Any], int, bool]:
    """Return what a function of `args` computes with, and where that comes from.

    Args:
        name: The operation, for errors.
        args: Tensors, arrays, numbers, lists.
        differentiable: A bit for each argument that may have a gradient; all of them by default.
        combined: A bit for each argument that takes part in the promotion of types.
        floating: Whether booleans and integers become float32.

    Returns:
        Per argument its array or number, and its parent or None where no gradient goes; a bit for each that
        has a parent; and whether there is no Tensor among them.
    """
    arrays, parents, tracked, plain, odd, bit = [], [], 0, True, False, 1
    first, mixed = None, False  # the first type, and whether another one follows
    for a in args:
        if isinstance(a, Tensor):
            plain = False
            array = a.data
            arrays.append(array)
            if a._requires_grad and differentiable & bit:
                tracked |= bit
                parents.append(a._node or a)
            else:
                parents.append(None)
            if array.dtype is not first and combined & bit:
                mixed = first is not None
                first = array.dtype
        else:
            arrays.append(a)
            parents.append(None)
            if type(a) is _ndarray:
                if combined & bit and a.dtype is not first:
                    mixed = first is not None
                    first = a.dtype
                if a.dtype is not _FLOAT32 and a.dtype is not _FLOAT64:
                    odd = True
            elif type(a) not in _NUMBERS:
                odd = True
        bit += bit
    if odd:
        arrays = as_operands(name, arrays, not plain)
    if combined and (mixed or odd or (first is not _FLOAT32 and first is not _FLOAT64)):
        promote(arrays, combined, floating, not plain)
    return arrays, parents, tracked, plain


def what_to_keep(vjps: Sequence[Function | None]) -> list[tuple[bool, tuple[int, ...]]]:
    """Return, for every subset of arguments that need a gradient, what the backward pass does without.

    Entry `tracked` (a bit per argument) is (whether the output is kept, which arguments are dropped).
    """
    used = []  # per VJP: the names of (g, y, *args) it reads
    for vjp in vjps:
        names = list(inspect.signature(vjp).parameters) if vjp is not None else []
        used.append([not n.startswith("_") for n in names[1 : len(vjps) + 2]])
    table = []
    for tracked in range(1 << len(vjps)):
        readers = [u for i, u in enumerate(used) if tracked >> i & 1]
        keep_output = any(u[0] for u in readers if u)
        dropped = tuple(i for i in range(len(vjps)) if not any(u[i + 1] for u in readers if len(u) > i + 1))
        table.append((keep_output, dropped))
    return table


def not_widened(y: Any, arrays: Sequence[Any]) -> Any:
    """Return a result in the widest floating type of the arguments, float32 without any, if it is wider."""
    floats = [a.dtype for a in arrays if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
    target = np.result_type(*floats) if floats else _FLOAT32
    among = any(isinstance(a, np.ndarray) for a in arrays)
    return y.astype(target) if among and y.dtype.kind == "f" and y.dtype.itemsize > target.itemsize else y


def apart(grads: Sequence[Any]) -> Sequence[Any]:
    """Give every gradient its own memory where a kernel returned one array for several arguments."""
    if len(set(map(id, grads))) == len(grads):
        return grads
    ids = [id(g) for g in grads if g is not None]
    return [np.array(g) if g is not None and ids.count(id(g)) > 1 else g for g in grads]
