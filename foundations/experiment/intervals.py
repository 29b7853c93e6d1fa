"""The mean over seeds and how well it is known.

The quantile of Student's t is computed here, from the closed form that exists for whole degrees of freedom,
so that the core needs no SciPy; the tests hold it to `scipy.stats`.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from foundations.errors import ExperimentError, ValueRangeError


class Interval(NamedTuple):
    """A mean with its 95 % interval; a plain `(mean, low, high)` to whoever unpacks it."""

    mean: float
    low: float
    high: float


def student_cdf(t: float, degrees: int) -> float:
    r"""Probability that Student's t with whole degrees of freedom is at most `t`.

    With $\theta = \arctan(t/\sqrt{\nu})$ the probability of $|T| < |t|$ is a finite sum of powers of
    $\cos\theta$, which starts from $2\theta/\pi$ for odd $\nu$ and from $\sin\theta$ for even $\nu$.

    Args:
        t: Where to evaluate, any real number.
        degrees: Degrees of freedom $\nu \geq 1$.

    Returns:
        A probability in [0, 1].

    Raises:
        ValueRangeError: If `degrees` is below 1.

    Examples:
        >>> round(student_cdf(1.0, 1), 6)  # the Cauchy distribution
        0.75

    Source:
        Abramowitz and Stegun 1964, 26.7.3 and 26.7.4.
    """
    if degrees < 1:
        raise ValueRangeError(f"Student's t needs at least 1 degree of freedom, got {degrees}")
    theta = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(theta), math.cos(theta)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = 0.0
    for k in range(2 + odd, degrees + 2, 2):
        total += term
        term *= cosine * cosine * (k - 1) / k
    central = 2 / math.pi * (theta + sine * total) if odd else sine * total
    return 0.5 + central / 2


@lru_cache(maxsize=256)
def student_quantile(probability: float, degrees: int) -> float:
    """Invert `student_cdf` by bisection.

    Args:
        probability: In (0, 1).
        degrees: Degrees of freedom, at least 1.

    Returns:
        The t below which the probability lies.

    Raises:
        ValueRangeError: If the probability is not inside (0, 1) or `degrees` is below 1.

    Examples:
        >>> round(student_quantile(0.975, 4), 3)
        2.776
    """
    if not 0 < probability < 1:
        raise ValueRangeError(f"a quantile needs a probability inside (0, 1), got {probability}")
    if probability < 0.5:
        return -student_quantile(1 - probability, degrees)
    low, high = 0.0, 1.0
    while student_cdf(high, degrees) < probability:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in (low, high):
        if student_cdf(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return high


def mean_interval(values: Sequence[float] | np.ndarray) -> Interval:
    r"""Mean over seeds with its 95 % Student-t interval.

    $\bar x \pm t_{0.975,\,n-1}\, s/\sqrt n$, with $s$ the standard deviation with $n-1$ in the denominator.
    One seed says nothing about the spread, and neither does a run that diverged: the interval is then the
    whole line.

    Args:
        values: One value a seed, shape (seeds,), at least one.

    Returns:
        The mean and the ends of the interval, in the unit of the values.

    Raises:
        ExperimentError: If there is no value, or the values are not one-dimensional.

    Examples:
        >>> mean, low, high = mean_interval([0.91, 0.93, 0.95])
        >>> f"{mean:.2f} [{low:.2f}, {high:.2f}]"
        '0.93 [0.88, 0.98]'
        >>> mean_interval([0.91])
        Interval(mean=0.91, low=-inf, high=inf)
    """
    x = np.asarray(values, dtype=np.float64)  # (seeds,)
    if x.ndim != 1 or x.size == 0:
        raise ExperimentError(f"an interval needs one value a seed, shape (seeds,), got shape {x.shape}")
    n = x.size
    if not np.isfinite(x).all():
        with np.errstate(invalid="ignore"):  # inf - inf is nan, and that is the mean
            return Interval(float(x.sum() / n), -math.inf, math.inf)
    # Rounding may put the mean of equal values a hair beside them: a constant must have the mean of itself.
    mean = min(max(math.fsum(x / n), float(x.min())), float(x.max()))
    if n == 1:
        return Interval(mean, -math.inf, math.inf)
    spread = math.hypot(*(value - mean for value in x.tolist())) / math.sqrt(n - 1)
    half = student_quantile(0.975, n - 1) * spread / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)
