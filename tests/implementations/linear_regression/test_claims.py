"""The experiments: what they draw and measure, by other routes, and that their verdicts can go either way."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge as TheirRidge
from sklearn.model_selection import GridSearchCV, PredefinedSplit

from foundations.experiment import Verdict
from implementations.linear_regression import BayesianLinearRegression
from implementations.linear_regression.experiments import CLAIMS, bands, folds, rate
from implementations.linear_regression.experiments.problems import ALPHA, BETA, FEW, MANY, draw, excess

SEEDS = 8


def problem(seed=0, n=FEW, kind="equal"):
    return draw(n, np.random.default_rng(seed), kind)


@pytest.mark.parametrize("kind", ["equal", "unequal"])
def test_signal_and_noise_are_as_large(kind):
    drawn = [problem(seed, kind=kind) for seed in range(2000)]
    squares = [one.weights @ one.weights for one in drawn]
    noise = np.array([one.y - one.X @ one.weights for one in drawn])
    assert np.mean(squares) == pytest.approx(1.0, abs=0.05)
    assert noise.var() == pytest.approx(1 / BETA, rel=0.03)
    largest = np.mean([(one.weights**2).max() / (one.weights @ one.weights) for one in drawn])
    assert (largest == pytest.approx(0.91)) == (kind == "unequal")
    signs = np.sign([one.weights for one in drawn]).mean(axis=0)
    assert (np.abs(signs) < 0.1).all()


def test_the_excess_is_the_expected_error_beyond_the_noise():
    one, rng = problem(), np.random.default_rng(1)
    coef, intercept = one.weights + rng.standard_normal(10), 0.7
    X = rng.standard_normal((400_000, 10))
    measured = ((X @ coef + intercept - X @ one.weights) ** 2).mean()
    assert excess(one, coef, intercept) == pytest.approx(measured, rel=0.02)


@pytest.mark.parametrize("count", [3, 5])
def test_the_folds_choose_what_scikit_learn_chooses(count):
    for seed in range(5):
        one = problem(seed)
        split = np.random.default_rng(9).permutation(FEW) % count
        search = GridSearchCV(
            TheirRidge(solver="svd"),
            {"alpha": folds.PENALTIES},
            cv=PredefinedSplit(split),
            scoring="neg_mean_squared_error",
        )
        theirs = search.fit(one.X, one.y).best_estimator_
        ours = folds.by_folds(one, count, np.random.default_rng(9))
        assert ours == pytest.approx(excess(one, theirs.coef_, theirs.intercept_), rel=1e-6)


def test_a_gain_is_positive_where_the_evidence_is_better():
    gains = folds.gains(FEW, 100, "quick", 3)
    drawn = [draw(FEW, np.random.default_rng([100, FEW, 0, i])) for i in range(2)]
    for gain, one in zip(gains, drawn, strict=True):
        model = BayesianLinearRegression().fit(one.X, one.y)
        own = excess(one, model.coef_, model.intercept_)
        assert folds.by_evidence(one) == pytest.approx(own)
        assert (gain > 0) == (own * np.exp(gain) > own)


def test_the_bands_are_those_of_the_textbook():
    made = bands.bands(FEW, np.random.default_rng(4))
    rng = np.random.default_rng(4)
    one, at = draw(FEW, rng), rng.standard_normal((50, 10))
    design = np.column_stack([np.ones(FEW), one.X])
    coef, squares = np.linalg.lstsq(design, one.y)[:2]
    everywhere = np.column_stack([np.ones(50), at])
    spread = 1 + np.einsum("ij,jk,ik->i", everywhere, np.linalg.inv(design.T @ design), everywhere)
    fresh = at @ one.weights + rng.standard_normal(50)
    halves = {
        "student": stats.t.ppf(0.975, 4) * np.sqrt(squares / 4 * spread),
        "plugin": np.full(50, stats.norm.ppf(0.975) * np.sqrt(squares / FEW)),
    }
    for name, half in halves.items():
        assert made[name].half == pytest.approx(half.mean(), rel=1e-6)
        assert made[name].covered == pytest.approx((np.abs(fresh - everywhere @ coef) < half).mean())
    _, std = BayesianLinearRegression(ALPHA, BETA).fit(one.X, one.y).predict(at, return_std=True)
    assert made["known"].half == pytest.approx(1.959964 * std.mean())


def test_steps_are_counted_until_each_share_of_the_distance():
    one = rate.bowl(np.random.default_rng(3))
    H = one.X.T @ one.X / len(one.X)
    assert np.linalg.eigvalsh(H)[[-1, 0]] == pytest.approx([one.largest, one.smallest])
    step, start = 1 / one.largest, np.zeros(20)
    near, far = rate.steps_to(one, start, step, (1e-1, 1e-3))
    for steps, share in ((near, 1e-1), (far, 1e-3)):
        left = [
            np.linalg.matrix_power(np.eye(20) - step * H, int(k)) @ (start - one.best)
            for k in (steps, steps - 1)
        ]
        sizes = np.linalg.norm(left, axis=1) / np.linalg.norm(one.best)
        assert sizes[0] <= share < sizes[1]
    assert rate.steps_to(one, start, 2.1 / one.largest, (1e-1,)) == [np.inf]
    assert rate.steps_to(one, one.best + one.steepest, step, (1e-3,)) == [1.0]


def around(value, spread=1e-3):
    return value + spread * np.linspace(-1, 1, SEEDS)


GOOD = {
    "folds": {"gain": 0.1, "gain_many": 0.0, "gain_unequal": 0.0, "hard": 0.5},
    "bands": {
        "few_evidence": 0.93,
        "few_known": 0.95,
        "few_plugin": 0.5,
        "many_evidence": 0.95,
        "many_plugin": 0.94,
    },
    "rate": {"gain": 0.95, "tuned_gain": 0.0, "steep_gain": -4.0, "factor": 1.0, "kappa": 60.0},
}
REFUTED = [
    ("folds", "gain", 0.0),
    ("bands", "few_evidence", 0.8),
    ("rate", "gain", 0.5),
    ("rate", "tuned_gain", 0.2),
]
FAILS = [
    ("folds", "hard", 0.95, "regime"),
    ("folds", "hard", 0.1, "regime"),
    ("folds", "gain_many", 0.1, "control"),
    ("bands", "few_known", 0.9, "calibrated"),
    ("bands", "few_plugin", 0.94, "sensitivity"),
    ("bands", "many_plugin", 0.9, "control"),
    ("rate", "kappa", 3.0, "regime"),
    ("rate", "factor", 0.8, "theory"),
    ("rate", "steep_gain", 1.0, "control"),
]  # fmt: skip
by_id = {claim.id: claim for claim in CLAIMS}


def judged(claim, **changed):
    metrics = {name: around(value) for name, value in (GOOD[claim.id] | changed).items()}
    return claim.holds(metrics), {name: gate(metrics) for name, gate in claim.gates.items()}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda one: one.id)
def test_what_would_support_it_supports_it(claim):
    verdict, gates = judged(claim)
    assert verdict is Verdict.SUPPORTED
    assert set(gates.values()) == {Verdict.SUPPORTED}


@pytest.mark.parametrize(("name", "metric", "value"), REFUTED)
def test_what_would_refute_it_refutes_it(name, metric, value):
    assert judged(by_id[name], **{metric: value})[0] is Verdict.NOT_SUPPORTED


@pytest.mark.parametrize(("name", "metric", "value", "gate"), FAILS)
def test_every_gate_can_close(name, metric, value, gate):
    gates = judged(by_id[name], **{metric: value})[1]
    assert gates[gate] is not Verdict.SUPPORTED


def test_with_many_samples_there_is_hardly_anything_to_choose():
    assert abs(folds.gains(MANY, 100, "quick", 5)).max() < 0.2
