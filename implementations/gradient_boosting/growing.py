"""The fast kernel: a tree grown from histograms, the larger child of every split by subtraction."""

from __future__ import annotations

import numpy as np

from implementations.gradient_boosting.binning import Bins
from implementations.gradient_boosting.objective import Limits
from implementations.gradient_boosting.tree import Tree


def grow_by_histograms(
    codes: np.ndarray, bins: Bins, g: np.ndarray, h: np.ndarray, limits: Limits | None = None
) -> tuple[Tree, np.ndarray]:
    """Grow a tree whose thresholds are edges of bins.

    Args:
        codes: what `Bins.codes` gave, uint8 of shape (features, n).
        bins: the edges.
        g, h: derivatives of the loss by the raw score, shape (n,).
        limits: depth, penalties and least weights.

    Returns:
        The tree, and the leaf of every sample, shape (n,).
    """
    raise NotImplementedError
