"""Each solver against the conditions of a minimum, and against the others."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from foundations.errors import ShapeError, ValueRangeError
from implementations.logistic_regression import (
    BinaryObjective,
    LogisticRegression,
    SoftmaxObjective,
    elastic_net_step,
    fista,
    gradient_descent,
    irls_step,
    lbfgs,
    newton,
    one_hot,
    regularization_path,
    sgd,
    soft_threshold,
)


def problem(seed=0, n=60, d=4, K=2, **penalty):
    rng = np.random.default_rng(seed)
    X, weights = rng.standard_normal((n, d)) + 0.3, rng.uniform(0.5, 2, n)
    k = (X @ rng.standard_normal((d, K)) + rng.gumbel(size=(n, K))).argmax(axis=1)
    if K == 2:
        return BinaryObjective(X, k.astype(float), weights, **penalty)
    return SoftmaxObjective(X, one_hot(k, K), weights, **penalty)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("l2", [0.0, 0.05])
def test_all_arrive_at_what_scipy_finds(K, l2):
    objective = problem(1, K=K, l2=l2)
    start = np.zeros(objective.shape)
    wanted = minimize(objective.value, start.ravel(), jac=objective.gradient, tol=1e-12).x.reshape(
        start.shape
    )
    for solve in (newton, lbfgs, gradient_descent, fista):
        result = solve(objective, tol=1e-7, max_iter=20_000)
        assert result.converged
        assert result.x.shape == objective.shape
        np.testing.assert_allclose(result.x, wanted, atol=2e-5)
        assert result.gradient_norm <= 1e-7


def test_sgd_comes_near_and_says_how_near():
    objective = problem(2, n=500, l2=0.05)
    best = newton(objective, tol=1e-10).x
    result = sgd(objective, rng=np.random.default_rng(0), tol=1e-5, max_iter=64, keep_path=True)
    away = np.linalg.norm(result.path - best, axis=(1, 2))
    assert away[-1] < 0.02 < 0.2 < away[0]
    assert result.path.shape == (result.iterations + 1, 1, 5)
    assert result.gradient_norm == pytest.approx(np.linalg.norm(objective.gradient(result.x)))
    again = sgd(objective, rng=np.random.default_rng(0), tol=1e-5, max_iter=64)
    np.testing.assert_array_equal(again.x, result.x)
    rough = sgd(objective, rng=np.random.default_rng(0), tol=0.05)
    assert rough.converged
    assert rough.iterations < 10


def test_newton_without_a_penalty_is_irls():
    objective = problem(3)
    X1 = np.column_stack([objective.X, np.ones(len(objective.X))])
    flat = BinaryObjective(objective.X, objective.y, np.ones(len(X1)))
    path = newton(flat, tol=1e-9, keep_path=True).path[:, 0]
    for before, after in pairwise(path):
        np.testing.assert_allclose(irls_step(before, X1, flat.y), after, rtol=1e-6, atol=1e-8)


def test_newtons_errors_square():
    objective = problem(4, l2=0.02)
    path = newton(objective, tol=1e-13, keep_path=True).path[:, 0]
    errors = np.linalg.norm(path[:-1] - path[-1], axis=1)
    small = errors[errors < 0.5]
    assert (small[1:] < 2 * small[:-1] ** 2 + 1e-12).all()
    assert len(small) >= 3


def test_newton_halves_steps_that_are_too_long():
    # with features this far out a whole step from here overshoots and, left alone, runs away
    x = np.array([-2.0, -1.0, 1.0, 2.0])[:, None]
    objective = BinaryObjective(x, np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4), fit_intercept=False)
    start = np.array([[5.0]])
    direction = -objective.gradient(start) / objective.hessian(start)
    assert objective.value(start + direction) > objective.value(start)
    result = newton(objective, start, tol=1e-10)
    assert result.converged
    assert (np.diff(result.values) <= 1e-15).all()


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_fista_meets_the_conditions_of_a_minimum_with_corners(K, l2):
    objective = problem(5, d=6, K=K, l1=0.05, l2=l2)
    result = fista(objective, tol=1e-10, max_iter=20_000, keep_path=True)
    coef, g = objective.split(result.x)[0], objective.gradient(result.x)
    zero = coef == 0
    assert 0 < zero.sum() < zero.size
    np.testing.assert_allclose(g[:, :-1][~zero], -0.05 * np.sign(coef[~zero]), atol=1e-8)
    assert (np.abs(g[:, :-1][zero]) <= 0.05).all()
    np.testing.assert_allclose(g[:, -1], 0, atol=1e-8)  # intercepts are not penalised
    assert result.values[-1] == pytest.approx(objective.total(result.x), rel=1e-14)
    assert len(result.values) == len(result.path) == result.iterations + 1


@settings(max_examples=20)
@given(v=st.floats(-5, 5), t=st.floats(0, 3))
def test_soft_thresholds_minimise(v, t):
    grid = np.append(np.linspace(-6, 6, 4001), 0.0)
    best = (0.5 * (grid - v) ** 2 + t * np.abs(grid)).min()
    w = soft_threshold(np.array(v), t)
    assert 0.5 * (w - v) ** 2 + t * abs(w) <= best + 1e-12


@settings(max_examples=20)
@given(v=st.floats(-5, 5), t=st.floats(0.1, 2), l1=st.floats(0, 2), l2=st.floats(0, 2))
def test_the_step_of_the_elastic_net_minimises(v, t, l1, l2):
    grid = np.append(np.linspace(-6, 6, 4001), 0.0)
    cost = lambda w: (w - v) ** 2 / (2 * t) + l1 * np.abs(w) + l2 / 2 * w**2
    assert cost(elastic_net_step(np.array(v), t, l1, l2)) <= cost(grid).min() + 1e-12


def test_smooth_solvers_refuse_corners():
    objective = problem(l1=0.1)
    for solve in (newton, lbfgs, gradient_descent, lambda o: sgd(o, rng=np.random.default_rng(0))):
        with pytest.raises(ValueRangeError, match=r"expects a smooth penalty, got l1=0\.1: use fista"):
            solve(objective)


def test_dependent_columns_get_the_shortest_weights():
    objective = problem(6)
    doubled = BinaryObjective(np.hstack([objective.X] * 2), objective.y, objective.weights)
    one, two = newton(objective, tol=1e-10), newton(doubled, tol=1e-10)
    assert two.converged
    np.testing.assert_allclose(two.x[0, :4], one.x[0, :4] / 2, rtol=1e-6)
    np.testing.assert_allclose(two.x[0, 4:8], one.x[0, :4] / 2, rtol=1e-6)


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_features_that_say_nothing_get_no_weight(l2):
    y = np.array([0.0, 1.0, 1.0])
    for intercept in (True, False):
        objective = BinaryObjective(np.zeros((3, 2)), y, np.ones(3), l2=l2, fit_intercept=intercept)
        found = [solve(objective, tol=1e-9) for solve in (newton, lbfgs, gradient_descent, fista)]
        found.append(sgd(objective, rng=np.random.default_rng(0), tol=1e-3, max_iter=500))
        for result in found:
            assert result.converged
            np.testing.assert_allclose(result.x[0, :2], 0, atol=1e-12)
            if intercept:
                assert result.x[0, 2] == pytest.approx(np.log(2), abs=0.01)


def test_a_penalty_below_rounding_is_none():
    objective = problem(6)
    doubled = BinaryObjective(np.hstack([objective.X] * 2), objective.y, objective.weights, l2=1e-20)
    one, two = newton(objective, tol=1e-9), newton(doubled, tol=1e-9)
    assert two.converged
    np.testing.assert_allclose(two.x[0, :4] + two.x[0, 4:8], one.x[0, :4], rtol=1e-5)


def test_the_path_is_that_of_single_fits():
    objective = problem(7, d=3)
    X, y, Cs = objective.X, objective.y, [1.0, 0.02, 0.1]
    path = regularization_path(X, y, Cs, tol=1e-8)
    assert path.shape == (3, 1, 3)
    for C, coef in zip(Cs, path, strict=True):
        single = LogisticRegression(C=C, l1_ratio=1.0, solver="fista", tol=1e-8, max_iter=10_000).fit(X, y)
        np.testing.assert_allclose(coef, single.coef_, atol=1e-6)
    assert np.abs(path[1]).sum() < np.abs(path[2]).sum() < np.abs(path[0]).sum()
    with pytest.raises(ShapeError, match="one C or more"):
        regularization_path(X, y, [])
