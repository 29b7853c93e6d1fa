"""Two losses that keep all experts at work: importance, (6) and (7), and load, (8) to (11)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from foundations.autodiff import Array, ops
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import number
from papers.moe.gating import Gating

if TYPE_CHECKING:
    from papers.moe.hierarchy import HierarchicalGating

TINY = 1e-10
"""Added to the squared mean, as in the authors' code: no division by 0 where nothing was counted."""


def cv_squared(x: Array) -> Any:
    """Return the squared coefficient of variation, Var(x) / Mean(x)², of n numbers.

    Population variance: 0 if all are equal, n − 1 if one has everything.

    Args:
        x: Shape (n,).

    Raises:
        ShapeError: If x is no vector with elements.

    Example:
        >>> float(round(cv_squared(np.array([4.0, 0.0, 0.0, 0.0])), 6))
        3.0
    """
    if np.ndim(x) != 1 or not np.shape(x)[0]:
        raise ShapeError(
            "cv_squared expects a number for each expert, shape (n,), "
            f"got {np.shape(x)}: pass importance or load"
        )
    mean = ops.mean(x)
    return ops.mean((x - mean) ** 2) / (mean * mean + TINY)


def importance(gating: Gating | HierarchicalGating) -> Any:
    """Return the sum of the gate weights each expert got, Σ_x G(x)_i, shape (n,). Equations (6), (13)."""
    return ops.sum(gating.dense(), 0)


def hard_load(gating: Gating | HierarchicalGating) -> np.ndarray:
    """Return how many tokens each expert got, int, shape (n,). It is a count: without gradient."""
    return np.bincount(gating.experts.ravel(), minlength=gating.n_experts)


def smooth_load(gating: Gating | HierarchicalGating) -> Any:
    """Return the expected number of tokens an expert gets if its own noise were drawn again, shape (n,).

    Load(X)_i = Σ_x P(x, i), P as `smooth_load_of_rows` has it; (14) in a hierarchy.                     (10)

    Args:
        gating: Of tokens with noise, or with k = n.

    Raises:
        ValueRangeError: If there was no noise: then P is 0 or 1, and no gradient exists.

    Source: Shazeer et al. 2017, arXiv:1701.06538, equations (8) to (10).
    """
    if not isinstance(gating, Gating):
        return gating.smooth_load()  # (14)
    return ops.sum(smooth_load_of_rows(gating), 0)


def smooth_load_of_rows(gating: Gating) -> Any:
    """Return P(x, i), the chance that expert i is among the k of token x, shape (B, n).

    P(x, i) = Φ(((x W_g)_i − kth_excluding(H(x), k, i)) / Softplus((x W_noise)_i))                        (9)

    `kth_excluding` is the k-th largest of the other noisy logits: the (k + 1)-th of all for an expert that is
    in, the k-th for one that is out. The noise of the others stays as drawn; the numerator is clean, because
    the expert's own noise is what Φ integrates over. With k = n every expert gets every token: P is 1,
    without gradient.

    Raises:
        ValueRangeError: If there was no noise.
    """
    if gating.k == gating.n_experts:
        return np.ones(gating.clean.shape, gating.clean.dtype)
    if gating.spread is None:
        raise ValueRangeError("smooth_load needs noise, got none: count with hard_load")
    if_in = gating.best[:, gating.k, None]  # (B, 1)
    if_out = gating.best[:, gating.k - 1, None]  # (B, 1)
    inside = np.zeros(gating.clean.shape, bool)
    np.put_along_axis(inside, gating.experts, True, axis=1)
    threshold = ops.where(inside, if_in, if_out)  # kth_excluding(H(x), k, i), (B, n)
    return normal_cdf((gating.clean - threshold) / (gating.spread + TINY))


def normal_cdf(z: Array) -> Any:
    """Return Φ(z), the share of a standard normal below z."""
    return 0.5 * (1 + ops.erf(z * math.sqrt(0.5)))


def importance_loss(gating: Gating | HierarchicalGating, weight: float = 0.1) -> Any:
    """Return w CV(Importance)²: 0 if all experts got the same total weight. Equation (7).

    Args:
        gating: What the gate decided.
        weight: w_importance, from 0; the paper's language models take 0.1.

    Raises:
        ValueRangeError: If the weight is negative.
    """
    return _weight("importance_loss", weight) * cv_squared(importance(gating))


def load_loss(gating: Gating | HierarchicalGating, weight: float = 0.1) -> Any:
    """Return w CV(Load)²: 0 if all experts expect the same number of tokens. Equation (11).

    Args:
        gating: What the gate decided, with noise.
        weight: w_load, from 0; the paper's language models take 0.1.

    Raises:
        ValueRangeError: If the weight is negative, or there was no noise.
    """
    return _weight("load_loss", weight) * cv_squared(smooth_load(gating))


def _weight(owner: str, weight: Any) -> float:
    value = number(owner, "weight", weight)
    if not 0 <= value < math.inf:
        raise ValueRangeError(f"{owner} expects a weight from 0, got {weight!r}")
    return value
