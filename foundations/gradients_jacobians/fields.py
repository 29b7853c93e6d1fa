"""Derivatives at many points at once: for pictures of fields, and for integrals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import grad, vjp
from foundations.errors import ShapeError
from foundations.gradients_jacobians.checks import Function, as_finite


def gradient_field(f: Function, points: ArrayLike) -> np.ndarray:
    r"""Return the gradient of f at many points, by one reverse pass.

    Each value depends on its own point only, so the gradient of the *sum* of all values holds at each point
    the gradient of its value.

    Args:
        f: acts along the last axis, (..., n) -> (...).
        points: shape (..., n).

    Returns:
        Shape (..., n).

    Raises:
        ShapeError: if f does not return one number a point.

    Example:
        >>> gradient_field(lambda x: x[..., 0] * x[..., 1], [[1.0, 2.0], [3.0, 4.0]])
        array([[2., 1.],
               [4., 3.]])
    """
    points = _as_points(points, "gradient_field")
    values, pull = vjp(f, points)
    if values.shape != points.shape[:-1]:
        raise ShapeError(
            f"gradient_field expects one number for each of {points.shape[:-1]} points, got {values.shape}: "
            "let f act along the last axis, x[..., 0]"
        )
    return pull(np.ones(values.shape))[0].numpy()


def jacobian_field(f: Function, points: ArrayLike) -> np.ndarray:
    r"""Return the Jacobian of a map at many points, by one reverse pass for each output.

    Args:
        f: acts along the last axis, (..., n) -> (..., m).
        points: shape (..., n).

    Returns:
        Shape (..., m, n).

    Raises:
        ShapeError: if f does not return one vector a point.

    Example:
        >>> from foundations.autodiff import ops
        >>> swap = lambda x: ops.stack([x[..., 1], 2 * x[..., 0]], axis=-1)
        >>> jacobian_field(swap, np.zeros((5, 2))).shape
        (5, 2, 2)
    """
    points = _as_points(points, "jacobian_field")
    values, pull = vjp(f, points)
    if values.shape[:-1] != points.shape[:-1] or values.ndim != points.ndim:
        raise ShapeError(
            f"jacobian_field expects one vector for each of {points.shape[:-1]} points, got {values.shape}: "
            "let f act along the last axis and stack its outputs with axis=-1"
        )
    rows = []
    for i in range(values.shape[-1]):
        unit = np.zeros(values.shape)
        unit[..., i] = 1
        rows.append(pull(unit)[0].numpy())
    return np.stack(rows, axis=-2)


def hessian_field(f: Function, points: ArrayLike) -> np.ndarray:
    r"""Return the Hessian of f at many points: the Jacobian of the gradient.

    Args:
        f: acts along the last axis, (..., n) -> (...).
        points: shape (..., n).

    Returns:
        Shape (..., n, n).

    Example:
        >>> hessian_field(lambda x: x[..., 0] * x[..., 1], [[1.0, 2.0]])
        array([[[0., 1.],
                [1., 0.]]])
    """

    def slope(x: Any) -> Any:
        return grad(lambda y: f(y).sum())(x)

    return jacobian_field(slope, points)


def _as_points(points: ArrayLike, caller: str) -> np.ndarray:
    array = as_finite(np.asarray(points), f"{caller} expects points of", "leave out what is not defined")
    if array.ndim < 1 or not array.size:
        raise ShapeError(f"{caller} expects points of shape (..., n), got {array.shape}: one point is [x, y]")
    return array
