"""Functions that are known by an equation: the inverse of a map, and implicit differentiation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import jacobian
from foundations.errors import ShapeError, SingularError, ValueRangeError
from foundations.gradients_jacobians.checks import EPS, Function, as_finite, as_point, value_at
from foundations.gradients_jacobians.linear_map import LinearMap, linearise
from foundations.gradients_jacobians.newton import newton
from foundations.matrix_decomposition import condition_number, solve


@dataclass(frozen=True)
class LocalInverse:
    r"""The inverse of a map near one point, found by Newton's method.

    Attributes:
        at: the map's linear model there.
        jacobian: of the inverse at $F(x)$: $J(x)^{-1}$, shape (n, n).
    """

    at: LinearMap
    jacobian: np.ndarray
    _map: Function = field(repr=False)

    def __call__(self, y: ArrayLike) -> np.ndarray:
        """Return the x near the base point with F(x) = y, shape (n,) -> (n,).

        Raises:
            ConvergenceError, SingularError: if y lies beyond where the inverse reaches.
        """
        y = as_point(y, "a local inverse", n=self.at.value.size)
        guess = self.at.point + self.jacobian @ (y - self.at.value)
        size = 1 + float(np.linalg.norm(y))
        return newton(lambda x: self._map(x) - y, guess, tolerance=1e-12 * size, damped=True).root


def local_inverse(f: Function, x: ArrayLike) -> LocalInverse:
    r"""Invert a map near x, where the inverse function theorem says it can be: where $\det J(x) \ne 0$.

    Differentiating $F^{-1}(F(x)) = x$ gives the Jacobian of the inverse, $J(x)^{-1}$.

    Args:
        f: from a Tensor of shape (n,) to one of shape (n,).
        x: shape (n,).

    Raises:
        ShapeError: if f does not keep the dimension.
        SingularError: if J(x) has no inverse: the theorem is silent there.

    Example:
        >>> square = local_inverse(lambda x: x * x, [3.0])
        >>> square([16.0]).round(12), square.jacobian
        (array([4.]), array([[0.16666667]]))
    """
    at = linearise(f, x)
    if at.value.shape != at.point.shape:
        raise ShapeError(
            f"local_inverse expects as many outputs as inputs, got a Jacobian of shape {at.jacobian.shape}: "
            "only a map that keeps the dimension has an inverse"
        )
    return LocalInverse(at, _solve(at.jacobian, np.eye(at.point.size), "local_inverse", "J(x)"), f)


def implicit_jacobian(g: Callable[[Any, Any], Any], x: ArrayLike, y: ArrayLike) -> np.ndarray:
    r"""Differentiate the y that $G(x, y) = 0$ defines as a function of x.

    The derivative of $G(x, y(x)) = 0$ is $G_x + G_y\,\mathrm dy/\mathrm dx = 0$, hence
    $\mathrm dy/\mathrm dx = -G_y^{-1}G_x$.

    Args:
        g: from Tensors of shape (n,) and (m,) to one of shape (m,).
        x: shape (n,).
        y: shape (m,), with G(x, y) = 0.

    Returns:
        Shape (m, n).

    Raises:
        ValueRangeError: if G(x, y) is not 0.
        ShapeError: if there are not as many equations as entries of y.
        SingularError: if $G_y$ has no inverse: y is no function of x there.

    Example:
        >>> circle = lambda x, y: x * x + y * y - 25
        >>> implicit_jacobian(circle, [3.0], [4.0])
        array([[-0.75]])
    """
    x, y = as_point(x, "implicit_jacobian"), as_point(y, "implicit_jacobian")
    value = value_at(lambda v: g(x, v), y, "implicit_jacobian")
    if value.shape != y.shape:
        raise ShapeError(
            f"implicit_jacobian expects one equation for each of the {y.size} entries of y, got values of "
            f"shape {value.shape}: add or drop equations"
        )
    by_x = as_finite(jacobian(lambda v: g(v, y), x).numpy(), "implicit_jacobian expects", "move the point")
    by_y = as_finite(jacobian(lambda v: g(x, v), y).numpy(), "implicit_jacobian expects", "move the point")
    sizes = np.abs(by_x) @ (1 + np.abs(x)) + np.abs(by_y) @ (1 + np.abs(y))  # of a change in the last digits
    if (np.abs(value) > 1e-8 * (1 + sizes)).any():
        raise ValueRangeError(
            f"implicit_jacobian expects a point with G(x, y) = 0, got {value}: solve for y first, with newton"
        )
    return -_solve(by_y, by_x, "implicit_jacobian", "dG/dy")


def _solve(a: np.ndarray, b: np.ndarray, caller: str, name: str) -> np.ndarray:
    """Return A^-1 B, or say that A has no inverse worth the name."""
    if condition_number(a) > 0.1 / EPS:
        raise SingularError(
            f"{caller} expects {name} to have an inverse, got one of condition {condition_number(a):.1g}: "
            "take another point"
        )
    return solve(a, b)
