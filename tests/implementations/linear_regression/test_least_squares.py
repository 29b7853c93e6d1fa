import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import linear_model

from foundations.data import load
from foundations.errors import DTypeError, NotFittedError, ShapeError, ValueRangeError
from implementations.linear_regression import LinearRegression, Ridge, ridge_path


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def problem(rng, n, d, targets=()):
    X = rng.standard_normal((n, d)) * rng.uniform(0.1, 10, d) + rng.uniform(-5, 5, d)
    return X, rng.standard_normal((n, *targets)) + 3


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("targets", [(), (1,), (3,)])
@pytest.mark.parametrize(("n", "d"), [(17, 5), (5, 17), (7, 1), (6, 6)])
def test_linear_regression_equals_scikit_learn(rng, n, d, targets, weighted, fit_intercept):
    X, y = problem(rng, n, d, targets)
    weights = rng.uniform(0.1, 3, n) if weighted else None
    ours = LinearRegression(fit_intercept=fit_intercept).fit(X, y, sample_weight=weights)
    theirs = linear_model.LinearRegression(fit_intercept=fit_intercept).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9, atol=1e-9)
    assert ours.coef_.shape == theirs.coef_.shape
    assert ours.rank_ == theirs.rank_
    np.testing.assert_allclose(ours.singular_, theirs.singular_, rtol=1e-9, atol=1e-9 * ours.singular_[0])
    assert ours.score(X, y, sample_weight=weights) == pytest.approx(theirs.score(X, y, weights), rel=1e-9)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("targets", [(), (3,)])
@pytest.mark.parametrize(("n", "d"), [(17, 5), (5, 17)])
@pytest.mark.parametrize("alpha", [1e-3, 1.0, 1e4])
def test_ridge_equals_scikit_learn(rng, alpha, n, d, targets, weighted, fit_intercept):
    X, y = problem(rng, n, d, targets)
    weights = rng.uniform(0.1, 3, n) if weighted else None
    ours = Ridge(alpha, fit_intercept=fit_intercept).fit(X, y, sample_weight=weights)
    theirs = linear_model.Ridge(alpha, fit_intercept=fit_intercept, solver="svd").fit(
        X, y, sample_weight=weights
    )
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9)


def test_on_the_patients_it_equals_scikit_learn():
    train, test = (load("diabetes")[split] for split in ("train", "test"))
    for ours, theirs in (
        (LinearRegression(), linear_model.LinearRegression()),
        (Ridge(5.0), linear_model.Ridge(5.0, solver="svd")),
    ):
        X, y = train["features"], train["targets"]
        np.testing.assert_allclose(ours.fit(X, y).coef_, theirs.fit(X, y).coef_, rtol=1e-9)
        assert ours.score(test["features"], test["targets"]) == pytest.approx(
            theirs.score(test["features"], test["targets"]), rel=1e-10
        )


def test_dependent_columns_get_the_shortest_weights(rng):
    X, y = rng.standard_normal((9, 2)) @ rng.standard_normal((2, 5)), rng.standard_normal(9)
    model = LinearRegression().fit(X, y)
    assert model.rank_ == 2
    np.testing.assert_allclose(model.coef_, linear_model.LinearRegression().fit(X, y).coef_, rtol=1e-9)
    np.testing.assert_allclose(model.coef_, Ridge(0.0).fit(X, y).coef_, rtol=1e-12)
    null = np.linalg.svd(X - X.mean(axis=0))[2][2:]
    np.testing.assert_allclose(null @ model.coef_, 0, atol=1e-12)


@pytest.mark.parametrize("value", [0.1, 1e6 + 0.1, 0.0])
def test_a_constant_column_gets_no_weight(rng, value):
    X = np.column_stack([rng.standard_normal(1001), np.full(1001, value)])
    y = 2 * X[:, 0] + 5
    for model in (LinearRegression().fit(X, y), Ridge(1e-12).fit(X, y)):
        np.testing.assert_allclose(model.coef_, [2, 0], atol=1e-12)
        assert model.intercept_ == pytest.approx(5)
    alone = LinearRegression().fit(X[:, 1:], y)
    assert alone.coef_ == [0]
    assert alone.rank_ == 0
    assert alone.intercept_ == pytest.approx(y.mean())


def test_a_far_offset_costs_no_digits(rng):
    X, y = rng.integers(0, 100, (20, 3)).astype(float), rng.standard_normal(20)
    near, far = LinearRegression().fit(X, y), LinearRegression().fit(X + 2.0**40, y)
    np.testing.assert_allclose(far.coef_, near.coef_, rtol=1e-10)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 9), d=st.integers(1, 9))
def test_no_other_line_is_nearer_and_likelihood_is_highest(seed, n, d):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    model = LinearRegression().fit(X, y)
    least = ((y - model.predict(X)) ** 2).mean()
    assert model.noise_variance_ == pytest.approx(least, abs=1e-20, rel=1e-9)
    for step in rng.standard_normal((20, d + 1)):
        other = X @ (model.coef_ + step[:-1]) + model.intercept_ + step[-1]
        assert ((y - other) ** 2).mean() >= least - 1e-12


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 9), d=st.integers(1, 9), alpha=st.floats(1e-3, 1e3))
def test_ridge_solves_its_normal_equations_in_both_shapes(seed, n, d, alpha):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    weights = Ridge(alpha, fit_intercept=False).fit(X, y).coef_
    np.testing.assert_allclose(
        weights, np.linalg.solve(X.T @ X + alpha * np.eye(d), X.T @ y), rtol=1e-7, atol=1e-9
    )
    np.testing.assert_allclose(
        weights, X.T @ np.linalg.solve(X @ X.T + alpha * np.eye(n), y), rtol=1e-7, atol=1e-9
    )


def test_ridge_never_penalises_the_intercept(rng):
    X, y = problem(rng, 12, 4)
    model = Ridge(7.0).fit(X, y)
    shifted = Ridge(7.0).fit(X + np.arange(4), y + 1000)
    np.testing.assert_allclose(shifted.coef_, model.coef_, rtol=1e-9)
    assert Ridge(1e15).fit(X, y).intercept_ == pytest.approx(y.mean(), rel=1e-9)


def test_a_weight_of_two_is_the_sample_twice(rng):
    X, y = problem(rng, 8, 3)
    twice = np.concatenate([np.arange(8), [0, 3]])
    weights = np.bincount(twice)
    for model in (LinearRegression(), Ridge(2.0)):
        by_weight = model.fit(X, y, sample_weight=weights).coef_
        np.testing.assert_allclose(by_weight, model.fit(X[twice], y[twice]).coef_, rtol=1e-9)
    weighted = LinearRegression().fit(X, y, sample_weight=weights).noise_variance_
    assert weighted == pytest.approx(LinearRegression().fit(X[twice], y[twice]).noise_variance_)


def test_effective_parameters_are_the_trace_of_the_hat(rng):
    X, _ = problem(rng, 12, 4)
    model = Ridge(3.0).fit(X, np.zeros(12))
    hat = np.column_stack([Ridge(3.0).fit(X, e).predict(X) for e in np.eye(12)])
    assert model.effective_parameters_ == pytest.approx(np.trace(hat) - 1)  # one for the intercept
    assert Ridge(0.0).fit(X, np.zeros(12)).effective_parameters_ == pytest.approx(4)


def test_the_path_goes_through_every_ridge(rng):
    X, y = problem(rng, 12, 4)
    alphas = [0.0, 0.5, 20.0]
    wanted = [Ridge(alpha).fit(X, y).coef_ for alpha in alphas]
    np.testing.assert_allclose(ridge_path(X, y, alphas), wanted, rtol=1e-9)


@pytest.mark.parametrize("model", [LinearRegression(), Ridge()])
def test_bad_input(model):
    with pytest.raises(NotFittedError, match="call fit first"):
        type(model)().predict([[1.0]])
    with pytest.raises(NotFittedError):
        type(model)().score([[1.0]], [1.0])
    for X, y, error in (
        (np.ones(3), np.ones(3), ShapeError),
        (np.ones((0, 2)), np.ones(0), ShapeError),
        (np.ones((3, 2)), np.ones(4), ShapeError),
        ([[np.nan]], [1.0], ValueRangeError),
        ([[1.0]], [np.inf], ValueRangeError),
        ([["one"]], [1.0], DTypeError),
    ):
        with pytest.raises(error, match=rf"{type(model).__name__}\.fit expects"):
            model.fit(X, y)
    with pytest.raises(ValueRangeError, match="weights of zero or more"):
        model.fit([[1.0], [2.0]], [1.0, 2.0], sample_weight=[-1.0, 1.0])


@pytest.mark.parametrize("alpha", [-1.0, np.nan, np.inf, "1", None, True])
def test_penalties_that_are_none(alpha):
    with pytest.raises(ValueRangeError, match="Ridge expects a finite alpha ≥ 0, got"):
        Ridge(alpha).fit([[1.0]], [1.0])


def test_one_sample_is_the_intercept():
    model = LinearRegression().fit([[2.0, 3.0]], [7.0])
    assert model.intercept_ == 7
    np.testing.assert_array_equal(model.coef_, [0, 0])
