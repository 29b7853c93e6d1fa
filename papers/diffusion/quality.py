"""How good samples are, by the features of a judge: distance, and precision and recall."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.errors import ShapeError, ValueRangeError

K = 3
"""Neighbours that reach from each point. Source: Kynkäänniemi et al. 2019; the authors' evaluator."""


class Quality(NamedTuple):
    """Two shares in [0, 1].

    Attributes:
        precision: Of the samples, those that lie among real images.
        recall: Of the real images, those that lie among samples.
    """

    precision: float
    recall: float


def precision_recall(real: np.ndarray, drawn: np.ndarray, *, k: int = K) -> Quality:
    """Return precision and recall of samples by balls around features.

    Around each point of a set lies a ball that just reaches its k-th nearest neighbour in the set. A sample
    is precise if a ball of the real images holds it; a real image is recalled if a ball of the samples does.

    Args:
        real: Features of real images, shape (n, d).
        drawn: Features of samples, shape (m, d); as many, for the two shares to mean the same.
        k: Neighbours, from 1.

    Raises:
        ShapeError: If they are not rows of the same features.
        ValueRangeError: If there are not more than k of each, or a number is not finite.

    Source: Kynkäänniemi et al. 2019, equations 1 and 2.

    Example:
        >>> rows = np.arange(6.0)[:, None]
        >>> precision_recall(rows, rows + 100)
        Quality(precision=0.0, recall=0.0)
    """
    real, drawn = (np.asarray(rows, dtype=np.float64) for rows in (real, drawn))
    if real.ndim != 2 or drawn.ndim != 2 or real.shape[1] != drawn.shape[1]:
        raise ShapeError(f"features are rows (n, d) with the same d, got {real.shape} and {drawn.shape}")
    if not 1 <= k < min(len(real), len(drawn)):
        raise ValueRangeError(f"k neighbours need more than k rows, got {k}, {len(real)} and {len(drawn)}")
    if not (np.isfinite(real).all() and np.isfinite(drawn).all()):
        raise ValueRangeError("features are finite numbers, and one is not: look at the samples")
    return Quality(covered(drawn, real, k), covered(real, drawn, k))


def covered(points: np.ndarray, by: np.ndarray, k: int) -> float:
    """Return the share of points that lie in a ball around a row of `by`.

    Each ball reaches just to the k-th nearest other row.
    """
    # (n, n); column 0 is the row itself
    own = np.sort(squared_distances(by, by), axis=1)
    inside = squared_distances(points, by) <= own[:, k]  # (m, n)
    return float(inside.any(axis=1).mean())


def squared_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return |a - b|² of all pairs of rows, shape (n, m)."""
    a, b = (first**2).sum(axis=1), (second**2).sum(axis=1)
    return np.maximum(a[:, None] + b - 2 * first @ second.T, 0)
