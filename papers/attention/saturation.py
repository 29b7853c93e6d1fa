"""How sharp the softmax of random dot products is, and what gradient it lets through to a query."""

from __future__ import annotations

import numpy as np

from foundations.nn.functional import softmax


def saturation(
    d_k: int, scaled: bool, rng: np.random.Generator, n: int = 2000, keys: int = 16
) -> dict[str, float]:
    r"""Measure attention at the start of training, where queries and keys are random.

    With weights p = softmax(c K q) and a random gradient p̄ that arrives at them, the gradient that reaches
    the query is $c\,K^\top J\,\bar p$, $J = \operatorname{diag}(p) - p p^\top$; c is 1, or 1/√d_k if scaled.

    Args:
        d_k: Width of queries and keys, whose components are standard normal.
        scaled: Whether the products are divided by sqrt(d_k).
        rng: Source of randomness.
        n: Number of queries.
        keys: Keys each query is compared with.

    Returns:
        `max_probability`: mean largest weight; `jacobian`: mean Frobenius norm of J; `gradient_median` and
        `gradient_mean`: of the norm of the gradient at the query, for a standard normal p̄.
    """
    q = rng.standard_normal((n, 1, d_k))
    k = rng.standard_normal((n, keys, d_k))
    c = d_k**-0.5 if scaled else 1.0
    p = softmax((k * q).sum(-1) * c)  # (n, keys)
    jacobian = np.eye(keys) * p[:, None, :] - p[:, :, None] * p[:, None, :]  # (n, keys, keys)
    arriving = rng.standard_normal((n, keys, 1))
    reaching = np.linalg.norm(c * (k.mT @ (jacobian @ arriving))[..., 0], axis=-1)  # (n,)
    return {
        "max_probability": float(p.max(-1).mean()),
        "jacobian": float(np.linalg.norm(jacobian, axis=(1, 2)).mean()),
        "gradient_median": float(np.median(reaching)),
        "gradient_mean": float(reaching.mean()),
    }
