"""Gradients one draw at a time, wake-sleep, and log p(x): each against what is known another way."""

import math
from functools import partial

import numpy as np
import pytest

from foundations.autodiff import Tensor, ops
from foundations.errors import ValueRangeError
from papers.vae import (
    VAE,
    VAEConfig,
    elbo,
    kl_standard_normal,
    log_marginal_likelihood,
    pathwise_gradients,
    posterior_samples,
    score_function_gradients,
    sleep_loss,
    wake_loss,
)
from papers.vae.gradients import best_baseline, trace_of_covariance


def cosine(z):
    return ops.cos(10 * z).sum(axis=-1)


MU, LOG_VAR = np.array([[0.3], [-1.0]]), np.array([[0.0], [-5.0]])


def of_cosine():
    """Gradient of E cos(10 z) = e^{-50 s²} cos(10 mu) for (mu, log s²)."""
    s2 = np.exp(LOG_VAR)
    decay = np.exp(-50 * s2)
    return np.concatenate([-10 * decay * np.sin(10 * MU), -50 * s2 * decay * np.cos(10 * MU)], axis=1)


@pytest.mark.parametrize("way", [pathwise_gradients, score_function_gradients])
def test_both_gradients_have_the_mean_that_is_known(way):
    epsilon = np.random.default_rng(0).standard_normal((200_000, 2, 1))
    found = way(cosine, MU, LOG_VAR, epsilon)
    error = found.std(axis=0) / math.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - of_cosine()) < 4 * error).all()


def test_the_pathwise_gradient_is_that_of_autodiff_through_the_bound(model, x):
    """The bound differs by the divergence alone, whose gradient is (mu, ½ (s² - 1))."""
    epsilon = np.random.default_rng(0).standard_normal((1, 4, 3))
    mu, log_var = model.encode(x)
    f = partial(model.log_likelihood, x)
    found = pathwise_gradients(f, mu, log_var, epsilon)[0]

    class Known:
        """The model with an encoder that says these numbers."""

        check, log_likelihood = model.check, model.log_likelihood
        encode = staticmethod(lambda x: said)

    said = [Tensor(part.numpy(), requires_grad=True) for part in (mu, log_var)]
    elbo(Known, x, epsilon=epsilon).sum().backward()
    of_divergence = [said[0].numpy(), 0.5 * (np.exp(said[1].numpy()) - 1)]
    by_autodiff = [one.grad.numpy() + kl for one, kl in zip(said, of_divergence, strict=True)]
    np.testing.assert_allclose(found, np.concatenate(by_autodiff, axis=1), atol=1e-10)


def test_a_baseline_moves_no_mean_and_lowers_the_variance(model, x):
    mu, log_var = (part.numpy() for part in model.encode(x))
    first, second = np.random.default_rng(0).standard_normal((2, 30_000, 4, 3))

    def f(z):
        return model.log_likelihood(x, z).numpy()

    baseline = best_baseline(f, mu, log_var, first)
    plain = score_function_gradients(f, mu, log_var, second)
    less = score_function_gradients(f, mu, log_var, second, baseline=baseline)
    np.testing.assert_allclose(plain.mean(0), less.mean(0), atol=0.25)
    best = trace_of_covariance(less)
    assert best < 0.5 * trace_of_covariance(plain)
    for other in (baseline - 1, baseline + 1):
        assert best < trace_of_covariance(score_function_gradients(f, mu, log_var, second, baseline=other))


def test_looking_at_gradients_leaves_none_on_the_parameters(model, x):
    mu, log_var = (part.numpy() for part in model.encode(x))
    epsilon = np.zeros((1, 4, 3))
    pathwise_gradients(partial(model.log_likelihood, x), mu, log_var, epsilon)
    posterior_samples(model, x, 2, rng=np.random.default_rng(0), burn_in=1)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_trace_of_the_covariance():
    gradients = np.random.default_rng(0).standard_normal((50, 3, 2)) * [1.0, 3.0]
    slow = np.mean([np.trace(np.cov(gradients[:, b].T)) for b in range(3)])
    assert trace_of_covariance(gradients) == pytest.approx(slow)


def test_the_wake_phase_teaches_the_decoder_alone(model, x):
    loss = wake_loss(model, x, rng=np.random.default_rng(0))
    loss.backward()
    assert all(p.grad is None for p in model.recognition)
    assert all(np.abs(p.grad.numpy()).max() > 0 for p in model.generative)
    epsilon = np.random.default_rng(0).standard_normal((1, 4, 3), dtype=np.float32).astype(np.float64)
    kl = kl_standard_normal(*model.encode(x)).numpy()
    np.testing.assert_allclose(-loss.item(), (elbo(model, x, epsilon=epsilon).numpy() + kl).mean())


def test_the_sleep_phase_teaches_the_encoder_alone(model):
    loss = sleep_loss(model, 5, rng=np.random.default_rng(0))
    loss.backward()
    assert all(p.grad is None for p in model.generative)
    assert all(np.abs(p.grad.numpy()).max() > 0 for p in model.recognition)
    with pytest.raises(ValueRangeError, match="got 0"):
        sleep_loss(model, 0, rng=np.random.default_rng(0))


def test_the_sleep_loss_is_the_cross_entropy_of_dreams(model):
    """With q the prior whatever x is, -log q(z|x) has the mean J/2 log 2 pi e."""
    for name, parameter in model.named_parameters():
        if name.startswith("encoder"):
            parameter.data = 0 * parameter.data
    loss = sleep_loss(model, 40_000, rng=np.random.default_rng(0)).item()
    assert loss == pytest.approx(1.5 * math.log(2 * math.pi * math.e), abs=0.02)


@pytest.fixture(scope="module")
def integrated():
    """A model with two latent components, datapoints, log p(x) by a grid, and the posterior's mean."""
    model = VAE(VAEConfig(6, 5, 2), rng=np.random.default_rng(0)).astype(np.float64)
    for parameter in model.parameters():
        parameter.data = 6 * parameter.data
    x = (np.random.default_rng(1).random((3, 6)) < 0.5).astype(np.float64)
    axis = np.linspace(-7, 7, 281)
    z = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 1, 2)
    prior = -0.5 * (z**2).sum(-1) - math.log(2 * math.pi)
    log_joint = model.log_likelihood(x, np.broadcast_to(z, (len(z), 3, 2))).numpy() + prior
    weights = np.exp(log_joint) * (axis[1] - axis[0]) ** 2
    mean = (weights[..., None] * z).sum(0) / weights.sum(0)[:, None]
    return model, x, np.log(weights.sum(0)), mean


@pytest.mark.parametrize(("method", "n"), [("importance", 40_000), ("posterior", 3000)])
def test_log_p_is_what_integration_gives(integrated, method, n):
    model, x, expected, _ = integrated
    found = log_marginal_likelihood(model, x, rng=np.random.default_rng(2), n_samples=n, method=method)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_the_chain_draws_from_the_posterior(integrated):
    model, x, _, mean = integrated
    drawn = posterior_samples(model, x, 4000, rng=np.random.default_rng(0))
    assert drawn.shape == (4000, 3, 2)
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.08)


def test_the_bound_lies_below_and_importance_weighting_between(integrated):
    model, x, expected, _ = integrated
    bounds = [
        log_marginal_likelihood(model, np.repeat(x, 4000, axis=0), rng=np.random.default_rng(3), n_samples=k)
        .reshape(3, 4000).mean(axis=1)
        for k in (1, 10)
    ]  # fmt: skip
    assert (bounds[0] < bounds[1]).all()
    assert (bounds[1] < expected + 0.01).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n_samples": 0}, "1 draws"),
        ({"n_samples": 3, "method": "posterior"}, "5 draws"),
        ({"method": "mcmc"}, "importance or posterior, got 'mcmc'"),
    ],
)
def test_what_gives_no_estimate_is_refused(model, x, options, says):
    with pytest.raises(ValueRangeError, match=says):
        log_marginal_likelihood(model, x, rng=np.random.default_rng(0), **options)
