"""Boosting: trees one after another, each fitted to the derivatives of the loss where the sum stands."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import NotFittedError, ValueRangeError
from foundations.estimators import Estimator
from implementations.gradient_boosting.binning import THREADS
from implementations.gradient_boosting.losses import Loss
from implementations.gradient_boosting.objective import Limits
from implementations.gradient_boosting.parameters import check_parameters
from implementations.gradient_boosting.rounds import Samples, Schedule, boost, by_histograms, exactly
from implementations.gradient_boosting.tree import Tree, sums

KINDS = ("gain", "cover", "weight")


class GradientBoosting(Estimator):
    r"""What regressor and classifier share: $z_m = z_{m-1} + \eta\, f_m(\mathbf x)$, tree after tree.

    Args:
        loss: see the subclass; "auto" for its first.
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
        loss_: the loss.
        n_features_in_: number of features.
    """

    _allow_nan = True

    loss_: Loss
    trees_: list[tuple[Tree, ...]]
    base_score_: np.ndarray
    train_loss_: np.ndarray
    validation_loss_: np.ndarray
    n_estimators_: int

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        loss: str = "auto",
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
        self.loss = loss
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
        """Return the sum of base score and trees, shape (n, outputs).

        Args:
            X: shape (n, n_features), NaN where missing.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        features = self._features_to_use(X, "raw_score")
        return self.base_score_ + sums(features, self.trees_[: self.n_estimators_])

    def staged_raw_score(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the raw score before any tree and after each round, each of shape (n, outputs).

        Args:
            X: shape (n, n_features), NaN where missing.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        features = self._features_to_use(X, "staged_raw_score")
        z = np.tile(self.base_score_, (len(features), 1))
        yield z.copy()
        for trees in self.trees_[: self.n_estimators_]:
            z += np.stack([tree.predict(features) for tree in trees], axis=1)
            yield z.copy()

    def apply(self, X: ArrayLike) -> np.ndarray:
        """Return the leaf of each sample in each tree, shape (n, rounds, outputs).

        Args:
            X: shape (n, n_features), NaN where missing.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        features = self._features_to_use(X, "apply")
        rounds = self.trees_[: self.n_estimators_]
        leaves = np.empty((len(features), len(rounds), len(self.base_score_)), np.intp)
        for m, trees in enumerate(rounds):
            for k, tree in enumerate(trees):
                leaves[:, m, k] = tree.apply(features)
        return leaves

    def importances(self, kind: str = "gain") -> np.ndarray:
        """Return the shares of the features in all splits, shape (n_features_in_,); zeros without a split.

        Args:
            kind: what is summed over a feature's splits: their "gain"; their "cover", the sum of second
                derivatives that came by; or "weight", their number.

        Raises:
            NotFittedError: before `fit`.
            ValueRangeError: if there is no such kind.
        """
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(
                f"{type(self).__name__}.importances expects a fitted estimator, got one that is not: call fit"
            )
        if kind not in KINDS:
            raise ValueRangeError(f"importances expects kind to be one of {', '.join(KINDS)}, got {kind!r}")
        total = np.zeros(self.n_features_in_)
        for tree in (tree for trees in self.trees_[: self.n_estimators_] for tree in trees):
            inner = tree.feature >= 0
            worth = {"gain": tree.gain, "cover": tree.cover, "weight": np.ones(len(inner))}[kind]
            total += np.bincount(tree.feature[inner], worth[inner], len(total))
        return total / total.sum() if total.any() else total

    @property
    def feature_importances_(self) -> np.ndarray:
        """Shares of the features in the total gain, shape (n_features_in_,)."""
        return self.importances()

    def _boost(self, samples: Samples, loss: Loss, strata: np.ndarray, held_out: Samples | None) -> None:
        """Check the parameters and fit.

        Args:
            samples: what to learn from, checked.
            loss: gives the derivatives.
            strata: group of each sample, shape (n,): what is held out has its share of each.
            held_out: rows on which to see when to stop, if `fit` was given any.
        """
        check_parameters(self)
        rng = np.random.default_rng(self.random_state)
        if held_out is None and self.n_iter_no_change is not None:
            samples, held_out = _split(samples, strata, self.validation_fraction, rng)
        outputs = loss.constant(samples.y, samples.weights)
        if self.base_score is None:
            self.base_score_ = outputs
        else:
            self.base_score_ = np.full(len(outputs), loss.raw(float(self.base_score)))
            if not np.isfinite(self.base_score_).all():
                raise ValueRangeError(
                    f"{type(self).__name__}.fit expects base_score to be a prediction of this loss, "
                    f"got {self.base_score!r}: a probability or rate above 0, or None"
                )
        limits = Limits(self.max_depth, self.min_child_weight, self.reg_lambda, self.gamma)
        hist = self.tree_method == "hist"
        schedule = Schedule(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            subsample=self.subsample,
            colsample_bytree=self.colsample_bytree,
            patience=self.n_iter_no_change,
        )
        with ThreadPoolExecutor(THREADS) as pool:
            grow = (
                by_histograms(samples.X, limits, self.max_bins, pool) if hist else exactly(samples.X, limits)
            )
            result = boost(samples, loss, self.base_score_, grow, schedule, held_out=held_out, rng=rng)
        self.loss_ = loss
        self.trees_ = result.rounds
        self.train_loss_ = np.array(result.train_loss)
        self.validation_loss_ = np.array(result.held_out_loss)
        stops = self.n_iter_no_change is not None
        self.n_estimators_ = int(self.validation_loss_.argmin()) if stops else len(self.trees_)


def _split(
    samples: Samples, strata: np.ndarray, fraction: float, rng: np.random.Generator
) -> tuple[Samples, Samples]:
    """Hold out a fraction of each group, drawn at random.

    Raises:
        ValueRangeError: if that leaves nothing on one side.
    """
    held = np.zeros(len(strata), bool)
    for group in np.unique(strata):
        members = rng.permutation(np.flatnonzero(strata == group))
        held[members[: round(fraction * len(members))]] = True
    if held.all() or not held.any():
        raise ValueRangeError(
            f"early stopping expects rows to learn from and rows to hold out, got {len(strata)} rows and "
            f"validation_fraction={fraction:g}: give more rows, another fraction or eval_set"
        )
    parts = [Samples(samples.X[part], samples.y[part], samples.weights[part]) for part in (~held, held)]
    return parts[0], parts[1]
