"""Checking a gradient that somebody derived by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import GradientMismatchError, Tensor
from foundations.errors import ShapeError
from foundations.gradients_jacobians.checks import EPS, Function, as_finite, as_point, number_at
from foundations.gradients_jacobians.differences import central_difference


def check_gradient(
    f: Function,
    gradient: Callable[[np.ndarray], ArrayLike],
    x: ArrayLike,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
) -> float:
    r"""Hold a hand-made gradient to central differences, coordinate by coordinate.

    Passes if $|g_j - d_j| \le \text{atol} + \text{rtol}\,\max(|g_j|, |d_j|)$ for every j. For functions of
    the engine `foundations.autodiff.gradcheck` is better: a random projection, whatever the dimension.

    Args:
        f: from a point, shape (n,), to a number.
        gradient: the gradient to check, shape (n,) -> (n,).
        x: where, shape (n,).
        rtol: relative tolerance; a central difference itself errs by about 1e-10 of the size of f.
        atol: absolute tolerance.

    Returns:
        The largest difference found, $\max_j |g_j - d_j|$.

    Raises:
        GradientMismatchError: naming the coordinate that is off most; and saying so where f has a kink, which
            makes any gradient wrong.
        ShapeError: if the gradient does not have the shape of the point.

    Example:
        >>> check_gradient(lambda x: x @ x, lambda x: 2 * x, [1.0, -3.0]) < 1e-8
        True
    """
    x = as_point(x, "check_gradient")
    number_at(f, x, "check_gradient")
    given = gradient(x)
    given = given.numpy() if isinstance(given, Tensor) else np.asarray(given)
    if given.shape != x.shape:
        raise ShapeError(
            f"check_gradient expects a gradient of the point's shape, {x.shape}, got {given.shape}: "
            "a gradient has one entry for each coordinate"
        )
    given = as_finite(given, "check_gradient expects a gradient of", "move away from the kink or pole")
    numerical = central_difference(f, x)
    off = np.abs(given - numerical)
    excess = off - (atol + rtol * np.maximum(np.abs(given), np.abs(numerical)))
    j = int(np.argmax(excess))
    if excess[j] <= 0:
        return float(off.max())
    left, right = _one_sided(f, x, j)
    found = f"check_gradient expects entry {j} to be {numerical[j]:.6g}, got {given[j]:.6g}"
    if abs(right - left) > 1e-4 * (1 + abs(right) + abs(left)):
        raise GradientMismatchError(
            f"{found}; from the left the slope is {left:.4g} and from the right {right:.4g}: f has a kink "
            "here, check at another point"
        )
    raise GradientMismatchError(f"{found}: correct that partial derivative")


def _one_sided(f: Function, x: np.ndarray, j: int) -> tuple[float, float]:
    """Return the slopes along axis j from the left and from the right."""
    h = EPS ** (1 / 2) * max(1.0, abs(x[j]))
    behind, ahead = (np.where(np.arange(x.size) == j, x + side, x) for side in (-h, h))
    start = number_at(f, x, "check_gradient")
    left = (start - number_at(f, behind, "check_gradient")) / (x[j] - behind[j])
    right = (number_at(f, ahead, "check_gradient") - start) / (ahead[j] - x[j])
    return float(left), float(right)
