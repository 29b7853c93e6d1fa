"""Intervals and tests over many items: by drawing items again, and by swapping the arms within items.

Items that could share luck (sentences of a document, both orders of a pair) form a group, and groups are
drawn or swapped whole.
"""

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from foundations.errors import ExperimentError, ValueRangeError
from foundations.experiment.intervals import Interval

FEWEST = 10
"""Units (items, or groups of them) below which drawing again says too little about the spread."""

Groups = Sequence[Hashable] | np.ndarray


def bootstrap_interval(
    items: Sequence | np.ndarray,
    statistic: Callable[[np.ndarray], float],
    *,
    groups: Groups | None = None,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = 9999,
) -> Interval:
    r"""Statistic of many items with its bias-corrected and accelerated (BCa) bootstrap interval.

    Items, or whole groups of them, are drawn again with replacement `resamples` times. The ends are
    quantiles of the statistic over the draws, at levels shifted for bias ($\hat z_0$) and skewness
    ($\hat a$, from leaving out one unit at a time):
    $\alpha_{1,2} = \Phi\bigl(\hat z_0 + \tfrac{\hat z_0 \pm z}{1 - \hat a(\hat z_0 \pm z)}\bigr)$.

    Args:
        items: Shape (items, …): one row an item, such as (n, 2) for a correlation.
        statistic: Function of an array of rows, returning a number.
        groups: One label an item; items of a label are drawn together. None: every item by itself.
        rng: Source of the draws.
        level: Coverage asked for, inside (0, 1).
        resamples: Number of draws, at least 100.

    Returns:
        The statistic of the items and the ends of the interval.

    Raises:
        ExperimentError: If there are fewer than `FEWEST` items or groups, the labels do not fit, or the
            statistic does not return a finite number.
        ValueRangeError: If the level or the number of draws is out of range.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> mean, low, high = bootstrap_interval(rng.normal(3, 1, size=200), np.mean, rng=rng)
        >>> low < 3 < high
        True

    Source:
        Efron 1987; Davison and Hinkley 1997, section 3.8, for groups.
    """
    if not 0 < level < 1:
        raise ValueRangeError(f"the level of an interval lies inside (0, 1), got {level}")
    if resamples < 100:
        raise ValueRangeError(f"a bootstrap interval needs at least 100 draws, got {resamples}")
    rows = np.asarray(items)
    units = _units(len(rows), groups, "bootstrap_interval")
    if len(units) < FEWEST:
        raise ExperimentError(
            f"bootstrap_interval needs at least {FEWEST} items or groups, got {len(units)}: "
            "over a few seeds use paired_interval"
        )

    def at(chosen: Sequence[np.ndarray]) -> float:
        value = float(statistic(rows[np.concatenate(chosen)]))
        if not math.isfinite(value):
            raise ExperimentError(
                f"bootstrap_interval: the statistic of a draw is {value}, not a finite number"
            )
        return value

    whole = float(statistic(rows))
    if not math.isfinite(whole):
        raise ExperimentError(f"bootstrap_interval: the statistic is {whole}, not a finite number")
    draws = rng.integers(len(units), size=(resamples, len(units)))
    drawn = np.sort([at([units[i] for i in draw]) for draw in draws])
    left_out = np.array([at([*units[:i], *units[i + 1 :]]) for i in range(len(units))])
    low, high = _shifted_levels(drawn, whole, left_out, level)
    ends = np.quantile(drawn, [low, high])
    return Interval(whole, float(ends[0]), float(ends[1]))


def _shifted_levels(
    drawn: np.ndarray, whole: float, left_out: np.ndarray, level: float
) -> tuple[float, float]:
    """Return the two levels at which the quantiles of the draws are read: BCa's alpha 1 and 2."""
    from scipy.special import ndtr, ndtri  # here, because reading results must not wait for it

    below = (np.sum(drawn < whole) + 0.5 * np.sum(drawn == whole)) / len(drawn)
    bias = ndtri(min(max(below, 0.5 / len(drawn)), 1 - 0.5 / len(drawn)))
    influence = left_out.mean() - left_out  # (units,)
    square = np.sum(influence**2)
    skew = np.sum(influence**3) / (6 * square**1.5) if square > 0 else 0.0
    z = ndtri((1 + level) / 2)
    low, high = (bias + (bias + s) / (1 - skew * (bias + s)) for s in (-z, z))
    return float(ndtr(low)), float(ndtr(high))


def permutation_test(
    first: Sequence | np.ndarray,
    second: Sequence | np.ndarray,
    statistic: Callable[[np.ndarray, np.ndarray], float],
    *,
    groups: Groups | None = None,
    rng: np.random.Generator,
    permutations: int = 9999,
) -> float:
    r"""Test whether two arms on the same items differ, by swapping the arms within items.

    Where the arms are alike, swapping them on any item changes nothing but the draw. The p-value is the
    share of swaps whose $|T|$ is at least the one seen: over all $2^n$ of them where they are at most
    `permutations`, otherwise $(1 + \#)/(1 + \text{permutations})$ over random ones, which is never below
    the true level.

    Args:
        first: Outcomes of the first arm, shape (items, …).
        second: Outcomes of the second arm on the same items, the same shape.
        statistic: `statistic(first, second)`, a number that is near 0 where the arms are alike; its absolute
            value is compared.
        groups: One label an item; items of a label are swapped together. None: every item by itself.
        rng: Source of the swaps.
        permutations: Random swaps, at least 99.

    Returns:
        Two-sided p-value in (0, 1].

    Raises:
        ExperimentError: If the arms do not pair, the labels do not fit, or there is no item.
        ValueRangeError: If there are too few swaps.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> difference = lambda a, b: a.mean() - b.mean()
        >>> permutation_test([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0], difference, rng=rng)
        0.125

    Source:
        Fisher 1935; Phipson and Smyth 2010 for the added one.
    """
    if permutations < 99:
        raise ValueRangeError(f"a permutation test needs at least 99 swaps, got {permutations}")
    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape or a.ndim == 0:
        raise ExperimentError(
            f"permutation_test needs two arms on the same items, got shapes {a.shape} and {b.shape}"
        )
    units = _units(len(a), groups, "permutation_test")
    owner = np.empty(len(a), dtype=np.intp)  # item to its unit
    for index, unit in enumerate(units):
        owner[unit] = index
    seen = abs(float(statistic(a, b)))
    slack = 1e-12 * max(1.0, seen)  # the same swap, summed in another order, is as extreme

    def extreme(swap: np.ndarray) -> bool:
        mask = swap[owner].reshape(-1, *[1] * (a.ndim - 1))
        return abs(float(statistic(np.where(mask, b, a), np.where(mask, a, b)))) >= seen - slack

    if 2 ** len(units) <= permutations:
        bits = np.arange(len(units))
        swaps = ((np.array(number) >> bits) & 1 == 1 for number in range(2 ** len(units)))
        return sum(map(extreme, swaps)) / 2 ** len(units)
    counted = sum(extreme(rng.random(len(units)) < 0.5) for _ in range(permutations))
    return (1 + counted) / (1 + permutations)


def _units(items: int, groups: Groups | None, caller: str) -> list[np.ndarray]:
    """Return the indices of the items of each unit that is drawn or swapped whole."""
    if items == 0:
        raise ExperimentError(f"{caller} needs at least one item, got none")
    if groups is None:
        return list(np.arange(items).reshape(-1, 1))
    labels = list(groups)
    if len(labels) != items:
        raise ExperimentError(f"{caller} needs one label an item: {items} items, {len(labels)} labels")
    members: dict[Hashable, list[int]] = {}
    for index, label in enumerate(labels):
        members.setdefault(label, []).append(index)
    return [np.array(indices) for indices in members.values()]
