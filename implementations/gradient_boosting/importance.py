"""What a fitted model leans on: by shuffling a column, and by moving along one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def permutation_importance(
    model: Any, X: ArrayLike, y: ArrayLike, *, repeats: int = 5, rng: np.random.Generator
) -> np.ndarray:
    """Return how much `model.score(X, y)` falls when a column is shuffled, shape (features, repeats)."""
    raise NotImplementedError


def partial_dependence(model: Any, X: ArrayLike, feature: int, grid: ArrayLike) -> np.ndarray:
    """Return the mean raw score over X with one feature set to each value of a grid, shape (grid, outputs)."""
    raise NotImplementedError
