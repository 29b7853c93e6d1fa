"""The Laplace approximation against integrals done by brute force."""

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad, quad
from scipy.special import expit
from scipy.stats import norm

from foundations.errors import ConvergenceWarning, NotFittedError, ShapeError, ValueRangeError
from implementations.logistic_regression import (
    BayesianLogisticRegression,
    LogisticRegression,
    laplace,
    moderated_sigmoid,
    probit_correction,
)


def line(n=40, seed=0, slope=1.5):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    return x[:, None], (rng.random(n) < expit(slope * x + 0.3)).astype(float)


def log_joint(X, y, alpha):
    """Return ln p(y | w, b) + ln N(w | 0, 1/α), as a function of w and b."""

    def at(w, b=0.0):
        a = X @ np.atleast_1d(w) + b
        prior = -alpha / 2 * np.sum(np.square(w)) + np.size(w) / 2 * np.log(alpha / (2 * np.pi))
        return float((y * a - np.logaddexp(0, a)).sum() + prior)

    return at


@pytest.mark.parametrize(("n", "close"), [(10, 0.1), (40, 0.03), (300, 0.004)])
def test_one_weight_against_the_integral(n, close):
    X, y = line(n)
    fit = laplace(X, y, 0.7, fit_intercept=False)
    joint = log_joint(X, y, 0.7)
    peak = fit.mode[0]
    density = lambda w: np.exp(joint(w) - joint(peak))
    reach = 12 / np.sqrt(fit.precision[0, 0])
    Z, mean, square = (
        quad(lambda w, k=k: w**k * density(w), peak - reach, peak + reach, points=[peak])[0] for k in range(3)
    )
    assert fit.log_evidence == pytest.approx(np.log(Z) + joint(peak), abs=close)
    std = np.sqrt(square / Z - (mean / Z) ** 2)
    assert fit.mode[0] == pytest.approx(mean / Z, abs=0.2 * std)
    assert np.sqrt(fit.covariance[0, 0]) == pytest.approx(std, rel=5 * close)


def test_weight_and_flat_intercept_against_the_integral():
    X, y = line(60, seed=1)
    model = BayesianLogisticRegression(alpha=2.0).fit(X, y)
    joint, peak = log_joint(X, y, 2.0), (model.coef_[0, 0], model.intercept_[0])
    s = np.sqrt(np.diag(model.sigma_))
    box = [(m - 6 * r, m + 6 * r) for m, r in zip(peak, s, strict=True)]
    density = lambda b, w: np.exp(joint(w, b) - joint(*peak))
    Z = dblquad(density, *box[0], *box[1], epsabs=1e-4)[0]
    assert model.log_evidence_ == pytest.approx(np.log(Z) + joint(*peak), abs=0.02)
    at = np.array([[-3.0], [0.5]])
    for x, p in zip(at[:, 0], model.predict_proba(at)[:, 1], strict=True):
        exact = dblquad(lambda b, w, x=x: expit(w * x + b) * density(b, w), *box[0], *box[1], epsabs=1e-4)[0]
        assert p == pytest.approx(exact / Z, abs=0.01)


@pytest.mark.parametrize("mean", [-8.0, -2.0, 0.0, 0.5, 3.0])
@pytest.mark.parametrize("std", [0.1, 1.0, 3.0, 10.0])
def test_moderation_is_near_the_mean_of_sigmoids(mean, std):
    exact = quad(lambda a: expit(a) * norm.pdf(a, mean, std), mean - 12 * std, mean + 12 * std, limit=200)[0]
    assert moderated_sigmoid(mean, std**2) == pytest.approx(exact, abs=0.02)
    assert 0 < probit_correction(std**2) < 1
    if mean == 0:
        assert moderated_sigmoid(mean, std**2) == 0.5


def test_the_precision_is_the_hessian_of_the_log_posterior():
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((30, 3)), rng.integers(0, 2, 30).astype(float)
    counts = rng.integers(1, 4, 30).astype(float)
    model = BayesianLogisticRegression(alpha=1.3).fit(X, y, counts)

    def negative_log_posterior(theta):
        a = torch.as_tensor(X) @ theta[:3] + theta[3]
        losses = torch.nn.functional.binary_cross_entropy_with_logits(a, torch.as_tensor(y), reduction="none")
        return torch.as_tensor(counts) @ losses + 1.3 / 2 * (theta[:3] ** 2).sum()

    theta = torch.as_tensor(np.append(model.coef_, model.intercept_)).requires_grad_()
    (g,) = torch.autograd.grad(negative_log_posterior(theta), theta)
    np.testing.assert_allclose(g.numpy(), 0, atol=1e-6)
    H = torch.autograd.functional.hessian(negative_log_posterior, theta.detach()).numpy()
    np.testing.assert_allclose(np.linalg.inv(model.sigma_), H, rtol=1e-8, atol=1e-8)
    mean, std = model.log_odds(X)
    X1 = np.column_stack([X, np.ones(30)])
    np.testing.assert_allclose(std**2, np.diag(X1 @ np.linalg.inv(H) @ X1.T), rtol=1e-8)
    np.testing.assert_allclose(mean, X1 @ theta.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], moderated_sigmoid(mean, std**2), rtol=1e-12)
    np.testing.assert_allclose(expit(model.decision_function(X)), model.predict_proba(X)[:, 1], rtol=1e-12)


def test_the_mode_is_that_of_the_penalised_fit():
    X, y = line()
    model = BayesianLogisticRegression(alpha=0.5).fit(X, y)
    plain = LogisticRegression(C=2.0, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(model.coef_, plain.coef_, atol=1e-7)
    np.testing.assert_array_equal(model.predict(X), plain.predict(X))
    P, Q = model.predict_proba(X)[:, 1], plain.predict_proba(X)[:, 1]
    assert (np.abs(P - 0.5) <= np.abs(Q - 0.5) + 1e-9).all()
    np.testing.assert_array_equal(P > 0.5, Q > 0.5)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X), rtol=1e-12)


def test_far_away_doubt_and_score_grow_together():
    X, y = line()
    model = BayesianLogisticRegression(alpha=1.0, fit_intercept=False).fit(X, y)
    far, farther = model.predict_proba([[1e3], [1e6]])[:, 1]
    limit = expit(model.coef_[0, 0] / np.sqrt(np.pi / 8 * model.sigma_[0, 0]))
    assert far == pytest.approx(limit, abs=1e-5)
    assert farther == pytest.approx(limit, abs=1e-9)
    assert limit < 1


def test_a_learned_alpha_is_mackays_fixed_point_and_has_much_evidence():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((200, 6))
    y = (rng.random(200) < expit(X @ (rng.standard_normal(6) / 2))).astype(float)
    model = BayesianLogisticRegression().fit(X, y)
    gamma = 6 - model.alpha_ * np.trace(model.sigma_[:6, :6])
    assert model.effective_parameters_ == pytest.approx(gamma)
    assert model.alpha_ == pytest.approx(gamma / (model.coef_ @ model.coef_.T).item(), rel=1e-3)
    grid = model.alpha_ * np.logspace(-2, 2, 41)
    best = max(laplace(X, y, alpha).log_evidence for alpha in grid)
    assert model.log_evidence_ > best - 0.1  # MacKay's rule is not exactly its maximum


def test_without_a_pattern_all_weights_are_shrunk_away():
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((300, 3)), rng.integers(0, 2, 300)
    y[:150] = 0
    y[150:] = 1
    model = BayesianLogisticRegression().fit(X, y)
    assert np.abs(model.coef_).max() < 0.1
    zero = BayesianLogisticRegression().fit(np.zeros((20, 2)), np.arange(20) % 2)
    assert zero.alpha_ == pytest.approx(1e10)
    assert zero.effective_parameters_ == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(zero.predict_proba([[5.0, 5.0]]), 0.5, atol=1e-4)


def test_separable_data_need_no_warning_with_a_prior():
    X, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), [0, 0, 1, 1]
    model = BayesianLogisticRegression(alpha=1.0).fit(X, y)
    assert np.isfinite(model.coef_).all()
    learned = BayesianLogisticRegression().fit(X, y)
    assert 0 < learned.alpha_ < 10


def test_bad_input():
    X, y = line()
    for alpha in (0, -1.0, np.inf, np.nan, "1", True):
        with pytest.raises(ValueRangeError, match="finite alpha > 0 or None"):
            BayesianLogisticRegression(alpha=alpha).fit(X, y)
    with pytest.raises(ValueRangeError, match="expects two classes, got 3 classes"):
        BayesianLogisticRegression().fit(X, np.arange(40) % 3)
    with pytest.raises(NotFittedError):
        BayesianLogisticRegression().predict_proba(X)
    with pytest.raises(NotFittedError):
        BayesianLogisticRegression().log_odds(X)
    with pytest.raises(ValueRangeError, match="max_iter"):
        BayesianLogisticRegression(max_iter=0).fit(X, y)
    with pytest.warns(ConvergenceWarning, match=r"settle in max_iter=1 steps"):
        model = BayesianLogisticRegression(max_iter=1).fit(X, y)
    with pytest.raises(ShapeError, match="expects 1 features"):
        model.predict_proba(np.ones((2, 3)))
