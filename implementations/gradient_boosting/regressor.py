"""The regressor, and the single tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.estimators import Regressor
from implementations.gradient_boosting.boosting import GradientBoosting
from implementations.gradient_boosting.tree import Tree


class GradientBoostingRegressor(GradientBoosting, Regressor):
    """Predict a number by boosted trees; all arguments by name, see `GradientBoosting`.

    Args:
        loss: "squared_error", or "poisson" for counts.
    """

    def __init__(self, n_estimators: int = 100, *, loss: str = "squared_error", **kw: Any) -> None:
        super().__init__(n_estimators, **kw)
        self.loss = loss

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        eval_set: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> Self:
        """Boost."""
        raise NotImplementedError

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the prediction for each sample, shape (n,)."""
        raise NotImplementedError

    def staged_predict(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the prediction before any tree and after each round."""
        raise NotImplementedError


class RegressionTree(Regressor):
    """One regression tree for squared error: boosting's first round, unshrunk.

    Attributes:
        tree_: the tree; its values are added to `base_score_`.
        base_score_: the mean of y.
    """

    tree_: Tree
    base_score_: float

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the prediction for each sample, shape (n,)."""
        raise NotImplementedError
