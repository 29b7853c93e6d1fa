"""Copies and joins: surrounding, repeating, concatenating, and cutting apart again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from foundations.autodiff.operands import as_array, as_arrays
from foundations.autodiff.ops.axes import axis_of, integer_of, lengths_of, number_of
from foundations.autodiff.ops.shaping import broadcast_to, expand_dims, reshape
from foundations.autodiff.primitive import primitive, variadic
from foundations.autodiff.tensor import ArrayT, Tensor
from foundations.errors import DTypeError, ShapeError

_ARRAYS = (np.ndarray, Tensor)

# ---------------------------------------------------------------------- copies


def pad(x: ArrayT, width: Sequence[tuple[int, int]], value: float = 0.0) -> ArrayT:
    """Surround x with a constant.

    Args:
        x: Values, n axes.
        width: Per axis (before, after): how many elements to add.
        value: What to add, a number.

    Returns:
        The padded array; the gradient of the padding is dropped.

    Raises:
        ShapeError: If there is not one pair for each axis, or a width is negative.
        DTypeError: If a width is no integer, or the value is no number.
        GraphError: If the value requires a gradient.
    """
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    value = number_of(value, "pad")
    if isinstance(value, float) and x.dtype.kind != "f" and not value.is_integer():
        raise DTypeError(f"pad of {x.dtype} cannot hold {value!r}: convert x first, x.astype(np.float32)")
    widths = _pairs(width)
    if len(widths) != x.ndim or any(n < 0 for pair in widths for n in pair):
        raise ShapeError(
            f"pad needs a pair (before, after) of lengths for each of the {x.ndim} axes of shape {x.shape}, "
            f"got {len(widths)}, {widths}: write (0, 0) for an axis that stays as it is"
        )
    return _pad(x, width=widths, value=value)


def _pairs(width: Any) -> tuple[tuple[int, ...], ...]:
    try:
        pairs = tuple(tuple(pair) for pair in width)
    except TypeError:
        pairs = ((),)
    if any(len(pair) != 2 for pair in pairs):
        raise ShapeError(
            f"pad needs a pair (before, after) for each axis, got {width!r}: write ((1, 1), (2, 2))"
        )
    return tuple(tuple(integer_of(n, "pad", "a width") for n in pair) for pair in pairs)


def _unpad(g: Any, _y: Any, _x: Any, width: Sequence[tuple[int, int]], value: float) -> Any:
    return g[tuple(slice(before, n - after) for (before, after), n in zip(width, g.shape, strict=True))]


_pad = primitive(lambda x, width, value: np.pad(x, width, constant_values=value), _unpad, name="pad")


def _times(n: Any, name: str) -> int:
    n = integer_of(n, name, "a number of repeats")
    if n < 0:
        raise ShapeError(f"{name} needs 0 repeats or more, got {n}: flip() reverses an order")
    return n


def repeat(x: ArrayT, repeats: int, axis: int) -> ArrayT:
    """Repeat every element `repeats` times along an axis: [a, b] -> [a, a, b, b]."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    axis = axis_of(axis, x.ndim, "repeat")
    repeats = _times(repeats, "repeat")
    shape = (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :])
    spread = broadcast_to(expand_dims(x, axis + 1), shape)
    return reshape(spread, (*x.shape[:axis], x.shape[axis] * repeats, *x.shape[axis + 1 :]))


def tile(x: ArrayT, repeats: int | Sequence[int]) -> ArrayT:
    """Lay copies of x side by side, `repeats[i]` times along axis i: [a, b] -> [a, b, a, b]."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    times = tuple(_times(n, "tile") for n in lengths_of(repeats, "tile"))
    ndim = max(len(times), x.ndim)
    times = (1,) * (ndim - len(times)) + times
    lengths = (1,) * (ndim - x.ndim) + x.shape
    spread = broadcast_to(
        reshape(x, tuple(n for length in lengths for n in (1, length))),
        tuple(n for pair in zip(times, lengths, strict=True) for n in pair),
    )
    return reshape(spread, tuple(t * n for t, n in zip(times, lengths, strict=True)))


# ---------------------------------------------------------------------- several at once

_concatenate = variadic(
    lambda *xs, axis, stops: np.concatenate(xs, axis),
    lambda g, axis, stops: split(g, stops, axis),
    name="concatenate",
)


def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """Join arrays along an existing axis. d/dx_i: the i-th stretch of the gradient."""
    xs = as_arrays(_several(xs, "concatenate"))
    if len({x.ndim for x in xs}) != 1:
        raise ShapeError(
            "concatenate needs one array or more with the same number of axes, "
            f"got shapes {[x.shape for x in xs]}: reshape them, or insert an axis as in x[None]"
        )
    axis = axis_of(axis, xs[0].ndim, "concatenate")
    stops = tuple(accumulate([x.shape[axis] for x in xs]))[:-1]
    return _concatenate(*xs, axis=axis, stops=stops)


def stack(xs: Sequence[Any], axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis."""
    return concatenate([expand_dims(x, axis) for x in as_arrays(_several(xs, "stack"))], axis)


def _several(xs: Any, name: str) -> Sequence[Any]:
    """Return the arrays to join: a list of them, or the rows of one array."""
    if isinstance(xs, list | tuple):
        return xs
    if isinstance(xs, _ARRAYS) and xs.ndim:
        return list(xs)
    if isinstance(xs, str) or not hasattr(xs, "__iter__"):
        raise DTypeError(f"{name} needs a list of arrays, got {type(xs).__name__}: write [a, b]")
    return list(xs)


def split(x: ArrayT, sections: int | Sequence[int], axis: int = 0) -> list[ArrayT]:
    """Cut x along an axis, into equal parts or at the given positions.

    Args:
        x: Values.
        sections: Number of equal parts, or the positions of the cuts.
        axis: The axis to cut.

    Returns:
        The parts, in order: views of x.

    Raises:
        ShapeError: If the axis does not divide into that many equal parts.
    """
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    axis = axis_of(axis, x.ndim, "split")
    n = x.shape[axis]
    if not isinstance(sections, tuple | list | range | np.ndarray):
        parts = integer_of(sections, "split", "a number of parts or positions")
        if parts < 1 or n % parts:
            raise ShapeError(
                f"split into equal parts needs a number that divides the length {n} of axis {axis}, "
                f"got {parts}: pass the positions of the cuts instead"
            )
        sections = [n // parts * i for i in range(1, parts)]
    cuts = [integer_of(c, "split", "positions") for c in sections]
    if any(not -n <= c <= n for c in cuts) or sorted(c % n if c < 0 else c for c in cuts) != [
        c % n if c < 0 else c for c in cuts
    ]:
        raise ShapeError(
            f"split needs ascending positions in [{-n}, {n}] for an axis of length {n}, got {cuts}: "
            "drop those beyond the end"
        )
    bounds = [0, *cuts, n]
    before = (slice(None),) * axis
    return [x[(*before, slice(a, b))] for a, b in pairwise(bounds)]  # type: ignore[misc]
