"""Data, decoder and encoder that are linear and Gaussian with one latent: there everything is known.

x = w z + b + s e with z and e normal, so x is N(b, w wᵀ + s² I) and the posterior of z is normal, with a mean
linear in x and one variance for all x. The encoder has just that form: it can be the posterior, whatever the
decoder. Then the bound is log p(x), and wake-sleep and AEVB have the same best decoder.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError
from foundations.nn import init
from papers.vae.likelihoods import normal_log_prob

WIDTH = 5


class LinearGaussian(nn.Module):
    """What a `VAE` has, with linear maps and variances that depend on nothing.

    Args:
        rng: Source of the initial weights.
        width: Numbers a datapoint has.
    """

    n_latent = 1

    def __init__(self, *, rng: np.random.Generator, width: int = WIDTH) -> None:
        self.decoder_mean, self.encoder_mean = nn.Linear(1, width, rng=rng), nn.Linear(width, 1, rng=rng)
        self.decoder_log_var = nn.Parameter(init.zeros((1,)))
        self.encoder_log_var = nn.Parameter(init.zeros((1,)))

    @property
    def generative(self) -> list[nn.Parameter]:
        """w, b and log s²."""
        return [*self.decoder_mean.parameters(), self.decoder_log_var]

    @property
    def recognition(self) -> list[nn.Parameter]:
        """The encoder's parameters."""
        return [*self.encoder_mean.parameters(), self.encoder_log_var]

    def encode(self, x: Array) -> tuple[Any, Any]:
        """Return mean and log variance of q(z|x), (B, 1) each."""
        mean = self.encoder_mean(x)
        return mean, self.encoder_log_var + 0.0 * mean

    def log_likelihood(self, x: Array, z: Array) -> Any:
        """Return log p(x|z): (B, D) and (..., B, 1) to (..., B)."""
        return normal_log_prob(x, self.decoder_mean(z), self.decoder_log_var)

    def sample(self, z: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
        """Draw x from p(x|z)."""
        mean, deviation = values(self.decoder_mean(z)), np.exp(0.5 * values(self.decoder_log_var))
        return mean + deviation * rng.standard_normal(mean.shape).astype(mean.dtype)

    def check(self, x: Array) -> None:
        """Refuse rows of another width."""
        if values(x).shape[1:] != (self.decoder_mean.weight.shape[1],):
            raise ShapeError(f"expected rows of {self.decoder_mean.weight.shape[1]}, got {values(x).shape}")

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Return log p(x) exactly, (B,), nats."""
        w, b = (p.numpy() for p in self.decoder_mean.parameters())
        w = w[0]
        return log_prob(x, w, b, float(np.exp(self.decoder_log_var.numpy()[0])))

    def be_posterior(self) -> None:
        """Set the encoder to the posterior of the decoder: variance 1 / (1 + wᵀw / s²)."""
        w, b = (p.numpy() for p in self.decoder_mean.parameters())
        w = w[0]
        s2 = np.exp(self.decoder_log_var.numpy()[0])
        variance = 1 / (1 + w @ w / s2)
        weight, bias = self.encoder_mean.parameters()
        weight.data = (variance * w / s2)[:, None].astype(w.dtype)
        bias.data = np.array([-variance * (w @ b) / s2], dtype=w.dtype)
        self.encoder_log_var.data = np.array([np.log(variance)], dtype=w.dtype)


def log_prob(x: np.ndarray, w: np.ndarray, b: np.ndarray, s2: float) -> np.ndarray:
    """Return log N(x; b, w wᵀ + s² I) of rows, (B,), nats."""
    covariance = np.outer(w, w) + s2 * np.eye(len(w))
    off = (x - b).astype(np.float64)
    distance = np.einsum("bd,db->b", off, np.linalg.solve(covariance, off.T))
    return -0.5 * (len(w) * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] + distance)


def linear_data(seed: int, count: int) -> SimpleNamespace:
    """Return rows drawn from such a model: `training` and `test`, (count, 5), and its w, b and s²."""
    rng = np.random.default_rng([seed, 3])
    w, b, s2 = rng.standard_normal(WIDTH), rng.standard_normal(WIDTH), 0.25
    z, e = rng.standard_normal((2 * count, 1)), rng.standard_normal((2 * count, WIDTH))
    x = (w * z + b + np.sqrt(s2) * e).astype(np.float32)
    return SimpleNamespace(training=x[:count], test=x[count:], w=w, b=b, s2=s2)
