"""What the classifiers of this entry share: scores that are linear in the features, and probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from foundations.estimators import Classifier
from implementations.logistic_regression.likelihood import sigmoid
from implementations.logistic_regression.multinomial import softmax


class LinearClassifier(Classifier):
    r"""Base of classifiers whose scores are $\mathbf{x}^\top\mathbf{w} + b$.

    Attributes:
        classes_: sorted, shape (n_classes,).
        coef_: weights, shape (1, n_features) for two classes, (n_classes, n_features) for more.
        intercept_: shape (1,) or (n_classes,).
    """

    coef_: np.ndarray
    intercept_: np.ndarray

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coef_")

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return the log-odds of the second of two classes, shape (n_samples,), or scores of all classes.

        Args:
            X: shape (n_samples, n_features).

        Returns:
            Shape (n_samples,) for two classes, (n_samples, n_classes) for more, in nats.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        return self._scores(X, "decision_function")

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable class of each sample, shape (n_samples,).

        Args:
            X: shape (n_samples, n_features).

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        scores = self._scores(X, "predict")
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)]

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of every class, shape (n_samples, n_classes), in the order of `classes_`.

        Args:
            X: shape (n_samples, n_features).

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        scores = self._scores(X, "predict_proba")
        if scores.ndim == 1:
            return sigmoid(np.column_stack([-scores, scores]))  # 1 − p would cancel where p is near 1
        return softmax(scores)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Return log probabilities in nats, shape (n_samples, n_classes), finite also where p rounds to 0.

        Args:
            X: shape (n_samples, n_features).

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        scores = self._scores(X, "predict_log_proba")
        if scores.ndim == 1:
            return -np.logaddexp(0, np.column_stack([scores, -scores]))
        shifted = scores - scores.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    def _scores(self, X: ArrayLike, method: str) -> np.ndarray:
        scores = self._features_to_use(X, method) @ self.coef_.T + self.intercept_  # (n, K)
        return scores[:, 0] if len(self.classes_) == 2 else scores
