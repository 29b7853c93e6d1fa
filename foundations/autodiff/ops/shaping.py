"""Rearrangements: every one is linear, and its derivative is the rearrangement undone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foundations.autodiff.operands import as_array
from foundations.autodiff.ops.axes import Axes, axes_of, axis_of, lengths_of
from foundations.autodiff.primitive import primitive
from foundations.autodiff.tensor import ArrayT, Tensor
from foundations.errors import ShapeError

_ARRAYS = (np.ndarray, Tensor)

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


def reshape(x: ArrayT, shape: int | Sequence[int]) -> ArrayT:
    """Read the same elements in the same order with another shape; one length may be -1."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    return _reshape(x, shape=shape if type(shape) is tuple else lengths_of(shape, "reshape"), before=x.shape)


def transpose(x: ArrayT, axes: Sequence[int] | None = None) -> ArrayT:
    """Permute the axes: axis i of the result is axis `axes[i]` of x; reversed by default."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    return _transpose(x, axes=None if axes is None else axes_of(axes, x.ndim, "transpose"))


def swapaxes(x: ArrayT, first: int, second: int) -> ArrayT:
    """Exchange two axes."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    ndim = x.ndim
    order = list(range(ndim))
    first, second = axis_of(first, ndim, "swapaxes"), axis_of(second, ndim, "swapaxes")
    order[first], order[second] = second, first
    return _transpose(x, axes=tuple(order))


def moveaxis(x: ArrayT, source: Axes, destination: Axes) -> ArrayT:
    """Move axes to new places; the others keep their order."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
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


def broadcast_to(x: ArrayT, shape: Sequence[int]) -> ArrayT:
    """Repeat x along new leading axes and along axes of length one, without copying it."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    return _broadcast_to(x, shape=lengths_of(shape, "broadcast_to"))


def expand_dims(x: ArrayT, axis: Axes) -> ArrayT:
    """Insert axes of length one at the given places of the result."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    ndim = x.ndim + (len(axis) if isinstance(axis, tuple | list | range) else 1)
    new = axes_of(axis, ndim, "expand_dims")
    lengths = iter(x.shape)
    return reshape(x, tuple(1 if a in new else next(lengths) for a in range(ndim)))


def squeeze(x: ArrayT, axis: Axes | None = None) -> ArrayT:
    """Drop axes of length one: all of them, or those named."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
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


def flip(x: ArrayT, axis: Axes | None = None) -> ArrayT:
    """Reverse the order along axes (all by default)."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    return _flip(x, axis=None if axis is None else axes_of(axis, x.ndim, "flip"))


def roll(x: ArrayT, shift: Axes, axis: Axes) -> ArrayT:
    """Shift elements along axes; what leaves at one end enters at the other."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    shifts, axes = lengths_of(shift, "roll"), axes_of(axis, x.ndim, "roll")
    if len(shifts) not in (1, len(axes)):
        raise ShapeError(
            f"roll needs one shift, or one for each of {len(axes)} axes, got {len(shifts)}: name one an axis"
        )
    return _roll(x, shift=shifts * len(axes) if len(shifts) == 1 else shifts, axis=axes)
