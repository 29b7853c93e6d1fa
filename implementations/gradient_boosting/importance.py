"""What a fitted model leans on: by shuffling a column, and by moving along one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.estimators import as_features


def permutation_importance(
    model: Any, X: ArrayLike, y: ArrayLike, *, repeats: int = 5, rng: np.random.Generator
) -> np.ndarray:
    """Return how much `model.score(X, y)` falls when a column is shuffled, shape (features, repeats).

    Shuffling breaks the tie between a column and everything else, and leaves its values as they are. Rows
    the model has not learned from show what helps to predict; those it has, what it leans on.

    Args:
        model: fitted, with `score(X, y)`.
        X: shape (n, features), NaN where missing.
        y: shape (n,).
        repeats: how often each column is shuffled, at least once.
        rng: shuffles.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if X or y is not what the model takes, or repeats is below 1.

    Source: Breiman 2001, section 10.
    """
    if repeats < 1:
        raise ValueRangeError(f"permutation_importance expects repeats of 1 or more, got {repeats}")
    features = as_features(X, "permutation_importance", allow_nan=True)
    whole = model.score(features, y)
    falls = np.empty((features.shape[1], repeats))
    for column in range(features.shape[1]):
        shuffled = features.copy()
        for repeat in range(repeats):
            shuffled[:, column] = rng.permutation(features[:, column])
            falls[column, repeat] = whole - model.score(shuffled, y)
    return falls


def partial_dependence(model: Any, X: ArrayLike, feature: int, grid: ArrayLike) -> np.ndarray:
    r"""Return $\frac1n\sum_i F(v, \mathbf x_{i,\text{rest}})$ for each v of a grid, shape (grid, outputs).

    The mean raw score over the rows of X with one feature set to v and the others as they are. Where
    features hang together, it averages over combinations that do not occur.

    Args:
        model: fitted, with `raw_score(X)`.
        X: shape (n, features), NaN where missing.
        feature: number of the column.
        grid: values to set it to, shape (grid,).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if X is not what the model takes, or has no such column.

    Source: Friedman 2001, section 8.2.
    """
    features = as_features(X, "partial_dependence", allow_nan=True).copy()
    if not 0 <= feature < features.shape[1]:
        raise ValueRangeError(
            f"partial_dependence expects a feature from 0 to {features.shape[1] - 1}, got {feature}"
        )
    means = []
    for value in np.asarray(grid, dtype=float):
        features[:, feature] = value
        means.append(model.raw_score(features).mean(axis=0))
    return np.array(means)
