"""The definition: a tree grown by trying every split of every feature. Slow, and short enough to read."""

from __future__ import annotations

import numpy as np

from implementations.gradient_boosting.objective import Limits, Split
from implementations.gradient_boosting.tree import Tree


def best_split(X: np.ndarray, g: np.ndarray, h: np.ndarray, limits: Limits) -> Split | None:
    """Return the split of these samples with the largest gain, or None if no split is worth it.

    Args:
        X: shape (n, features), NaN where missing.
        g, h: derivatives, shape (n,).
        limits: what a split must reach.
    """
    raise NotImplementedError


def grow_exactly(X: np.ndarray, g: np.ndarray, h: np.ndarray, limits: Limits | None = None) -> Tree:
    """Grow a tree level by level, every node by its best split (Chen and Guestrin 2016, Algorithms 1 and 3).

    Args:
        X: shape (n, features), NaN where missing.
        g, h: derivatives of the loss by the raw score, shape (n,).
        limits: depth, penalties and least weights.
    """
    raise NotImplementedError
