"""Log densities of a datapoint, summed over its numbers; the Bernoulli one with its derivative."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError


def _bernoulli_definition(logits: Any, x: Any) -> Any:
    # x log y + (1 - x) log(1 - y) with y = sigmoid(l):
    # log y = l - softplus(l), log(1 - y) = -softplus(l)
    return (x * logits - ops.softplus(logits)).sum(axis=-1)


def _bernoulli_forward(logits: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    small = np.abs(logits)
    np.exp(np.negative(small, out=small), out=small)  # e^-|l|, never above 1
    total = 1 + small
    mean = np.where(logits >= 0, 1, small)
    mean /= total  # sigmoid(l)
    softplus = np.log(total, out=total)
    softplus += np.maximum(logits, 0)
    return np.einsum("...d,...d->...", x, logits) - softplus.sum(axis=-1), mean


def _bernoulli_backward(
    g: np.ndarray, mean: np.ndarray, needs: tuple[bool, ...], logits: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray | None, ...]:
    slope = x - mean  # d/dl of x l - softplus(l)
    slope *= g[..., None]
    if not needs[1]:
        return slope, None
    dx = g[..., None] * logits
    return slope, dx.sum(axis=tuple(range(dx.ndim - x.ndim)))


_bernoulli = fused(_bernoulli_forward, _bernoulli_backward, _bernoulli_definition, name="bernoulli_log_prob")


def bernoulli_log_prob(x: Array, logits: Array) -> Any:
    r"""Return $\sum_i x_i \log y_i + (1 - x_i) \log(1 - y_i)$ with y the sigmoid of the logits, in nats.

    A probability of x only where every number is 0 or 1; for grey pixels it is no normalised likelihood.

    Args:
        x: Numbers in [0, 1], shape (B, D).
        logits: Shape (..., B, D).

    Returns:
        Shape (..., B).

    Raises:
        ShapeError: If the last two axes differ.

    Source: Kingma & Welling 2014, equation 11.

    Example:
        >>> bernoulli_log_prob(np.array([[1.0, 0.0]]), np.array([[0.0, 0.0]])) / np.log(2)
        array([-2.])
    """
    if values(logits).shape[-2:] != values(x).shape:
        raise ShapeError(f"expected logits (..., B, D) for x {values(x).shape}, got {values(logits).shape}")
    return _bernoulli(logits, x)


def normal_log_prob(x: Array, mean: Array, log_var: Array) -> Any:
    r"""Return $\log N(x; \mu, \sigma^2 I)$ in nats, summed over the last axis.

    $-\tfrac12 \sum_i (\log 2\pi + \log \sigma_i^2 + (x_i - \mu_i)^2 / \sigma_i^2)$.

    Args:
        x: Numbers, shape (..., D), as all three after broadcasting.
        mean: Means.
        log_var: Log variances.

    Returns:
        Shape (...).

    Source: Kingma & Welling 2014, equations 9 and 12.

    Example:
        >>> round(float(normal_log_prob(np.array([2.0]), np.array([0.0]), np.array([0.0]))), 4)
        -2.9189
    """
    off = x - mean
    terms = math.log(2 * math.pi) + log_var + off * off * ops.exp(-log_var)
    return -0.5 * terms.sum(axis=-1)
