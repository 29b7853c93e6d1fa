"""How far to go in a direction: backtracking, and a search for a step that meets the Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from foundations.errors import ValueRangeError
from foundations.optimization import checks
from foundations.optimization.minimization import Minimization

Ray = Callable[[float], tuple[float, float]]
"""Value and slope of a function along a ray, by the distance from where it starts."""

HALVINGS = 60  # 2^-60: what is smaller than rounding
EXPANSIONS = 30
ROUNDING = 1e-12  # relative to the value: a change below this may be rounding, and the slope decides


class Point(NamedTuple):
    """A point on a ray: its distance, and value and slope of the function there."""

    step: float
    value: float
    slope: float


def backtrack(
    run: Minimization, direction: np.ndarray, *, start: float = 1.0, sufficient: float = 1e-4
) -> float | None:
    """Halve a step until the value has fallen by a share of what the slope promises.

    f(x + t p) <= f(x) + sufficient t grad f(x)^T p: Armijo's condition. Where the value changes by no more
    than rounding, the slope stands for it, as in `strong_wolfe`.

    Args:
        run: Where the method stands.
        direction: p, shape (n,): one in which the function falls.
        start: First step t to try.
        sufficient: Share of the promised fall that is asked for, in (0, 1/2].

    Returns:
        The step, or None where none is found above rounding.
    """
    slope = float(run.gradient @ direction)
    step = start
    for _ in range(HALVINGS):
        x = run.x + step * direction
        if (x == run.x).all():
            break
        value = run.value_at(x)
        if abs(value - run.value) <= ROUNDING * abs(run.value):
            fallen = run.evaluate(x)[1] @ direction <= (2 * sufficient - 1) * slope
        else:
            fallen = value <= run.value + sufficient * step * slope  # False for NaN
        if fallen:
            return step
        step /= 2
    return None


def strong_wolfe(
    phi: Ray,
    value: float,
    slope: float,
    *,
    start: float = 1.0,
    sufficient: float = 1e-4,
    curvature: float = 0.9,
) -> float | None:
    """Find a step t with phi(t) <= phi(0) + sufficient t phi'(0) and |phi'(t)| <= curvature |phi'(0)|.

    The first condition forbids steps that are too long; the second those that are too short, and makes the
    curvature along the step positive, which quasi-Newton methods live on.

    Args:
        phi: Value and slope by the step; where it is not finite, the step is taken to be too long.
        value: phi(0).
        slope: phi'(0), negative.
        start: First step to try.
        sufficient: c1 of the first condition.
        curvature: c2 of the second; 0 < c1 < c2 < 1.

    Returns:
        A step that meets both, or None where rounding or a function without a bound below allow none.

    Raises:
        DTypeError: If phi is no function, or a setting no number.
        ValueRangeError: If the value is not finite, the slope not negative or the constants out of order.

    Source: Nocedal & Wright 2006, algorithms 3.5 and 3.6.
    Deviation: where the value changes by no more than rounding, phi'(t) <= (2 c1 - 1) phi'(0) takes the place
        of the first condition, which it equals on a parabola (the approximate Wolfe conditions of Hager &
        Zhang 2005): close to a minimum slopes are known to more digits than values.
    """
    checks.function("phi", phi)
    value, slope, start = (
        checks.number("value", value),
        checks.number("slope", slope),
        checks.positive("start", start),
    )
    sufficient, curvature = checks.number("sufficient", sufficient), checks.number("curvature", curvature)
    if not 0 < sufficient < curvature < 1:
        raise ValueRangeError(f"expected 0 < sufficient < curvature < 1, got {sufficient} and {curvature}")
    if not math.isfinite(value):
        raise ValueRangeError(f"the value where the ray starts is finite, got {value}")
    if not -math.inf < slope < 0:
        raise ValueRangeError(f"the function does not fall in this direction, its slope is {slope}: turn it")

    def too_long(point: Point) -> bool:
        if not (math.isfinite(point.value) and math.isfinite(point.slope)):
            return True
        if abs(point.value - value) <= ROUNDING * abs(value):
            return point.slope > (2 * sufficient - 1) * slope
        return point.value > value + sufficient * point.step * slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -curvature * slope

    before = Point(0.0, value, slope)
    step = start
    for _ in range(EXPANSIONS):
        here = Point(step, *phi(step))
        if too_long(here) or (before.step > 0 and _is_higher(here, before)):
            return _zoom(phi, before, here, too_long, flat)
        if flat(here):
            return here.step
        if here.slope >= 0:
            return _zoom(phi, here, before, too_long, flat)
        before, step = here, 2 * step
    return None


def _is_higher(a: Point, b: Point) -> bool:
    """Whether a lies above b, by more than rounding could account for."""
    return a.value > b.value + ROUNDING * abs(b.value)


def _zoom(
    phi: Ray,
    low: Point,
    high: Point,
    too_long: Callable[[Point], bool],
    flat: Callable[[Point], bool],
) -> float | None:
    """Shrink an interval that holds good steps; `low` is its best end and the slope there points inside."""
    for _ in range(HALVINGS):
        here = Point(step := _between(low, high), *phi(step))
        if too_long(here) or _is_higher(here, low):
            high = here
        else:
            if flat(here):
                return here.step
            if here.slope * (high.step - low.step) >= 0:
                high = low
            low = here
        if abs(high.step - low.step) <= 1e-14 * max(low.step, high.step):
            break
    return None


def _between(a: Point, b: Point) -> float:
    """Return the least point of the cubic through two values and slopes, kept away from both ends."""
    width = b.step - a.step
    lowest, highest = sorted((a.step + 0.1 * width, b.step - 0.1 * width))
    if not (math.isfinite(b.value) and math.isfinite(b.slope)):
        return a.step + 0.5 * width
    d1 = a.slope + b.slope - 3 * (b.value - a.value) / width
    square = d1 * d1 - a.slope * b.slope
    if not 0 <= square < math.inf:
        return a.step + 0.5 * width
    d2 = math.copysign(math.sqrt(square), width)
    bottom = b.slope - a.slope + 2 * d2
    if bottom == 0:
        return a.step + 0.5 * width
    least = b.step - width * (b.slope + d2 - d1) / bottom  # equation 3.59
    return min(max(least, lowest), highest) if math.isfinite(least) else a.step + 0.5 * width
