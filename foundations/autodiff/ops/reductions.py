"""Reductions: sums, means, extremes and their relatives, over any axes.

`axis` is None (all axes), an integer or a tuple, as in NumPy; `keepdims` leaves reduced axes with length one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff.operands import as_array
from foundations.autodiff.ops.axes import axis_of, flag_of, number_of
from foundations.autodiff.ops.comparisons import equal
from foundations.autodiff.ops.elementwise import abs, exp, where
from foundations.autodiff.ops.shaping import broadcast_to, expand_dims, flip
from foundations.autodiff.primitive import constant, primitive
from foundations.autodiff.tensor import Array, ArrayT, Tensor
from foundations.errors import ValueRangeError

Axis = int | tuple[int, ...] | None

_ARRAYS = (np.ndarray, Tensor)


def axes_from_front(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return the axes to reduce as a tuple, counted from the front."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def _count(shape: tuple[int, ...], axis: Axis) -> int:
    return math.prod(shape[a] for a in axes_from_front(axis, len(shape)))


def aligned(g: Any, ndim: int, axis: Axis, keepdims: bool) -> Any:
    """Give an array reduced from `ndim` axes its axes back, with length one, so that it broadcasts."""
    return (
        g if keepdims or axis is None else expand_dims(g, axes_from_front(axis, ndim))
    )  # one number: as it is


# ---------------------------------------------------------------------- sums

# the derivatives need the shape of x alone: its values are not kept
_sum = primitive(
    lambda x, axis, keepdims, shape: np.add.reduce(x, axis=axis, keepdims=keepdims),
    lambda g, _y, _x, axis, keepdims, shape: broadcast_to(aligned(g, len(shape), axis, keepdims), shape),
    name="sum",
)
_mean = primitive(
    lambda x, axis, keepdims, shape: np.mean(x, axis=axis, keepdims=keepdims),
    lambda g, _y, _x, axis, keepdims, shape: broadcast_to(
        aligned(g, len(shape), axis, keepdims) / _count(shape, axis), shape
    ),
    name="mean",
    floating=True,
)
_cumsum = primitive(
    np.cumsum,
    lambda g, _y, _x, axis: flip(_cumsum(flip(g, axis), axis=axis), axis),
    name="cumsum",
)


def sum(x: ArrayT, axis: Axis = None, keepdims: bool = False) -> ArrayT:
    """Sum over axes. d/dx: every term gets the gradient of the sum."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    return _sum(x, axis=axis, keepdims=keepdims, shape=x.shape)


def mean(x: ArrayT, axis: Axis = None, keepdims: bool = False) -> ArrayT:
    """Arithmetic mean over axes. d/dx: every one of the n terms gets 1/n of the gradient."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
    return _mean(x, axis=axis, keepdims=keepdims, shape=x.shape)


def cumsum(x: ArrayT, axis: int = -1) -> ArrayT:
    """Running sum along one axis. d/dx: the running sum of the gradient, from the other end."""
    x = as_array(x)
    return _cumsum(x, axis=axis_of(axis, x.ndim, "cumsum"))


# ---------------------------------------------------------------------- spread


def _deviation(x: Any, axis: Axis, ddof: int) -> Any:
    """Return (x - mean) / (n - ddof); NaN where that divides by nothing."""
    freedom = _count(x.shape, axis) - ddof
    return (x - mean(x, axis, True)) / freedom if freedom > 0 else np.broadcast_to(np.nan, x.shape)


_var = primitive(
    np.var,
    lambda g, _y, x, axis, keepdims, ddof: aligned(g, x.ndim, axis, keepdims) * 2 * _deviation(x, axis, ddof),
    name="var",
    floating=True,
)
_std = primitive(
    np.std,
    lambda g, y, x, axis, keepdims, ddof: (
        aligned(where(equal(y, 0), 0.0, g / where(equal(y, 0), 1.0, y)), x.ndim, axis, keepdims)
        * _deviation(x, axis, ddof)
    ),
    name="std",
    floating=True,
)


def var(x: ArrayT, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> ArrayT:
    """Mean squared deviation from the mean, divided by n - ddof (NumPy's default 0; PyTorch's is 1)."""
    return _var(x, axis=axis, keepdims=keepdims, ddof=number_of(ddof, "var", "ddof"))


def std(x: ArrayT, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> ArrayT:
    """Square root of `var`; its gradient is taken as 0 where the deviation is 0."""
    return _std(x, axis=axis, keepdims=keepdims, ddof=number_of(ddof, "std", "ddof"))


# ---------------------------------------------------------------------- extremes


def _to_the_extreme(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    """Hand the gradient to the extreme value; ties share it equally."""
    winners = _share(x, aligned(y, x.ndim, axis, keepdims), axis=axis)
    return aligned(g, x.ndim, axis, keepdims) * winners


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


def max(x: ArrayT, axis: Axis = None, keepdims: bool = False) -> ArrayT:
    """Largest value over axes; ties share the gradient equally."""
    return _max(x, axis=axis, keepdims=keepdims)


def min(x: ArrayT, axis: Axis = None, keepdims: bool = False) -> ArrayT:
    """Smallest value over axes; ties share the gradient equally."""
    return _min(x, axis=axis, keepdims=keepdims)


def argmax(x: ArrayT, axis: int | None = None) -> ArrayT:
    """Index of the (first) largest value; has no gradient."""
    return _argmax(x, axis=axis)


def argmin(x: ArrayT, axis: int | None = None) -> ArrayT:
    """Index of the (first) smallest value; has no gradient."""
    return _argmin(x, axis=axis)


# ---------------------------------------------------------------------- log-sums


def _logsumexp_value(x: Any, axis: Axis, keepdims: bool) -> Any:
    x = x if isinstance(x, np.ndarray) else np.asarray(x, np.float64)
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0).astype(x.dtype, copy=False)
    with np.errstate(divide="ignore"):  # every term e^-inf: the logarithm of 0 is meant
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axes_from_front(axis, x.ndim))


def _logsumexp_vjp(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    y = where(equal(y, -np.inf), 0.0, y)  # all terms 0: so are their shares, not 0 / 0
    return aligned(g, x.ndim, axis, keepdims) * exp(x - aligned(y, x.ndim, axis, keepdims))


_logsumexp = primitive(_logsumexp_value, _logsumexp_vjp, name="logsumexp", floating=True)


def logsumexp(x: ArrayT, axis: Axis = None, keepdims: bool = False) -> ArrayT:
    """Logarithm of the sum of exponentials, log sum_i e^{x_i}, without overflow.

    The largest term is taken out first: log sum e^{x_i} = m + log sum e^{x_i - m}. d/dx is the softmax.
    """
    return _logsumexp(x, axis=axis, keepdims=flag_of(keepdims, "logsumexp", "keepdims"))


# ---------------------------------------------------------------------- lengths


def norm(x: Array, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Any:
    """Length of vectors, over any axes: all elements by default, so a matrix has its Frobenius norm.

    Args:
        x: Values.
        axis: Axes that make up a vector.
        keepdims: Whether to leave those axes with length one.
        ord: 2, sqrt(sum x^2); 1, sum |x|; inf, max |x|.

    Returns:
        Lengths, without those axes. The gradient of the 2-norm, x / norm, is taken as 0 at x = 0, where a
        weight that has vanished would make it NaN; that of the inf-norm is shared among the largest.

    Raises:
        ValueRangeError: If `ord` is another number.

    Example:
        >>> norm(np.array([3.0, 4.0]))
        np.float64(5.0)
    """
    x, ord = as_array(x), number_of(ord, "norm", "ord")
    if ord == 2:
        return _norm(x, axis=axis, keepdims=keepdims)
    if ord == 1:
        return sum(abs(x), axis, keepdims)
    if ord == np.inf:
        return max(abs(x), axis, keepdims)
    raise ValueRangeError(
        f"norm needs ord 1, 2 or inf, got {ord!r}: write others in full, as in sum(abs(x) ** p) ** (1 / p)"
    )


def _norm_value(x: np.ndarray, axis: Axis, keepdims: bool) -> np.ndarray:
    top = np.max(np.abs(x), axis=axis, keepdims=True, initial=0)
    top = np.where(np.isfinite(top) & (top > 0), top, 1).astype(x.dtype)  # keeps the squares in range
    return np.sqrt(np.sum(np.square(x / top), axis=axis, keepdims=keepdims)) * (
        top if keepdims else np.squeeze(top, axis=axes_from_front(axis, x.ndim))
    )


def _norm_vjp(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    flat = equal(y, 0)
    share = where(flat, 0.0, g / where(flat, 1.0, y))
    return aligned(share, x.ndim, axis, keepdims) * x


_norm = primitive(_norm_value, _norm_vjp, name="norm", floating=True)

_any = constant(np.any)
_all = constant(np.all)


def any(x: ArrayT, axis: Axis = None, keepdims: bool = False) -> ArrayT:
    """Whether any element is true, over axes."""
    return _any(x, axis=axis, keepdims=keepdims)


def all(x: ArrayT, axis: Axis = None, keepdims: bool = False) -> ArrayT:
    """Whether all elements are true, over axes."""
    return _all(x, axis=axis, keepdims=keepdims)
