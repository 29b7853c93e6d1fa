"""Sampling: from data whose best denoiser is known the samples are the data; few steps; what is refused."""

import numpy as np
import pytest

from foundations import nn
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from implementations.ddpm import Diffusion, UNet, UNetConfig, ancestral, linear_schedule, sample

CHAIN = Diffusion(linear_schedule(200, 5e-4, 0.1))


def two_points(chain):
    """Return the best guess of the noise where every number is -0.5 or 0.5 with even chances."""

    def predict(x, t):
        signal = chain.alpha_bar[np.searchsorted(chain.times, t)].reshape(-1, *(1,) * (x.ndim - 1))
        x0 = 0.5 * np.tanh(0.5 * np.sqrt(signal) * x / (1 - signal))  # E[x_0 | x_t]
        return ((x - np.sqrt(signal) * x0) / np.sqrt(1 - signal)).astype(x.dtype)

    return predict


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_with_the_best_guess_the_samples_are_the_data(variance):
    chain = Diffusion(CHAIN.beta[1:], variance=variance)
    found = sample(two_points(chain), chain, (500, 4), rng=np.random.default_rng(0))
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.abs(found), 0.5, atol=0.02)
    assert (found > 0).mean() == pytest.approx(0.5, abs=0.04)
    assert np.corrcoef(found, rowvar=False)[0, 1] == pytest.approx(0, abs=0.15)


def test_a_step_is_algorithm_2():
    """Without clipping: (x - beta / sqrt(1 - abar) eps) / sqrt(alpha) + sigma z, and no z at t = 1."""
    rng = np.random.default_rng(3)
    x = np.random.default_rng(1).standard_normal((2, 1, 3, 3))

    def predict(at, t):
        return np.sin(at) * t.reshape(-1, 1, 1, 1) / 200

    steps = list(ancestral(predict, CHAIN, x, rng=rng, begin=3, clip=False))
    assert [step.t for step in steps] == [3, 2, 1]
    again = np.random.default_rng(3)
    for t, step in zip((3, 2, 1), steps, strict=True):
        alpha, beta = 1 - CHAIN.beta[t], CHAIN.beta[t]
        bar = np.prod(1 - CHAIN.beta[1 : t + 1])
        before = bar / alpha
        noise = predict(x, np.array([t, t]))
        mean = (x - beta / np.sqrt(1 - bar) * noise) / np.sqrt(alpha)
        z = again.standard_normal(x.shape) if t > 1 else np.zeros_like(x)
        np.testing.assert_allclose(step.guess, (x - np.sqrt(1 - bar) * noise) / np.sqrt(bar))
        x = mean + np.sqrt(beta * (1 - before) / (1 - bar)) * z
        np.testing.assert_allclose(step.images, x, atol=1e-12)


def test_clipping_keeps_guesses_and_samples_among_images():
    far = ancestral(lambda x, t: -5 * x, CHAIN, np.full((1, 2), 3.0), rng=np.random.default_rng(0))
    steps = list(far)
    assert max(np.abs(step.guess).max() for step in steps) == 1
    assert np.abs(steps[-1].images).max() <= 1
    free = ancestral(
        lambda x, t: -5 * x, CHAIN, np.full((1, 2), 3.0), rng=np.random.default_rng(0), clip=False
    )
    assert np.abs(next(free).guess).max() > 1


def test_few_steps_tell_the_network_the_times_of_the_long_chain():
    seen = []

    def predict(x, t):
        seen.append(set(t.tolist()))
        return 0 * x

    sample(predict, CHAIN, (3, 2), rng=np.random.default_rng(0), steps=4, batch_size=2)
    assert seen == 2 * [{200}, {150}, {100}, {50}]


def test_few_steps_reach_the_data_too():
    chain = CHAIN.respaced(20)
    found = sample(two_points(CHAIN), CHAIN, (300, 4), rng=np.random.default_rng(0), steps=20)
    assert np.median(np.abs(found)) == pytest.approx(0.5, abs=0.02)
    same = sample(two_points(chain), chain, (300, 4), rng=np.random.default_rng(0))
    np.testing.assert_allclose(same, found, atol=1e-5)


def test_for_normal_data_variance_beta_is_exact_in_any_number_of_steps():
    """x_t is N(0, I) at every t; with the posterior's variance few steps make the samples too narrow."""
    spread = {}
    for variance in ("beta", "posterior"):
        chain = Diffusion(CHAIN.beta[1:], variance=variance)

        def exact(x, t, chain=chain):
            return np.sqrt(1 - chain.alpha_bar[t[0]]) * x

        last = chain.respaced(10).variance[1]
        x = sample(
            exact, chain, (5000, 8), rng=np.random.default_rng(0), steps=10, clip=False, batch_size=5000
        )
        spread[variance] = x.var() + last  # the last step adds no noise
    assert spread["beta"] == pytest.approx(1, abs=0.02)
    assert spread["posterior"] < 0.8


def test_samples_follow_from_the_generator_and_the_network_is_left_as_it_was():
    model = UNet(UNetConfig(size=4, widths=(8,), groups=2, dropout=0.5), rng=np.random.default_rng(0))
    for p in model.parameters():
        p.data[...] = 0.1 * np.random.default_rng(1).standard_normal(p.shape)
    few = {"steps": 3, "batch_size": 2}
    found = [sample(model, CHAIN, (3, 1, 4, 4), rng=np.random.default_rng(s), **few) for s in (0, 0, 1)]
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 0.01
    assert model.training
    assert isinstance(model, nn.Module)
    with pytest.raises(ShapeError, match=r"\(B, 1, 4, 4\), got \(2, 1, 5, 4\)"):
        sample(model, CHAIN, (3, 1, 5, 4), rng=np.random.default_rng(0), **few)
    assert model.training


@pytest.mark.parametrize(
    ("shape", "options", "error", "says"),
    [
        ((3,), {}, ShapeError, r"\(n, C, H, W\), got \(3,\)"),
        ((0, 2), {}, ValueRangeError, "one image at least"),
        ((3, 2), {"batch_size": 0}, ValueRangeError, "one image at least"),
        ((3, 2), {"steps": 0}, ValueRangeError, "got 0"),
        ((3, 2), {"steps": 201}, ValueRangeError, "got 201"),
    ],
    ids=["axes", "none", "batch", "no steps", "too many"],
)
def test_what_cannot_be_drawn_is_refused(shape, options, error, says):
    with pytest.raises(error, match=says):
        sample(lambda x, t: x, CHAIN, shape, rng=np.random.default_rng(0), **options)


@pytest.mark.parametrize(
    ("begin", "error"), [(0, ValueRangeError), (201, ValueRangeError), (1.5, DTypeError)]
)
def test_the_way_back_begins_at_a_time(begin, error):
    with pytest.raises(error, match="from 1 to 200"):
        next(ancestral(lambda x, t: x, CHAIN, np.zeros((1, 2)), rng=np.random.default_rng(0), begin=begin))
