"""The claims: theory against published numbers and simulation; verdicts that can come out each way."""

import numpy as np
import pytest
from scipy.special import expit

from foundations.errors import ConvergenceError
from foundations.experiment import Verdict
from implementations.logistic_regression.experiments import (
    CLAIMS,
    averaging,
    conditioning,
    moderation,
    moderation_tuned,
    overconfidence,
)
from implementations.logistic_regression.experiments.high_dimensional import maximum_likelihood_limit

SUPPORTED, NOT, UNCLEAR = Verdict.SUPPORTED, Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE
NOISE = np.random.default_rng(0).standard_normal(8) / 100  # one value a seed, about one percent


def test_the_limit_is_that_of_sur_and_candes():
    limit = maximum_likelihood_limit(0.2, 5.0)
    # printed in their paper for kappa = 0.2, gamma² = 5
    assert limit[:3] == pytest.approx((1.4994, 4.7436, 3.0269), abs=1e-4)
    assert limit.calibration_error == pytest.approx(overconfidence.THEORY_ERROR, abs=5e-5)
    assert limit.reliability == pytest.approx(overconfidence.THEORY_RELIABILITY, abs=5e-5)
    assert maximum_likelihood_limit(0.01, 5.0).inflation == pytest.approx(1.013, abs=1e-3)


def test_without_a_maximum_there_is_no_limit():
    with pytest.raises(ConvergenceError, match="is there a maximum"):
        maximum_likelihood_limit(0.45, 5.0)


def test_maximum_likelihood_behaves_as_the_limit_says():
    rng, p = np.random.default_rng(1), 60
    slopes, noises = [], []
    for _ in range(6):
        w = rng.standard_normal(p)
        w *= np.sqrt(5) / np.linalg.norm(w)
        X = rng.standard_normal((5 * p, p))
        y = (rng.random(5 * p) < expit(X @ w)).astype(int)
        model, separable = overconfidence.fit((X, y), np.inf)
        assert not separable
        slope = model.coef_[0] @ w / (w @ w)
        slopes.append(slope)
        noises.append(np.linalg.norm(model.coef_[0] - slope * w))
    limit = maximum_likelihood_limit(0.2, 5.0)
    assert np.mean(slopes) == pytest.approx(limit.inflation, rel=0.15)
    assert np.mean(noises) == pytest.approx(limit.noise * np.sqrt(0.2), rel=0.2)


def test_arms_of_a_seed_share_rows_and_seeds_do_not():
    one, again = overconfidence.draw(0, "quick", "few"), overconfidence.draw(0, "quick", "few")
    np.testing.assert_array_equal(one["train"][0], again["train"][0])
    assert (overconfidence.draw(1, "quick", "few")["train"][0] != one["train"][0]).any()
    sizes = [len(overconfidence.draw(0, "quick", name)["train"][0]) for name in ("near", "few", "many")]
    assert sizes == [20, 50, 1000]


def overconfident(error=0.09, brier=0.03, many=0.005, free=0.129, separable=0.0, exaggerated=0.05):
    metrics = {f"separable_{name}": np.full(8, separable) for name in ("few", "many")}
    for score, gain in (("error", error), ("brier", brier)):
        for name, size in (("few", gain), ("many", many * gain / error)):
            metrics[f"{score}_free_{name}"] = free * (1 + NOISE)
            metrics[f"{score}_ridge_{name}"] = metrics[f"{score}_free_{name}"] - size * (1 + NOISE)
        metrics[f"{score}_exaggerated_many"] = metrics[f"{score}_free_many"] + exaggerated
    return metrics | {"wrong_ridge_few": 0.25 + NOISE}


def test_verdicts_on_overconfidence():
    good = overconfident()
    assert overconfidence.holds(good) is SUPPORTED
    assert {gate(good) for gate in overconfidence.CLAIM.gates.values()} == {SUPPORTED}
    assert overconfidence.holds(overconfident(error=0.05)) is NOT
    assert overconfidence.holds(overconfident(brier=0.005)) is NOT
    assert overconfidence.holds(overconfident(error=overconfidence.ERROR_AT_LEAST)) is UNCLEAR
    assert overconfidence.control(overconfident(many=0.08)) is not SUPPORTED
    assert overconfidence.control(overconfident(exaggerated=0.0)) is UNCLEAR
    assert overconfidence.theory(overconfident(free=0.2)) is not SUPPORTED
    assert overconfidence.exists(overconfident(separable=1.0)) is UNCLEAR


def test_the_condition_is_what_it_is_called_and_shrinking_all_alike_leaves_it():
    wide, narrow = (conditioning.problem(3, "standard", c) for c in (1000.0, 1.0))
    np.testing.assert_array_equal(wide.y, narrow.y)
    ratio = np.linalg.cond(wide.X.T @ wide.X) / np.linalg.cond(narrow.X.T @ narrow.X)
    assert 300 < ratio < 3000
    shrunk = conditioning.problem(3, "standard", 1000.0, shrunk=True)
    np.testing.assert_allclose(shrunk.X, narrow.X / 1000**0.5)
    np.testing.assert_allclose(shrunk.X[:, -1], wide.X[:, -1])


def test_steps_are_counted_to_the_goal():
    objective = conditioning.problem(0, "quick", 10.0)
    goal, _ = conditioning.goal_of(objective)
    k = conditioning.steps_of_descent(objective, goal, 1.0, 5000)
    assert 0 < k < 5000
    assert conditioning.steps_of_descent(objective, goal, 1.0, k - 1) == k - 1
    assert conditioning.steps_of_descent(objective, goal, 1.0, k) == k
    assert conditioning.steps_of_descent(objective, objective.value(np.zeros(4)), 1.0, 9) == 0
    assert conditioning.arrivals(np.array([3.0, 2.0, 1.0]), 2.0) == 1
    with pytest.raises(ConvergenceError, match="reach the goal"):
        conditioning.arrivals(np.array([3.0]), 2.0)


def conditioned(descent=0.9, newton=0.02, shrunk=0.0, steps=5.0):
    metrics = {"slope_descent": descent + NOISE, "slope_newton": newton + NOISE}
    metrics["slope_shrunk"] = shrunk + NOISE
    for method in conditioning.METHODS:
        metrics |= {f"steps_{method}_{c:g}": np.full(8, steps) for c in conditioning.CONDITIONS}
    return metrics


def test_verdicts_on_conditioning():
    assert conditioning.holds(conditioned()) is SUPPORTED
    assert {gate(conditioned()) for gate in conditioning.CLAIM.gates.values()} == {SUPPORTED}
    assert conditioning.holds(conditioned(descent=0.3)) is NOT
    assert conditioning.holds(conditioned(newton=0.3)) is NOT
    assert conditioning.control(conditioned(shrunk=0.2)) is NOT
    assert conditioning.regime(conditioned(steps=2)) is UNCLEAR
    assert conditioning.regime(conditioned(steps=100_000)) is UNCLEAR


def test_the_exact_mean_is_that_of_a_random_walk():
    rng = np.random.default_rng(2)
    task = next(averaging.tasks(0, "quick", "few"))
    loss, draws = averaging.exact_loss(task, "full", rng=rng)
    again, _ = averaging.exact_loss(task, "full", rng=np.random.default_rng(3))
    assert loss == pytest.approx(again, abs=0.005)
    assert draws > 1000
    chain, w, total = np.zeros(len(task.at)), averaging.fitted(task, averaging.ALPHA).mode, 0

    def log_joint(v):
        a = task.X @ v
        return task.y @ a - np.logaddexp(0, a).sum() - averaging.ALPHA / 2 * v @ v

    here = log_joint(w)
    for i in range(20_000):  # random walk of Metropolis: another route to the same mean
        step = w + 0.25 * rng.standard_normal(len(w))
        there = log_joint(step)
        if np.log(rng.random()) < there - here:
            w, here = step, there
        if i >= 2000 and i % 4 == 0:
            chain, total = chain + expit(task.at @ w), total + 1
    assert loss == pytest.approx(task.loss(chain / total), abs=0.015)


def moderated(gain=0.004, exact=0.005, many=0.0, widened=0.02, draws=500.0, truth=0.45):
    plug = 0.6 + NOISE
    return {
        "plug_few": plug,
        "moderated_few": plug - gain * (1 + NOISE),
        "exact_few": plug - exact * (1 + NOISE),
        "truth_few": truth + NOISE,
        "draws_few": np.full(8, draws),
        "plug_many": plug,
        "moderated_many": plug - many * (1 + NOISE),
        "widened_many": plug + widened,
    }


def test_verdicts_on_moderation():
    assert moderation.holds(moderated()) is SUPPORTED
    assert {gate(moderated()) for gate in moderation.CLAIM.gates.values()} == {SUPPORTED}
    assert moderation.holds(moderated(gain=0.001)) is NOT
    assert moderation.control(moderated(many=0.003)) is NOT
    assert moderation.control(moderated(widened=0.0)) is UNCLEAR
    assert moderation.control(moderated(gain=-0.001)) is UNCLEAR
    assert moderation.something(moderated(exact=0.001)) is NOT
    assert moderation.draws(moderated(draws=50)) is UNCLEAR
    assert moderation.regime(moderated(truth=0.65)) is NOT


def test_verdicts_on_moderation_with_tuned_priors():
    def metrics(tuned=0.003, same=0.004, many=0.0, widened=0.02):
        plug = 0.6 + NOISE
        found = {f"{prior}_plug_{size}": plug for prior in ("same", "tuned") for size in ("few", "many")}
        found |= {"same_moderated_few": plug - same * (1 + NOISE), "widened_many": plug + widened}
        found |= {"tuned_moderated_few": plug - tuned * (1 + NOISE), "truth_few": 0.45 + NOISE}
        return found | {"tuned_moderated_many": plug - many}

    assert moderation_tuned.holds(metrics()) is SUPPORTED
    assert {gate(metrics()) for gate in moderation_tuned.CLAIM.gates.values()} == {SUPPORTED}
    assert moderation_tuned.holds(metrics(tuned=0.0)) is NOT
    assert moderation_tuned.control(metrics(many=0.003)) is NOT
    assert moderation_tuned.control(metrics(widened=0.0)) is UNCLEAR
    assert moderation_tuned.something(metrics(same=0.0005)) is NOT


def test_thresholds_are_the_constants_that_verdicts_read():
    by_id = {claim.id: claim for claim in CLAIMS}
    assert set(by_id) == {"overconfidence", "conditioning", "moderation", "moderation-tuned"}
    assert by_id["overconfidence"].thresholds["error_at_least"] == pytest.approx(0.0644)
    assert (
        by_id["conditioning"].thresholds["slope_margin"]
        <= by_id["conditioning"].thresholds["slope_at_least"] / 3
    )
