"""Noisy top-k gating: which experts a token visits, and with what weight. Equations (2) to (5)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from foundations.autodiff import Array, Tensor, ops
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn.arguments import whole


class Gating(NamedTuple):
    """What the gate decided for a batch of B tokens and n experts.

    Attributes:
        gates: Weights of the experts that a token visits, shape (B, k); a row sums to 1.
        experts: Their numbers, int, shape (B, k), the largest weight first.
        clean: Logits without noise, x W_g, shape (B, n).
        noisy: H(x), shape (B, n); the same array without noise.
        spread: Standard deviation of the noise, Softplus(x W_noise), shape (B, n), or None without noise.
        best: The min(k + 1, n) largest of `noisy`, descending: what `smooth_load` takes as thresholds.
    """

    gates: Array
    experts: np.ndarray
    clean: Array
    noisy: Array
    spread: Array | None
    best: Array

    @property
    def k(self) -> int:
        """Experts a token visits."""
        return self.experts.shape[1]

    @property
    def n_experts(self) -> int:
        """Experts there are."""
        return self.clean.shape[1]

    def dense(self) -> Any:
        """Return G(x) with its zeros, shape (B, n)."""
        return ops.scatter(self.gates, self.experts, 1, self.n_experts)


def noisy_top_k(
    clean: Array,
    k: int,
    *,
    spread: Array | None = None,
    rng: np.random.Generator | None = None,
) -> Gating:
    """Choose k experts a token by noisy logits, and weigh them by a softmax over those k.

    H(x)_i = (x W_g)_i + ε_i Softplus((x W_noise)_i), ε_i standard normal                                (4)
    G(x) = Softmax(KeepTopK(H(x), k)), where what is not kept is −∞ and so gets weight 0              (3), (5)

    The choice has no gradient; the weights have the softmax's. So W_g learns how much of each chosen
    expert is wanted, and nothing of those not chosen. With k = 1 the only weight is 1, whatever the logits.

    Args:
        clean: x W_g, shape (B, n).
        k: Experts to keep, 1 to n.
        spread: Softplus(x W_noise), shape (B, n), none negative; None for no noise, as in evaluation.
        rng: Source of ε; with `spread`.

    Returns:
        Weights, experts, and what the losses need.

    Raises:
        ShapeError: If `clean` is no matrix, or `spread` is of another shape.
        ValueRangeError: If k is not 1 to n, a logit is not finite, a spread is negative, or only one of
            `spread` and `rng` is given.

    Source: Shazeer et al. 2017, arXiv:1701.06538, equations (3) to (5).

    Example:
        >>> gating = noisy_top_k(np.array([[2.0, 0.0, 1.0, -1.0]]), 2)
        >>> gating.experts.tolist(), gating.dense().round(3).tolist()
        ([[0, 2]], [[0.731, 0.0, 0.269, 0.0]])
    """
    k = _checked(clean, k, spread, rng)
    noisy = clean
    if spread is not None and rng is not None:
        epsilon = rng.standard_normal(clean.shape, dtype=np.float32).astype(clean.dtype)
        noisy = clean + epsilon * spread  # (4)
    n = clean.shape[1]
    order = largest(_values(noisy), min(k + 1, n))  # (B, k + 1)
    best = ops.gather(noisy, order, 1)
    gates = F.softmax(best[:, :k], axis=1)  # (3), (5): over the kept logits only
    return Gating(gates, order[:, :k], clean, noisy, spread, best)


def largest(x: np.ndarray, m: int) -> np.ndarray:
    """Return the places of the m largest of every row, descending; the first of equals first.

    One pass over the rows for each of the m, which beats sorting while m is small.

    Args:
        x: Shape (B, n).
        m: 1 to n.

    Returns:
        int64, shape (B, m).
    """
    if 8 * m >= x.shape[1]:
        return np.argsort(-x, axis=1, kind="stable")[:, :m]
    left, rows = x.copy(), np.arange(len(x))
    places = np.empty((len(x), m), np.int64)
    for j in range(m):
        places[:, j] = left.argmax(axis=1)
        left[rows, places[:, j]] = -np.inf
    return places


def _values(x: Any) -> np.ndarray:
    return x.data if isinstance(x, Tensor) else np.asarray(x)


def _checked(clean: Any, k: Any, spread: Any, rng: Any) -> int:
    if np.ndim(clean) != 2 or not clean.shape[1]:
        raise ShapeError(f"noisy_top_k expects logits (tokens, experts), got shape {np.shape(clean)}")
    n = clean.shape[1]
    k = whole("noisy_top_k", "k", k)
    if not 1 <= k <= n:
        raise ValueRangeError(f"noisy_top_k expects k from 1 to the {n} experts, got {k}")
    if not np.isfinite(_values(clean)).all():
        raise ValueRangeError("noisy_top_k expects finite logits, got nan or infinity: check the input")
    if (spread is None) != (rng is None):
        given, missing = ("rng", "spread") if spread is None else ("spread", "rng")
        raise ValueRangeError(f"noisy_top_k got {given} without {missing}: noise needs both, none neither")
    if spread is not None:
        if np.shape(spread) != np.shape(clean):
            raise ShapeError(
                f"noisy_top_k expects a spread for every logit, {np.shape(clean)}, got {np.shape(spread)}"
            )
        if not (_values(spread) >= 0).all():
            raise ValueRangeError("noisy_top_k expects spreads from 0, got less or nan: pass Softplus(x W)")
    return k
