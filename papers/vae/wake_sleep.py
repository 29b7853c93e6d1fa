"""The wake-sleep algorithm of Hinton et al. 1995, which the paper compares with, for the same two networks.

Two objectives side by side: awake, the decoder learns to explain data from the encoder's draws; asleep, the
encoder learns to recognise what the decoder dreamt up. Together they are the gradient of no single function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import Array, values
from foundations.errors import ValueRangeError
from papers.vae.likelihoods import normal_log_prob
from papers.vae.vae import noise, reparameterize


def wake_loss(model: Any, x: Array, *, rng: np.random.Generator) -> Any:
    r"""Return the mean of $-\log p(x|z)$, z drawn from q(z|x) and held fixed: a loss of the decoder alone.

    Args:
        model: A `VAE`, or what has its methods.
        x: Datapoints, shape (B, D).
        rng: Source of the draws.

    Returns:
        One number, in nats; its gradient for the encoder is none.

    Source: Hinton, Dayan, Frey & Neal 1995, the wake phase.
    """
    model.check(x)
    with no_grad():
        mu, log_var = (values(part) for part in model.encode(x))
        epsilon = noise((1, *mu.shape), mu.dtype, rng=rng)
        z = reparameterize(mu, log_var, epsilon)  # (1, B, J), constant
    return -model.log_likelihood(x, z).mean()


def sleep_loss(model: Any, n_dreams: int, *, rng: np.random.Generator) -> Any:
    r"""Return the mean of $-\log q(z|x)$ over pairs drawn from p(z) p(x|z): a loss of the encoder alone.

    It lowers the divergence of q from p(z|x) the other way round than the bound does: under p, not under q.

    Args:
        model: A `VAE`, or what has its methods.
        n_dreams: Pairs to draw, from 1.
        rng: Source of the pairs.

    Returns:
        One number, in nats; its gradient for the decoder is none.

    Raises:
        ValueRangeError: If there are no pairs.

    Source: Hinton, Dayan, Frey & Neal 1995, the sleep phase.
    """
    if n_dreams < 1:
        raise ValueRangeError(f"one dreams of 1 datapoint or more, got {n_dreams}")
    dtype = model.generative[0].data.dtype
    with no_grad():
        z = noise((n_dreams, model.n_latent), dtype, rng=rng)
        x = model.sample(z, rng=rng)
    mu, log_var = model.encode(x)
    return -normal_log_prob(z, mu, log_var).mean()
