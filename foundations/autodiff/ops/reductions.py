"""Reductions: sums, means, extremes and their relatives, over any axes.

`axis` is None (all axes), an integer or a tuple, as in NumPy; `keepdims` leaves reduced axes with length one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff.ops.axes import shape_of
from foundations.autodiff.ops.elementwise import equal, exp, where
from foundations.autodiff.ops.shaping import broadcast_to, expand_dims, flip, moveaxis, reshape
from foundations.autodiff.primitive import constant, primitive
from foundations.autodiff.tensor import values

Axis = int | tuple[int, ...] | None


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def _count(shape: tuple[int, ...], axis: Axis) -> int:
    return math.prod(shape[a] for a in _axes(axis, len(shape)))


def _aligned(g: Any, ndim: int, axis: Axis, keepdims: bool) -> Any:
    """Give an array reduced from `ndim` axes its axes back, with length one, so that it broadcasts."""
    return g if keepdims or axis is None else expand_dims(g, _axes(axis, ndim))  # one number: as it is


# ---------------------------------------------------------------------- sums

# the derivatives need the shape of x alone: its values are not kept
_sum = primitive(
    lambda x, axis, keepdims, shape: np.add.reduce(x, axis=axis, keepdims=keepdims),
    lambda g, _y, _x, axis, keepdims, shape: broadcast_to(_aligned(g, len(shape), axis, keepdims), shape),
    name="sum",
)
_mean = primitive(
    lambda x, axis, keepdims, shape: np.mean(x, axis=axis, keepdims=keepdims),
    lambda g, _y, _x, axis, keepdims, shape: broadcast_to(
        _aligned(g, len(shape), axis, keepdims) / _count(shape, axis), shape
    ),
    name="mean",
)
_cumsum = primitive(
    np.cumsum,
    lambda g, _y, _x, axis: flip(_cumsum(flip(g, axis), axis=axis), axis),
    name="cumsum",
)


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over axes. d/dx: every term gets the gradient of the sum."""
    return _sum(x, axis=axis, keepdims=keepdims, shape=shape_of(x))


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Arithmetic mean over axes. d/dx: every one of the n terms gets 1/n of the gradient."""
    return _mean(x, axis=axis, keepdims=keepdims, shape=shape_of(x))


def cumsum(x: Any, axis: int = -1) -> Any:
    """Running sum along one axis. d/dx: the running sum of the gradient, from the other end."""
    return _cumsum(x, axis=axis)


# ---------------------------------------------------------------------- spread


def _deviation(x: Any, axis: Axis, ddof: int) -> Any:
    """Return (x - mean) / (n - ddof); NaN where that divides by nothing."""
    freedom = _count(x.shape, axis) - ddof
    return (x - mean(x, axis, True)) / freedom if freedom > 0 else broadcast_to(np.nan, x.shape)


_var = primitive(
    np.var,
    lambda g, _y, x, axis, keepdims, ddof: (
        _aligned(g, x.ndim, axis, keepdims) * 2 * _deviation(x, axis, ddof)
    ),
    name="var",
)
_std = primitive(
    np.std,
    lambda g, y, x, axis, keepdims, ddof: (
        _aligned(where(equal(y, 0), 0.0, g / where(equal(y, 0), 1.0, y)), x.ndim, axis, keepdims)
        * _deviation(x, axis, ddof)
    ),
    name="std",
)


def var(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """Mean squared deviation from the mean, divided by n - ddof (NumPy's default 0; PyTorch's is 1)."""
    return _var(x, axis=axis, keepdims=keepdims, ddof=ddof)


def std(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Any:
    """Square root of `var`; its gradient is taken as 0 where the deviation is 0."""
    return _std(x, axis=axis, keepdims=keepdims, ddof=ddof)


# ---------------------------------------------------------------------- extremes


def _to_the_extreme(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Hand the gradient to the extreme value; ties share it equally."""
    winners = _share(x, _aligned(y, x.ndim, axis, keepdims), axis=axis)
    return _aligned(g, x.ndim, axis, keepdims) * winners


def _share_of_the_extreme(x: np.ndarray, y: np.ndarray, axis: Axis) -> np.ndarray:
    reached = x == y
    with np.errstate(invalid="ignore"):  # NaN is reached nowhere: 0 / 0 = NaN is meant
        return (reached / np.sum(reached, axis=axis, keepdims=True)).astype(x.dtype)


_share = constant(_share_of_the_extreme, name="max")
_max = primitive(
    lambda x, axis, keepdims: np.max(x, axis=axis, keepdims=keepdims), _to_the_extreme, name="max"
)
_min = primitive(
    lambda x, axis, keepdims: np.min(x, axis=axis, keepdims=keepdims), _to_the_extreme, name="min"
)
_argmax = constant(np.argmax)
_argmin = constant(np.argmin)


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Largest value over axes; ties share the gradient equally."""
    return _max(x, axis=axis, keepdims=keepdims)


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Smallest value over axes; ties share the gradient equally."""
    return _min(x, axis=axis, keepdims=keepdims)


def argmax(x: Any, axis: int | None = None) -> Any:
    """Index of the (first) largest value; has no gradient."""
    return _argmax(x, axis=axis)


def argmin(x: Any, axis: int | None = None) -> Any:
    """Index of the (first) smallest value; has no gradient."""
    return _argmin(x, axis=axis)


# ---------------------------------------------------------------------- products and log-sums


def _prod_vjp(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    g, y = _aligned(g, x.ndim, axis, keepdims), _aligned(y, x.ndim, axis, keepdims)
    axes = _axes(axis, x.ndim)
    if not axes:
        return g
    if values(x).all():
        return g * y / x
    # a factor is 0: multiply the others, without dividing
    last = tuple(range(x.ndim - len(axes), x.ndim))
    moved = moveaxis(x, axes, last)
    rows = reshape(moved, (*moved.shape[: last[0]], -1))
    others = prod(where(np.eye(rows.shape[-1], dtype=bool), 1.0, expand_dims(rows, (-2,))), -1)
    return g * moveaxis(reshape(others, moved.shape), last, axes)


_prod = primitive(np.prod, _prod_vjp, name="prod")


def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product over axes. d/dx_i: the product of the others, also where factors are 0."""
    return _prod(x, axis=axis, keepdims=keepdims)


def _logsumexp_value(x: Any, axis: Axis, keepdims: bool) -> Any:
    x = x if isinstance(x, np.ndarray) and x.dtype.kind == "f" else np.asarray(x, np.float64)
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0).astype(x.dtype, copy=False)
    with np.errstate(divide="ignore"):  # every term e^-inf: the logarithm of 0 is meant
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=_axes(axis, x.ndim))


def _logsumexp_vjp(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    y = where(equal(y, -np.inf), 0.0, y)  # all terms 0: so are their shares, not 0 / 0
    return _aligned(g, x.ndim, axis, keepdims) * exp(x - _aligned(y, x.ndim, axis, keepdims))


_logsumexp = primitive(_logsumexp_value, _logsumexp_vjp, name="logsumexp")


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Logarithm of the sum of exponentials, log sum_i e^{x_i}, without overflow.

    The largest term is taken out first: log sum e^{x_i} = m + log sum e^{x_i - m}. d/dx is the softmax.
    """
    return _logsumexp(x, axis=axis, keepdims=keepdims)


any = constant(np.any, doc="whether any element is true, over `axis`")
all = constant(np.all, doc="whether all elements are true, over `axis`")
