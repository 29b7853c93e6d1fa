"""The bound: each term by another way, and the whole against a likelihood that is known."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from foundations.errors import ShapeError, ValueRangeError
from implementations.ddpm import Diffusion, elbo_terms, linear_schedule
from implementations.ddpm.bound import last_term, step_term
from implementations.ddpm.gaussians import discretised_log_likelihood, normal_kl

CHAIN = Diffusion(linear_schedule(8, 0.02, 0.5))


def images(n=6, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (n, 1, 3, 3))
    return (values / 127.5 - 1).astype(np.float32)


def test_the_divergence_of_two_normals_by_integration():
    x = np.linspace(-30, 30, 400_001)
    p, q = norm(0.3, math.sqrt(0.5)), norm(-0.4, math.sqrt(2.0))
    integral = (p.pdf(x) * (p.logpdf(x) - q.logpdf(x))).sum() * (x[1] - x[0])
    assert normal_kl(0.3, 0.5, -0.4, 2.0) == pytest.approx(integral, rel=1e-7)
    assert normal_kl(np.array([0.3]), 0.5, 0.3, 0.5) == 0


@pytest.mark.parametrize("std", [0.001, 0.01, 0.3, 4.0])
@pytest.mark.parametrize("mean", [-1.2, 0.1234, 1.0])
def test_the_masses_of_the_256_values_sum_to_one(mean, std):
    grid = np.arange(256) / 127.5 - 1
    mass = np.exp(discretised_log_likelihood(grid, np.full(256, mean), std))
    assert mass.sum() == pytest.approx(1, abs=1e-9)


def test_the_mass_of_a_value_by_simulation():
    drawn = np.random.default_rng(0).normal(0.1, 0.02, 400_000)
    nearest = np.clip(np.rint((drawn + 1) * 127.5), 0, 255)
    for value in (140, 143, 139):
        found = discretised_log_likelihood(np.array([value / 127.5 - 1]), np.array([0.1]), 0.02)
        assert np.exp(found).item() == pytest.approx((nearest == value).mean(), rel=0.02)


def test_far_out_the_log_mass_stays_finite_and_symmetric():
    x = np.array([0.0, 0.0, -1.0, 1.0])
    mean = np.array([0.9, -0.9, 0.9, -0.9])
    found = discretised_log_likelihood(x, mean, 0.01)
    assert np.isfinite(found).all()
    assert found[0] == pytest.approx(found[1])
    assert found[2] == pytest.approx(found[3])
    exact = norm(0.9, 0.01).logpdf(0.0) + math.log(2 / 255)  # density times width, beyond what cdfs resolve
    assert found[0] == pytest.approx(exact, rel=0.01)


def test_the_last_term_by_integration():
    x0 = images(2)
    signal = CHAIN.alpha_bar[-1]
    x = np.linspace(-12, 12, 100_001)
    expected = []
    for image in x0.reshape(2, -1).astype(float):
        total = 0.0
        for value in image:
            p = norm(math.sqrt(signal) * value, math.sqrt(1 - signal))
            total += (p.pdf(x) * (p.logpdf(x) - norm.logpdf(x))).sum() * (x[1] - x[0])
        expected.append(total)
    np.testing.assert_allclose(last_term(CHAIN, x0), expected, rtol=1e-6)
    paper = last_term(Diffusion(), np.zeros((1, 1, 32, 32))) / (32 * 32 * math.log(2))
    assert paper < 1e-5


def test_a_network_that_knows_the_noise_leaves_no_divergence():
    x0 = images()

    def knows(xt, t):
        return CHAIN.noise_from_x0(xt, t, x0)

    found = elbo_terms(knows, CHAIN, x0, rng=np.random.default_rng(0))
    assert np.abs(found.steps).max() < 1e-6
    assert np.abs(found.errors).max() < 1e-9
    wider = Diffusion(CHAIN.beta[1:], variance="beta")
    ratio = CHAIN.posterior_variance[2:] / wider.beta[2:]
    found = elbo_terms(knows, wider, x0, rng=np.random.default_rng(0))
    expected = 9 * 0.5 * (ratio - 1 - np.log(ratio))  # what is left are the variances, 9 pixels
    np.testing.assert_allclose(found.steps, np.broadcast_to(expected, found.steps.shape), rtol=1e-4)


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_the_terms_are_the_weighted_errors(variance):
    chain, x0 = Diffusion(CHAIN.beta[1:], variance=variance), images()

    def sees(xt, t):
        return 0.5 * np.tanh(xt)

    found = elbo_terms(sees, chain, x0, rng=np.random.default_rng(0), clip=False)
    ratio = chain.posterior_variance[2:] / chain.variance[2:]
    constant = 9 * 0.5 * (ratio - 1 - np.log(ratio))
    expected = 9 * found.errors[:, 1:] * chain.bound_weight()[2:] + constant
    np.testing.assert_allclose(found.steps, expected, rtol=1e-4)


def test_the_first_term_is_the_decoder():
    x0 = images()
    rng = np.random.default_rng(5)
    noise = np.random.default_rng(5).standard_normal(x0.shape).astype(np.float32)
    term, error = step_term(lambda xt, t: np.zeros_like(xt), CHAIN, x0, 1, rng=rng, clip=False)
    guess = CHAIN.noisy(x0, 1, noise) / np.sqrt(CHAIN.alpha_bar[1])
    std = math.sqrt(CHAIN.posterior_variance[2])
    edges = (np.rint((x0 + 1) * 127.5) + np.array([-0.5, 0.5]).reshape(2, 1, 1, 1, 1)) / 127.5 - 1
    low = np.where(x0 <= -1, -np.inf, edges[0])
    high = np.where(x0 >= 1, np.inf, edges[1])
    mass = norm.cdf(high, guess, std) - norm.cdf(low, guess, std)
    np.testing.assert_allclose(term, -np.log(mass).reshape(6, -1).sum(1), rtol=1e-4)
    np.testing.assert_allclose(error, (noise.astype(float) ** 2).reshape(6, -1).mean(1), rtol=1e-6)


def test_the_bound_meets_a_likelihood_that_is_known():
    """Data N(0, s^2): with the best guess of the noise and many steps the bound is nearly the entropy."""
    scale, rng = 0.25, np.random.default_rng(0)
    values = np.clip(np.rint((rng.normal(0, scale, (2000, 1, 1, 1)) + 1) * 127.5), 0, 255)
    x0 = (values / 127.5 - 1).astype(np.float64)
    chain = Diffusion(linear_schedule(1000, 1e-4, 0.02), variance="beta")

    def best(xt, t):
        signal = chain.alpha_bar[int(t[0])]
        return np.sqrt(1 - signal) / (signal * scale**2 + 1 - signal) * xt

    found = elbo_terms(best, chain, x0, rng=rng, clip=False, batch_size=2000)
    entropy = 0.5 * math.log(2 * math.pi * math.e * scale**2) - math.log(2 / 255)
    assert found.total.mean() == pytest.approx(entropy, abs=0.1)
    assert found.bits_per_dimension == pytest.approx(found.total.mean() / math.log(2))
    # the smaller variance is right for data that are points: here the first steps back are too sure
    narrow = elbo_terms(best, Diffusion(variance="posterior"), x0, rng=rng, clip=False, batch_size=2000)
    assert narrow.total.mean() - entropy == pytest.approx(0.5, abs=0.15)


def test_batches_and_shapes():
    x0 = images()
    found = elbo_terms(lambda xt, t: 0 * xt, CHAIN, x0, rng=np.random.default_rng(0), batch_size=4)
    assert (found.first.shape, found.steps.shape, found.last.shape) == ((6,), (6, 7), (6,))
    assert (found.errors.shape, found.values) == ((6, 8), 9)
    np.testing.assert_allclose(found.total, found.first + found.steps.sum(1) + found.last)


def test_what_cannot_be_judged_is_refused():
    x0, rng = images(), np.random.default_rng(0)
    with pytest.raises(ShapeError, match=r"noise of shape \(6, 1, 3, 2\)"):
        elbo_terms(lambda xt, t: xt[..., :2], CHAIN, x0, rng=rng)
    with pytest.raises(ValueRangeError, match="use scaled"):
        elbo_terms(lambda xt, t: xt, CHAIN, (x0 + 1) / 2, rng=rng)
    with pytest.raises(ValueRangeError, match="one image at least"):
        elbo_terms(lambda xt, t: xt, CHAIN, x0[:0], rng=rng)
