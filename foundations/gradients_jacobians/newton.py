"""Newton's method for systems of equations: solve the linear model, move there, again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import jacobian
from foundations.errors import ConvergenceError, FoundationsError, ShapeError, SingularError, ValueRangeError
from foundations.gradients_jacobians.checks import Function, as_count, as_finite, as_point, value_at
from foundations.matrix_decomposition import solve

MAX_HALVINGS = 30


class NewtonResult(NamedTuple):
    r"""A root, and the way there.

    Attributes:
        root: shape (n,).
        residuals: $\lVert F\rVert$ at each point of the path, shape (steps + 1,).
        path: the points, shape (steps + 1, n).
    """

    root: np.ndarray
    residuals: np.ndarray
    path: np.ndarray


def newton(
    f: Function,
    start: ArrayLike,
    *,
    tolerance: float = 1e-12,
    max_steps: int = 50,
    damped: bool = False,
) -> NewtonResult:
    r"""Solve $F(x) = 0$ by $x \leftarrow x - J(x)^{-1}F(x)$, with the exact Jacobian.

    Near a root where J is regular the error squares at every step. Far away it may wander or cycle;
    `damped` halves a step until $\lVert F\rVert$ falls, which keeps it from running off but not from being
    caught at a point where J is singular.

    Args:
        f: from a Tensor of shape (n,) to one of shape (n,).
        start: shape (n,).
        tolerance: on $\lVert F\rVert$; at least what rounding leaves of it.
        max_steps: bound on the number of steps.
        damped: whether to halve steps that do not help.

    Returns:
        NewtonResult(root, residuals, path).

    Raises:
        ConvergenceError: if $\lVert F\rVert$ is not below the tolerance after `max_steps` steps, or no
            shortened step makes it smaller.
        SingularError: if the Jacobian has no inverse at a point of the path.
        ShapeError: if f does not return as many numbers as it takes.
        ValueRangeError: if the start, or a value on the way, is not finite.

    Example:
        >>> result = newton(lambda x: x * x - np.array([4.0, 9.0]), [1.0, 1.0])
        >>> result.root.round(12), len(result.residuals) - 1
        (array([2., 3.]), 6)
    """
    x = as_point(start, "newton")
    max_steps = as_count(max_steps, "newton", "max_steps")
    if isinstance(tolerance, complex) or not tolerance > 0:
        raise ValueRangeError(f"newton expects tolerance > 0, got {tolerance!r}")
    y = value_at(f, x, "newton")
    if y.shape != x.shape:
        raise ShapeError(
            f"newton expects as many equations as unknowns, {x.size}, got values of shape {y.shape}: "
            "add or drop equations, or minimise their squares"
        )
    path, residuals = [x], [float(np.linalg.norm(y))]
    for _ in range(max_steps):
        if residuals[-1] <= tolerance:
            break
        x, y = _step(f, x, y, damped)
        path.append(x)
        residuals.append(float(np.linalg.norm(y)))
    if residuals[-1] > tolerance:
        raise ConvergenceError(
            f"newton expects a residual of {tolerance:.1g} in {max_steps} steps, got {residuals[-1]:.3g}: "
            f"start nearer to a root{'' if damped else ', or pass damped=True'}"
        )
    return NewtonResult(x, np.array(residuals), np.array(path))


def _step(f: Function, x: np.ndarray, y: np.ndarray, damped: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the next point and the value there."""
    slope = as_finite(jacobian(f, x).numpy(), "newton expects a Jacobian of", "start elsewhere")
    try:
        move = solve(slope, y)
    except SingularError as error:
        raise SingularError(
            f"newton expects a Jacobian with an inverse, got det J = 0 at {x}: start elsewhere"
        ) from error
    size = 1.0
    for _ in range(MAX_HALVINGS):
        ahead = x - size * move
        try:
            value = value_at(f, ahead, "newton")
        except FoundationsError:
            if not damped:
                raise
        else:
            if not damped or np.linalg.norm(value) < np.linalg.norm(y):
                return ahead, value
        size /= 2
    raise ConvergenceError(
        f"newton expects a shorter step to lower the residual, got none at {x} where it is "
        f"{np.linalg.norm(y):.3g}: start elsewhere"
    )
