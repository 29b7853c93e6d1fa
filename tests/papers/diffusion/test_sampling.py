"""The samplers against each other, against exact answers, and with bad input."""

import numpy as np
import pytest

from foundations.errors import ShapeError, ValueRangeError
from papers.diffusion import (
    GaussianDiffusion,
    class_gradient,
    ddim_sample,
    ddim_step,
    ddpm_sample,
    ddpm_step,
    guided_mean,
    guided_noise,
    guided_sample,
    linear_schedule,
)

D = GaussianDiffusion(linear_schedule(40, 0.002, 0.3))
SHAPE = (3, 1, 5, 5)


def linear(x, t):
    """A network that sees a third of the image as noise."""
    return x * np.float32(0.3)


def exact(x, t):
    """The best guess of the noise where the data are N(0, I)."""
    return np.float32(np.sqrt(1 - D.alpha_bar[int(t[0])])) * x


def pulling(x, t):
    """Logits of two classes: log p(1 | x) grows with the sum of the pixels."""
    s = x.reshape(len(t), -1).sum(axis=1)
    return s.reshape(-1, 1) * np.array([[0.0, 1.0]])


def test_ddim_with_eta_1_is_the_posterior_of_ddpm():
    x = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    for t in (1, 2, 17, 40):
        one = ddim_step(linear, D, x, t, rng=np.random.default_rng(1), eta=1)
        two = ddpm_step(linear, D, x, t, rng=np.random.default_rng(1), clip=False)
        if t > 1:
            small = GaussianDiffusion(linear_schedule(40, 0.002, 0.3))
            small.variance = small.posterior_variance
            two = ddpm_step(linear, small, x, t, rng=np.random.default_rng(1), clip=False)
        np.testing.assert_allclose(one.images, two.images, atol=1e-5)


def test_ddim_without_noise_follows_from_the_start_alone():
    x = np.random.default_rng(0).standard_normal(SHAPE, dtype=np.float32)
    runs = [
        ddim_sample(linear, D, SHAPE, rng=np.random.default_rng(s), start=x, steps=7, batch_size=2)
        for s in (1, 2)
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    noisy = ddim_sample(linear, D, SHAPE, rng=np.random.default_rng(1), start=x, steps=7, eta=0.5)
    assert np.abs(noisy - runs[0]).max() > 0.01


@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_a_step_keeps_the_marginal_of_known_data(eta):
    """With x_0 known exactly, a step of any eta leads from q(x_t | x_0) to q(x_{t-1} | x_0)."""
    rng, t, x0 = np.random.default_rng(3), 22, 0.8
    shape = (200_000, 1, 1, 1)
    x = D.noisy(np.full(shape, x0), t, rng.standard_normal(shape))

    def knows(x, t):
        return D.noise_from_x0(x, int(t[0]), np.full_like(x, x0))

    after = ddim_step(knows, D, x, t, rng=rng, eta=eta).images
    assert after.mean() == pytest.approx(np.sqrt(D.alpha_bar[t - 1]) * x0, abs=0.01)
    assert after.var() == pytest.approx(1 - D.alpha_bar[t - 1], rel=0.02)


def test_for_normal_data_the_larger_variance_is_exact_and_ddim_is_not():
    shape = (2000, 1, 8, 8)

    def spread(**how):
        return ddim_sample(exact, D, shape, rng=np.random.default_rng(0), steps=8, **how).var()

    larger = GaussianDiffusion(D.beta[1:], variance="beta")
    right = ddpm_sample(exact, larger, shape, rng=np.random.default_rng(0), steps=8, clip=False).var()
    assert right == pytest.approx(1, abs=0.02)
    assert spread(eta=1) < spread(eta=0) - 0.05 < 0.9


def test_clipping_recomputes_the_noise():
    x = np.full((1, 1, 1, 1), 3.0, dtype=np.float32)
    t = 25
    step = ddim_step(lambda x, t: 0 * x, D, x, t, rng=np.random.default_rng(0), clip=True)
    assert step.guess.item() == 1
    noise = (3 - np.sqrt(D.alpha_bar[t])) / np.sqrt(1 - D.alpha_bar[t])
    expected = np.sqrt(D.alpha_bar[t - 1]) + np.sqrt(1 - D.alpha_bar[t - 1]) * noise
    assert step.images.item() == pytest.approx(expected, rel=1e-5)


def test_the_learned_variance_is_used():
    def network(v):
        return lambda x, t: np.concatenate([0.3 * x, np.full_like(x, v)], axis=1)

    x = np.zeros((20_000, 1, 1, 1), dtype=np.float32)
    for chosen, expected in ((-1.0, D.posterior_variance[30]), (1.0, D.beta[30])):
        step = ddpm_step(network(chosen), D, x, 30, rng=np.random.default_rng(0))
        assert step.images.var() == pytest.approx(expected, rel=0.05)


def test_the_gradient_is_that_of_a_difference():
    rng = np.random.default_rng(0)
    w = rng.standard_normal((4, 6))

    def classifier(x, t):
        h = x.reshape(len(t), 4) @ w
        return h * h

    x, t, y = rng.standard_normal((3, 1, 2, 2)), np.array([1, 2, 3]), np.array([5, 0, 2])
    found = class_gradient(classifier, x, t, y)

    def log_p(x):
        z = classifier(x, t)
        return z[np.arange(3), y] - np.log(np.exp(z).sum(axis=1))

    for index in np.ndindex(1, 2, 2):
        up, down = x.copy(), x.copy()
        up[(slice(None), *index)] += 1e-6
        down[(slice(None), *index)] -= 1e-6
        difference = (log_p(up) - log_p(down)) / 2e-6
        np.testing.assert_allclose(found[(slice(None), *index)], difference, rtol=1e-5, atol=1e-7)


def test_guidance_shifts_mean_and_noise_as_the_algorithms_say():
    mean, g = np.array([0.2, -1.0]), np.array([3.0, 0.5])
    np.testing.assert_allclose(guided_mean(mean, np.array(0.1), g, 2.0), [0.8, -0.9])
    np.testing.assert_allclose(guided_noise(mean, 0.75, g, 2.0), [-2.8, -1.5])


def test_to_first_order_both_algorithms_pull_alike():
    """A small step of guided DDIM moves as far as one of guided DDPM does: half the variance times g."""
    fine = GaussianDiffusion(linear_schedule(4000, 1e-5, 2e-3))
    x, g = np.full((1, 1, 1, 1), 0.4), 0.7
    t = 2500

    def slope(x, t):
        return np.full_like(x, g)

    def moved(step, **how):
        rng = np.random.default_rng(0)
        with_it = step(linear, fine, x, t, rng=rng, gradient=slope, clip=False, **how).images
        rng = np.random.default_rng(0)
        return (with_it - step(linear, fine, x, t, rng=rng, clip=False, **how).images).item()

    assert moved(ddpm_step) == pytest.approx(fine.posterior_variance[t] * g, rel=1e-6)
    assert moved(ddim_step) == pytest.approx(0.5 * fine.beta[t] * g, rel=0.02)


def test_the_gradient_is_taken_where_it_is_said():
    seen = []

    def gradient(x, t):
        seen.append((x.copy(), int(t[0])))
        return 0 * x

    x = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    for at in ("x", "mean"):
        ddpm_step(linear, D, x, 9, rng=np.random.default_rng(0), gradient=gradient, at=at, clip=False)
    np.testing.assert_array_equal(seen[0][0], x)
    np.testing.assert_allclose(seen[1][0], D.mean_from_noise(x, 9, linear(x, None)), atol=1e-6)
    assert [t for _, t in seen] == [9, 8]


@pytest.mark.parametrize("sampler", ["ddpm", "ddim"])
def test_guidance_pulls_to_the_class(sampler):
    def drawn(scale, towards):
        return guided_sample(
            exact, pulling, D, SHAPE, classes=np.full(3, towards), scale=scale,
            rng=np.random.default_rng(0), sampler=sampler, clip=False,
        ).sum()  # fmt: skip

    assert drawn(1, 1) > drawn(0, 1) > drawn(1, 0)
    free = {"ddpm": ddpm_sample, "ddim": ddim_sample}[sampler]
    assert drawn(0, 1) == pytest.approx(free(exact, D, SHAPE, rng=np.random.default_rng(0), clip=False).sum())


BAD = [
    ({"scale": float("nan")}, "finite number"),
    ({"scale": -1.0}, "finite number"),
    ({"classes": np.array([0, 1, 2])}, "from 0 to 1"),
    ({"classes": np.array([0, -1, 1])}, "from 0 to 1"),
    ({"classes": np.array([0, 1])}, "one an image"),
    ({"sampler": "euler"}, "'ddpm' or 'ddim'"),
    ({"at": "mean", "sampler": "ddim"}, "no mean"),
    ({"eta": 1.5, "sampler": "ddim"}, "eta"),
    ({"steps": 0}, "from 1 to T"),
    ({"steps": 41}, "from 1 to T"),
    ({"start": np.zeros((2, 1, 5, 5))}, "start of shape"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_input_is_refused_in_a_line(change, message):
    given = {"classes": np.array([0, 1, 1]), "scale": 1.0, "rng": np.random.default_rng(0)} | change
    with pytest.raises((ValueRangeError, ShapeError), match=message) as caught:
        guided_sample(linear, pulling, D, SHAPE, **given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("eta", [-0.1, 1.1, float("nan")])
def test_an_eta_outside_is_refused(eta):
    with pytest.raises(ValueRangeError, match=r"\[0, 1\]"):
        ddim_sample(linear, D, SHAPE, rng=np.random.default_rng(0), eta=eta)


def test_shapes_that_are_none_are_refused():
    with pytest.raises(ShapeError, match="n, C, H, W"):
        ddpm_sample(linear, D, (3, 5), rng=np.random.default_rng(0))
    with pytest.raises(ShapeError, match="labels of shape"):
        ddpm_sample(linear, D, SHAPE, rng=np.random.default_rng(0), labels=np.zeros(2, dtype=int))
