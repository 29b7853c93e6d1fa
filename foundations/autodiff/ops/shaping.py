"""Rearrangements: every one is linear, and its derivative is the rearrangement undone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from foundations.autodiff.primitive import primitive, variadic
from foundations.errors import ShapeError

Axes = int | Sequence[int]

_reshape = primitive(
    lambda x, shape: x.reshape(shape), lambda g, _y, x, shape: reshape(g, x.shape), name="reshape"
)
_transpose = primitive(
    lambda x, axes: x.transpose(axes),
    lambda g, _y, _x, axes: _transpose(g, axes=None if axes is None else tuple(np.argsort(axes))),
    name="transpose",
)
_broadcast_to = primitive(np.broadcast_to, lambda g, _y, _x, shape: g, name="broadcast_to")
_flip = primitive(np.flip, lambda g, _y, _x, axis: flip(g, axis), name="flip")
_roll = primitive(
    np.roll,
    lambda g, _y, _x, shift, axis: roll(g, tuple(-s for s in shift), axis),
    name="roll",
)


def reshape(x: Any, shape: int | Sequence[int]) -> Any:
    """Read the same elements in the same order with another shape; one length may be -1."""
    return _reshape(x, shape=shape)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Permute the axes: axis i of the result is axis `axes[i]` of x; reversed by default."""
    return _transpose(x, axes=None if axes is None else tuple(a % x.ndim for a in axes))


def swapaxes(x: Any, first: int, second: int) -> Any:
    """Exchange two axes."""
    order = list(range(x.ndim))
    order[first], order[second] = order[second], order[first]
    return _transpose(x, axes=tuple(order))


def moveaxis(x: Any, source: Axes, destination: Axes) -> Any:
    """Move axes to new places; the others keep their order."""
    sources = [s % x.ndim for s in ([source] if isinstance(source, int) else source)]
    places = [d % x.ndim for d in ([destination] if isinstance(destination, int) else destination)]
    order = [a for a in range(x.ndim) if a not in sources]
    for place, s in sorted(zip(places, sources, strict=True)):
        order.insert(place, s)
    return _transpose(x, axes=tuple(order))


def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeat x along new leading axes and along axes of length one, without copying it."""
    return _broadcast_to(x, shape=tuple(shape))


def expand_dims(x: Any, axis: Axes) -> Any:
    """Insert axes of length one at the given places of the result."""
    places = [axis] if isinstance(axis, int) else list(axis)
    ndim = x.ndim + len(places)
    new = {a % ndim for a in places}
    lengths = iter(x.shape)
    return reshape(x, tuple(1 if a in new else next(lengths) for a in range(ndim)))


def squeeze(x: Any, axis: Axes | None = None) -> Any:
    """Drop axes of length one: all of them, or those named."""
    if axis is None:
        gone = {a for a, n in enumerate(x.shape) if n == 1}
    else:
        gone = {a % x.ndim for a in ([axis] if isinstance(axis, int) else axis)}
        if stuck := [a for a in gone if x.shape[a] != 1]:
            raise ShapeError(
                f"squeeze drops axes of length 1, got axis {stuck[0]} of length {x.shape[stuck[0]]} "
                f"in shape {x.shape}: name another axis, or index one element of it"
            )
    return reshape(x, tuple(n for a, n in enumerate(x.shape) if a not in gone))


def flip(x: Any, axis: Axes | None = None) -> Any:
    """Reverse the order along axes (all by default)."""
    return _flip(x, axis=axis if axis is None or isinstance(axis, int) else tuple(axis))


def roll(x: Any, shift: Axes, axis: Axes) -> Any:
    """Shift elements along axes; what leaves at one end enters at the other."""
    shifts = (shift,) if isinstance(shift, int) else tuple(shift)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    return _roll(x, shift=shifts, axis=axes)


# ---------------------------------------------------------------------- copies


def pad(x: Any, width: Sequence[tuple[int, int]], value: float = 0.0) -> Any:
    """Surround x with a constant.

    Args:
        x: Values, n axes.
        width: Per axis (before, after): how many elements to add.
        value: What to add.

    Returns:
        The padded array; the gradient of the padding is dropped.
    """
    return _pad(x, width=tuple(map(tuple, width)), value=value)


def _unpad(g: Any, _y: Any, _x: Any, width: Sequence[tuple[int, int]], value: float) -> Any:
    return g[tuple(slice(before, n - after) for (before, after), n in zip(width, g.shape, strict=True))]


_pad = primitive(lambda x, width, value: np.pad(x, width, constant_values=value), _unpad, name="pad")


def repeat(x: Any, repeats: int, axis: int) -> Any:
    """Repeat every element `repeats` times along an axis: [a, b] -> [a, a, b, b]."""
    axis %= x.ndim
    shape = (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :])
    spread = broadcast_to(expand_dims(x, axis + 1), shape)
    return reshape(spread, (*x.shape[:axis], x.shape[axis] * repeats, *x.shape[axis + 1 :]))


def tile(x: Any, repeats: int | Sequence[int]) -> Any:
    """Lay copies of x side by side, `repeats[i]` times along axis i: [a, b] -> [a, b, a, b]."""
    times = (repeats,) if isinstance(repeats, int) else tuple(repeats)
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
    stops = tuple(accumulate(x.shape[axis] for x in xs))[:-1]
    return _concatenate(*xs, axis=axis, stops=stops)


def stack(xs: Sequence[Any], axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis."""
    return concatenate([expand_dims(x, axis) for x in xs], axis)


def split(x: Any, sections: int | Sequence[int], axis: int = 0) -> list[Any]:
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
    axis %= x.ndim
    n = x.shape[axis]
    if isinstance(sections, int):
        if n % sections:
            raise ShapeError(
                f"split of axis {axis} (length {n}) into {sections} equal parts leaves a rest: "
                "pass the positions of the cuts instead"
            )
        sections = range(n // sections, n, n // sections)
    bounds = [0, *sections, n]
    before = (slice(None),) * axis
    return [x[(*before, slice(a, b))] for a, b in pairwise(bounds)]
