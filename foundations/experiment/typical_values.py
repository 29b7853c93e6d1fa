"""The interval for a handful of seeds: exact where the differences are symmetric, normal or not."""

import math
from collections.abc import Sequence

import numpy as np

from foundations.errors import ExperimentError, ValueRangeError
from foundations.experiment.intervals import Interval

MOST_SEEDS = 20
"""Differences that are taken at the most: 2^20 subset means are half a second of work."""


def paired_interval(differences: Sequence[float] | np.ndarray, level: float = 0.95) -> Interval:
    r"""Mean of paired differences with its interval from typical values.

    The means of all $2^n - 1$ non-empty subsets of the differences cut the line into $2^n$ pieces. Where the
    differences are independent and each symmetric about the same centre, each piece holds the centre with
    probability $2^{-n}$. The interval runs from the $k$-th smallest subset mean to the $k$-th largest,
    $k = \lfloor \tfrac{1-\text{level}}{2}\, 2^n \rfloor$, and covers the centre with probability
    $1 - 2k/2^n$: 95.3 % for eight seeds. Below six seeds no such interval has 95 %, and it is the whole line;
    so it is for a run that diverged.

    On skewed data it covers less (about 89 % for exponential differences), as Student's t does: take
    logarithms of ratios first.

    Args:
        differences: One difference a seed, shape (seeds,), at least one and at most `MOST_SEEDS`.
        level: Coverage asked for, inside (0, 1).

    Returns:
        The mean and the ends, in the unit of the differences. The ends never lie outside the data.

    Raises:
        ExperimentError: If the differences are not one number a seed, or too many.
        ValueRangeError: If the level is not inside (0, 1).

    Examples:
        >>> mean, low, high = paired_interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
        >>> f"{mean:.2f} [{low:.2f}, {high:.2f}]"
        '4.50 [2.33, 6.67]'
        >>> paired_interval([1.0, 2.0, 3.0]).low
        -inf

    Source:
        Hartigan 1969, Using subsample values as typical values, theorem 1.
    """
    if not 0 < level < 1:
        raise ValueRangeError(f"the level of an interval lies inside (0, 1), got {level}")
    d = np.asarray(differences, dtype=np.float64)  # (seeds,)
    if d.ndim != 1 or d.size == 0:
        raise ExperimentError(
            f"paired_interval needs one difference a seed, shape (seeds,), got shape {d.shape}"
        )
    n = d.size
    if n > MOST_SEEDS:
        raise ExperimentError(
            f"paired_interval takes at most {MOST_SEEDS} differences, got {n}: use bootstrap_interval"
        )
    if not np.isfinite(d).all():
        with np.errstate(invalid="ignore"):
            return Interval(float(d.sum() / n), -math.inf, math.inf)
    mean = min(max(math.fsum(d / n), float(d.min())), float(d.max()))
    k = math.floor((1 - level) / 2 * 2**n + 1e-9)  # the product is exact but for its last bit
    if k == 0:
        return Interval(mean, -math.inf, math.inf)
    means = np.partition(_subset_means(d), (k - 1, -k))
    return Interval(mean, float(means[k - 1]), float(means[-k]))


def _subset_means(d: np.ndarray) -> np.ndarray:
    """Return the means of all non-empty subsets, shape (2^n - 1,), each inside the range of its members."""
    scale = np.abs(d).max() or 1.0  # sums of the largest floats would overflow
    sums, counts = np.zeros(1), np.zeros(1)
    for value in d / scale:
        sums, counts = np.concatenate([sums, sums + value]), np.concatenate([counts, counts + 1])
    means = sums[1:] / counts[1:] * scale
    return np.clip(means, d.min(), d.max())
