"""Shares and p-values of counts: exact, from the binomial distribution."""

from collections.abc import Mapping
from typing import NamedTuple

from foundations.errors import ExperimentError, ValueRangeError
from foundations.experiment.intervals import Interval


class PairedTest(NamedTuple):
    """What McNemar's test says of two classifiers on the same items.

    Attributes:
        p: Two-sided p-value in [0, 1] of "both are wrong equally often".
        share: Of the items that only one of them got right, the share that only the first did, with its
            95 % Clopper–Pearson interval.
    """

    p: float
    share: Interval


def proportion_interval(successes: int, trials: int, level: float = 0.95) -> Interval:
    r"""Share of successes with its Clopper–Pearson interval.

    The ends are the shares under which the count seen, or a more extreme one, has probability
    $\alpha/2$; with $B$ the quantile function of the beta distribution,
    $[B(\alpha/2;\, k, n-k+1),\ B(1-\alpha/2;\, k+1, n-k)]$. It covers at least `level` for every true share.

    Args:
        successes: Whole number k, 0 to `trials`.
        trials: Whole number n, at least 1.
        level: Coverage asked for, inside (0, 1).

    Returns:
        $k/n$ and the ends, in [0, 1].

    Raises:
        ExperimentError: If the counts are not whole numbers with 0 ≤ successes ≤ trials, trials ≥ 1.
        ValueRangeError: If the level is not inside (0, 1).

    Examples:
        >>> share, low, high = proportion_interval(8, 8)
        >>> f"{share:.2f} [{low:.2f}, {high:.2f}]"
        '1.00 [0.63, 1.00]'

    Source:
        Clopper and Pearson 1934.
    """
    if not 0 < level < 1:
        raise ValueRangeError(f"the level of an interval lies inside (0, 1), got {level}")
    k, n = _count(successes, "successes"), _count(trials, "trials")
    if n == 0 or k > n:
        raise ExperimentError(f"a share needs 0 ≤ successes ≤ trials and at least one trial, got {k} of {n}")
    from scipy.special import betaincinv  # here, because reading results must not wait for it

    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return Interval(k / n, low, high)


def mcnemar(only_first: int, only_second: int) -> PairedTest:
    r"""Compare two classifiers on the same items by the items on which exactly one of them is right.

    Where both are equally good, each such item is a fair coin:
    $p = \min\bigl(1,\ 2 \Pr[\mathrm{Bin}(n, \tfrac12) \le \min(b, c)]\bigr)$ with $n = b + c$.

    Args:
        only_first: Items b that only the first got right, a whole number from 0.
        only_second: Items c that only the second got right, a whole number from 0.

    Returns:
        p and the share b / (b + c) with its 95 % interval; p is 1 and the share unknown, [0, 1] around
        0.5, where there is no such item.

    Raises:
        ExperimentError: If a count is not a whole number from 0.

    Examples:
        >>> test = mcnemar(9, 1)
        >>> round(test.p, 4), test.share.mean
        (0.0215, 0.9)

    Source:
        McNemar 1947, in its exact form.
    """
    b, c = _count(only_first, "only_first"), _count(only_second, "only_second")
    if b + c == 0:
        return PairedTest(1.0, Interval(0.5, 0.0, 1.0))
    from scipy.special import bdtr

    p = min(1.0, 2 * float(bdtr(min(b, c), b + c, 0.5)))
    return PairedTest(p, proportion_interval(b, b + c))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    r"""Adjust p-values for a verdict that says "at least one of these": Holm's step-down.

    With $p_{(1)} \le \dots \le p_{(m)}$, the adjusted $\tilde p_{(i)} = \max_{j \le i}
    \min(1, (m - j + 1)\, p_{(j)})$. A verdict that needs every part (`all_of`) needs no adjustment.

    Args:
        p_values: Name to p-value in [0, 1], at least one.

    Returns:
        Name to adjusted p-value, in the order given.

    Raises:
        ExperimentError: If there is none, or one is not in [0, 1].

    Examples:
        >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
        {'a': 0.03, 'b': 0.06, 'c': 0.06}

    Source:
        Holm 1979.
    """
    if not p_values:
        raise ExperimentError("holm needs at least one p-value, got none")
    for name, p in p_values.items():
        if not 0 <= p <= 1:
            raise ExperimentError(f"p-values lie in [0, 1], got {p} for {name!r}")
    adjusted: dict[str, float] = {}
    largest = 0.0
    ordered = sorted(p_values.items(), key=lambda item: item[1])
    for index, (name, p) in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - index) * p))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


def _count(value: int, name: str) -> int:
    import operator

    try:
        count = operator.index(value)
    except TypeError:
        raise ExperimentError(f"{name} must be a whole number, got {value!r}") from None
    if count < 0:
        raise ExperimentError(f"{name} must be at least 0, got {count}")
    return count
