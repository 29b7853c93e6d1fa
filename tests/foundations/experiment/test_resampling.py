"""Drawing and swapping: against SciPy and scikit-free slow routes, and by simulated coverage."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from foundations.errors import ExperimentError, ValueRangeError
from foundations.experiment import bootstrap_interval, permutation_test


def correlation(rows):
    return float(np.corrcoef(rows[:, 0], rows[:, 1])[0, 1])


def difference(a, b):
    return float(a.mean() - b.mean())


@pytest.mark.parametrize("skewed", [False, True])
def test_a_mean_has_scipys_interval(skewed):
    rng = np.random.default_rng(3)
    x = rng.exponential(size=80) if skewed else rng.normal(size=80)
    found = bootstrap_interval(x, np.mean, rng=np.random.default_rng(1), resamples=6000)
    scipys = stats.bootstrap(
        (x,), np.mean, method="BCa", n_resamples=6000, rng=np.random.default_rng(2), vectorized=True
    ).confidence_interval
    # Two sets of 6000 draws place a 2.5 % quantile within about 4 % of a standard error of each other.
    assert (found.low, found.high) == pytest.approx(tuple(scipys), abs=0.12 * x.std() / math.sqrt(80))


def test_a_correlation_has_scipys_interval():
    rng = np.random.default_rng(4)
    rows = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], size=60)
    found = bootstrap_interval(rows, correlation, rng=np.random.default_rng(1), resamples=4000)
    scipys = stats.bootstrap(
        (rows[:, 0], rows[:, 1]),
        lambda a, b: np.corrcoef(a, b)[0, 1],
        paired=True,
        vectorized=False,
        method="BCa",
        n_resamples=4000,
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(scipys), abs=0.015)


def test_groups_that_share_luck_widen_the_interval_to_what_covers():
    """Items of a group share most of their noise: drawn one by one, they look like far more data."""
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(25), 8)
    grouped = alone = 0
    for _ in range(150):
        x = rng.normal(size=25)[labels] + 0.2 * rng.normal(size=200)
        _, low, high = bootstrap_interval(x, np.mean, groups=labels, rng=rng, resamples=400)
        grouped += low <= 0 <= high
        _, low, high = bootstrap_interval(x, np.mean, rng=rng, resamples=400)
        alone += low <= 0 <= high
    assert alone / 150 < 0.7
    assert grouped / 150 > 0.95 - 4 * math.sqrt(0.95 * 0.05 / 150) - 0.02  # 25 groups cover a little less


def test_the_same_draws_give_the_same_interval():
    x = np.random.default_rng(0).normal(size=50)
    one, other = (bootstrap_interval(x, np.mean, rng=np.random.default_rng(7)) for _ in range(2))
    assert one == other
    constant = bootstrap_interval(np.ones(20), np.mean, rng=np.random.default_rng(0), resamples=100)
    assert constant == (1.0, 1.0, 1.0)


def test_every_swap_is_tried_where_that_is_possible():
    rng = np.random.default_rng(6)
    a, b = rng.normal(0.5, 1, size=8), rng.normal(size=8)
    seen = abs(difference(a, b))
    signs = itertools.product([1, -1], repeat=8)
    by_hand = np.mean([abs(np.mean(np.array(s) * (a - b))) >= seen - 1e-12 for s in signs])
    assert permutation_test(a, b, difference, rng=rng) == pytest.approx(by_hand)


def test_random_swaps_agree_with_scipy():
    rng = np.random.default_rng(8)
    a, b = rng.normal(0.25, 1, size=40), rng.normal(size=40)
    found = permutation_test(a, b, difference, rng=rng, permutations=4000)
    scipys = stats.permutation_test(
        (a, b), difference, permutation_type="samples", n_resamples=4000, rng=np.random.default_rng(1)
    ).pvalue
    assert found == pytest.approx(scipys, abs=4 * math.sqrt(scipys * (1 - scipys) / 4000) * 1.5)


def test_the_level_is_kept_where_the_arms_are_alike():
    rng = np.random.default_rng(9)
    groups = np.repeat(np.arange(12), 3)
    p = []
    for _ in range(300):
        shared = rng.normal(size=(2, 12))[:, groups]
        a, b = shared + 0.3 * rng.normal(size=(2, 36))
        p.append(permutation_test(a, b, difference, groups=groups, rng=rng, permutations=199))
    assert np.mean(np.array(p) <= 0.1) < 0.1 + 4 * math.sqrt(0.1 * 0.9 / 300)


def test_misuse_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ExperimentError, match="at least 10 items or groups, got 5"):
        bootstrap_interval(np.arange(5.0), np.mean, rng=rng)
    with pytest.raises(ExperimentError, match="got 2"):
        bootstrap_interval(np.arange(40.0), np.mean, groups=[0, 1] * 20, rng=rng)
    with pytest.raises(ExperimentError, match="one label an item"):
        bootstrap_interval(np.arange(40.0), np.mean, groups=[0], rng=rng)
    with pytest.raises(ExperimentError, match="not a finite number"):
        bootstrap_interval(np.arange(40.0), lambda x: math.nan, rng=rng)
    with pytest.raises(ValueRangeError):
        bootstrap_interval(np.arange(40.0), np.mean, rng=rng, resamples=10)
    with pytest.raises(ValueRangeError):
        bootstrap_interval(np.arange(40.0), np.mean, rng=rng, level=95)
    with pytest.raises(ExperimentError, match=r"\(3,\) and \(4,\)"):
        permutation_test([1.0] * 3, [1.0] * 4, difference, rng=rng)
    with pytest.raises(ExperimentError, match="at least one item"):
        permutation_test([], [], difference, rng=rng)
    with pytest.raises(ValueRangeError):
        permutation_test([1.0], [1.0], difference, rng=rng, permutations=5)
