"""The interval over seeds: against SciPy, by simulation, and by its laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foundations.errors import ExperimentError, ValueRangeError
from foundations.experiment import mean_interval
from foundations.experiment.intervals import student_cdf, student_quantile

finite = st.floats(-1e6, 1e6)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 8, 19, 60, 501])
def test_quantile_is_scipys(degrees):
    for probability in (0.01, 0.3, 0.5, 0.6, 0.975, 0.9999):
        expected = stats.t.ppf(probability, degrees)
        assert student_quantile(probability, degrees) == pytest.approx(expected, rel=1e-10, abs=1e-12)


@given(st.floats(-50, 50), st.integers(1, 40))
def test_cdf_is_scipys(t, degrees):
    # SciPy itself is off by 1e-11 near 0, where the Cauchy distribution is 1/2 + t/pi.
    assert student_cdf(t, degrees) == pytest.approx(stats.t.cdf(t, degrees), abs=1e-10)


@pytest.mark.parametrize(("probability", "degrees"), [(0.0, 3), (1.0, 3), (math.nan, 3), (0.9, 0)])
def test_quantile_refuses_what_has_none(probability, degrees):
    with pytest.raises(ValueRangeError):
        student_quantile(probability, degrees)


@given(st.lists(finite, min_size=2, max_size=9))
def test_interval_is_scipys(values):
    mean, low, high = mean_interval(values)
    assert min(values) <= mean <= max(values)
    spread = stats.sem(values)
    expected = (
        stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=spread) if spread else (mean, mean)
    )
    assert (low, high) == pytest.approx(expected, rel=1e-9, abs=1e-6 * (1 + abs(mean)) * 1e-3)


def test_interval_covers_the_truth_in_95_of_100_experiments():
    rng = np.random.default_rng(0)
    samples = rng.normal(3.0, 2.0, size=(4000, 4))  # (experiments, seeds)
    covered = sum(low <= 3.0 <= high for _, low, high in map(mean_interval, samples))
    # The count is binomial: four standard deviations are 1.4 points.
    assert abs(covered / 4000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 4000)


@given(finite, st.integers(2, 30))
def test_a_constant_has_no_spread(value, seeds):
    assert mean_interval([value] * seeds) == (value, value, value)


@given(st.lists(finite, min_size=1, max_size=7), st.sampled_from([-4.0, -0.5, 2.0, 8.0]))
def test_scaling_by_a_power_of_two_scales_the_interval(values, factor):
    mean, low, high = mean_interval(values)
    ends = sorted((low * factor, high * factor))
    assert mean_interval([factor * value for value in values]) == pytest.approx(
        (mean * factor, *ends), rel=1e-12
    )


@pytest.mark.parametrize("values", [[0.3], [1.0, math.nan, 1.0], [1.0, math.inf]])
def test_one_seed_or_a_diverged_one_says_nothing_of_the_spread(values):
    assert mean_interval(values)[1:] == (-math.inf, math.inf)


def test_opposite_infinities_have_no_mean():
    assert math.isnan(mean_interval([math.inf, -math.inf]).mean)


@pytest.mark.parametrize("values", [[], np.zeros((2, 3))])
def test_what_is_not_one_value_a_seed_is_refused(values):
    with pytest.raises(ExperimentError, match=r"shape \(seeds,\)"):
        mean_interval(values)
