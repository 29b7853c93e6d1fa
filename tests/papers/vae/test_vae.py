"""The model and its bound: against PyTorch, against numerical integration, and the laws they obey."""

import math

import numpy as np
import pytest

from foundations import nn
from foundations.autodiff import Tensor, gradcheck
from foundations.errors import ShapeError, ValueRangeError
from papers.vae import (
    PAPER_CONFIGS,
    VAE,
    VAEConfig,
    bernoulli_log_prob,
    elbo,
    kl_standard_normal,
    normal_log_prob,
    reparameterize,
)

torch = pytest.importorskip("torch")


def in_torch(model):
    return {k: torch.tensor(v, requires_grad=True) for k, v in model.state_dict().items()}


def bound_in_torch(p, config, x, epsilon, estimator):
    """The bound by PyTorch's own distributions, mean over draws: (B,)."""
    x = torch.tensor(x)
    h = torch.tanh(x @ p["encoder_hidden.weight"] + p["encoder_hidden.bias"])
    mu = h @ p["encoder_mean.weight"] + p["encoder_mean.bias"]
    sigma = torch.exp((h @ p["encoder_log_var.weight"] + p["encoder_log_var.bias"]) / 2)
    q, prior = torch.distributions.Normal(mu, sigma), torch.distributions.Normal(0.0, 1.0)
    z = mu + sigma * torch.tensor(epsilon)
    g = torch.tanh(z @ p["decoder_hidden.weight"] + p["decoder_hidden.bias"])
    mean = g @ p["decoder_mean.weight"] + p["decoder_mean.bias"]
    if config.decoder == "bernoulli":
        log_p = torch.distributions.Bernoulli(logits=mean).log_prob(x).sum(-1)
    else:
        deviation = torch.exp((g @ p["decoder_log_var.weight"] + p["decoder_log_var.bias"]) / 2)
        mean = torch.sigmoid(mean) if config.sigmoid_mean else mean
        log_p = torch.distributions.Normal(mean, deviation).log_prob(x).sum(-1)
    if estimator == "A":
        return (log_p + prior.log_prob(z).sum(-1) - q.log_prob(z).sum(-1)).mean(0)
    return log_p.mean(0) - torch.distributions.kl_divergence(q, prior).sum(-1)


@pytest.mark.parametrize("estimator", ["A", "B"])
@pytest.mark.parametrize(
    "kind", [{}, {"decoder": "gaussian"}, {"decoder": "gaussian", "sigmoid_mean": True}],
    ids=["bernoulli", "gaussian", "sigmoid"],
)  # fmt: skip
def test_bound_and_every_gradient_are_those_of_pytorch(kind, estimator, x):
    config = VAEConfig(7, 5, 3, **kind)
    model = VAE(config, rng=np.random.default_rng(0)).astype(np.float64)
    epsilon = np.random.default_rng(2).standard_normal((2, 4, 3))
    ours = elbo(model, x, epsilon=epsilon, estimator=estimator)
    parameters = in_torch(model)
    theirs = bound_in_torch(parameters, config, x, epsilon, estimator)
    np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=1e-10)
    weights = np.arange(1.0, 5.0)
    (ours * weights).sum().backward()
    (theirs * torch.tensor(weights)).sum().backward()
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(
            parameter.grad.numpy(), parameters[name].grad.numpy(), rtol=1e-8, atol=1e-10, err_msg=name
        )


def test_float32_stays_float32_and_agrees(x):
    model = VAE(VAEConfig(7, 5, 3), rng=np.random.default_rng(0))
    epsilon = np.random.default_rng(2).standard_normal((2, 4, 3))
    single = elbo(model, x.astype(np.float32), epsilon=epsilon.astype(np.float32))
    double = elbo(model.astype(np.float64), x, epsilon=epsilon)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single.numpy(), double.numpy(), rtol=1e-5)


def test_the_bernoulli_likelihood_and_its_derivatives():
    rng = np.random.default_rng(0)
    x, logits = rng.random((2, 5)), 8 * rng.standard_normal((3, 2, 5))
    y = 1 / (1 + np.exp(-logits))
    expected = (x * np.log(y) + (1 - x) * np.log(1 - y)).sum(-1)  # equation 11 as printed
    np.testing.assert_allclose(bernoulli_log_prob(x, logits), expected, rtol=1e-9)
    gradcheck(bernoulli_log_prob, x, logits, rng=rng, order=2)
    huge = bernoulli_log_prob(np.array([[1.0, 0.0]]), np.array([[800.0, 800.0]]))
    assert huge == pytest.approx([-800])  # the printed formula has log 0 here
    with pytest.raises(ShapeError, match="expected logits"):
        bernoulli_log_prob(x, logits[..., :4])


def test_the_normal_density_integrates_to_one():
    grid = np.linspace(-30, 30, 20_001)
    density = np.exp(normal_log_prob(grid[:, None], np.array([1.5]), np.array([0.7])))
    step = grid[1] - grid[0]
    assert (density * step).sum() == pytest.approx(1, abs=1e-9)
    assert (density * grid * step).sum() == pytest.approx(1.5, abs=1e-9)
    assert (density * (grid - 1.5) ** 2 * step).sum() == pytest.approx(np.exp(0.7), abs=1e-8)


def test_the_divergence_is_what_integration_gives():
    mu, log_var = np.array([0.7, -1.2, 0.0]), np.array([0.3, -1.0, 0.0])
    grid = np.linspace(-12, 12, 40_001)[:, None]
    total = 0.0
    for m, s in zip(mu, log_var, strict=True):
        log_q = normal_log_prob(grid, np.array([m]), np.array([s]))
        log_p = normal_log_prob(grid, np.zeros(1), np.zeros(1))
        total += (np.exp(log_q) * (log_q - log_p)).sum() * (grid[1, 0] - grid[0, 0])
    assert kl_standard_normal(mu, log_var) == pytest.approx(total, rel=1e-8)


def test_the_divergence_is_a_divergence():
    rng = np.random.default_rng(0)
    mu, log_var = rng.standard_normal((2, 50, 4))
    assert (kl_standard_normal(mu, log_var) > 0).all()
    assert kl_standard_normal(np.zeros(4), np.zeros(4)) == 0
    gradcheck(kl_standard_normal, mu[:3], log_var[:3], rng=rng)


def test_draws_have_the_mean_and_the_deviation_asked_for():
    mu, log_var = np.array([[1.0, -2.0]]), np.array([[2 * math.log(3), -2.0]])
    z = reparameterize(mu, log_var, np.random.default_rng(0).standard_normal((50_000, 1, 2)))
    np.testing.assert_allclose(z.mean(0), mu, atol=0.06)
    np.testing.assert_allclose(z.std(0), [[3, math.exp(-1)]], rtol=0.02)


def test_both_estimators_have_the_same_mean(model, x):
    rng = np.random.default_rng(3)
    epsilon = rng.standard_normal((40_000, 4, 3))
    a = elbo(model, x, epsilon=epsilon, estimator="A").numpy()
    b = elbo(model, x, epsilon=epsilon, estimator="B").numpy()
    assert np.abs(a - b).max() < 0.05
    assert np.abs(a - b).min() > 1e-6  # but they are not the same estimator


def test_log_likelihood_minus_bound_is_the_divergence_from_the_posterior():
    """Equation 1 with one latent component, where the posterior can be integrated."""
    model = VAE(VAEConfig(5, 4, 1), rng=np.random.default_rng(0)).astype(np.float64)
    for parameter in model.parameters():
        parameter.data = 5 * parameter.data
    x = np.array([[1.0, 0.0, 0.0, 1.0, 1.0]])
    grid = np.linspace(-9, 9, 6001)
    step = grid[1] - grid[0]
    z = grid[:, None, None]  # (L, 1, 1)
    log_joint = model.log_likelihood(x, z).numpy()[:, 0] - 0.5 * (grid**2 + math.log(2 * math.pi))
    log_px = math.log((np.exp(log_joint) * step).sum())
    mu, log_var = (part.numpy() for part in model.encode(x))
    log_q = normal_log_prob(z, mu, log_var)[:, 0]
    gap = (np.exp(log_q) * (log_q - (log_joint - log_px)) * step).sum()  # KL(q || posterior)
    epsilon = ((grid - mu[0, 0]) / np.exp(0.5 * log_var[0, 0]))[:, None, None]
    kl = kl_standard_normal(mu, log_var)[0]
    per_draw = np.array([elbo(model, x, epsilon=e[None]).numpy()[0] for e in epsilon[::20]]) + kl
    expected_bound = (np.exp(log_q[::20]) * per_draw * 20 * step).sum() - kl
    assert gap > 0.01
    assert log_px - expected_bound == pytest.approx(gap, abs=1e-4)


@pytest.mark.parametrize("name", PAPER_CONFIGS)
def test_the_models_of_figure_2_have_the_size_the_equations_say(name):
    with nn.shapes_only():
        model = VAE(PAPER_CONFIGS[name])
    j = int(name.removeprefix("mnist-"))
    encoder = 784 * 500 + 500 + 2 * (500 * j + j)
    decoder = j * 500 + 500 + 500 * 784 + 784
    assert nn.count_parameters(model) == encoder + decoder
    assert model.n_latent == j
    assert sum(p.size for p in model.generative) == decoder


def test_weights_begin_as_section_5_says():
    model = VAE(VAEConfig(300, 200, 10, decoder="gaussian"), rng=np.random.default_rng(0))
    everything = np.concatenate([p.numpy().ravel() for p in model.parameters()])
    assert everything.std() == pytest.approx(0.1, rel=0.01)  # variance 0.01
    assert np.std(model.decoder_mean.bias.numpy()) == pytest.approx(0.1, rel=0.2)


@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
def test_samples_have_the_means_and_spreads_of_the_decoder(decoder):
    model = VAE(VAEConfig(6, 5, 2, decoder=decoder), rng=np.random.default_rng(0)).astype(np.float64)
    z = np.repeat(np.array([[0.5, -1.0]]), 20_000, axis=0)
    drawn = model.sample(z, rng=np.random.default_rng(1))
    np.testing.assert_allclose(drawn.mean(0), model.means(z[:1])[0], atol=0.03)
    if decoder == "gaussian":
        log_var = model.decode(z[:1])[1].numpy()[0]
        np.testing.assert_allclose(drawn.var(0), np.exp(log_var), rtol=0.05)
    else:
        assert set(np.unique(drawn)) == {0.0, 1.0}


def test_the_weight_of_the_divergence(model, x):
    epsilon = np.zeros((1, 4, 3))
    kl = kl_standard_normal(*model.encode(x)).numpy()
    weighed = [elbo(model, x, epsilon=epsilon, kl_weight=w).numpy() for w in (1.0, 3.0)]
    np.testing.assert_allclose(weighed[0] - weighed[1], 2 * kl)


def test_the_same_generator_gives_the_same_bound(model, x):
    bounds = [elbo(model, x, rng=np.random.default_rng(s), n_samples=2).numpy() for s in (0, 0, 1)]
    np.testing.assert_array_equal(bounds[0], bounds[1])
    assert (bounds[0] != bounds[2]).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"n_latent": 0}, "n_latent is a whole number from 1, got 0"),
        ({"n_hidden": -3}, "n_hidden"),
        ({"n_visible": 2.5}, "n_visible"),
        ({"n_latent": True}, "n_latent"),
        ({"decoder": "poisson"}, "bernoulli or gaussian, got 'poisson'"),
        ({"sigmoid_mean": True}, "for a gaussian decoder"),
    ],
)
def test_configurations_that_make_no_model_are_refused(change, says):
    with pytest.raises(ValueRangeError, match=says):
        VAEConfig(**change)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (np.zeros((4, 6)), ShapeError, r"\(B, 7\), got \(4, 6\)"),
        (np.zeros(7), ShapeError, "flatten"),
        (np.full((2, 7), 255.0), ValueRangeError, "divide pixels by 255"),
        (np.full((2, 7), -0.1), ValueRangeError, r"\[0, 1\]"),
        (np.full((2, 7), np.nan), ValueRangeError, r"\[0, 1\]"),
    ],
)
def test_data_that_are_not_the_models_are_refused(model, wrong, error, says):
    with pytest.raises(error, match=says):
        elbo(model, wrong, rng=np.random.default_rng(0))


def test_a_gaussian_decoder_takes_any_finite_number():
    model = VAE(VAEConfig(2, 3, 1, decoder="gaussian"), rng=np.random.default_rng(0))
    assert np.isfinite(elbo(model, np.array([[-40.0, 7.0]]), rng=np.random.default_rng(0)).numpy()).all()
    with pytest.raises(ValueRangeError, match="finite"):
        elbo(model, np.array([[np.inf, 0.0]]), rng=np.random.default_rng(0))
    bounded = VAE(VAEConfig(2, 3, 1, decoder="gaussian", sigmoid_mean=True), rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match=r"\[0, 1\]"):
        elbo(bounded, np.array([[2.0, 0.5]]), rng=np.random.default_rng(0))


def test_the_bound_needs_noise_and_a_known_estimator(model, x):
    with pytest.raises(ValueRangeError, match="give rng"):
        elbo(model, x)
    with pytest.raises(ValueRangeError, match="from 1, got 0"):
        elbo(model, x, rng=np.random.default_rng(0), n_samples=0)
    with pytest.raises(ValueRangeError, match="'C'"):
        elbo(model, x, rng=np.random.default_rng(0), estimator="C")
    with pytest.raises(ValueRangeError, match="only B weighs"):
        elbo(model, x, rng=np.random.default_rng(0), estimator="A", kl_weight=0.5)
    with pytest.raises(ShapeError, match="noise that ends in it"):
        elbo(model, x, epsilon=np.zeros((1, 3, 3)))
    with pytest.raises(ShapeError, match="one shape"):
        kl_standard_normal(np.zeros(3), np.zeros(1))
    with pytest.raises(ValueRangeError, match="source"):
        VAE(VAEConfig(3, 2, 1))


def test_means_of_either_decoder_are_probabilities_or_means(x):
    model = VAE(VAEConfig(7, 5, 3), rng=np.random.default_rng(0))
    z = np.zeros((1, 3), dtype=np.float32)
    logits, none = model.decode(Tensor(z))
    assert none is None
    np.testing.assert_allclose(model.means(z), 1 / (1 + np.exp(-logits.numpy())), rtol=1e-6)
