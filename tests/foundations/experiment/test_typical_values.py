"""The interval from typical values: by its definition, by simulated coverage, and by its laws."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ExperimentError, ValueRangeError
from foundations.experiment import paired_interval


def subset_means_by_hand(d):
    """Return the sorted means of all non-empty subsets, one subset at a time."""
    sizes = range(1, len(d) + 1)
    subsets = itertools.chain.from_iterable(itertools.combinations(d, size) for size in sizes)
    return sorted(math.fsum(subset) / len(subset) for subset in subsets)


differences = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9)


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=9), st.sampled_from([0.5, 0.9, 0.95]))
def test_the_ends_are_the_kth_subset_means_from_either_side(d, level):
    means = subset_means_by_hand(d)
    k = math.floor((1 - level) / 2 * 2 ** len(d))
    _, low, high = paired_interval(d, level)
    assert (low, high) == pytest.approx((means[k - 1], means[-k]), rel=1e-12, abs=1e-9)


@pytest.mark.parametrize(("seeds", "k"), [(6, 1), (7, 3), (8, 6), (10, 25)])
def test_coverage_is_that_of_the_theorem(seeds, k):
    """Symmetric but far from normal differences: the count of hits is binomial around 1 - 2k/2^n."""
    rng = np.random.default_rng(seeds)
    samples = 1.0 + rng.standard_t(2, size=(4000, seeds)) * rng.choice([0.1, 10], size=(4000, 1))
    covered = np.mean([low <= 1.0 <= high for _, low, high in map(paired_interval, samples)])
    expected = 1 - 2 * k / 2**seeds
    assert abs(covered - expected) < 4 * math.sqrt(expected * (1 - expected) / 4000)


def test_on_skewed_differences_it_covers_less_and_on_their_logarithms_what_it_says():
    rng = np.random.default_rng(1)
    ratios = rng.lognormal(0.0, 1.0, size=(3000, 8))  # mean e^0.5, median 1
    raw = np.mean([low <= math.exp(0.5) <= high for _, low, high in map(paired_interval, ratios)])
    logs = np.mean([low <= 0.0 <= high for _, low, high in map(paired_interval, np.log(ratios))])
    assert raw < 0.90
    assert abs(logs - 0.953) < 4 * math.sqrt(0.953 * 0.047 / 3000)


@given(differences)
def test_it_never_leaves_the_data_and_is_the_whole_line_below_six(d):
    mean, low, high = paired_interval(d)
    assert min(d) <= mean <= max(d)
    if len(d) < 6:
        assert (low, high) == (-math.inf, math.inf)
    else:
        assert min(d) <= low <= high <= max(d)


@given(st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=8), st.floats(-1e3, 1e3))
def test_it_moves_with_the_data_and_mirrors_with_it(d, shift):
    mean, low, high = paired_interval(d)
    assert paired_interval([x + shift for x in d]) == pytest.approx(
        (mean + shift, low + shift, high + shift), abs=1e-9
    )
    assert paired_interval([-x for x in d]) == pytest.approx((-mean, -high, -low), abs=1e-9)


def test_a_higher_level_is_wider():
    d = [0.3, -0.1, 0.7, 0.2, 0.9, 0.4, -0.2, 0.5]
    widths = [high - low for _, low, high in (paired_interval(d, level) for level in (0.5, 0.8, 0.95, 0.98))]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


@pytest.mark.parametrize("d", [[1.0] * 7 + [math.nan], [1.0] * 7 + [math.inf]])
def test_a_run_that_diverged_says_nothing(d):
    assert paired_interval(d)[1:] == (-math.inf, math.inf)


def test_large_values_do_not_overflow():
    assert paired_interval([1e308] * 8) == (1e308, 1e308, 1e308)


@pytest.mark.parametrize("d", [[], np.zeros((2, 3)), [0.0] * 21])
def test_what_is_not_a_handful_of_seeds_is_refused(d):
    with pytest.raises(ExperimentError, match="paired_interval"):
        paired_interval(d)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, math.nan])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(ValueRangeError):
        paired_interval([1.0] * 8, level)
