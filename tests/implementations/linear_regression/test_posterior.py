import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from implementations.linear_regression import BayesianLinearRegression, Ridge, WeightPosterior, log_evidence


def problem(seed, n=7, d=3):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n)


def test_the_posterior_is_the_joint_gaussian_conditioned_on_the_targets():
    phi, t = problem(0)
    alpha, beta = 1.7, 2.3
    belief = WeightPosterior.prior(3, alpha=alpha, beta=beta).update(phi, t)
    cross = phi / alpha  # covariance of t and w, (7, 3)
    inner = phi @ phi.T / alpha + np.eye(7) / beta
    np.testing.assert_allclose(belief.mean, cross.T @ np.linalg.solve(inner, t), rtol=1e-10)
    covariance = np.eye(3) / alpha - cross.T @ np.linalg.solve(inner, cross)
    np.testing.assert_allclose(belief.covariance, covariance, rtol=1e-9, atol=1e-12)


def test_the_mean_is_ridge():
    phi, t = problem(1)
    belief = WeightPosterior.prior(3, alpha=1.5, beta=0.5).update(phi, t)
    np.testing.assert_allclose(belief.mean, Ridge(3.0, fit_intercept=False).fit(phi, t).coef_, rtol=1e-10)


@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(1, 6))
def test_batches_and_their_order_do_not_matter(seed, cut):
    phi, t = problem(seed)
    prior = WeightPosterior.prior(3, alpha=1.0, beta=4.0)
    at_once = prior.update(phi, t)
    order = np.random.default_rng(seed).permutation(7)
    first, second = order[:cut], order[cut:]
    in_parts = prior.update(phi[first], t[first]).update(phi[second], t[second])
    np.testing.assert_allclose(in_parts.mean, at_once.mean, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(in_parts.precision, at_once.precision, rtol=1e-12, atol=1e-12)


def test_more_data_never_widen_the_belief():
    phi, t = problem(2, n=20)
    belief = WeightPosterior.prior(3, alpha=1.0, beta=4.0)
    at = np.random.default_rng(9).standard_normal((30, 3))
    before = belief.predict(at)[1]
    for row, target in zip(phi, t, strict=True):
        belief = belief.update(row[None], [target])
        after = belief.predict(at)[1]
        assert (after <= before + 1e-12).all()
        assert (after >= 0.5).all()  # the noise stays
        before = after


def test_the_prediction_averages_over_the_weights():
    phi, t = problem(3)
    belief = WeightPosterior.prior(3, alpha=1.0, beta=4.0).update(phi, t)
    at = phi[:2]
    rng = np.random.default_rng(0)
    weights = belief.sample(200_000, rng=rng)
    np.testing.assert_allclose(weights.mean(axis=0), belief.mean, atol=5e-3)
    np.testing.assert_allclose(np.cov(weights.T), belief.covariance, atol=5e-3)
    drawn = weights @ at.T + 0.5 * rng.standard_normal((200_000, 2))
    mean, std = belief.predict(at)
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=1e-2)
    np.testing.assert_allclose(drawn.std(axis=0), std, rtol=1e-2)


def test_the_density_is_scipys():
    phi, t = problem(4)
    belief = WeightPosterior.prior(3, alpha=1.0, beta=4.0).update(phi, t)
    w = np.random.default_rng(0).standard_normal((5, 2, 3))
    wanted = multivariate_normal(belief.mean, belief.covariance).logpdf(w)
    np.testing.assert_allclose(belief.log_density(w), wanted, rtol=1e-9)


def test_the_evidence_is_the_density_of_the_targets():
    phi, t = problem(5)
    alpha, beta = 0.7, 3.0
    wanted = multivariate_normal(np.zeros(7), phi @ phi.T / alpha + np.eye(7) / beta).logpdf(t)
    assert log_evidence(phi, t, alpha=alpha, beta=beta) == pytest.approx(wanted, rel=1e-10)
    model = BayesianLinearRegression(alpha, beta, fit_intercept=False).fit(phi, t)
    assert model.log_evidence_ == pytest.approx(wanted, rel=1e-10)


def test_the_evidence_is_the_product_of_predictions_one_step_ahead():
    phi, t = problem(6)
    belief, total = WeightPosterior.prior(3, alpha=0.7, beta=3.0), 0.0
    for row, target in zip(phi, t, strict=True):
        mean, std = belief.predict(row[None])
        total += -0.5 * ((target - mean[0]) / std[0]) ** 2 - np.log(std[0] * np.sqrt(2 * np.pi))
        belief = belief.update(row[None], [target])
    assert total == pytest.approx(log_evidence(phi, t, alpha=0.7, beta=3.0), rel=1e-10)


def test_bad_input():
    with pytest.raises(ValueRangeError, match="finite alpha > 0, got 0"):
        WeightPosterior.prior(2, alpha=0, beta=1.0)
    with pytest.raises(ValueRangeError, match="finite beta > 0, got inf"):
        WeightPosterior.prior(2, alpha=1.0, beta=np.inf)
    prior = WeightPosterior.prior(2, alpha=1.0, beta=1.0)
    with pytest.raises(ShapeError, match="update expects 2 features, got 3: make them with the basis"):
        prior.update(np.ones((1, 3)), [1.0])
    with pytest.raises(ShapeError, match="predict expects 2 features, got 1"):
        prior.predict([[1.0]])
    with pytest.raises(ShapeError, match=r"expects y of shape \(1,\)"):
        prior.update(np.ones((1, 2)), [1.0, 2.0])
    with pytest.raises(DTypeError, match="numbers"):
        prior.update([["a", "b"]], [1.0])
