"""Estimates of log p(x), what the bound bounds: the paper's (appendix D), and importance weighting.

The paper's needs draws from the posterior, which Hybrid Monte Carlo gives. It is good where z has fewer than
five components. Importance weighting is not the paper's: it draws from the encoder and weighs, and its mean
is a lower bound as well, which more draws raise.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from foundations.autodiff import Tensor, gradients, no_grad
from foundations.autodiff.tensor import Array, values
from foundations.errors import ValueRangeError
from papers.vae.likelihoods import normal_log_prob
from papers.vae.vae import reparameterize, standard_normal_log_prob

Method = Literal["importance", "posterior"]
CHUNK = 2_000_000
"""Numbers that the decoder puts out at a time."""
LEAPFROG_STEPS, ACCEPTED = 4, 0.9
"""Appendix E: four leapfrog steps; the rate at which its step is tuned to be accepted."""
BURN_IN = 100
"""Updates of the chain before it is used, which also tune its step; the paper names no number."""


def log_marginal_likelihood(
    model: Any,
    x: Array,
    *,
    rng: np.random.Generator,
    n_samples: int = 50,
    method: Method = "importance",
) -> np.ndarray:
    r"""Return an estimate of log p(x) of each datapoint, in nats.

    "importance": $\log \tfrac1L \sum_l p(x, z_l) / q(z_l|x)$ with $z_l$ from the encoder (Burda et al. 2016).
    "posterior": appendix D, $-\log \tfrac1L \sum_l \hat q(z_l) / p(x, z_l)$ with $z_l$ from the posterior and
    $\hat q$ a Gaussian fitted to other such draws.

    Args:
        model: A `VAE`, or what has its methods.
        x: Datapoints, shape (B, D).
        rng: Source of the draws.
        n_samples: L, draws a datapoint; appendix E uses 50 for the second method.
        method: "importance" or "posterior".

    Returns:
        Shape (B,), float64.

    Raises:
        ShapeError, ValueRangeError: If the datapoints are not the model's, there are no draws (the second
            method needs more than J + 1 to fit a covariance), or there is no such method.

    Source: Kingma & Welling 2014, appendices D and E; Burda, Grosse & Salakhutdinov 2016, equation 8.
    """
    model.check(x)
    least = model.n_latent + 2 if method == "posterior" else 1
    if not isinstance(n_samples, int) or n_samples < least:
        raise ValueRangeError(f"{method!r} needs {least} draws a datapoint or more, got {n_samples!r}")
    if method == "importance":
        return _importance(model, x, n_samples, rng)
    if method == "posterior":
        return _posterior(model, x, n_samples, rng)
    raise ValueRangeError(f"the method is importance or posterior, got {method!r}")


@no_grad()
def _importance(
    model: Any,
    x: Array,
    n_samples: int,
    rng: np.random.Generator,
) -> np.ndarray:
    mu, log_var = (values(part) for part in model.encode(x))
    at_once = max(1, CHUNK // max(1, values(x).size))
    log_weights = []
    for first in range(0, n_samples, at_once):
        size = (min(at_once, n_samples - first), *mu.shape)
        epsilon = rng.standard_normal(size).astype(mu.dtype)
        z = reparameterize(mu, log_var, epsilon)  # (L, B, J)
        log_q = values(normal_log_prob(z, mu, log_var))
        log_weights.append(_log_joint(model, x, z) - log_q)
    return _log_mean_exp(np.concatenate(log_weights))


def _posterior(
    model: Any,
    x: Array,
    n_samples: int,
    rng: np.random.Generator,
) -> np.ndarray:
    draws = posterior_samples(model, x, 2 * n_samples, rng=rng)  # (2L, B, J)
    fitted, fresh = draws[:n_samples], draws[n_samples:]
    centre = fitted.mean(axis=0)  # (B, J)
    off = fitted - centre
    covariance = np.einsum("lbj,lbk->bjk", off, off) / (n_samples - 1)
    root = np.linalg.cholesky(covariance)
    white = np.linalg.solve(root, (fresh - centre)[..., None])[..., 0]  # (L, B, J)
    log_det = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=-1)
    log_q = values(standard_normal_log_prob(white)) - log_det
    with no_grad():
        single = fresh.astype(model.generative[0].data.dtype)
        return -_log_mean_exp(log_q - _log_joint(model, x, single))


def posterior_samples(
    model: Any,
    x: Array,
    n_samples: int,
    *,
    rng: np.random.Generator,
    burn_in: int = BURN_IN,
) -> np.ndarray:
    """Draw from p(z|x) by Hybrid Monte Carlo, one chain a datapoint, begun at the encoder's mean.

    Each update draws a velocity, follows the gradient of log p(x, z) for four leapfrog steps, and accepts the
    end with probability min(1, e^-(change of energy)). While it burns in, each chain's step size is raised or
    lowered until nine ends in ten are accepted. Each update takes a random share of it, from a half up: with
    one size for all, four steps may lead back to where they began.

    Args:
        model: A `VAE`, or what has its methods.
        x: Datapoints, shape (B, D).
        n_samples: Draws to return.
        rng: Source of velocities and of what is accepted.
        burn_in: Updates before the first draw.

    Returns:
        Shape (n_samples, B, J), float64, each after one update more than the one before.

    Source: Duane et al. 1987; Kingma & Welling 2014, appendices D and E; step size: Robbins & Monro 1951.
    """
    dtype = model.generative[0].data.dtype

    def energy(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return -log p(x, z), (B,), and its gradient, (B, J)."""
        at = Tensor(z.astype(dtype), requires_grad=True)
        joint = model.log_likelihood(x, at) + standard_normal_log_prob(at)
        slope = gradients(joint.sum(), at)  # of z alone: parameters get none
        return -values(joint).astype(np.float64), -values(slope).astype(np.float64)

    with no_grad():
        mu, log_var = (values(part).astype(np.float64) for part in model.encode(x))
    z, log_step = mu, 0.5 * log_var.mean(axis=-1, keepdims=True)  # (B, J), (B, 1)
    now, slope = energy(z)
    kept = np.empty((n_samples, *z.shape))
    for update in range(burn_in + n_samples):
        step = np.exp(log_step) * rng.uniform(0.5, 1, log_step.shape)
        velocity = rng.standard_normal(z.shape)
        v, end, then, end_slope = velocity, z, now, slope
        for _ in range(LEAPFROG_STEPS):
            v = v - 0.5 * step * end_slope
            end = end + step * v
            then, end_slope = energy(end)
            v = v - 0.5 * step * end_slope
        change = then - now + 0.5 * (v * v - velocity * velocity).sum(axis=-1)
        probability = np.exp(np.minimum(0, -np.nan_to_num(change, nan=np.inf)))
        accepted = rng.random(len(z)) < probability
        z = np.where(accepted[:, None], end, z)
        slope = np.where(accepted[:, None], end_slope, slope)
        now = np.where(accepted, then, now)
        if update < burn_in:
            off = (probability - ACCEPTED)[:, None]
            log_step = log_step + off / math.sqrt(1 + update)
        else:
            kept[update - burn_in] = z
    return kept


def _log_joint(model: Any, x: Array, z: np.ndarray) -> np.ndarray:
    return values(model.log_likelihood(x, z)) + values(standard_normal_log_prob(z))


def _log_mean_exp(terms: np.ndarray) -> np.ndarray:
    """Return log of the mean of e^terms over the first axis, without overflow, float64."""
    terms = terms.astype(np.float64)
    most = terms.max(axis=0)
    return most + np.log(np.exp(terms - most).mean(axis=0))
