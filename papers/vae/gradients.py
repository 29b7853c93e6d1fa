r"""Two ways to the gradient of $\mathbb E_{q(z)}[f(z)]$ for $q = N(\mu, \sigma^2 I)$, one draw at a time.

Both are unbiased. The pathwise gradient differentiates f along z = mu + sigma epsilon (section 2.4); the
score function multiplies the value of f by the gradient of log q (section 2.2), so f may be anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foundations.autodiff import Tensor, gradients
from foundations.autodiff.tensor import Array, values
from papers.vae.vae import reparameterize

Function = Callable[[Any], Any]
"""Maps z, shape (L, B, J), to numbers, shape (L, B)."""


def pathwise_gradients(
    f: Function,
    mu: Array,
    log_var: Array,
    epsilon: np.ndarray,
) -> np.ndarray:
    r"""Return the gradient of f(mu + sigma epsilon) for (mu, log sigma^2) in each draw.

    $\nabla_\mu = \nabla_z f$ and $\nabla_{\log \sigma^2} = \tfrac12 \sigma \epsilon \odot \nabla_z f$.

    Args:
        f: Differentiable; draws do not mix.
        mu: Means, shape (B, J).
        log_var: Log variances, shape (B, J).
        epsilon: Standard normal noise, shape (L, B, J).

    Returns:
        Shape (L, B, 2J): first for mu, then for log sigma^2.

    Source: Kingma & Welling 2014, equations 4 and 5.
    """
    mu, log_var = values(mu), values(log_var)
    z = Tensor(reparameterize(mu, log_var, epsilon), requires_grad=True)
    # (L, B, J): draws do not mix, each has its own; parameters inside f get no gradient
    slope = values(gradients(f(z).sum(), z))
    of_log_var = 0.5 * np.exp(0.5 * log_var) * epsilon * slope
    return np.concatenate([slope, of_log_var], axis=-1)


def scores(log_var: Array, epsilon: np.ndarray) -> np.ndarray:
    r"""Return the gradient of $\log q(z)$ for (mu, log sigma^2) at z = mu + sigma epsilon, shape (L, B, 2J).

    $\nabla_\mu \log q = \epsilon / \sigma$ and $\nabla_{\log \sigma^2} \log q = \tfrac12 (\epsilon^2 - 1)$.
    """
    of_mu = epsilon * np.exp(-0.5 * values(log_var))
    return np.concatenate([of_mu, 0.5 * (epsilon**2 - 1)], axis=-1)


def score_function_gradients(
    f: Function,
    mu: Array,
    log_var: Array,
    epsilon: np.ndarray,
    *,
    baseline: np.ndarray | float = 0.0,
) -> np.ndarray:
    r"""Return $(f(z) - b)\, \nabla \log q(z)$ for (mu, log sigma^2) in each draw.

    Args:
        f: Any function of z; its derivative is not used.
        mu: Means, shape (B, J).
        log_var: Log variances, shape (B, J).
        epsilon: Standard normal noise, shape (L, B, J).
        baseline: b, one number or shape (B,). The mean of the score is 0, so a constant b adds no bias.

    Returns:
        Shape (L, B, 2J).

    Source: Kingma & Welling 2014, section 2.2.
    """
    z = reparameterize(values(mu), values(log_var), epsilon)
    return (values(f(z)) - baseline)[..., None] * scores(log_var, epsilon)


def best_baseline(
    f: Function,
    mu: Array,
    log_var: Array,
    epsilon: np.ndarray,
) -> np.ndarray:
    r"""Return the constant of each datapoint that minimises the trace of the covariance, shape (B,).

    The trace of the covariance of $(f - b) s$ is $\mathbb E[(f - b)^2 \|s\|^2]$ minus a part without b, so
    $b = \mathbb E[f \|s\|^2] / \mathbb E[\|s\|^2]$. Estimated from draws that are not used otherwise.
    """
    z = reparameterize(values(mu), values(log_var), epsilon)
    size = (scores(log_var, epsilon) ** 2).sum(axis=-1)  # (L, B)
    return (values(f(z)) * size).sum(axis=0) / size.sum(axis=0)


def trace_of_covariance(gradients: np.ndarray) -> float:
    """Return the trace of the covariance over draws, mean over datapoints: (L, B, K) to one number."""
    return float(gradients.var(axis=0, ddof=1, dtype=np.float64).sum(axis=-1).mean())
