"""Cross-entropy of classes on arrays, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np


def forward(
    logits: np.ndarray,
    targets: np.ndarray,
    weight: np.ndarray,
    kept: np.ndarray,
    smoothing: float,
    scale: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return -sum_c a_ic log p_ic scale of every row, and p; see `functional.cross_entropy`.

    Args:
        logits: Shape (N, K).
        targets: Classes, shape (N,); 0 where the row does not count.
        weight: Weight of each class, shape (K,).
        kept: Whether a row counts, shape (N,).
        smoothing: Share of the target that goes to all classes evenly.
        scale: Factor of every row.
    """
    rows = np.arange(len(targets))
    if not kept.all():
        logits = np.where(kept[:, None], logits, 0)  # an infinity there would be 0 * inf
    p = logits - logits.max(-1, keepdims=True)
    at_target = p[rows, targets]
    plain = p @ weight if smoothing else None
    np.exp(p, out=p)
    z = p.sum(-1, keepdims=True)
    log_z = np.log(z[:, 0])
    p /= z
    loss = (1 - smoothing) * weight[targets] * (log_z - at_target)
    if plain is not None:
        loss += smoothing / weight.shape[0] * (weight.sum() * log_z - plain)
    return np.where(kept, loss * scale, 0).astype(logits.dtype, copy=False), p


def backward(
    g: np.ndarray,
    p: np.ndarray,
    _needs: Any,
    _logits: np.ndarray,
    targets: np.ndarray,
    weight: np.ndarray,
    kept: np.ndarray,
    smoothing: float,
    scale: float,
) -> tuple[np.ndarray]:
    """Return the gradient of the logits, (sum_c a_c) p - a for every row; see `forward`."""
    g = np.where(kept, g * scale, 0).astype(p.dtype, copy=False)
    of_target = (1 - smoothing) * weight[targets]
    total = of_target + smoothing * weight.mean()  # sum over classes of a_ic
    dx = p * (g * total)[:, None]  # d(-sum_c a_c log p_c)/dx = (sum_c a_c) p - a
    dx[np.arange(len(targets)), targets] -= g * of_target
    if smoothing:
        dx -= g[:, None] * (weight * (smoothing / weight.shape[0]))
    return (dx,)
