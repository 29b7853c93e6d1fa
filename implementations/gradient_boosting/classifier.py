"""The classifier: logistic loss for two classes, softmax for more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.estimators import Classifier
from implementations.gradient_boosting.boosting import GradientBoosting


class GradientBoostingClassifier(GradientBoosting, Classifier):
    """Predict a class by boosted trees; for the arguments see `GradientBoosting`.

    Attributes:
        classes_: the classes, ascending.
    """

    classes_: np.ndarray

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

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of every class, shape (n, classes)."""
        raise NotImplementedError

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return the raw scores, shape (n,) for two classes, (n, classes) for more."""
        raise NotImplementedError

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable class of each sample, shape (n,)."""
        raise NotImplementedError

    def staged_predict(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the classes before any tree and after each round."""
        raise NotImplementedError

    def staged_predict_proba(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the probabilities before any tree and after each round."""
        raise NotImplementedError
