"""Vectors by their direction: their length taken out, and the cosine of the angle between two."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.operands import as_arrays
from foundations.autodiff.tensor import Array, ArrayT, values
from foundations.errors import ShapeError
from foundations.nn.arguments import array, axis_of, floats, number


def _length(x: Any, axis: int) -> Any:
    """Return the Euclidean length along an axis, which is kept; the slope at 0 is 0. No square overflows."""
    largest = np.abs(values(x)).max(axis=axis, keepdims=True, initial=0)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1).astype(x.dtype)
    squares = ops.sum(ops.square(x / scale), axis, keepdims=True)
    nothing = values(squares) == 0
    return ops.where(nothing, 0.0, ops.sqrt(ops.where(nothing, 1.0, squares)) * scale)


def normalize(x: ArrayT, axis: int = -1, eps: float = 1e-12) -> ArrayT:
    """Divide vectors by their length: x / max(|x|, eps). A vector of zeros stays one.

    Args:
        x: Vectors along `axis`, any shape.
        axis: The axis whose squares then add up to 1.
        eps: Least length that is divided by.

    Returns:
        Shape of x.

    Raises:
        DTypeError: If x is not floating-point.
        ShapeError: If there is no such axis.
        ValueRangeError: If eps is negative.
        GraphError: If eps requires gradients.

    Source: the normalised embeddings of Schroff, Kalenichenko & Philbin 2015, arXiv:1503.03832, section 3.
    Deviation: the axis is the last by default, where PyTorch has 1.

    Example:
        >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    x, eps = floats("normalize", "x", x), number("normalize", "eps", eps, 0)
    return x / ops.maximum(_length(x, axis_of("normalize", axis, x.ndim)), eps)


def cosine_similarity(a: Array, b: Array, axis: int = -1, eps: float = 1e-8) -> Any:
    """Cosine of the angle between vectors: a . b / (max(|a|, eps) max(|b|, eps)).

    Args:
        a: Vectors along `axis`, any shape.
        b: Vectors whose shape broadcasts with that of a.
        axis: Axis of the vectors, counted in the broadcast shape.
        eps: Least length that is divided by: with a vector of zeros the cosine is 0.

    Returns:
        The broadcast shape without that axis, in [-1, 1].

    Raises:
        DTypeError: If a or b is not floating-point.
        ShapeError: If the shapes do not broadcast, or there is no such axis.
        ValueRangeError: If eps is negative.
        GraphError: If eps requires gradients.

    Source: Salton, Wong & Yang 1975, A vector space model for automatic indexing.

    Example:
        >>> cosine_similarity(np.array([1.0, 0.0]), np.array([[2.0, 0.0], [1.0, 1.0]])).round(4)
        array([1.    , 0.7071])
    """
    name = "cosine_similarity"
    a, b = as_arrays((array(name, "a", a), array(name, "b", b)))
    a, b, eps = floats(name, "a", a), floats(name, "b", b), number(name, "eps", eps, 0)
    try:
        shape = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        raise ShapeError(
            f"{name} expects shapes that broadcast, got {a.shape} and {b.shape}: insert axes of length one"
        ) from None
    axis = axis_of(name, axis, len(shape))
    a, b = (
        ops.reshape(v, (*(1,) * (len(shape) - v.ndim), *v.shape)) if v.ndim < len(shape) else v
        for v in (a, b)
    )
    if a.shape[axis] != b.shape[axis]:  # one number against many is no vector of that width
        a, b = (ops.broadcast_to(v, (*v.shape[:axis], shape[axis], *v.shape[axis + 1 :])) for v in (a, b))
    directions = [v / ops.maximum(_length(v, axis), eps) for v in (a, b)]
    return ops.sum(directions[0] * directions[1], axis)
