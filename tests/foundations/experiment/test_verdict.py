"""Verdicts: by the interval, mirrored, and joined."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ExperimentError
from foundations.experiment import (
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
    equivalent,
    guarded,
    mean_interval,
    proportion_interval,
    seed_interval,
)

values = st.lists(st.floats(-100, 100), min_size=1, max_size=9)
thresholds = st.floats(-120, 120)
verdicts = st.sampled_from(list(Verdict))
OPPOSITE = {
    Verdict.SUPPORTED: Verdict.NOT_SUPPORTED,
    Verdict.NOT_SUPPORTED: Verdict.SUPPORTED,
    Verdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


@pytest.mark.parametrize(
    ("threshold", "verdict"), [(0.85, "supported"), (1.01, "not supported"), (0.95, "inconclusive")]
)
def test_at_least_goes_by_the_interval_and_not_by_the_mean(threshold, verdict):
    # 0.93 [0.88, 0.98]
    assert at_least([0.91, 0.93, 0.95, 0.88, 0.98, 0.93], threshold) == verdict


def test_five_seeds_are_never_proof_and_six_may_be():
    assert at_least([1.0] * 5, 0.0) is Verdict.INCONCLUSIVE
    assert at_least([1.0] * 6, 0.0) is Verdict.SUPPORTED
    assert between([1.0] * 5, 0.0, 2.0) is Verdict.INCONCLUSIVE


def test_bounded_values_are_judged_by_an_interval_that_stays_within_them():
    """Student's t reaches beyond 1 here, and below the threshold that all eight seeds pass."""
    shares = [1.0, 1.0, 1.0, 0.4, 1.0, 1.0, 1.0, 1.0]
    assert mean_interval(shares).high > 1
    assert at_most(shares, 1.0) is Verdict.SUPPORTED
    assert at_most(mean_interval(shares), 1.0) is Verdict.INCONCLUSIVE


def test_a_mean_beyond_the_threshold_is_not_enough():
    noisy = [0.2, 0.9, 1.6, 0.3, 1.5, 0.9]
    assert mean_interval(noisy).mean > 0.5
    assert at_least(noisy, 0.5) is Verdict.INCONCLUSIVE


@given(values, thresholds)
def test_at_most_is_at_least_in_the_mirror(x, threshold):
    assert at_most(x, threshold) is at_least([-value for value in x], -threshold)


@given(values, thresholds)
def test_below_contradicts_above_unless_a_constant_sits_on_the_threshold(x, threshold):
    _, low, high = seed_interval(x)
    if low == high == threshold:
        assert at_least(x, threshold) is at_most(x, threshold) is Verdict.SUPPORTED
    elif threshold not in (low, high):
        assert at_least(x, threshold) is OPPOSITE[at_most(x, threshold)]


@given(values, thresholds, thresholds)
def test_a_harder_threshold_never_helps(x, one, other):
    order = [Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE, Verdict.SUPPORTED]
    easy, hard = sorted((one, other))
    assert order.index(at_least(x, hard)) <= order.index(at_least(x, easy))


@given(values, thresholds, thresholds)
def test_between_is_inside_outside_or_neither(x, one, other):
    low, high = sorted((one, other))
    _, left, right = seed_interval(x)
    if low <= left and right <= high:
        expected = Verdict.SUPPORTED
    elif right < low or left > high:
        expected = Verdict.NOT_SUPPORTED
    else:
        expected = Verdict.INCONCLUSIVE
    assert between(x, low, high) is expected


@given(st.lists(st.floats(-100, 100), min_size=6, max_size=9))
def test_an_end_on_the_threshold_is_on_the_right_side(x):
    _, low, high = seed_interval(x)
    assert at_least(x, low) is at_most(x, high) is Verdict.SUPPORTED
    on_the_edge = Verdict.SUPPORTED if low == high else Verdict.INCONCLUSIVE
    assert at_least(x, high) is at_most(x, low) is on_the_edge


@pytest.mark.parametrize("judge", [at_least, at_most])
def test_one_seed_is_never_proof(judge):
    assert judge([1e9], 0.0) is Verdict.INCONCLUSIVE


def test_a_run_that_diverged_proves_nothing():
    assert at_most([0.1] * 7 + [math.nan], 1.0) is Verdict.INCONCLUSIVE


@given(st.lists(verdicts, min_size=1), st.lists(verdicts, min_size=1))
def test_all_of_is_associative_and_blind_to_order(left, right):
    joined = all_of(*left, *right)
    assert joined is all_of(all_of(*left), all_of(*right)) is all_of(*right, *left)


@given(st.lists(verdicts, min_size=1))
def test_all_of_is_supported_only_if_every_part_is(parts):
    assert (all_of(*parts) is Verdict.SUPPORTED) == (set(parts) == {Verdict.SUPPORTED})
    assert (all_of(*parts) is Verdict.NOT_SUPPORTED) == (Verdict.NOT_SUPPORTED in parts)


def test_misuse_is_an_error():
    with pytest.raises(ExperimentError, match="at least one verdict"):
        all_of()
    with pytest.raises(ExperimentError, match="in order"):
        between([1.0], 2, 1)
    with pytest.raises(ExperimentError, match="nan"):
        at_least([1.0], math.nan)


def test_an_interval_is_judged_as_it_is():
    interval = proportion_interval(8, 8)  # [0.63, 1]
    assert at_least(interval, 0.6) is Verdict.SUPPORTED
    assert at_least(interval, 0.7) is Verdict.INCONCLUSIVE
    assert at_most(interval, 0.5) is Verdict.NOT_SUPPORTED
    assert between(interval, 0.5, 1.0) is Verdict.SUPPORTED


ALIKE = [0.01, -0.02, 0.0, 0.01, -0.01, 0.02, 0.0, -0.01]


@pytest.mark.parametrize("sensitive", list(Verdict))
def test_alike_needs_a_test_that_could_have_seen_a_difference(sensitive):
    expected = Verdict.SUPPORTED if sensitive is Verdict.SUPPORTED else Verdict.INCONCLUSIVE
    assert equivalent(ALIKE, 0.05, sensitive=sensitive) is expected
    beyond = [value + 1 for value in ALIKE]
    assert equivalent(beyond, 0.05, sensitive=sensitive) is Verdict.NOT_SUPPORTED
    assert equivalent(ALIKE[:5], 0.05, sensitive=sensitive) is Verdict.INCONCLUSIVE, (
        "five seeds say too little"
    )
    assert equivalent(ALIKE, 0.005, sensitive=sensitive) is Verdict.INCONCLUSIVE


@given(verdicts, st.lists(verdicts, min_size=1))
def test_a_gate_that_fails_disqualifies_and_does_not_refute(verdict, gates):
    found = guarded(verdict, *gates)
    assert found is (verdict if set(gates) == {Verdict.SUPPORTED} else Verdict.INCONCLUSIVE)


def test_misuse_of_margins_and_gates_is_an_error():
    with pytest.raises(ExperimentError, match="margin"):
        equivalent(ALIKE, 0.0, sensitive=Verdict.SUPPORTED)
    with pytest.raises(ExperimentError, match="gate"):
        guarded(Verdict.SUPPORTED)


@pytest.mark.parametrize("draw", ["normal", "uniform", "laplace"])
def test_a_claim_that_is_just_not_true_is_supported_in_25_of_1000_experiments(draw):
    """Truth on the threshold, eight seeds: either wrong verdict has the 2.3 % of the subset means."""
    rng = np.random.default_rng(3)
    shapes = {"normal": rng.normal, "uniform": rng.uniform, "laplace": rng.laplace}
    limits = {"normal": (0.0, 1.0), "uniform": (-1.0, 1.0), "laplace": (0.0, 1.0)}
    found = [at_least(shapes[draw](*limits[draw], size=8), 0.0) for _ in range(4000)]
    for wrong in (Verdict.SUPPORTED, Verdict.NOT_SUPPORTED):
        assert found.count(wrong) / 4000 == pytest.approx(6 / 2**8, abs=4 * math.sqrt(0.0234 / 4000))


def test_arms_that_differ_by_the_margin_are_rarely_called_alike():
    rng = np.random.default_rng(4)
    margin = 1.0
    found = [equivalent(rng.normal(margin, 0.3, 8), margin, sensitive=Verdict.SUPPORTED) for _ in range(2000)]
    assert found.count(Verdict.SUPPORTED) / 2000 < 0.04
    alike = [equivalent(rng.normal(0, 0.3, 8), margin, sensitive=Verdict.SUPPORTED) for _ in range(500)]
    assert alike.count(Verdict.SUPPORTED) / 500 > 0.99
