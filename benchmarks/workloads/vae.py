"""A step of Adam on a variational autoencoder, 784-500-20, on 128 images."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workload import Step, Workload, training
from benchmarks.workloads.plain import autograd_step, jax_step

PIXELS, HIDDEN, LATENT, BATCH = 784, 500, 20, 128
RATE = 1e-4
SHAPES = (  # encoder, mean and log-variance, decoder: weight and bias each
    (PIXELS, HIDDEN),
    (HIDDEN, LATENT),
    (HIDDEN, LATENT),
    (LATENT, HIDDEN),
    (HIDDEN, PIXELS),
)

Arrays = list[np.ndarray]


def problem() -> tuple[np.ndarray, np.ndarray, Arrays]:
    """Return images in [0, 1], the noise of the latent variable, and the first weights and biases."""
    rng = np.random.default_rng(0)
    parameters = []
    for n_in, n_out in SHAPES:
        bound = n_in**-0.5
        parameters += [rng.uniform(-bound, bound, (n_in, n_out)), rng.uniform(-bound, bound, n_out)]
    images = rng.random((BATCH, PIXELS)).astype(np.float32)
    noise = rng.standard_normal((BATCH, LATENT)).astype(np.float32)
    return images, noise, [p.astype(np.float32) for p in parameters]


def ours() -> Step:
    from foundations import nn
    from foundations.nn import functional as F
    from foundations.optimization import Adam

    images, noise, parameters = problem()
    rng = np.random.default_rng(0)

    class VAE(nn.Module):
        def __init__(self) -> None:
            self.encoder = nn.Linear(PIXELS, HIDDEN, rng=rng)
            self.mean = nn.Linear(HIDDEN, LATENT, rng=rng)
            self.log_variance = nn.Linear(HIDDEN, LATENT, rng=rng)
            self.decoder = nn.Linear(LATENT, HIDDEN, rng=rng)
            self.pixels = nn.Linear(HIDDEN, PIXELS, rng=rng)

        def forward(self, x: Any, noise: Any) -> Any:
            h = F.tanh(self.encoder(x))
            mean, log_variance = self.mean(h), self.log_variance(h)
            z = mean + (log_variance * 0.5).exp() * noise
            logits = self.pixels(F.tanh(self.decoder(z)))
            reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
            divergence = -0.5 * (1 + log_variance - mean * mean - log_variance.exp()).sum()
            return (reconstruction + divergence) / BATCH

    model = VAE()
    model.load_state_dict(dict(zip(model.state_dict(), parameters, strict=True)))
    optimizer = Adam(model.parameters(), learning_rate=RATE)

    return training(lambda: model(images, noise), optimizer)


def pytorch() -> Step:
    import torch
    from torch import nn
    from torch.nn import functional as F

    images, noise, parameters = problem()
    images, noise = torch.tensor(images), torch.tensor(noise)

    class VAE(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Linear(PIXELS, HIDDEN)
            self.mean = nn.Linear(HIDDEN, LATENT)
            self.log_variance = nn.Linear(HIDDEN, LATENT)
            self.decoder = nn.Linear(LATENT, HIDDEN)
            self.pixels = nn.Linear(HIDDEN, PIXELS)

        def forward(self, x: Any, noise: Any) -> Any:
            h = torch.tanh(self.encoder(x))
            mean, log_variance = self.mean(h), self.log_variance(h)
            z = mean + (log_variance * 0.5).exp() * noise
            logits = self.pixels(torch.tanh(self.decoder(z)))
            reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
            divergence = -0.5 * (1 + log_variance - mean * mean - log_variance.exp()).sum()
            return (reconstruction + divergence) / BATCH

    model = VAE()
    model.load_state_dict(dict(zip(model.state_dict(), [torch.tensor(p.T) for p in parameters], strict=True)))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)

    return training(lambda: model(images, noise), optimizer)


def _loss(np: Any, parameters: Arrays, x: np.ndarray, noise: np.ndarray) -> Any:
    w_encoder, b_encoder, w_mean, b_mean, w_log, b_log, w_decoder, b_decoder, w_pixels, b_pixels = parameters
    h = np.tanh(x @ w_encoder + b_encoder)
    mean, log_variance = h @ w_mean + b_mean, h @ w_log + b_log
    z = mean + np.exp(log_variance * 0.5) * noise
    logits = np.tanh(z @ w_decoder + b_decoder) @ w_pixels + b_pixels
    softplus = np.maximum(logits, 0) + np.log(1 + np.exp(-np.abs(logits)))
    reconstruction = np.sum(softplus - x * logits)
    divergence = -0.5 * np.sum(1 + log_variance - mean * mean - np.exp(log_variance))
    return (reconstruction + divergence) / BATCH


def autograd() -> Step:
    images, noise, parameters = problem()
    return autograd_step(lambda np, p: _loss(np, p, images, noise), parameters, RATE)


def jax() -> Step:
    images, noise, parameters = problem()
    return jax_step(lambda np, p: _loss(np, p, images, noise), parameters, RATE)


WORKLOAD = Workload(
    name="vae",
    title="VAE 784-500-20, batch 128, Adam",
    multiply_adds=BATCH * (3 * sum(n_in * n_out for n_in, n_out in SHAPES) - PIXELS * HIDDEN),
    steps={"ours": ours, "pytorch": pytorch, "autograd": autograd, "jax": jax},
)
