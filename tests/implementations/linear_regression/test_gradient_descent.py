from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge as TheirRidge

from foundations.errors import ConvergenceError, ValueRangeError
from implementations.linear_regression import GradientDescentRegression, LinearRegression, Ridge, descend


def problem(seed, n, d, kappa=30.0):
    rng = np.random.default_rng(seed)
    u, v = (np.linalg.qr(rng.standard_normal((size, d)))[0] for size in (n, d))
    return (u * np.geomspace(1, kappa**-0.5, d)) @ v.T, rng.standard_normal(n)


@given(
    seed=st.integers(0, 2**32 - 1),
    d=st.integers(1, 8),
    kappa=st.floats(1, 1e4),
    penalty=st.sampled_from([0.0, 1e-3, 0.1]),
)
def test_no_step_violates_the_bounds(seed, d, kappa, penalty):
    X, y = problem(seed, 12, d, kappa)
    best = Ridge(penalty, fit_intercept=False).fit(X, y).coef_
    eigenvalues = (np.linalg.svd(X)[1] ** 2 + penalty) / 12
    largest, smallest = eigenvalues.max(), eigenvalues.min()
    path = descend(X, y, np.zeros(d), penalty=penalty, learning_rate=1 / largest)
    away = np.array([w for w, _ in islice(path, 200)]) - best
    distance = np.linalg.norm(away, axis=1)
    gap = (np.sum((away @ X.T) ** 2, axis=1) + penalty * distance**2) / 24
    rate = (1 - smallest / largest) ** np.arange(200)
    assert (distance <= rate * distance[0] * (1 + 1e-9) + 1e-12).all()
    assert (gap <= rate**2 * gap[0] * (1 + 1e-9) + 1e-20).all()


def test_the_bound_is_attained_along_the_flattest_direction():
    X, y = problem(0, 12, 5)
    best = LinearRegression(fit_intercept=False).fit(X, y).coef_
    _, s, vt = np.linalg.svd(X)
    start = best + vt[4]
    path = descend(X, y, start, penalty=0.0, learning_rate=12 / s[0] ** 2)
    distance = np.array([np.linalg.norm(w - best) for w, _ in islice(path, 50)])
    np.testing.assert_allclose(distance, (1 - (s[4] / s[0]) ** 2) ** np.arange(50), rtol=1e-9)


def test_the_gradient_is_that_of_the_loss():
    X, y = problem(1, 12, 3)
    at, step = np.array([1.0, -2.0, 0.5]), 1e-6

    def loss(w):
        return (((X @ w - y) ** 2).sum() + 0.7 * w @ w) / 24

    _, gradient = next(descend(X, y, at, penalty=0.7, learning_rate=1.0))
    numerical = [(loss(at + step * e) - loss(at - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(gradient, numerical, rtol=1e-7)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("targets", [(), (2,)])
@pytest.mark.parametrize("alpha", [0.0, 0.05])
def test_it_arrives_where_the_closed_form_is(alpha, targets, fit_intercept):
    X, _ = problem(2, 15, 4)
    rng = np.random.default_rng(2)
    y, weights = rng.standard_normal((15, *targets)) + 3, rng.uniform(0.5, 2, 15)
    X = X + fit_intercept
    model = GradientDescentRegression(alpha, tol=1e-12, fit_intercept=fit_intercept).fit(X, y, weights)
    closed = Ridge(alpha, fit_intercept=fit_intercept).fit(X, y, weights)
    np.testing.assert_allclose(model.coef_, closed.coef_, rtol=1e-8)
    np.testing.assert_allclose(model.intercept_, closed.intercept_, rtol=1e-8)
    theirs = TheirRidge(alpha, fit_intercept=fit_intercept, solver="svd").fit(X, y, weights)
    np.testing.assert_allclose(model.coef_, theirs.coef_, rtol=1e-8)
    assert model.losses_.shape == (model.n_iter_ + 1,)
    assert (np.diff(model.losses_) <= 1e-14).all()
    assert model.learning_rate_ == pytest.approx(1 / model.largest_curvature_)
    rows = np.sqrt(weights)[:, None] * (X - fit_intercept * np.average(X, axis=0, weights=weights))
    hessian = np.linalg.eigvalsh(rows.T @ rows + alpha * np.eye(4)) / 15
    assert model.largest_curvature_ == pytest.approx(hessian[-1])
    assert model.smallest_curvature_ == pytest.approx(hessian[0])


def test_dependent_columns_get_the_shortest_weights():
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((9, 2)) @ rng.standard_normal((2, 5)), rng.standard_normal(9)
    model = GradientDescentRegression(tol=1e-12).fit(X, y)
    np.testing.assert_allclose(model.coef_, LinearRegression().fit(X, y).coef_, rtol=1e-8)
    assert model.smallest_curvature_ > 1e-3


def test_stopping_early_shrinks_as_predicted():
    X, y = problem(3, 12, 4)
    model = GradientDescentRegression(max_iter=7, tol=0.0, fit_intercept=False).fit(X, y)
    assert model.n_iter_ == 7
    _, s, vt = np.linalg.svd(X)
    full = vt @ LinearRegression(fit_intercept=False).fit(X, y).coef_
    np.testing.assert_allclose(vt @ model.coef_, full * (1 - (1 - s**2 / s[0] ** 2) ** 7), rtol=1e-9)


def test_a_constant_column_or_target_is_no_trouble():
    model = GradientDescentRegression().fit(np.ones((4, 2)), [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(model.coef_, [0, 0])
    assert model.intercept_ == 2.5
    assert GradientDescentRegression().fit([[0.0], [1.0]], [3.0, 3.0]).n_iter_ == 0


def test_it_says_when_it_does_not_arrive():
    X, y = problem(4, 12, 4, kappa=1e6)
    with pytest.raises(
        ConvergenceError, match=r"converge in max_iter=50 steps, got a gradient .*: standardise"
    ):
        GradientDescentRegression(max_iter=50, fit_intercept=False).fit(X, y)


def test_a_step_too_long_is_refused_and_the_edge_is_where_it_says():
    X, y = problem(5, 12, 4, kappa=3.0)
    edge = 2 * 12 / np.linalg.norm(X, 2) ** 2
    GradientDescentRegression(learning_rate=0.95 * edge, fit_intercept=False).fit(X, y)
    for rate in (edge * (1 + 1e-9), 0.0, -1.0, np.nan):
        with pytest.raises(ValueRangeError, match=r"learning rate in \(0, 2/L\)"):
            GradientDescentRegression(learning_rate=rate, fit_intercept=False).fit(X, y)
    path = descend(X, y, np.zeros(4), penalty=0.0, learning_rate=1.05 * edge)
    lengths = [np.linalg.norm(g) for _, g in islice(path, 300)]
    assert lengths[-1] > 1e6 * lengths[0]


@pytest.mark.parametrize(
    "wrong",
    [{"max_iter": 0}, {"max_iter": 1.5}, {"max_iter": True}, {"tol": -1}, {"tol": 1.0}, {"alpha": -1.0}],
)
def test_parameters_out_of_range(wrong):
    with pytest.raises(ValueRangeError, match="GradientDescentRegression expects"):
        GradientDescentRegression(**wrong).fit([[1.0], [2.0]], [1.0, 2.0])


def test_numbers_too_large_to_square_are_refused():
    with pytest.raises(ValueRangeError, match="got an infinite gradient: divide X and y"):
        GradientDescentRegression().fit(
            1e120 * np.arange(4.0)[:, None], 1e250 * np.array([1.0, 0.0, 3.0, 1.0])
        )
