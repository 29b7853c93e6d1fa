"""The regressor, and the single tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.estimators import Regressor, as_targets, as_weights, without_absent
from implementations.gradient_boosting.boosting import GradientBoosting
from implementations.gradient_boosting.losses import Poisson, SquaredError
from implementations.gradient_boosting.objective import Limits
from implementations.gradient_boosting.parameters import check_parameters
from implementations.gradient_boosting.rounds import Samples, by_histograms, exactly
from implementations.gradient_boosting.tree import Tree

LOSSES = {"auto": SquaredError, "squared_error": SquaredError, "poisson": Poisson}


class GradientBoostingRegressor(GradientBoosting, Regressor):
    """Predict a number by boosted trees; for the arguments see `GradientBoosting`.

    The loss is "squared_error", or "poisson" for counts, whose prediction is a rate above 0.

    Example:
        >>> X = [[0.0], [1.0], [2.0], [3.0]]
        >>> model = GradientBoostingRegressor(1, learning_rate=1.0, max_depth=1, reg_lambda=0.0)
        >>> model.fit(X, [1.0, 1.0, 5.0, 7.0]).predict(X)
        array([1., 1., 6., 6.])

    Source: Friedman 2001; Chen and Guestrin 2016.
    """

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        eval_set: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> Self:
        """Boost.

        Args:
            X: shape (n, n_features), NaN where missing.
            y: shape (n,).
            sample_weight: shape (n,); samples of weight zero count as absent.
            eval_set: X and y of held-out rows, whose loss is kept in `validation_loss_`.

        Raises:
            ShapeError, DTypeError, ValueRangeError: if X, y, weights or parameters are not what they should.
        """
        caller = f"{type(self).__name__}.fit"
        if self.loss not in LOSSES:
            raise ValueRangeError(
                f"{caller} expects loss to be one of {', '.join(LOSSES)}, got {self.loss!r}"
            )
        loss = LOSSES[self.loss]()
        features = self._features_to_fit(X)
        targets = as_targets(y, len(features), caller)
        weights = as_weights(sample_weight, len(features), caller)
        weights, features, targets = without_absent(weights, features, targets)
        samples = Samples(features, targets, weights)
        loss.check(samples.y, caller)
        held_out = None
        if eval_set is not None:
            rows = self._features_to_use(eval_set[0], "fit")
            held_out = Samples(rows, as_targets(eval_set[1], len(rows), caller), np.ones(len(rows)))
        self._boost(samples, loss, np.zeros(len(samples.y)), held_out)
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the prediction for each sample, shape (n,).

        Args:
            X: shape (n, n_features), NaN where missing.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        z = self.raw_score(X)
        return self.loss_.predicted(z)

    def staged_predict(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the prediction before any tree and after each round, each of shape (n,).

        Args:
            X: shape (n, n_features), NaN where missing.
        """
        for z in self.staged_raw_score(X):
            yield self.loss_.predicted(z)


class RegressionTree(Regressor):
    """One regression tree for squared error: the first round of boosting, not shrunk.

    Args:
        max_depth: largest number of splits between root and leaf.
        min_child_weight: least weight of the samples on either side of a split.
        reg_lambda: λ, the penalty on the squares of the leaf values, which are measured from the mean.
        gamma: least gain of a split.
        max_bins: most bins of a feature, for "hist".
        tree_method: "exact", or "hist" for many rows.

    Attributes:
        tree_: the tree; its values are what a leaf adds to the mean.
        mean_: the mean of y.
        n_features_in_: number of features.

    Example:
        >>> model = RegressionTree(max_depth=1).fit([[0.0], [1.0], [2.0]], [1.0, 1.0, 4.0])
        >>> print(model.tree_.text())
        x0 < 1.5  (gain 6)
            -1  (H = 2)
            +2  (H = 1)
    """

    _allow_nan = True

    tree_: Tree
    mean_: float

    def __init__(
        self,
        max_depth: int = 3,
        *,
        min_child_weight: float = 1.0,
        reg_lambda: float = 0.0,
        gamma: float = 0.0,
        max_bins: int = 256,
        tree_method: str = "exact",
    ) -> None:
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.reg_lambda = reg_lambda
        self.gamma = gamma
        self.max_bins = max_bins
        self.tree_method = tree_method

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Grow.

        Args:
            X: shape (n, n_features), NaN where missing.
            y: shape (n,).
            sample_weight: shape (n,); samples of weight zero count as absent.

        Raises:
            ShapeError, DTypeError, ValueRangeError: if X, y, weights or parameters are not what they should.
        """
        caller = f"{type(self).__name__}.fit"
        check_parameters(self)
        features = self._features_to_fit(X)
        targets = as_targets(y, len(features), caller)
        weights = as_weights(sample_weight, len(features), caller)
        weights, features, targets = without_absent(weights, features, targets)
        self.mean_ = float(np.average(targets, weights=weights))
        limits = Limits(self.max_depth, self.min_child_weight, self.reg_lambda, self.gamma)
        hist = self.tree_method == "hist"
        grow = by_histograms(features, limits, self.max_bins) if hist else exactly(features, limits)
        rows, columns = np.arange(len(targets)), np.arange(features.shape[1])
        self.tree_, _ = grow(weights * (self.mean_ - targets), weights, rows, columns)
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the prediction for each sample, shape (n,).

        Args:
            X: shape (n, n_features), NaN where missing.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        features = self._features_to_use(X, "predict")
        return self.mean_ + self.tree_.predict(features)
