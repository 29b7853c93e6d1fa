"""The classifier: logistic loss for two classes, softmax for more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.estimator_classes import as_labels
from foundations.estimators import Classifier
from implementations.gradient_boosting.boosting import GradientBoosting
from implementations.gradient_boosting.losses import Logistic, Softmax
from implementations.gradient_boosting.rounds import Samples


class GradientBoostingClassifier(GradientBoosting, Classifier):
    """Predict a class by boosted trees; for the arguments see `GradientBoosting`.

    The loss is "log_loss": logistic for two classes, with one tree a round; softmax for more, with one tree
    a class and round.

    Attributes:
        classes_: the classes, ascending.

    Example:
        >>> X = [[0.0], [1.0], [2.0], [3.0]]
        >>> model = GradientBoostingClassifier(20, min_child_weight=0.0).fit(X, ["no", "no", "yes", "yes"])
        >>> model.predict([[0.4], [2.6]]).tolist()
        ['no', 'yes']

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
            y: the class of each sample, shape (n,): two classes or more.
            sample_weight: shape (n,); samples of weight zero count as absent.
            eval_set: X and y of held-out rows, whose loss is kept in `validation_loss_`.

        Raises:
            ShapeError, DTypeError, ValueRangeError: if X, y, weights or parameters are not what they should.
        """
        caller = f"{type(self).__name__}.fit"
        if self.loss not in ("auto", "log_loss"):
            raise ValueRangeError(f"{caller} expects loss to be auto or log_loss, got {self.loss!r}")
        features, codes, weights = self._samples_to_fit(X, y, sample_weight)
        held_out = None
        if eval_set is not None:
            rows = self._features_to_use(eval_set[0], "fit")
            held_out = Samples(rows, self._codes(eval_set[1], len(rows), caller), np.ones(len(rows)))
        loss = Logistic() if len(self.classes_) == 2 else Softmax(len(self.classes_))
        self._boost(Samples(features, codes, weights), loss, codes, held_out)
        return self

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of every class, shape (n, classes).

        Args:
            X: shape (n, n_features), NaN where missing.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        z = self.raw_score(X)
        return self.loss_.predicted(z)

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return the raw scores, shape (n,) for two classes, (n, classes) for more.

        Args:
            X: shape (n, n_features), NaN where missing.
        """
        z = self.raw_score(X)
        return z[:, 0] if len(self.classes_) == 2 else z

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable class of each sample, shape (n,).

        Args:
            X: shape (n, n_features), NaN where missing.
        """
        winners = self.predict_proba(X).argmax(axis=1)
        return self.classes_[winners]

    def staged_predict(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the classes before any tree and after each round, each of shape (n,).

        Args:
            X: shape (n, n_features), NaN where missing.
        """
        for p in self.staged_predict_proba(X):
            yield self.classes_[p.argmax(axis=1)]

    def staged_predict_proba(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the probabilities before any tree and after each round, each of shape (n, classes).

        Args:
            X: shape (n, n_features), NaN where missing.
        """
        for z in self.staged_raw_score(X):
            yield self.loss_.predicted(z)

    def _codes(self, y: ArrayLike, n: int, caller: str) -> np.ndarray:
        """Return the numbers of classes that `fit` knows."""
        labels = as_labels(y, n, caller)
        unknown = ~np.isin(labels, self.classes_)
        if unknown.any():
            raise ValueRangeError(
                f"{caller} expects eval_set to have classes seen in y, got "
                f"{labels[unknown].tolist()[0]!r}: drop it"
            )
        return np.searchsorted(self.classes_, labels)
