"""Checking a gradient that somebody derived by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import GradientMismatchError, Tensor
from foundations.errors import ShapeError, ValueRangeError
from foundations.gradients_jacobians.checks import EPS, Function, as_finite, as_point, number_at
from foundations.gradients_jacobians.differences import central_difference
from foundations.gradients_jacobians.extrapolation import slope_along


def check_gradient(
    f: Function,
    gradient: Callable[[np.ndarray], ArrayLike],
    x: ArrayLike,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
) -> float:
    r"""Hold a hand-made gradient to central differences, coordinate by coordinate.

    Passes if $|g_j - d_j| \le \text{atol} + \text{rtol}\,\max(|g_j|, |d_j|)$ for every j. Where a plain
    difference says no, an extrapolated one with the best of many steps decides. For functions of
    the engine `foundations.autodiff.gradcheck` is better: a random projection, whatever the dimension.

    Args:
        f: from a point, shape (n,), to a number.
        gradient: the gradient to check, shape (n,) -> (n,).
        x: where, shape (n,).
        rtol: relative tolerance.
        atol: absolute tolerance.

    Returns:
        The largest difference found, $\max_j |g_j - d_j|$.

    Raises:
        GradientMismatchError: naming the coordinate that is off most; and saying so where f has a kink, which
            makes any gradient wrong.
        ValueRangeError: if rounding errors of f leave the question open.
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
    numerical = _differences(f, x)
    excess = _excess(given, numerical, rtol, atol)
    errors = np.zeros(x.size)
    for j in np.flatnonzero(~(excess <= 0)):
        direction = np.zeros(x.size)
        direction[j] = max(1.0, abs(x[j]))
        slope, error = slope_along(f, x, direction, "check_gradient")
        numerical[j], errors[j] = slope / direction[j], error / direction[j]
    excess = _excess(given, numerical, rtol, atol)
    j = int(np.argmax(excess))
    if excess[j] <= 0:
        return float(np.abs(given - numerical).max())
    found = f"check_gradient expects entry {j} to be {numerical[j]:.6g}, got {given[j]:.6g}"
    kink = _kink(f, x, j)
    if kink is not None:
        raise GradientMismatchError(
            f"{found}; from the left the slope is {kink[0]:.4g} and from the right {kink[1]:.4g}: f has a "
            "kink here, check at another point"
        )
    if (excess <= 4 * errors).all():
        raise ValueRangeError(
            f"{found}, but rounding errors of f leave the former open by {errors[j]:.2g}: subtract from f "
            "what is constant, or raise rtol"
        )
    j = int(np.argmax(excess - 4 * errors))
    raise GradientMismatchError(
        f"check_gradient expects entry {j} to be {numerical[j]:.6g}, got {given[j]:.6g}: "
        "correct that partial derivative"
    )


def _excess(given: np.ndarray, numerical: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    return np.abs(given - numerical) - (atol + rtol * np.maximum(np.abs(given), np.abs(numerical)))


def _differences(f: Function, x: np.ndarray) -> np.ndarray:
    """Return central differences, NaN where f is not defined beside the point."""
    try:
        with np.errstate(all="ignore"):
            return central_difference(f, x)
    except (ValueRangeError, ArithmeticError):
        return np.full(x.size, np.nan)


def _kink(f: Function, x: np.ndarray, j: int) -> tuple[float, float] | None:
    """Return the slopes along axis j from the left and from the right if they differ.

    Of a smooth function they come together as the step shrinks; at a kink they stay apart at every step at
    which rounding errors leave digits of them.
    """
    start, size, found = number_at(f, x, "check_gradient"), max(1.0, abs(x[j])), None
    for h in size * 10.0 ** -np.arange(4.0, 19.0):
        if EPS * abs(x[j]) > 1e-4 * h:
            break  # the step itself is rounded away
        behind, ahead = (np.where(np.arange(x.size) == j, x + side, x) for side in (-h, h))
        try:
            with np.errstate(all="ignore"):
                left = (start - number_at(f, behind, "check_gradient")) / (x[j] - behind[j])
                right = (number_at(f, ahead, "check_gradient") - start) / (ahead[j] - x[j])
        except (ValueError, ArithmeticError):
            continue
        slopes = abs(left) + abs(right)
        if 8 * EPS * abs(start) / h > 1e-3 * slopes:
            continue
        if abs(right - left) <= 1e-3 * slopes:
            return None
        found = float(left), float(right)
    return found
