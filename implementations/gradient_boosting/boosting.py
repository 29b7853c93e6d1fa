"""Boosting: trees one after another, each fitted to the derivatives of the loss where the sum stands."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from foundations.estimators import Estimator
from implementations.gradient_boosting.tree import Tree


class GradientBoosting(Estimator):
    r"""What regressor and classifier share: $z_m = z_{m-1} + \eta\, f_m(\mathbf x)$, tree after tree.

    Args:
        n_estimators: number of rounds; each adds one tree, or one a class.
        learning_rate: η, by which every tree is scaled (shrinkage), above 0.
        max_depth: largest number of splits between root and leaf.
        min_child_weight: least sum of second derivatives on either side of a split.
        reg_lambda: λ, the penalty on the squares of the leaf values.
        gamma: least gain of a split, XGBoost's γ: twice the paper's.
        subsample: share of the rows that a tree is grown on, drawn anew for each round without replacement.
        colsample_bytree: share of the columns that a tree may use, drawn anew for each tree.
        max_bins: most bins of a feature, 2 to 256; where a feature has missing values, one is theirs.
        tree_method: "hist", or "exact" for the slow definition.
        base_score: the prediction to begin from; None for the constant of least loss.
        n_iter_no_change: stop when the loss on held-out rows has not fallen for so many rounds, and keep the
            trees up to its minimum; None to use all.
        validation_fraction: share of the rows held out for that, unless `fit` gets an `eval_set`.
        random_state: seed of the draws, or a generator.

    Attributes:
        trees_: the trees, a list of rounds, each a tuple with one tree an output.
        base_score_: raw score before any tree, shape (outputs,).
        train_loss_: mean loss on the rows trained on, before any tree and after each round.
        validation_loss_: the same on the rows held out; empty where none are.
        n_estimators_: number of rounds that predictions use.
        feature_importances_: shares of the total gain, shape (n_features_in_,).
        n_features_in_: number of features.
    """

    trees_: list[tuple[Tree, ...]]
    base_score_: np.ndarray
    train_loss_: np.ndarray
    validation_loss_: np.ndarray
    n_estimators_: int

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        learning_rate: float = 0.3,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        reg_lambda: float = 1.0,
        gamma: float = 0.0,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        max_bins: int = 256,
        tree_method: str = "hist",
        base_score: float | None = None,
        n_iter_no_change: int | None = None,
        validation_fraction: float = 0.1,
        random_state: int | np.random.Generator | None = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.reg_lambda = reg_lambda
        self.gamma = gamma
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.max_bins = max_bins
        self.tree_method = tree_method
        self.base_score = base_score
        self.n_iter_no_change = n_iter_no_change
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def raw_score(self, X: ArrayLike) -> np.ndarray:
        """Return the sum of base score and trees, shape (n, outputs)."""
        raise NotImplementedError

    def staged_raw_score(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the raw score before any tree and after each round, each of shape (n, outputs)."""
        raise NotImplementedError

    def apply(self, X: ArrayLike) -> np.ndarray:
        """Return the leaf of each sample in each tree, shape (n, rounds, outputs)."""
        raise NotImplementedError

    def importances(self, kind: str = "gain") -> np.ndarray:
        """Return the shares of the features in all splits, by "gain", "cover" or "weight" (their number)."""
        raise NotImplementedError
