"""The objective: leaf values, scores and gains against what they are defined by."""

import numpy as np
import pytest
from scipy.optimize import minimize

from implementations.gradient_boosting import Limits, leaf_weight, split_gain, structure_score, tree_objective
from implementations.gradient_boosting.objective import first_best, least_weight, worthy

G = np.array([3.0, -1.5, 0.25, 8.0])
H = np.array([2.0, 4.0, 0.5, 1.0])


@pytest.mark.parametrize("reg_lambda", [0.0, 0.3, 5.0])
def test_the_leaf_values_make_the_objective_least(reg_lambda):
    objective = lambda w: tree_objective(G, H, w, reg_lambda=reg_lambda, gamma=0.7)
    found = minimize(objective, np.zeros(4), options={"gtol": 1e-9})
    best = leaf_weight(G, H, reg_lambda)
    np.testing.assert_allclose(best, found.x, atol=1e-6)
    # equation (6): minus half the scores, plus γ a leaf; ours is twice the paper's γ
    least = -structure_score(G, H, reg_lambda).sum() / 2 + 0.7 / 2 * 4
    assert objective(best) == pytest.approx(least, rel=1e-12)
    assert objective(best) == pytest.approx(found.fun, abs=1e-9)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 4.0])
def test_a_split_pays_exactly_when_its_gain_exceeds_gamma(gamma):
    rng = np.random.default_rng(0)
    pays = []
    for _ in range(200):
        g, h = rng.standard_normal(2), rng.uniform(0.1, 1, 2)
        one = np.array([g.sum()]), np.array([h.sum()])
        whole = tree_objective(*one, leaf_weight(*one, 1.0), reg_lambda=1.0, gamma=gamma)
        split = tree_objective(g, h, leaf_weight(g, h, 1.0), reg_lambda=1.0, gamma=gamma)
        gain = split_gain(g[0], h[0], g.sum(), h.sum(), 1.0)
        assert whole - split == pytest.approx((gain - gamma) / 2, abs=1e-12)
        pays.append(gain > gamma)
    assert any(pays) or gamma == 4.0
    assert not all(pays)


def test_lambda_and_depth_of_a_penalty_by_hand():
    assert leaf_weight(-4.0, 2.0, 0.0) == 2.0
    assert leaf_weight(-4.0, 2.0, 2.0) == 1.0
    assert structure_score(-4.0, 2.0, 2.0) == 4.0
    assert split_gain(-2.0, 1.0, 0.0, 2.0, 0.0) == 8.0  # two samples, at -2 and 2 from their mean


def test_the_first_of_equal_gains_counts():
    gains = [np.array([-np.inf, 1.0]), np.array([2.0, 2.0 - 1e-13]), np.array([2.0 + 1e-13])]
    assert first_best(gains, 1.0, 1.0, Limits()) == (1, 0)
    assert first_best([np.array([2.0]), np.array([2.1])], 1.0, 1.0, Limits()) == (1, 0)
    assert first_best([np.array([-np.inf])], 1.0, 1.0, Limits()) is None
    assert first_best([], 1.0, 1.0, Limits()) is None


def test_what_a_split_must_reach():
    assert not worthy(1e-6, Limits())
    assert worthy(2e-6, Limits())
    assert worthy(3.0, Limits(gamma=3.0))
    assert not worthy(2.999, Limits(gamma=3.0))
    assert least_weight(5.0, Limits(min_child_weight=2.0)) == 2.0
    assert 0 < least_weight(5.0, Limits(min_child_weight=0.0)) < 1e-8
