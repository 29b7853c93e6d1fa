"""The chain of ADM: every closed form against a simulation or a slower route."""

import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor
from foundations.autodiff.tensor import values
from foundations.errors import ShapeError, ValueRangeError
from papers.diffusion import GaussianDiffusion, cosine_schedule, hybrid_loss, linear_schedule
from papers.diffusion.gaussian import normal_kl, split_prediction
from papers.diffusion.losses import LAMBDA, bound_term, first_term, simple_loss

D = GaussianDiffusion(linear_schedule(20, 0.01, 0.3))


def test_the_marginal_is_what_the_steps_add_up_to():
    rng = np.random.default_rng(0)
    x = np.full(200_000, 1.7)
    for t in range(1, 8):
        x = np.sqrt(1 - D.beta[t]) * x + np.sqrt(D.beta[t]) * rng.standard_normal(x.size)
    assert x.mean() == pytest.approx(np.sqrt(D.alpha_bar[7]) * 1.7, abs=0.01)
    assert x.var() == pytest.approx(1 - D.alpha_bar[7], abs=0.01)


def test_the_posterior_is_the_regression_of_one_step_on_the_next():
    rng = np.random.default_rng(1)
    t, x0 = 9, 0.6
    before = np.sqrt(D.alpha_bar[t - 1]) * x0 + np.sqrt(1 - D.alpha_bar[t - 1]) * rng.standard_normal(400_000)
    after = np.sqrt(D.alpha[t]) * before + np.sqrt(D.beta[t]) * rng.standard_normal(before.size)
    slope = np.cov(before, after)[0, 1] / after.var()
    left = before - before.mean() - slope * (after - after.mean())
    at = np.array([[-0.4], [1.1]])
    mean = D.posterior_mean(np.full_like(at, x0), at, t)
    assert (mean[1] - mean[0]) / 1.5 == pytest.approx(slope, abs=0.01)
    assert left.var() == pytest.approx(D.posterior_variance[t], rel=0.02)
    regressed = before.mean() + slope * (at - after.mean())
    np.testing.assert_allclose(mean, regressed, atol=0.01)


def test_the_cosine_schedule_leaves_the_signal_its_formula_says():
    d = GaussianDiffusion(cosine_schedule(100))
    f = np.cos((np.arange(101) / 100 + 0.008) / 1.008 * np.pi / 2) ** 2
    np.testing.assert_allclose(d.alpha_bar[:-1], (f / f[0])[:-1], rtol=1e-10)
    assert d.beta[-1] == 0.999
    linear = GaussianDiffusion(linear_schedule(100, 1e-3, 0.2))
    assert np.sqrt(linear.alpha_bar[80]) == pytest.approx(0.04, abs=0.01)
    assert np.sqrt(d.alpha_bar[80]) == pytest.approx(0.31, abs=0.01)


@pytest.mark.parametrize(("spacing", "first"), [("ends", [1, 7, 14, 20]), ("stride", [1, 6, 11, 16])])
def test_respacing_keeps_the_marginals(spacing, first):
    short = D.respaced(4, spacing=spacing)
    assert short.times[1:].tolist() == first
    np.testing.assert_allclose(short.alpha_bar[1:], D.alpha_bar[first])
    np.testing.assert_allclose(short.respaced(2).alpha_bar[1:], D.alpha_bar[[first[0], first[-1]]])
    assert D.respaced(1).times.tolist() == [0, 20]
    np.testing.assert_allclose(D.respaced(20).beta, D.beta)


@pytest.mark.parametrize("steps", [0, 21, -1, 2.0, True])
def test_steps_that_are_not_there_are_refused_in_a_line(steps):
    with pytest.raises(ValueRangeError, match="from 1 to T = 20") as caught:
        D.respaced(steps)
    assert "\n" not in str(caught.value)


def test_other_bad_respacings_are_refused():
    with pytest.raises(ValueRangeError, match="'ends' or 'stride'"):
        D.respaced(4, spacing="even")  # type: ignore[arg-type]
    with pytest.raises(ValueRangeError, match="rise"):
        D.at_times(np.array([3, 3, 5]))
    with pytest.raises(ValueRangeError, match="1 to 20"):
        D.at_times(np.array([3, 21]))


def test_the_learned_variance_runs_between_its_bounds():
    v = np.array([-1.0, 0.0, 1.0])
    for t in (2, 13):
        low, middle, high = np.exp(D.learned_log_variance(v, t))
        assert low == pytest.approx(D.posterior_variance[t])
        assert high == pytest.approx(D.beta[t])
        assert middle == pytest.approx(np.sqrt(low * high))
    first = np.exp(D.learned_log_variance(v, 1))
    assert first[0] == pytest.approx(D.posterior_variance[2])
    assert first[2] == pytest.approx(D.beta[1])


def test_the_divergence_is_that_of_torch():
    rng = np.random.default_rng(2)
    m, lv, n, lw = rng.standard_normal((4, 5))
    theirs = torch.distributions.kl_divergence(
        torch.distributions.Normal(torch.tensor(m), torch.tensor(np.exp(lv / 2))),
        torch.distributions.Normal(torch.tensor(n), torch.tensor(np.exp(lw / 2))),
    ).numpy()
    np.testing.assert_allclose(values(normal_kl(m, lv, n, lw)), theirs, rtol=1e-10)


def images(seed=0, n=3):
    rng = np.random.default_rng(seed)
    x0 = rng.uniform(-1, 1, (n, 2, 5, 5))
    return x0, np.array([1, 4, 17])[:n], rng.standard_normal(x0.shape), rng.uniform(-1, 1, x0.shape)


def test_with_the_posterior_variance_the_bound_is_the_weighted_error():
    x0, t, noise, _ = images()
    seen = noise + 0.3 * np.random.default_rng(5).standard_normal(noise.shape)
    xt = D.noisy(x0, t, noise)
    term = values(bound_term(D, x0, xt, t, seen, np.full_like(x0, -1.0)))
    weight = GaussianDiffusion(linear_schedule(20, 0.01, 0.3)).bound_weight()[t]
    expected = weight * ((seen - noise) ** 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(term[1:], expected[1:], rtol=1e-9)


def test_the_first_term_sums_to_one_over_all_pixel_values():
    xt, seen, v = np.full((1, 1, 1, 1), 0.3), np.full((1, 1, 1, 1), 0.2), np.zeros((1, 1, 1, 1))
    total = sum(
        np.exp(-first_term(D, np.full((1, 1, 1, 1), level / 127.5 - 1), xt, seen, v)[0])
        for level in range(256)
    )
    assert total == pytest.approx(1, abs=1e-6)


class Both:
    """A network of one number for the noise and one for v."""

    def __init__(self):
        self.a, self.b = Tensor(0.7, requires_grad=True), Tensor(0.2, requires_grad=True)

    def __call__(self, x, t, labels=None):
        from foundations.autodiff import ops

        return ops.concatenate([x * self.a, x * 0 + self.b], axis=1)


def test_the_hybrid_loss_stops_the_gradient_of_the_mean():
    x0, t, noise, _ = images()
    model = Both()
    hybrid_loss(model, D, x0, t, noise).backward()
    mean, v = model.a.grad, model.b.grad
    alone = Both()

    def noise_only(x, t):
        return x * alone.a

    simple_loss(noise_only, D, x0, t, noise).backward()
    assert values(mean) == pytest.approx(values(alone.a.grad))
    assert values(v) != 0
    # and v's gradient is that of the bound alone, by a difference
    xt, h = D.noisy(x0, t, noise), 1e-5
    bound = [
        values(bound_term(D, x0, xt, t, 0.7 * xt, np.full_like(x0, 0.2 + s * h))).mean() for s in (1, -1)
    ]
    assert values(v) == pytest.approx(LAMBDA * 20 * (bound[0] - bound[1]) / (2 * h), rel=1e-5)


def test_a_network_without_v_is_refused():
    x0, t, noise, _ = images()
    with pytest.raises(ShapeError, match="learned_variance"):
        hybrid_loss(lambda x, t: x, D, x0, t, noise)
    with pytest.raises(ShapeError, match="2 or 4 channels"):
        split_prediction(np.zeros((1, 3, 5, 5)), 2)
