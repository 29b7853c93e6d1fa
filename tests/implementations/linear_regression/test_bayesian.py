import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.optimize import minimize
from sklearn.linear_model import BayesianRidge

from foundations.data import load
from foundations.errors import ConvergenceError, NotFittedError, ShapeError, ValueRangeError
from implementations.linear_regression import (
    BayesianLinearRegression,
    LinearRegression,
    Ridge,
    WeightPosterior,
    log_evidence,
)

EXACT = {"alpha_1": 0, "alpha_2": 0, "lambda_1": 0, "lambda_2": 0, "tol": 1e-13, "max_iter": 10_000}


def problem(seed=0, n=30, d=4, noise=0.5):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + 3
    return X, X @ rng.standard_normal(d) + noise * rng.standard_normal(n) + 7


def contrasts(n):
    """Return n − 1 orthonormal rows that are orthogonal to the ones: they leave data without their mean."""
    return np.linalg.svd(np.ones((1, n)))[2][1:]


def compare(ours, theirs, at, offset=0.0):
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-7, atol=1e-9)
    assert ours.alpha_ == pytest.approx(theirs.lambda_, rel=1e-7)
    assert ours.beta_ == pytest.approx(theirs.alpha_, rel=1e-7)
    np.testing.assert_allclose(ours.sigma_, theirs.sigma_, rtol=1e-6, atol=1e-12)
    for mine, wanted in zip(ours.predict(at, True), theirs.predict(at, return_std=True), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-7)
    assert ours.log_evidence_ == pytest.approx(theirs.scores_[-1], rel=1e-9)


@pytest.mark.parametrize(("n", "d"), [(30, 4), (12, 9), (8, 12)])
@pytest.mark.parametrize("seed", range(3))
def test_without_an_intercept_it_equals_scikit_learn(seed, n, d):
    X, y = problem(seed, n, d)
    theirs = BayesianRidge(**EXACT, fit_intercept=False, compute_score=True)
    if n < d:  # known noise, or weights could fit all of it
        alpha, beta = 0.8, 3.0
        ours = BayesianLinearRegression(alpha, beta, fit_intercept=False).fit(X, y)
        belief = WeightPosterior.prior(d, alpha=alpha, beta=beta).update(X, y)
        np.testing.assert_allclose(ours.coef_, belief.mean, rtol=1e-8)
        np.testing.assert_allclose(ours.sigma_, belief.covariance, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(ours.predict(X, True)[1], belief.predict(X)[1], rtol=1e-8)
        return
    compare(BayesianLinearRegression(fit_intercept=False).fit(X, y), theirs.fit(X, y), X[:3])


def test_with_an_intercept_it_equals_scikit_learn_on_the_contrasts():
    X, y = problem(1)
    ours = BayesianLinearRegression().fit(X, y)
    H = contrasts(len(X))
    theirs = BayesianRidge(**EXACT, fit_intercept=False, compute_score=True).fit(H @ X, H @ y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-7)
    assert ours.alpha_ == pytest.approx(theirs.lambda_, rel=1e-7)
    assert ours.beta_ == pytest.approx(theirs.alpha_, rel=1e-7)
    np.testing.assert_allclose(ours.sigma_, theirs.sigma_, rtol=1e-7)
    assert ours.log_evidence_ == pytest.approx(theirs.scores_[-1], rel=1e-9)


@pytest.mark.parametrize("data", ["toy", "patients"])
def test_centred_by_hand_it_equals_scikit_learn_with_its_intercept(data):
    if data == "toy":
        X, y = problem(2)
    else:
        train = load("diabetes")["train"]
        X, y = train["features"] / train["features"].std(axis=0), train["targets"]
    theirs = BayesianRidge(**EXACT, compute_score=True).fit(X, y)
    ours = BayesianLinearRegression(fit_intercept=False).fit(X - X.mean(axis=0), y - y.mean())
    at = X[:4]
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)
    assert (ours.alpha_, ours.beta_) == pytest.approx((theirs.lambda_, theirs.alpha_), rel=1e-6)
    assert ours.log_evidence_ == pytest.approx(theirs.scores_[-1], rel=1e-9)
    mean, std = ours.predict(at - X.mean(axis=0), return_std=True)
    wanted_mean, wanted_std = theirs.predict(at, return_std=True)
    np.testing.assert_allclose(mean + y.mean(), wanted_mean, rtol=1e-7)
    np.testing.assert_allclose(std, wanted_std, rtol=1e-6)
    near = BayesianLinearRegression().fit(X, y)  # the intercept costs one of N observations
    assert near.beta_ == pytest.approx(theirs.alpha_, rel=2 / len(y))
    np.testing.assert_allclose(near.coef_, theirs.coef_, rtol=0.02, atol=0.05)


def test_the_intercept_is_a_weight_of_no_precision():
    X, y = problem(3, n=9, d=2)
    model = BayesianLinearRegression(alpha=0.6, beta=2.0).fit(X, y)
    prior = WeightPosterior(np.zeros(3), np.diag([1e-9, 0.6, 0.6]), 2.0)
    belief = prior.update(np.column_stack([np.ones(9), X]), y)
    assert model.intercept_ == pytest.approx(belief.mean[0], rel=1e-6)
    np.testing.assert_allclose(model.coef_, belief.mean[1:], rtol=1e-6)
    np.testing.assert_allclose(model.sigma_, belief.covariance[1:, 1:], rtol=1e-6)
    at = np.random.default_rng(0).standard_normal((5, 2)) * 5
    mean, std = model.predict(at, return_std=True)
    wanted = belief.predict(np.column_stack([np.ones(5), at]))
    np.testing.assert_allclose(mean, wanted[0], rtol=1e-6)
    np.testing.assert_allclose(std, wanted[1], rtol=1e-6)


def test_the_evidence_is_the_integral():
    phi, t = np.array([[1.0, 0.3], [1.0, -0.8], [1.0, 1.1]]), np.array([0.4, -0.2, 1.0])
    alpha, beta = 1.3, 2.0

    def joint(b, a):
        w = np.array([a, b])
        away = t - phi @ w
        likelihood = (beta / (2 * np.pi)) ** 1.5 * np.exp(-beta / 2 * away @ away)
        return likelihood * alpha / (2 * np.pi) * np.exp(-alpha / 2 * w @ w)

    integral = dblquad(joint, -8, 8, -8, 8, epsabs=1e-10)[0]
    assert log_evidence(phi, t, alpha=alpha, beta=beta) == pytest.approx(np.log(integral), rel=1e-8)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(8, 30), d=st.integers(1, 5), intercept=st.booleans())
def test_no_other_precisions_have_more_evidence(seed, n, d, intercept):
    X, y = problem(seed, n, d)
    model = BayesianLinearRegression(fit_intercept=intercept).fit(X, y)
    H = contrasts(n) if intercept else np.eye(n)

    def loss(log_precisions):
        alpha, beta = np.exp(log_precisions)
        return -log_evidence(H @ X, H @ y, alpha=alpha, beta=beta)

    assert model.log_evidence_ == pytest.approx(-loss(np.log([model.alpha_, model.beta_])), rel=1e-9)
    for start in ((0.0, 0.0), (3.0, 1.0), (-3.0, 3.0)):
        best = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 400})
        assert model.log_evidence_ >= -best.fun - 1e-6


def test_the_fixed_point_balances_both_precisions():
    X, y = problem(5)
    model = BayesianLinearRegression().fit(X, y)
    gamma = len(model.coef_) - model.alpha_ * np.trace(model.sigma_)
    assert model.effective_parameters_ == pytest.approx(gamma, rel=1e-8)
    assert model.alpha_ == pytest.approx(gamma / (model.coef_ @ model.coef_), rel=1e-6)
    residual = y - model.predict(X)
    assert model.beta_ == pytest.approx((len(y) - 1 - gamma) / (residual @ residual), rel=1e-6)
    assert model.scores_.shape == (model.n_iter_ + 1,)
    assert model.scores_[-1] == model.log_evidence_ >= model.scores_[0]


def test_the_mean_is_ridge_with_the_ratio_of_the_precisions():
    X, y = problem(6)
    model = BayesianLinearRegression().fit(X, y)
    ridge = Ridge(model.alpha_ / model.beta_).fit(X, y)
    np.testing.assert_allclose(model.coef_, ridge.coef_, rtol=1e-10)
    assert model.effective_parameters_ == pytest.approx(ridge.effective_parameters_, rel=1e-9)


def test_with_much_data_it_is_least_squares_with_the_unbiased_variance():
    X, y = problem(7, n=5000)
    model, plain = BayesianLinearRegression().fit(X, y), LinearRegression().fit(X, y)
    np.testing.assert_allclose(model.coef_, plain.coef_, rtol=1e-2, atol=1e-3)
    assert 1 / model.beta_ == pytest.approx(plain.noise_variance_ * 5000 / (5000 - 5), rel=1e-5)


def test_one_precision_may_be_known():
    X, y = problem(8)
    free = BayesianLinearRegression().fit(X, y)
    known_beta = BayesianLinearRegression(beta=free.beta_).fit(X, y)
    assert known_beta.beta_ == free.beta_
    assert known_beta.alpha_ == pytest.approx(free.alpha_, rel=1e-6)
    known_alpha = BayesianLinearRegression(alpha=free.alpha_).fit(X, y)
    assert known_alpha.beta_ == pytest.approx(free.beta_, rel=1e-6)
    both = BayesianLinearRegression(alpha=2.0, beta=3.0).fit(X, y)
    assert (both.alpha_, both.beta_, both.n_iter_) == (2.0, 3.0, 0)


def test_the_bands_hold_what_they_promise():
    rng, inside = np.random.default_rng(0), []
    for _ in range(300):
        w = rng.standard_normal(3) / np.sqrt(2.0)
        X, at = rng.standard_normal((6, 3)), rng.standard_normal((20, 3))
        y, new = (x @ w + 5 + 0.5 * rng.standard_normal(len(x)) for x in (X, at))
        mean, std = BayesianLinearRegression(alpha=2.0, beta=4.0).fit(X, y).predict(at, return_std=True)
        inside.append(np.abs(new - mean) < 1.959964 * std)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize("intercept", [True, False])
def test_where_there_is_no_slope_there_is_none(intercept):
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((40, 3)), rng.standard_normal(40)
    model = BayesianLinearRegression(fit_intercept=intercept).fit(X, y)
    assert model.alpha_ == np.inf
    assert model.n_iter_ == 0
    np.testing.assert_array_equal(model.coef_, 0)
    np.testing.assert_array_equal(model.sigma_, 0)
    mean, std = model.predict(X, return_std=True)
    np.testing.assert_allclose(mean, y.mean() if intercept else 0, atol=1e-12)
    wanted = np.sqrt((y - mean) @ (y - mean) / (40 - intercept) * (1 + intercept / 40))
    np.testing.assert_allclose(std, wanted, rtol=1e-9)
    constant = BayesianLinearRegression(fit_intercept=intercept).fit(np.zeros((40, 2)), y)
    assert constant.effective_parameters_ == 0
    known = BayesianLinearRegression(alpha=2.0, fit_intercept=intercept).fit(np.zeros((40, 2)), y)
    np.testing.assert_allclose(known.sigma_, np.eye(2) / 2)


@pytest.mark.parametrize("y", [np.zeros(5), np.full(5, 3.0), np.arange(5.0)])
def test_without_noise_it_is_sure(y):
    mean, std = (
        BayesianLinearRegression().fit(np.arange(5.0)[:, None], y).predict([[2.0], [10.0]], return_std=True)
    )
    np.testing.assert_allclose(mean, [y[2], y[2] + 8 * (y[1] - y[0])], atol=1e-6)
    assert (std < 1e-5).all()
    assert (std > 0).all()


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 13), d=st.integers(1, 13), intercept=st.booleans())
def test_it_always_arrives(seed, n, d, intercept):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * 10.0 ** rng.uniform(-3, 3, d)
    y = X @ rng.standard_normal(d) * rng.choice([0, 0.01, 1]) + rng.standard_normal(n) * 10.0 ** rng.uniform(
        -8, 2
    )
    model = BayesianLinearRegression(fit_intercept=intercept).fit(X, y)
    mean, std = model.predict(X, return_std=True)
    assert np.isfinite(mean).all()
    assert (std > 0).all()
    assert np.isfinite(model.log_evidence_)


def test_it_says_when_it_does_not_arrive():
    X, y = problem(9)
    with pytest.raises(
        ConvergenceError, match=r"settle in max_iter=1 steps, got alpha=.*: raise max_iter or tol"
    ):
        BayesianLinearRegression(max_iter=1, tol=1e-12).fit(X, y)


@pytest.mark.parametrize(
    "wrong",
    [{"alpha": 0.0}, {"beta": -1.0}, {"alpha": np.nan}, {"beta": np.inf}, {"max_iter": 0}, {"tol": 0.0}],
)
def test_parameters_out_of_range(wrong):
    with pytest.raises(ValueRangeError, match="BayesianLinearRegression expects"):
        BayesianLinearRegression(**wrong).fit([[1.0], [2.0]], [1.0, 2.0])


def test_bad_input():
    with pytest.raises(NotFittedError):
        BayesianLinearRegression().predict([[1.0]])
    with pytest.raises(ShapeError, match="2 samples or more with an intercept, got 1 sample"):
        BayesianLinearRegression().fit([[1.0]], [1.0])
    with pytest.raises(ShapeError, match=r"y of shape \(2,\), got \(2, 2\)"):
        BayesianLinearRegression().fit([[1.0], [2.0]], np.eye(2))
    with pytest.raises(ValueRangeError, match="NaN"):
        BayesianLinearRegression().fit([[np.nan], [2.0]], [1.0, 2.0])
