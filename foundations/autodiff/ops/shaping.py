"""Rearrangements: every one is linear, and its derivative is the rearrangement undone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import index
from typing import Any

import numpy as np

from foundations.autodiff.operands import as_arrays
from foundations.autodiff.ops.axes import Axes, axes_of, axis_of, lengths_of
from foundations.autodiff.primitive import primitive, variadic
from foundations.errors import ShapeError

# a derivative here needs the shape of x alone: its values are not kept
_reshape = primitive(
    lambda x, shape, before: x.reshape(shape),
    lambda g, _y, _x, shape, before: reshape(g, before),
    name="reshape",
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
    return _reshape(x, shape=shape, before=x.shape)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Permute the axes: axis i of the result is axis `axes[i]` of x; reversed by default."""
    return _transpose(x, axes=None if axes is None else axes_of(axes, x.ndim, "transpose"))


def swapaxes(x: Any, first: int, second: int) -> Any:
    """Exchange two axes."""
    ndim = x.ndim
    order = list(range(ndim))
    first, second = axis_of(first, ndim, "swapaxes"), axis_of(second, ndim, "swapaxes")
    order[first], order[second] = second, first
    return _transpose(x, axes=tuple(order))


def moveaxis(x: Any, source: Axes, destination: Axes) -> Any:
    """Move axes to new places; the others keep their order."""
    sources = axes_of(source, x.ndim, "moveaxis")
    places = axes_of(destination, x.ndim, "moveaxis")
    if len(sources) != len(places):
        raise ShapeError(
            f"moveaxis needs as many destinations as sources, got {len(sources)} sources and "
            f"{len(places)} destinations: name one place for each axis"
        )
    order = [a for a in range(x.ndim) if a not in sources]
    for place, s in sorted(zip(places, sources, strict=True)):
        order.insert(place, s)
    return _transpose(x, axes=tuple(order))


def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeat x along new leading axes and along axes of length one, without copying it."""
    return _broadcast_to(x, shape=lengths_of(shape))


def expand_dims(x: Any, axis: Axes) -> Any:
    """Insert axes of length one at the given places of the result."""
    ndim = x.ndim + (len(axis) if isinstance(axis, tuple | list | range) else 1)
    new = axes_of(axis, ndim, "expand_dims")
    lengths = iter(x.shape)
    return reshape(x, tuple(1 if a in new else next(lengths) for a in range(ndim)))


def squeeze(x: Any, axis: Axes | None = None) -> Any:
    """Drop axes of length one: all of them, or those named."""
    if axis is None:
        gone = {a for a, n in enumerate(x.shape) if n == 1}
    else:
        gone = set(axes_of(axis, x.ndim, "squeeze"))
        if stuck := [a for a in gone if x.shape[a] != 1]:
            raise ShapeError(
                f"squeeze drops axes of length 1, got axis {stuck[0]} of length {x.shape[stuck[0]]} "
                f"in shape {x.shape}: name another axis, or index one element of it"
            )
    return reshape(x, tuple(n for a, n in enumerate(x.shape) if a not in gone))


def flip(x: Any, axis: Axes | None = None) -> Any:
    """Reverse the order along axes (all by default)."""
    return _flip(x, axis=None if axis is None else axes_of(axis, x.ndim, "flip"))


def roll(x: Any, shift: Axes, axis: Axes) -> Any:
    """Shift elements along axes; what leaves at one end enters at the other."""
    return _roll(x, shift=lengths_of(shift), axis=axes_of(axis, x.ndim, "roll"))


# ---------------------------------------------------------------------- copies


def pad(x: Any, width: Sequence[tuple[int, int]], value: float = 0.0) -> Any:
    """Surround x with a constant.

    Args:
        x: Values, n axes.
        width: Per axis (before, after): how many elements to add.
        value: What to add.

    Returns:
        The padded array; the gradient of the padding is dropped.

    Raises:
        ShapeError: If there is not one pair for each axis.
    """
    if len(width) != x.ndim:
        raise ShapeError(
            f"pad needs a pair (before, after) for each of the {x.ndim} axes of shape {x.shape}, "
            f"got {len(width)}: write (0, 0) for an axis that stays as it is"
        )
    return _pad(x, width=tuple(map(tuple, width)), value=value)


def _unpad(g: Any, _y: Any, _x: Any, width: Sequence[tuple[int, int]], value: float) -> Any:
    return g[tuple(slice(before, n - after) for (before, after), n in zip(width, g.shape, strict=True))]


_pad = primitive(lambda x, width, value: np.pad(x, width, constant_values=value), _unpad, name="pad")


def repeat(x: Any, repeats: int, axis: int) -> Any:
    """Repeat every element `repeats` times along an axis: [a, b] -> [a, a, b, b]."""
    axis = axis_of(axis, x.ndim, "repeat")
    shape = (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :])
    spread = broadcast_to(expand_dims(x, axis + 1), shape)
    return reshape(spread, (*x.shape[:axis], x.shape[axis] * repeats, *x.shape[axis + 1 :]))


def tile(x: Any, repeats: int | Sequence[int]) -> Any:
    """Lay copies of x side by side, `repeats[i]` times along axis i: [a, b] -> [a, b, a, b]."""
    times = lengths_of(repeats)
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
    xs = as_arrays(xs)
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
    return concatenate([expand_dims(x, axis) for x in as_arrays(xs)], axis)


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
    axis = axis_of(axis, x.ndim, "split")
    n = x.shape[axis]
    if not isinstance(sections, tuple | list | range | np.ndarray):
        parts = index(sections)  # type: ignore[arg-type]
        if parts < 1 or n % parts:
            raise ShapeError(
                f"split into equal parts needs a number that divides the length {n} of axis {axis}, "
                f"got {parts}: pass the positions of the cuts instead"
            )
        sections = [n // parts * i for i in range(1, parts)]
    bounds = [0, *sections, n]
    before = (slice(None),) * axis
    return [x[(*before, slice(a, b))] for a, b in pairwise(bounds)]
