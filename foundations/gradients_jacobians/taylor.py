"""Taylor models of first and second order: the tangent plane, the quadratic model, and what they leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import hessian
from foundations.errors import ShapeError, ValueRangeError
from foundations.gradients_jacobians.checks import (
    Function,
    as_finite,
    as_point,
    number_at,
    value_and_gradient,
)
from foundations.matrix_decomposition import solve


@dataclass(frozen=True)
class TaylorModel:
    r"""$m(y) = f(x) + \nabla f(x)^\top(y - x) + \tfrac12 (y - x)^\top H(x)\,(y - x)$, without H the plane.

    Attributes:
        point: $x$, shape (n,).
        value: $f(x)$.
        gradient: $\nabla f(x)$, shape (n,).
        hessian: $H(x)$, shape (n, n), or None for the tangent plane.
    """

    point: np.ndarray
    value: float
    gradient: np.ndarray
    hessian: np.ndarray | None = None

    def __call__(self, y: ArrayLike) -> np.ndarray:
        """Return the model at points y, shape (..., n) -> (...)."""
        step = np.asarray(y, dtype=np.float64) - self.point  # (..., n)
        model = self.value + step @ self.gradient
        if self.hessian is not None:
            model = model + 0.5 * ((step @ self.hessian) * step).sum(-1)
        return model

    @property
    def normal(self) -> np.ndarray:
        r"""A normal of the tangent plane in the graph's space, $(-\nabla f, 1)$, shape (n + 1,)."""
        return np.append(-self.gradient, 1.0)

    def stationary_point(self) -> np.ndarray:
        r"""Return where the quadratic model is flat, $x - H^{-1}\nabla f$: the Newton step.

        Raises:
            ShapeError: if this is a plane, which is flat nowhere or everywhere.
            SingularError: if H has no inverse.
        """
        if self.hessian is None:
            raise ShapeError("stationary_point expects a quadratic model, got a plane: use quadratic_model")
        return self.point - solve(self.hessian, self.gradient)


def directional_derivative(f: Function, x: ArrayLike, v: ArrayLike) -> float:
    r"""Return $D_vf(x) = \nabla f(x)^\top v$, the slope of $t \mapsto f(x + tv)$ at 0.

    It is linear in v: for the slope a unit of length, give a unit vector.

    Args:
        f: from a Tensor of shape (n,) to a number.
        x: shape (n,).
        v: shape (n,).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if f is not a float64 number, or x or v no point.

    Example:
        >>> directional_derivative(lambda x: x[0] * x[0] * x[1], [1.0, 2.0], [0.0, 3.0])
        3.0
    """
    x = as_point(x, "directional_derivative")
    v = as_point(v, "directional_derivative", n=x.size)
    return float(value_and_gradient(f, x, "directional_derivative")[1] @ v)


def tangent_plane(f: Function, x: ArrayLike) -> TaylorModel:
    r"""Return the model of first order at x.

    Args:
        f: from a Tensor of shape (n,) to a number.
        x: shape (n,).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if f is not a float64 number or x no point.

    Example:
        >>> plane = tangent_plane(lambda x: x[0] * x[0] * x[1], [1.0, 2.0])
        >>> float(plane([1.25, 2.0]))
        3.0
    """
    x = as_point(x, "tangent_plane")
    return TaylorModel(x, *value_and_gradient(f, x, "tangent_plane"))


def quadratic_model(f: Function, x: ArrayLike) -> TaylorModel:
    r"""Return the model of second order at x.

    Args:
        f: from a Tensor of shape (n,) to a number.
        x: shape (n,).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if f is not a float64 number or x no point.

    Example:
        >>> model = quadratic_model(lambda x: x[0] * x[0] * x[1], [1.0, 2.0])
        >>> float(model([1.5, 2.0]))
        4.5
    """
    x = as_point(x, "quadratic_model")
    value, gradient = value_and_gradient(f, x, "quadratic_model")
    curvature = as_finite(
        hessian(f, x).numpy(), "quadratic_model expects the Hessian to hold", "move away from the kink"
    )
    return TaylorModel(x, value, gradient, curvature)


def remainders(f: Function, model: TaylorModel, direction: ArrayLike, steps: ArrayLike) -> np.ndarray:
    r"""Return $|f(x + tv) - m(x + tv)|$ for each step t.

    Args:
        f: from a point of shape (n,) to a number.
        model: of f, or with the gradient that is to be checked.
        direction: $v$, shape (n,).
        steps: shape (k,).

    Returns:
        Shape (k,).

    Example:
        >>> plane = tangent_plane(lambda x: x[0] * x[0], [1.0])
        >>> remainders(lambda x: x[0] * x[0], plane, [1.0], [0.5, 0.25])
        array([0.25  , 0.0625])
    """
    v = as_point(direction, "remainders", n=model.point.size)
    points = model.point + as_point(steps, "remainders")[:, None] * v  # (k, n)
    values = np.array([number_at(f, point, "remainders") for point in points])
    return np.abs(values - model(points))


def observed_order(steps: ArrayLike, errors: ArrayLike) -> float:
    r"""Return the power p of $\text{error} \propto h^p$ that fits best: the slope in double-logarithmic axes.

    Args:
        steps: $h > 0$, shape (k,), at least two that differ.
        errors: positive, shape (k,).

    Raises:
        ValueRangeError: if a step or an error is not positive, or all steps are one.

    Example:
        >>> round(observed_order([1.0, 0.1], [5.0, 0.05]), 12)
        2.0
    """
    h, e = as_point(steps, "observed_order"), as_point(errors, "observed_order", n=np.size(steps))
    if (h <= 0).any() or (e <= 0).any() or h.min() == h.max():
        raise ValueRangeError(
            f"observed_order expects positive errors at two steps or more, got steps {h} and errors {e}: "
            "an error of 0 has no order"
        )
    x, y = np.log(h) - np.log(h).mean(), np.log(e)
    order = float(x @ y / (x @ x))
    return order if math.isfinite(order) else math.nan
