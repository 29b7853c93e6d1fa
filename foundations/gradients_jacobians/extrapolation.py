"""A difference quotient that chooses its own step and says how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from foundations.gradients_jacobians.checks import EPS, Function, value_at

RATIO = 4.0  # of one step to the next
LEVELS = 60  # from a step of the size of the point down to one that hardly moves it


class Estimate(NamedTuple):
    """A derivative along a direction, and how far off it may be.

    Attributes:
        value: shape of f(x).
        error: of the same shape; truncation and rounding together.
    """

    value: np.ndarray
    error: np.ndarray


def slope_along(f: Function, x: np.ndarray, direction: np.ndarray, caller: str) -> Estimate:
    r"""Differentiate along a direction by central differences, extrapolated, with the best of many steps.

    $D(h) = (f(x + hv) - f(x - hv))/2h$ errs by $ch^2 + O(h^4)$, hence $(16D(h/4) - D(h))/15$ by $O(h^4)$.
    What that moves tells the truncation; $\varepsilon$ times the values and the slope, over h, the rounding.
    Steps fall from 1/4 until they move the point no more, and for every output the one with the least error
    *relative* to the slope is taken: far too long a step can look exact, but not in that measure.

    Args:
        f: from a point, shape (n,), to a number or an array.
        x: shape (n,).
        direction: v, of the size of the steps that the point can take, shape (n,).
        caller: name of the routine, for a message.

    Returns:
        Estimate(value, error).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if f is finite at no step.

    Source: Ridders 1982, Advances in Engineering Software 4:75-76.
    """
    at = _guarded(f, x, direction, caller)
    best, step, before = _nothing(value_at(f, x, caller)), 0.25, None
    for _ in range(LEVELS):
        ahead, behind = at(step), at(-step)
        moved = ((x + step * direction) - (x - step * direction))[np.argmax(np.abs(direction))]
        length = float(moved / direction[np.argmax(np.abs(direction))])
        if length == 0.0:
            break
        if ahead is None or behind is None:
            before = None
        else:
            slope = (ahead - behind) / length
            if before is not None:
                better = (RATIO**2 * slope - before) / (RATIO**2 - 1)
                shift = float(np.max(np.abs(x) / np.where(direction != 0, np.abs(direction), np.inf)))
                noise = 2 * EPS * (np.maximum(np.abs(ahead), np.abs(behind)) + shift * np.abs(slope)) / length
                best = _better(best, Estimate(better, np.abs(better - slope) + noise))
            before = slope
        step /= RATIO
    if not np.isfinite(best.error).any() and best.error.size:
        value_at(f, x + EPS ** (1 / 3) * direction, caller)  # says what is wrong there
    return best


def _guarded(
    f: Function, x: np.ndarray, direction: np.ndarray, caller: str
) -> Callable[[float], np.ndarray | None]:
    """Return t -> f(x + t v), None where f is not defined."""

    def at(t: float) -> np.ndarray | None:
        try:
            with np.errstate(all="ignore"):
                return value_at(f, x + t * direction, caller)
        except (ValueError, ArithmeticError):  # our own errors of range among them
            return None

    return at


def _nothing(y: np.ndarray) -> Estimate:
    return Estimate(np.zeros(y.shape), np.full(y.shape, np.inf))


def _better(a: Estimate, b: Estimate) -> Estimate:
    """Return of each output the estimate with the smaller relative error; the absolute one decides at 0."""
    tiny = np.finfo(np.float64).tiny
    with np.errstate(over="ignore"):
        relative_a, relative_b = (np.minimum(e.error / (np.abs(e.value) + tiny), 1.0) for e in (a, b))
    take = (relative_b < relative_a) | ((relative_b == relative_a) & (b.error < a.error))
    return Estimate(np.where(take, b.value, a.value), np.where(take, b.error, a.error))
