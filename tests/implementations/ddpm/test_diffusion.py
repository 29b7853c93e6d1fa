"""The closed forms of the forward process: each against simulation, and by a second way of writing it."""

import numpy as np
import pytest

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from implementations.ddpm import Diffusion, cosine_schedule, linear_schedule

CHAIN = Diffusion(linear_schedule(6, 0.05, 0.4))
N = 200_000


@pytest.fixture(scope="module")
def walked():
    """x_0 = 0.7 walked through the chain step by step: shape (T + 1, N)."""
    rng = np.random.default_rng(0)
    x = [np.full(N, 0.7)]
    for beta in CHAIN.beta[1:]:
        x.append(np.sqrt(1 - beta) * x[-1] + np.sqrt(beta) * rng.standard_normal(N))
    return np.stack(x)


def images(n=4, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, 1, 2, 2))


def test_the_paper_schedule():
    beta = linear_schedule()
    assert (len(beta), beta[0], beta[-1]) == (1000, 1e-4, 0.02)
    assert Diffusion().alpha_bar[-1] == pytest.approx(4.036e-5, rel=1e-3)  # exp of the sum of ln(1 - beta)
    assert Diffusion().alpha_bar[-1] == pytest.approx(np.exp(np.log1p(-beta).sum()))


def test_the_cosine_schedule_is_the_ratio_of_its_cosines():
    beta = cosine_schedule(50)
    t = np.arange(51) / 50
    expected = (np.cos((t + 0.008) / 1.008 * np.pi / 2) / np.cos(0.008 / 1.008 * np.pi / 2)) ** 2
    np.testing.assert_allclose(Diffusion(beta).alpha_bar[:-1], expected[:-1], rtol=1e-10)
    assert beta[-1] == 0.999


@pytest.mark.parametrize("t", [1, 3, 6])
def test_many_steps_are_one(walked, t):
    assert walked[t].mean() == pytest.approx(np.sqrt(CHAIN.alpha_bar[t]) * 0.7, abs=0.01)
    assert walked[t].var() == pytest.approx(1 - CHAIN.alpha_bar[t], rel=0.015)


def test_noisy_is_that_one_step():
    x0, noise = images(), np.random.default_rng(1).standard_normal((4, 1, 2, 2))
    t = np.array([1, 2, 3, 6])
    found = CHAIN.noisy(x0, t, noise)
    for i in range(4):
        signal = np.prod(1 - CHAIN.beta[1 : t[i] + 1])
        np.testing.assert_allclose(found[i], np.sqrt(signal) * x0[i] + np.sqrt(1 - signal) * noise[i])
    assert CHAIN.noisy(x0.astype(np.float32), 3, noise.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("t", [2, 4, 6])
def test_the_posterior_is_what_simulation_finds(walked, t):
    """Among walks, x_{t-1} is linear in x_t (x_0 being fixed): slope, mean and what is left over."""
    before, now = walked[t - 1], walked[t]
    slope = np.cov(before, now)[0, 1] / now.var()
    left = before - slope * (now - now.mean())
    at = np.array([[[[-0.5, 1.0]]]])
    found = CHAIN.posterior_mean(np.full((1, 1, 1, 2), 0.7), at, t)
    np.testing.assert_allclose(found, before.mean() + slope * (at - now.mean()), atol=0.015)
    assert CHAIN.posterior_variance[t] == pytest.approx(left.var(), rel=0.02)


@pytest.mark.parametrize("t", [2, 5])
def test_the_posterior_by_bayes_on_a_grid(t):
    """q(x_{t-1} | x_t, x_0) is q(x_t | x_{t-1}) q(x_{t-1} | x_0), normalised."""
    x0, xt, grid = 0.3, -0.8, np.linspace(-8, 8, 20_001)
    beta, before = CHAIN.beta[t], CHAIN.alpha_bar[t - 1]
    log = -((xt - np.sqrt(1 - beta) * grid) ** 2) / (2 * beta)
    log = log - (grid - np.sqrt(before) * x0) ** 2 / (2 * (1 - before))
    p = np.exp(log - log.max())
    p /= p.sum()
    mean = (p * grid).sum()
    found = CHAIN.posterior_mean(np.full((1, 1), x0), np.full((1, 1), xt), t)
    assert found.item() == pytest.approx(mean, abs=1e-6)
    assert CHAIN.posterior_variance[t] == pytest.approx((p * (grid - mean) ** 2).sum(), rel=1e-6)


def test_at_the_first_step_the_posterior_is_the_image():
    x0 = images()
    np.testing.assert_allclose(CHAIN.posterior_mean(x0, images(seed=2), 1), x0, atol=1e-12)
    assert CHAIN.posterior_variance[1] == 0


@pytest.mark.parametrize("t", [1, 2, 6])
def test_one_prediction_reads_four_ways(t):
    x0, noise = images(), np.random.default_rng(1).standard_normal((4, 1, 2, 2))
    xt = CHAIN.noisy(x0, t, noise)
    np.testing.assert_allclose(CHAIN.x0_from_noise(xt, t, noise), x0, atol=1e-12)
    np.testing.assert_allclose(CHAIN.noise_from_x0(xt, t, x0), noise, atol=1e-12)
    np.testing.assert_allclose(
        CHAIN.mean_from_noise(xt, t, noise), CHAIN.posterior_mean(x0, xt, t), atol=1e-12
    )
    spread = 1 - CHAIN.alpha_bar[t]
    slope = -(xt - np.sqrt(CHAIN.alpha_bar[t]) * x0) / spread  # of ln N(x_t; sqrt(abar) x_0, 1 - abar)
    np.testing.assert_allclose(CHAIN.score_from_noise(noise, t), slope, atol=1e-12)


def test_the_mean_noise_is_the_score_of_all_the_data():
    """For x_0 of -1 or 1 the best guess of the noise is -sqrt(1 - abar) times the slope of ln q(x_t)."""
    t, xt = 4, np.linspace(-2, 2, 9)[:, None]
    signal, spread = np.sqrt(CHAIN.alpha_bar[t]), 1 - CHAIN.alpha_bar[t]

    def log_density(x):
        return np.log(sum(np.exp(-((x - signal * s) ** 2) / (2 * spread)) for s in (-1, 1)))

    slope = (log_density(xt + 1e-5) - log_density(xt - 1e-5)) / 2e-5
    weights = [np.exp(-((xt - signal * s) ** 2) / (2 * spread)) for s in (-1, 1)]
    of_each = [CHAIN.noise_from_x0(xt, t, np.full_like(xt, s)) for s in (-1, 1)]
    expected = (weights[0] * of_each[0] + weights[1] * of_each[1]) / sum(weights)
    np.testing.assert_allclose(CHAIN.score_from_noise(expected, t), slope, atol=1e-6)


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_the_weight_turns_errors_of_the_noise_into_divergences(variance):
    chain = Diffusion(linear_schedule(6, 0.05, 0.4), variance=variance)
    x0, rng = images(), np.random.default_rng(1)
    noise, seen = rng.standard_normal((2, *x0.shape))
    for t in range(2, 7):
        xt = chain.noisy(x0, t, noise)
        gap = chain.posterior_mean(x0, xt, t) - chain.mean_from_noise(xt, t, seen)
        divergence = (gap**2).sum() / (2 * chain.variance[t])
        assert chain.bound_weight()[t] * ((noise - seen) ** 2).sum() == pytest.approx(divergence)
    assert chain.bound_weight()[0] == 0


def test_which_variance_the_way_back_has():
    betas = linear_schedule(5, 0.1, 0.3)
    np.testing.assert_array_equal(Diffusion(betas, variance="beta").variance[1:], betas)
    posterior = Diffusion(betas)
    np.testing.assert_array_equal(posterior.variance[2:], posterior.posterior_variance[2:])
    assert posterior.variance[1] == posterior.posterior_variance[2]  # its own is 0
    assert Diffusion([0.3]).variance[1] == 0.3


@pytest.mark.parametrize("steps", [1, 3, 7, 60])
def test_respaced_keeps_how_noisy_the_times_are(steps):
    chain = Diffusion(linear_schedule(60, 0.01, 0.2))
    few = chain.respaced(steps)
    assert (few.steps, few.times[-1]) == (steps, 60)
    np.testing.assert_allclose(few.alpha_bar, chain.alpha_bar[few.times], rtol=1e-12)
    again = few.respaced(steps)
    np.testing.assert_array_equal(again.times, few.times)
    if steps == 60:
        np.testing.assert_allclose(few.beta, chain.beta, rtol=1e-9)
        assert few.variance == pytest.approx(chain.variance)


@pytest.mark.parametrize(
    ("t", "error", "says"),
    [
        (0, ValueRangeError, "times run from 1 to 6, got 0"),
        (7, ValueRangeError, "got 7"),
        (np.array([1, 2, 3, 9]), ValueRangeError, "got 1 to 9"),
        (2.0, DTypeError, "whole numbers"),
        (np.array([1, 2]), ShapeError, "one for each of 4 images"),
    ],
    ids=["zero", "late", "one late", "float", "two of four"],
)
def test_times_that_are_none_are_refused(t, error, says):
    x0 = images()
    with pytest.raises(error, match=says):
        CHAIN.noisy(x0, t, x0)
    with pytest.raises(error, match=says):
        CHAIN.posterior_mean(x0, x0, t)


@pytest.mark.parametrize(
    "method", ["noisy", "posterior_mean", "x0_from_noise", "noise_from_x0", "mean_from_noise"]
)
def test_images_of_two_shapes_are_refused(method):
    x, other = np.zeros((4, 1, 2, 2)), np.zeros((4, 1, 2, 3))
    t = 2
    arguments = (x, other, t) if method == "posterior_mean" else (x, t, other)
    with pytest.raises(ShapeError, match=r"of shape \(4, 1, 2, 2\), got \(4, 1, 2, 3\)"):
        getattr(CHAIN, method)(*arguments)


@pytest.mark.parametrize(
    ("betas", "options", "error", "says"),
    [
        ([], {}, ShapeError, "beta_1 to beta_T"),
        ([[0.1]], {}, ShapeError, r"got \(1, 1\)"),
        ([0.1, 1.0], {}, ValueRangeError, r"every beta lies in \(0, 1\), got 0.1 to 1"),
        ([0.0, 0.5], {}, ValueRangeError, "got 0 to 0.5"),
        ([0.1, np.nan], {}, ValueRangeError, "every beta"),
        ([0.1], {"variance": "learned"}, ValueRangeError, "one of posterior, beta"),
        ([0.1, 0.2], {"times": [1]}, ValueRangeError, "2 whole numbers"),
        ([0.1, 0.2], {"times": [5, 5]}, ValueRangeError, "rise"),
        ([0.1, 0.2], {"times": [0, 5]}, ValueRangeError, "from 1"),
    ],
    ids=["none", "axes", "one", "zero", "nan", "variance", "short", "double", "from zero"],
)
def test_chains_that_are_none_are_refused(betas, options, error, says):
    with pytest.raises(error, match=says):
        Diffusion(betas, **options)


@pytest.mark.parametrize("steps", [0, 7])
def test_more_times_than_there_are_cannot_be_kept(steps):
    with pytest.raises(ValueRangeError, match=f"got {steps}"):
        CHAIN.respaced(steps)


def test_schedules_refuse_what_is_none():
    for make in (
        lambda: linear_schedule(0),
        lambda: linear_schedule(5, 0.0),
        lambda: linear_schedule(5, 0.1, 1.0),
        lambda: cosine_schedule(0),
        lambda: cosine_schedule(5, -0.1),
        lambda: cosine_schedule(5, largest=1.0),
    ):
        with pytest.raises(ValueRangeError, match="got"):
            make()
