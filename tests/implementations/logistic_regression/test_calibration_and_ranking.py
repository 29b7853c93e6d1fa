"""Scores of probabilities against scikit-learn's, laws, and what must be refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.experiment import proportion_interval
from implementations.logistic_regression import (
    brier_score,
    expected_calibration_error,
    log_loss,
    reliability_diagram,
    roc_curve,
)
from implementations.logistic_regression.calibration import wilson_interval

seeds = given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 60), weighted=st.booleans())


def two(seed, n, weighted=False, grid=None):
    rng = np.random.default_rng(seed)
    y, p = rng.integers(0, 2, n), rng.random(n)
    y[:2] = 0, 1
    if grid:
        p = np.round(p * grid) / grid  # ties
    return y, p, rng.uniform(0.1, 3, n) if weighted else None


@seeds
@settings(max_examples=25)
def test_two_classes_against_scikit_learn(seed, n, weighted):
    y, p, w = two(seed, n, weighted)
    assert log_loss(y, p, sample_weight=w) == pytest.approx(metrics.log_loss(y, p, sample_weight=w))
    assert brier_score(y, p, sample_weight=w) == pytest.approx(
        metrics.brier_score_loss(y, p, sample_weight=w)
    )
    columns = np.column_stack([1 - p, p])
    assert log_loss(y, columns) == pytest.approx(log_loss(y, p), rel=1e-12)
    assert brier_score(y, columns) == pytest.approx(brier_score(y, p), rel=1e-12)


@seeds
@settings(max_examples=25)
def test_several_classes_against_scikit_learn(seed, n, weighted):
    rng = np.random.default_rng(seed)
    y, P = np.array(["a", "b", "d"])[rng.integers(0, 3, n)], rng.dirichlet(np.ones(3), n)
    w = rng.uniform(0.1, 3, n) if weighted else None
    labels = ["a", "b", "d"]
    got = log_loss(y, P, classes=labels, sample_weight=w), brier_score(y, P, classes=labels, sample_weight=w)
    wanted = (
        metrics.log_loss(y, P, labels=labels, sample_weight=w),
        metrics.brier_score_loss(y, P, labels=labels, sample_weight=w),
    )
    assert got == pytest.approx(wanted)


@seeds
@settings(max_examples=25)
def test_the_roc_curve_against_scikit_learn(seed, n, weighted):
    y, p, w = two(seed, n, weighted, grid=7)
    curve = roc_curve(y, p, sample_weight=w)
    wanted = metrics.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    for ours, theirs in zip(curve, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    assert curve.auc == pytest.approx(metrics.roc_auc_score(y, p, sample_weight=w), abs=1e-12)


def test_the_area_is_the_chance_to_rank_right():
    y, p, _ = two(5, 40, grid=9)
    pairs = p[y == 1][:, None] - p[y == 0]
    assert roc_curve(y, p).auc == pytest.approx(np.mean(pairs > 0) + np.mean(pairs == 0) / 2)
    assert roc_curve(y, np.exp(3 * p)).auc == roc_curve(y, p).auc  # any rising function ranks alike
    assert roc_curve(y, -p).auc == pytest.approx(1 - roc_curve(y, p).auc)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_the_reliability_diagram_against_scikit_learn(strategy):
    y, p, _ = two(6, 500)
    diagram = reliability_diagram(y, p, n_bins=8, strategy=strategy)
    observed, predicted = calibration_curve(y, p, n_bins=8, strategy=strategy)
    np.testing.assert_allclose(diagram.observed, observed, atol=1e-12)
    np.testing.assert_allclose(diagram.predicted, predicted, atol=1e-12)
    assert diagram.counts.sum() == 500
    assert len(diagram.edges) == 9
    by_hand = np.sum(diagram.counts * np.abs(observed - predicted)) / 500
    assert expected_calibration_error(y, p, n_bins=8, strategy=strategy) == pytest.approx(by_hand)
    assert (diagram.low < diagram.observed).all()
    assert (diagram.observed < diagram.high).all()


def test_what_happens_as_often_as_it_was_called_has_no_error():
    p = np.repeat([0.25, 0.75], 4)
    y = np.array([1, 0, 0, 0, 1, 1, 1, 0])
    assert expected_calibration_error(y, p) == 0
    assert expected_calibration_error(1 - y, p) == pytest.approx(0.5)


def test_empty_bins_are_left_out():
    diagram = reliability_diagram([0, 1, 1], [0.05, 0.95, 1.0])
    assert diagram.counts.tolist() == [1, 2]
    assert reliability_diagram([1, 1], [0.0, 1.0], n_bins=1).counts.tolist() == [2]


def test_wilsons_interval_covers_and_lies_inside_the_exact_one():
    for k, n in ((0, 10), (3, 10), (10, 10), (45, 90)):
        low, high = wilson_interval(np.array([k / n]), np.array([n]))
        exact = proportion_interval(k, n)
        assert 0 <= low[0] <= k / n <= high[0] <= 1
        assert high[0] - low[0] < exact.high - exact.low
    shares = np.random.default_rng(0).binomial(50, 0.3, 20_000) / 50
    low, high = wilson_interval(shares, np.full(20_000, 50))
    assert np.mean((low <= 0.3) & (high >= 0.3)) == pytest.approx(0.95, abs=0.02)


def test_true_probabilities_score_best():
    rng = np.random.default_rng(1)
    p = rng.beta(2, 2, 200_000)
    y = (rng.random(200_000) < p).astype(int)
    for score in (log_loss, brier_score):
        best = score(y, p)
        for wrong in (p**2, np.sqrt(p), 0.5 + (p - 0.5) / 2, np.clip(0.5 + (p - 0.5) * 1.5, 0, 1)):
            assert score(y, wrong) > best + 0.002


def test_a_certain_miss_is_finite():
    assert log_loss([0, 1], [1.0, 1.0]) == pytest.approx(-np.log(np.finfo(float).eps) / 2)


def test_only_one_of_zero_and_one_is_enough_for_scores_but_not_for_ranking():
    assert brier_score([1, 1], [0.5, 1.0]) == 0.125
    assert log_loss([0, 0], [0.5, 0.5]) == pytest.approx(np.log(2))
    with pytest.raises(ValueRangeError, match="samples of both classes"):
        roc_curve([1, 1], [0.1, 0.2])


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: log_loss([0, 1], [0.5, 1.5]), ValueRangeError, r"in \[0, 1\], got 0\.5 to 1\.5"),
        (lambda: log_loss([0, 1], [0.5, np.nan]), ValueRangeError, r"probabilities in \[0, 1\]"),
        (lambda: log_loss([0, 1], ["a", "b"]), DTypeError, "no numbers"),
        (lambda: log_loss([0, 1], [0.5, 0.5j]), DTypeError, "real probabilities"),
        (lambda: log_loss([0, 1], [0.5]), ShapeError, "got 2"),
        (lambda: log_loss([0, 1], [[0.5], [0.5]]), ShapeError, "makes a column flat"),
        (
            lambda: log_loss([0, 1], [[0.5, 0.4], [0.5, 0.5]]),
            ValueRangeError,
            "sum to one, got one off by 0.1",
        ),
        (lambda: log_loss([0, 2], np.eye(3)[:2]), ShapeError, "column .* for each of 2 classes, got 3"),
        (lambda: log_loss([0, 5], np.eye(3)[:2], classes=[0, 1, 2]), ValueRangeError, "got .*5.* in y"),
        (lambda: log_loss([], []), ShapeError, "got"),
        (lambda: log_loss([[0], [1]], [0.1, 0.2]), ShapeError, "expects y of shape"),
        (lambda: brier_score([0, np.nan], [0.1, 0.2]), ValueRangeError, "NaN"),
        (lambda: brier_score([0, 1], [0.1, 0.2], sample_weight=[0, 0]), ValueRangeError, "only zeros"),
        (lambda: roc_curve([0, 1, 2], [0.1, 0.2, 0.3]), ValueRangeError, "two classes, got 3 classes"),
        (lambda: roc_curve([0, 1], [0.1, np.inf]), ValueRangeError, "inf"),
        (lambda: roc_curve([0, 1], [0.1]), ShapeError, "shape"),
        (lambda: roc_curve(["a", "a"], [0.1, 0.2]), ValueRangeError, "only .*a"),
        (
            lambda: reliability_diagram([0, 1], [[0.5, 0.5]] * 2),
            ValueRangeError,
            r"predict_proba\(X\)\[:, 1\]",
        ),
        (lambda: reliability_diagram([0, 1], [0.1, 0.2], n_bins=0), ValueRangeError, "n_bins"),
        (lambda: reliability_diagram([0, 1], [0.1, 0.2], strategy="even"), ValueRangeError, "strategy"),
    ],
)
def test_bad_input(call, error, match):
    with pytest.raises(error, match=match):
        call()
