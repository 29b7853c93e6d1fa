"""The model of Kingma & Welling 2014: an encoder, a decoder, and the bound that trains both.

Data are rows, shape (B, D); latent variables z have J components and the prior N(0, I). Everything that is
random comes in as an argument: the noise epsilon, or a generator that draws it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike

from foundations import nn
from foundations.autodiff import ops
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import init
from papers.vae.likelihoods import bernoulli_log_prob, normal_log_prob

Estimator = Literal["A", "B"]
INITIAL_DEVIATION = 0.1
"""Section 5 draws parameters from N(0, 0.01); the paper writes N(mean, variance), so the deviation is 0.1."""


@dataclass(frozen=True)
class VAEConfig:
    """Sizes and choices of a model.

    Attributes:
        n_visible: D, numbers a datapoint has: 784 pixels of MNIST.
        n_hidden: tanh units of the encoder, and as many of the decoder.
        n_latent: J, components of z; the paper's N_z.
        decoder: "bernoulli" for data in [0, 1] (equation 11), "gaussian" for real numbers (equation 12).
        sigmoid_mean: Keep the mean of a Gaussian decoder in (0, 1), as section 5 does for the Frey faces.

    Raises:
        ValueRangeError: If a size is below 1, or there is no such decoder.
    """

    n_visible: int = 784
    n_hidden: int = 500
    n_latent: int = 20
    decoder: Literal["bernoulli", "gaussian"] = "bernoulli"
    sigmoid_mean: bool = False

    def __post_init__(self) -> None:
        for name in ("n_visible", "n_hidden", "n_latent"):
            size = getattr(self, name)
            if not isinstance(size, int) or isinstance(size, bool) or size < 1:
                raise ValueRangeError(f"{name} is a whole number from 1, got {size!r}: set it in VAEConfig")
        if self.decoder not in ("bernoulli", "gaussian"):
            raise ValueRangeError(f"the decoder is bernoulli or gaussian, got {self.decoder!r}")
        if self.sigmoid_mean and self.decoder == "bernoulli":
            raise ValueRangeError("sigmoid_mean is for a gaussian decoder; a bernoulli one has it anyway")


PAPER_CONFIGS: dict[str, VAEConfig] = {f"mnist-{n}": VAEConfig(n_latent=n) for n in (3, 5, 10, 20, 200)}
"""The five models of Figure 2 for MNIST: 784 pixels, 500 tanh units on each side."""


class VAE(nn.Module):
    """Encoder q(z|x) and decoder p(x|z), each with one hidden layer of tanh units (appendix C).

    Args:
        config: Sizes and choices.
        rng: Source of the initial weights, N(0, 0.01) for every weight and bias (section 5).

    Source: Kingma & Welling 2014, arXiv:1312.6114, sections 3 and 5, appendix C.
    """

    def __init__(self, config: VAEConfig, *, rng: np.random.Generator | None = None) -> None:
        d, h, j = config.n_visible, config.n_hidden, config.n_latent
        self.config = config
        self.encoder_hidden = nn.Linear(d, h, rng=rng)
        self.encoder_mean = nn.Linear(h, j, rng=rng)
        self.encoder_log_var = nn.Linear(h, j, rng=rng)
        self.decoder_hidden = nn.Linear(j, h, rng=rng)
        self.decoder_mean = nn.Linear(h, d, rng=rng)
        self.decoder_log_var = nn.Linear(h, d, rng=rng) if config.decoder == "gaussian" else None
        for parameter in self.parameters():
            parameter.data = init.normal(parameter.shape, INITIAL_DEVIATION, rng=rng)

    @property
    def generative(self) -> list[nn.Parameter]:
        """The decoder's parameters, theta."""
        return [p for name, p in self.named_parameters() if name.startswith("decoder")]

    @property
    def recognition(self) -> list[nn.Parameter]:
        """The encoder's parameters, phi."""
        return [p for name, p in self.named_parameters() if name.startswith("encoder")]

    def encode(self, x: Array) -> tuple[Any, Any]:
        """Return mean and log variance of q(z|x): (B, D) to (B, J) twice; equation 9, appendix C.2."""
        h = ops.tanh(self.encoder_hidden(x))  # (B, H)
        return self.encoder_mean(h), self.encoder_log_var(h)

    def decode(self, z: Array) -> tuple[Any, Any]:
        """Return what p(x|z) is made of: (..., J) to (..., D).

        Args:
            z: Latent variables.

        Returns:
            For a Bernoulli decoder logits, whose sigmoid is the mean, and None; for a Gaussian one mean and
            log variance.
        """
        h = ops.tanh(self.decoder_hidden(z))  # (..., H)
        mean = self.decoder_mean(h)
        if self.decoder_log_var is None:
            return mean, None  # equation 11 before its sigmoid
        if self.config.sigmoid_mean:
            mean = ops.sigmoid(mean)
        return mean, self.decoder_log_var(h)  # equation 12

    @property
    def n_latent(self) -> int:
        """J, components of z."""
        return self.config.n_latent

    def log_likelihood(self, x: Array, z: Array) -> Any:
        """Return log p(x|z) in nats, summed over the D numbers: (B, D) and (..., B, J) to (..., B)."""
        first, log_var = self.decode(z)
        if log_var is None:
            return bernoulli_log_prob(x, first)  # equation 11
        return normal_log_prob(x, first, log_var)  # equation 12

    def sample(self, z: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
        """Draw x from p(x|z): (..., J) to (..., D), in the data type of the weights."""
        first, log_var = self.decode(z)
        first = values(first)
        if log_var is None:
            return (rng.random(first.shape, dtype=np.float32) < ops.sigmoid(first)).astype(first.dtype)
        return first + np.exp(0.5 * values(log_var)) * rng.standard_normal(first.shape).astype(first.dtype)

    def means(self, z: np.ndarray) -> np.ndarray:
        """Return the mean of p(x|z), for a Bernoulli decoder the probability of 1: (..., J) to (..., D)."""
        first, log_var = self.decode(z)
        return values(ops.sigmoid(first) if log_var is None else first)

    def check(self, x: Array) -> None:
        """Refuse what are no datapoints for this model.

        Raises:
            ShapeError: If they are not of shape (B, D).
            ValueRangeError: If one is not finite, or outside [0, 1] where the decoder's means lie there.
        """
        rows, config = values(x), self.config
        if rows.ndim != 2 or rows.shape[1] != config.n_visible:
            raise ShapeError(
                f"expected datapoints of shape (B, {config.n_visible}), got {rows.shape}: "
                "flatten images, or build the VAE with another n_visible"
            )
        bounded = config.decoder == "bernoulli" or config.sigmoid_mean
        low, high = (0.0, 1.0) if bounded else (-np.finfo(np.float32).max, np.finfo(np.float32).max)
        if rows.size and not (rows.min() >= low and rows.max() <= high):
            wanted = "in [0, 1]" if bounded else "finite"
            raise ValueRangeError(
                f"this decoder takes numbers that are {wanted}, got {rows.min():.4g} to {rows.max():.4g}: "
                + ("divide pixels by 255" if bounded else "remove or replace what is not")
            )


def reparameterize(mu: Array, log_var: Array, epsilon: Array) -> Any:
    r"""Return $z = \mu + \sigma \odot \epsilon$, a differentiable draw from N(mu, sigma^2 I).

    Args:
        mu: Means, shape (B, J).
        log_var: Log variances log sigma^2, shape (B, J).
        epsilon: Standard normal noise, shape (..., B, J).

    Returns:
        z, shape of epsilon.

    Raises:
        ShapeError: If the last two axes differ.

    Source: Kingma & Welling 2014, equations 4 and 10.
    """
    shapes = [values(a).shape for a in (mu, log_var, epsilon)]
    if shapes[0] != shapes[1] or shapes[2][-len(shapes[0]) :] != shapes[0]:
        raise ShapeError(f"expected mu, log_var, noise that ends in it, got {shapes}")
    return mu + ops.exp(0.5 * log_var) * epsilon  # sigma = exp(½ log sigma²)


def kl_standard_normal(mu: Array, log_var: Array) -> Any:
    r"""Return the divergence of N(mu, sigma^2 I) from N(0, I) in nats, summed over components.

    $D_{KL} = \tfrac12 \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)$: minus what appendix B prints.

    Args:
        mu: Means, shape (..., J).
        log_var: Log variances, shape (..., J).

    Returns:
        Shape (...); 0 where mu = 0 and sigma = 1, above it elsewhere.

    Raises:
        ShapeError: If the shapes differ.

    Source: Kingma & Welling 2014, appendix B.

    Example:
        >>> float(kl_standard_normal(np.array([1.0, 0.0]), np.array([0.0, 0.0])))
        0.5
    """
    if values(mu).shape != values(log_var).shape:
        raise ShapeError(
            "expected means and log variances of one shape, "
            f"got {values(mu).shape} and {values(log_var).shape}"
        )
    return 0.5 * (mu * mu + ops.exp(log_var) - 1.0 - log_var).sum(axis=-1)


def elbo(
    model: Any,
    x: Array,
    *,
    rng: np.random.Generator | None = None,
    n_samples: int = 1,
    estimator: Estimator = "B",
    kl_weight: float = 1.0,
    epsilon: np.ndarray | None = None,
) -> Any:
    r"""Return an estimate of the variational lower bound on log p(x) of each datapoint, in nats.

    "A" averages $\log p(x, z) - \log q(z|x)$ over draws z (equation 6); "B" averages $\log p(x|z)$ only and
    takes the divergence from the prior, $D_{KL}(q(z|x) \| p(z))$, in closed form (equations 7 and 10).

    Args:
        model: A `VAE`, or what has its `encode`, `log_likelihood` and `check`.
        x: Datapoints, shape (B, D).
        rng: Source of the noise; not needed where epsilon is given.
        n_samples: L, draws of z a datapoint.
        estimator: "A" or "B".
        kl_weight: Factor of the divergence in "B"; with any but 1 the result bounds nothing.
        epsilon: Standard normal noise, shape (L, B, J), in place of rng and n_samples.

    Returns:
        Shape (B,); a Tensor that gradients flow through to both networks. N times its mean estimates the
        bound of the whole data set of N datapoints (equation 8).

    Raises:
        ShapeError, ValueRangeError: If the datapoints are not the model's, there is no draw or no source of
            noise, or no such estimator.

    Source: Kingma & Welling 2014, equations 2, 3, 6, 7 and 10.
    """
    if estimator not in ("A", "B") or (estimator == "A" and kl_weight != 1):
        raise ValueRangeError(
            "the estimator is A (equation 6) or B (equation 7), and only B weighs its "
            f"divergence, got {estimator!r} with kl_weight {kl_weight}"
        )
    model.check(x)
    mu, log_var = model.encode(x)  # (B, J)
    if epsilon is None:
        epsilon = _noise(n_samples, mu, rng)
    z = reparameterize(mu, log_var, epsilon)  # (L, B, J)
    log_likelihood = model.log_likelihood(x, z)  # (L, B)
    if estimator == "B":
        divergence = kl_standard_normal(mu, log_var)  # (B,)
        return log_likelihood.mean(axis=0) - kl_weight * divergence  # equation 10
    log_joint = log_likelihood + standard_normal_log_prob(z)
    return (log_joint - normal_log_prob(z, mu, log_var)).mean(axis=0)  # equation 6


def standard_normal_log_prob(z: Array) -> Any:
    """Return log N(z; 0, I) in nats, summed over the last axis: the prior p(z)."""
    return -0.5 * (z * z + math.log(2 * math.pi)).sum(axis=-1)


def _noise(n_samples: int, mu: Array, rng: np.random.Generator | None) -> np.ndarray:
    if not isinstance(n_samples, int) or n_samples < 1:
        raise ValueRangeError(f"n_samples is a whole number of draws from 1, got {n_samples!r}")
    if rng is None:
        raise ValueRangeError("the bound is estimated with noise: give rng=np.random.default_rng(seed)")
    return noise((n_samples, *values(mu).shape), values(mu).dtype, rng=rng)


def noise(shape: tuple[int, ...], dtype: DTypeLike, *, rng: np.random.Generator) -> np.ndarray:
    """Return standard normal noise, drawn in float32 whatever the data type: the same draws for all."""
    return rng.standard_normal(shape, dtype=np.float32).astype(dtype, copy=False)
