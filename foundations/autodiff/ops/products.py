"""Products of many factors, whole and running, whose derivatives hold where factors are 0.

Dividing the product by a factor gives the product of the others, unless the factor is 0. So nothing is
divided here: products are combined pair by pair, in as many rounds as the length has doublings.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff.operands import as_array
from foundations.autodiff.ops.axes import axis_of
from foundations.autodiff.ops.joining import concatenate, stack
from foundations.autodiff.ops.reductions import Axis, aligned, axes_from_front
from foundations.autodiff.ops.shaping import moveaxis, reshape
from foundations.autodiff.primitive import primitive
from foundations.autodiff.tensor import ArrayT


def _product_of_the_others(x: Any) -> Any:
    """Return, for each element along the last axis, the product of all the others there.

    In an ordinary pass by two running products. Under `create_graph` neighbours are multiplied to pairs, the
    product of the other *pairs* is found in the same way, and each element gets that times its neighbour:
    3 n multiplications, and a graph of log n rounds.
    """
    n = x.shape[-1]
    if n <= 1:
        return np.ones(x.shape, x.dtype)
    if isinstance(x, np.ndarray):  # what stands before it times what stands after it
        before, after = np.ones_like(x), np.ones_like(x)
        np.cumprod(x[..., :-1], -1, out=before[..., 1:])
        np.cumprod(x[..., :0:-1], -1, out=after[..., -2::-1])
        return before * after
    if n % 2:
        x = concatenate([x, np.ones((*x.shape[:-1], 1), x.dtype)], -1)
    left, right = x[..., ::2], x[..., 1::2]
    others = _product_of_the_others(left * right)
    both = stack([others * right, others * left], -1)
    return reshape(both, x.shape)[..., :n]


def _prod_vjp(g: Any, _y: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    axes = axes_from_front(axis, x.ndim)
    if not axes:
        return g
    last = tuple(range(x.ndim - len(axes), x.ndim))
    moved = moveaxis(x, axes, last)
    rows = reshape(moved, (*moved.shape[: last[0]], int(np.prod(moved.shape[last[0] :]))))
    others = _product_of_the_others(rows)
    return aligned(g, x.ndim, axis, keepdims) * moveaxis(reshape(others, moved.shape), last, axes)


_prod = primitive(np.prod, _prod_vjp, name="prod")


def prod(x: ArrayT, axis: Axis = None, keepdims: bool = False) -> ArrayT:
    """Product over axes. d/dx_i: the product of the others, also where factors are 0."""
    return _prod(x, axis=axis, keepdims=keepdims)


def _shifted(x: Any, by: int, fill: float) -> Any:
    """Move elements along the last axis, filling what becomes free."""
    free = np.full((*x.shape[:-1], abs(by)), fill, x.dtype)
    return concatenate([free, x[..., :-by]] if by > 0 else [x[..., -by:], free], -1)


def _cumprod_vjp(g: Any, _y: Any, x: Any, axis: int) -> Any:
    """Return P_i S_i: P_i the product before x_i, S_i = g_i + x_{i+1} S_{i+1} what comes after it.

    The recursion is unrolled by doubling: after k rounds S_i holds its first 2^k terms.
    """
    n = x.shape[axis]
    if not n:
        return g
    x, total = moveaxis(x, axis, -1), moveaxis(g, axis, -1)
    before = _cumprod(_shifted(x, 1, 1.0), axis=x.ndim - 1)
    factor, step = _shifted(x, -1, 0.0), 1
    while step < n:
        total = total + factor * _shifted(total, -step, 0.0)
        factor = factor * _shifted(factor, -step, 0.0)
        step *= 2
    return moveaxis(before * total, -1, axis)


_cumprod = primitive(np.cumprod, _cumprod_vjp, name="cumprod")


def cumprod(x: ArrayT, axis: int = -1) -> ArrayT:
    """Running product along one axis: y_k = x_0 x_1 ... x_k. Its derivatives hold where factors are 0.

    Args:
        x: Values, any shape.
        axis: The axis to multiply along.

    Returns:
        The shape of x.

    Example:
        >>> cumprod(np.array([2.0, 3.0, 4.0]))
        array([ 2.,  6., 24.])
    """
    x = as_array(x)
    return _cumprod(x, axis=axis_of(axis, x.ndim, "cumprod"))
