"""Counts: against SciPy, by exact coverage, and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from foundations.errors import ExperimentError, ValueRangeError
from foundations.experiment import holm, mcnemar, proportion_interval

counts = st.integers(0, 60)


@given(counts, counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_scipys(hits, misses, level):
    if hits + misses:
        share, low, high = proportion_interval(hits, hits + misses, level)
        expected = stats.binomtest(hits, hits + misses).proportion_ci(level, method="exact")
        assert share == hits / (hits + misses)
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-10)


@pytest.mark.parametrize("trials", [5, 8, 20])
@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.9])
def test_it_covers_at_least_95_of_100(trials, share):
    """Summed over every count, not simulated."""
    ends = [proportion_interval(k, trials) for k in range(trials + 1)]
    weights = stats.binom.pmf(np.arange(trials + 1), trials, share)
    assert sum(w for w, (_, low, high) in zip(weights, ends, strict=True) if low <= share <= high) >= 0.95


@given(counts, counts)
def test_mcnemar_is_the_exact_binomial_test(b, c):
    found = mcnemar(b, c)
    expected = stats.binomtest(b, b + c).pvalue if b + c else 1.0
    assert found.p == pytest.approx(expected, rel=1e-9)
    assert mcnemar(c, b).p == pytest.approx(found.p, rel=1e-12)
    assert found.share.low <= found.share.mean <= found.share.high


def test_mcnemar_by_hand():
    # Of ten fair coins, at most one head or at most one tail: 2 (1 + 10) / 2^10.
    assert mcnemar(9, 1).p == pytest.approx(22 / 1024)


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1, max_size=6))
def test_holm_rejects_what_the_step_down_rejects(p_values):
    adjusted = holm(p_values)
    assert list(adjusted) == list(p_values)
    for level in (0.01, 0.05, 0.2):
        rejected = set()
        for index, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
            if p * (len(p_values) - index) > level:
                break
            rejected.add(name)
        assert {name for name, p in adjusted.items() if p <= level} == rejected


def test_holm_keeps_the_error_of_the_family():
    rng = np.random.default_rng(0)
    wrong = sum(min(holm(dict(enumerate(map(float, rng.random(5))))).values()) <= 0.05 for _ in range(4000))
    assert wrong / 4000 < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (3, 2), (-1, 4), (0.5, 4), (2, "4")])
def test_what_is_no_count_is_refused(successes, trials):
    with pytest.raises(ExperimentError):
        proportion_interval(successes, trials)


def test_other_misuse_is_refused():
    with pytest.raises(ValueRangeError):
        proportion_interval(1, 2, level=1.0)
    with pytest.raises(ExperimentError, match="whole number"):
        mcnemar(1.5, 2)
    with pytest.raises(ExperimentError, match="at least one"):
        holm({})
    with pytest.raises(ExperimentError, match=r"1\.5 for 'a'"):
        holm({"a": 1.5})
