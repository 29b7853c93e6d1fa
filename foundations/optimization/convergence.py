"""What theory promises: for each method, how far it can still be from the minimum after k steps.

Throughout, f is convex with an L-Lipschitz gradient (`smoothness`), and mu-strongly convex where `convexity`
is asked for; D is the distance of the start from a minimum x*, and f* the value there. Every bound takes one
k or an array of them, and is proved in the notes of this folder.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.optimization import checks
from foundations.optimization.checks import check_at_least_zero, check_positive


def _steps(k: ArrayLike, least: int = 0) -> np.ndarray:
    k = checks.real_array("the number of steps", k)
    if not (np.isfinite(k) & (k >= least)).all():
        raise ValueRangeError(f"the number of steps is finite and at least {least}, got {k}")
    return k


def _condition(smoothness: float, convexity: float) -> float:
    check_positive(smoothness=smoothness, convexity=convexity)
    if convexity > smoothness:
        raise ValueRangeError(f"convexity is at most smoothness, got {convexity} and {smoothness}")
    return smoothness / convexity


def descent(value: ArrayLike, gradient_norm: ArrayLike, step: float, smoothness: float) -> np.ndarray:
    """Bound f after one step of gradient descent: f - step (1 - L step / 2) |grad f|^2.

    Args:
        value: f before the step.
        gradient_norm: |grad f| before the step.
        step: Its size, in (0, 2 / L) for a descent.
        smoothness: L. Convexity is not needed.
    """
    value, gradient_norm = (
        checks.real_array("value", value),
        checks.real_array("gradient_norm", gradient_norm),
    )
    check_positive(step=step, smoothness=smoothness)
    return value - step * (1 - smoothness * step / 2) * np.square(gradient_norm)


def gradient_descent_any(gap: float, k: ArrayLike, smoothness: float) -> np.ndarray:
    """Bound the least squared norm of the first k gradients, steps 1 / L: 2 L (f(x_0) - f*) / k.

    Args:
        gap: f(x_0) - inf f. Convexity is not needed.
        k: Number of gradients seen, at least 1.
        smoothness: L.
    """
    check_at_least_zero(gap=gap)
    check_positive(smoothness=smoothness)
    return 2 * smoothness * gap / _steps(k, least=1)


def gradient_descent_convex(distance: float, k: ArrayLike, smoothness: float) -> np.ndarray:
    """Bound f(x_k) - f* of gradient descent with steps 1 / L: L D^2 / (2 k).

    Args:
        distance: D.
        k: Steps taken; infinite at 0.
        smoothness: L.
    """
    check_at_least_zero(distance=distance)
    check_positive(smoothness=smoothness)
    with np.errstate(divide="ignore"):
        return smoothness * distance**2 / (2 * _steps(k))


def contraction(step: float, smoothness: float, convexity: float) -> float:
    """Return what one step of gradient descent multiplies the distance by, at most: max |1 - step [mu, L]|.

    Least for step = 2 / (L + mu): (kappa - 1) / (kappa + 1).

    Args:
        step: Size of the step.
        smoothness: L.
        convexity: mu.
    """
    _condition(smoothness, convexity)
    check_positive(step=step)
    return max(abs(1 - step * convexity), abs(1 - step * smoothness))


def gradient_descent_strongly_convex(
    distance: float, k: ArrayLike, smoothness: float, convexity: float, step: float | None = None
) -> np.ndarray:
    """Bound |x_k - x*| of gradient descent: contraction(step, L, mu)^k D.

    Args:
        distance: D.
        k: Steps taken.
        smoothness: L.
        convexity: mu, positive.
        step: Size of the steps; the best, 2 / (L + mu), by default.
    """
    check_at_least_zero(distance=distance)
    _condition(smoothness, convexity)
    step = 2 / (smoothness + convexity) if step is None else step
    return contraction(step, smoothness, convexity) ** _steps(k) * distance


def accelerated_convex(distance: float, k: ArrayLike, smoothness: float) -> np.ndarray:
    """Bound f(x_k) - f* of Nesterov's method for convex functions: 2 L D^2 / (k + 1)^2.

    Args:
        distance: D.
        k: Steps taken, at least 1.
        smoothness: L.
    """
    check_at_least_zero(distance=distance)
    check_positive(smoothness=smoothness)
    return 2 * smoothness * distance**2 / (_steps(k) + 1) ** 2


def accelerated_strongly_convex(
    gap: float, distance: float, k: ArrayLike, smoothness: float, convexity: float
) -> np.ndarray:
    """Bound f(x_k) - f* of Nesterov's method: (1 - 1 / sqrt(kappa))^k (f(x_0) - f* + mu D^2 / 2).

    Args:
        gap: f(x_0) - f*.
        distance: D.
        k: Steps taken.
        smoothness: L.
        convexity: mu, positive.
    """
    check_at_least_zero(gap=gap, distance=distance)
    rate = 1 - 1 / math.sqrt(_condition(smoothness, convexity))
    return rate ** _steps(k) * (gap + convexity * distance**2 / 2)


def heavy_ball_settings(smoothness: float, convexity: float) -> tuple[float, float]:
    """Return Polyak's step and momentum: the best on a quadratic with eigenvalues in [mu, L].

    Args:
        smoothness: L.
        convexity: mu, positive.
    """
    _condition(smoothness, convexity)
    large, small = math.sqrt(smoothness), math.sqrt(convexity)
    return 4 / (large + small) ** 2, ((large - small) / (large + small)) ** 2


def heavy_ball_quadratic(distance: float, k: ArrayLike, smoothness: float, convexity: float) -> np.ndarray:
    """Bound |x_k - x*| of the heavy ball on a quadratic, Polyak's settings: r^k (1 + k (1 + r)) D.

    r = (sqrt(kappa) - 1) / (sqrt(kappa) + 1), the root of the momentum.

    Args:
        distance: D.
        k: Steps taken, from x_{-1} = x_0.
        smoothness: L, the largest eigenvalue.
        convexity: mu, the smallest, positive.
    """
    check_at_least_zero(distance=distance)
    r = math.sqrt(heavy_ball_settings(smoothness, convexity)[1])
    k = _steps(k)
    return r**k * (1 + k * (1 + r)) * distance


def first_order_lower(distance: float, k: ArrayLike, smoothness: float) -> np.ndarray:
    """Bound f(x_k) - f* from below, at its worst, for methods in the span of gradients: 3 L D^2 / 32 (k+1)^2.

    The function that no such method does better on, from 0, is `landscapes.chain(2 k + 1)`.

    Args:
        distance: D.
        k: Gradients seen.
        smoothness: L.
    """
    check_at_least_zero(distance=distance)
    check_positive(smoothness=smoothness)
    return 3 * smoothness * distance**2 / (32 * (_steps(k) + 1) ** 2)


def sgd_constant(distance: float, k: ArrayLike, step: float, convexity: float, noise: float) -> np.ndarray:
    """Bound E |x_k - x*|^2 of SGD with a constant step: (1 - step mu)^k D^2 + 2 step sigma^2 / mu.

    Args:
        distance: D.
        k: Steps taken.
        step: At most 1 / (2 L_max), L_max the largest smoothness of one example's loss.
        convexity: mu of the mean of the losses.
        noise: sigma^2 = mean |grad f_i(x*)|^2.
    """
    check_at_least_zero(distance=distance, noise=noise)
    check_positive(step=step, convexity=convexity)
    return (1 - step * convexity) ** _steps(k) * distance**2 + 2 * step * noise / convexity


def sgd_decreasing_step(k: int, smoothness: float, convexity: float) -> float:
    """Return the step of the next bound for x_{k+1}: 2 / (mu (k + k0)), k0 = 4 L_max / mu.

    Args:
        k: Steps taken before.
        smoothness: L_max.
        convexity: mu.
    """
    return 2 / (convexity * (checks.whole("k", k) + 4 * _condition(smoothness, convexity)))


def sgd_decreasing(
    distance: float, k: ArrayLike, smoothness: float, convexity: float, noise: float
) -> np.ndarray:
    """Bound E |x_k - x*|^2 of SGD with steps 2 / (mu (k + k0)): max(k0 D^2, 8 sigma^2 / mu^2) / (k + k0).

    Args:
        distance: D.
        k: Steps taken.
        smoothness: L_max, the largest smoothness of one example's loss; k0 = 4 L_max / mu.
        convexity: mu of the mean of the losses.
        noise: sigma^2 = mean |grad f_i(x*)|^2.
    """
    check_at_least_zero(distance=distance, noise=noise)
    k0 = 4 * _condition(smoothness, convexity)
    return max(k0 * distance**2, 8 * noise / convexity**2) / (_steps(k) + k0)


def conjugate_gradient_chebyshev(k: ArrayLike, condition: float) -> np.ndarray:
    """Bound |x_k - x*|_A / |x_0 - x*|_A of conjugate gradients: 1 / T_k((kappa + 1) / (kappa - 1)).

    That is 2 / (r^k + r^-k) <= 2 r^k, r = (sqrt(kappa) - 1) / (sqrt(kappa) + 1).

    Args:
        k: Steps taken.
        condition: kappa, the ratio of the extreme eigenvalues of A.
    """
    if not 1 <= checks.number("condition", condition) < math.inf:
        raise ValueRangeError(f"a condition number is at least 1, got {condition}")
    r = (math.sqrt(condition) - 1) / (math.sqrt(condition) + 1)
    power = r ** _steps(k)
    return 2 * power / (1 + power * power)


def newton_step(distance: ArrayLike, hessian_lipschitz: float, convexity: float) -> np.ndarray:
    """Bound the distance after a full Newton step: M / (2 mu) times the square of the distance before.

    Args:
        distance: |x - x*| before the step.
        hessian_lipschitz: M, with |H(x) - H(y)| <= M |x - y|.
        convexity: mu, a lower bound of the eigenvalues of H.
    """
    distance = checks.real_array("distance", distance)
    check_positive(hessian_lipschitz=hessian_lipschitz, convexity=convexity)
    return hessian_lipschitz / (2 * convexity) * np.square(distance)
