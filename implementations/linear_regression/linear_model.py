"""What the linear models share: the intercept, which is never penalised, and the prediction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.estimators import Regressor, as_targets, as_weights


class Centred(NamedTuple):
    """Data without their means, each row times the root of its weight.

    Attributes:
        X: shape (n, d).
        y: shape (n,) or (n, k).
        x_mean: shape (d,); zeros without an intercept.
        y_mean: shape () or (k,); zeros without an intercept.
        total: sum of the weights; the number of samples where all are one.
    """

    X: np.ndarray
    y: np.ndarray
    x_mean: np.ndarray
    y_mean: np.ndarray
    total: float


def centre(
    X: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    *,
    fit_intercept: bool,
) -> Centred:
    """Take the weighted means away, which fits the intercept, and weigh the rows.

    The first row is taken away before the mean: a constant column becomes exactly zero, and no rounding
    error of its mean poses as a feature.

    Args:
        X: shape (n, d).
        y: shape (n,) or (n, k).
        weights: shape (n,).
        fit_intercept: whether to centre at all.
    """
    root, total = np.sqrt(weights), float(weights.sum())
    rows = (len(y),) + (1,) * (y.ndim - 1)
    if not fit_intercept:
        x_mean, y_mean = np.zeros(X.shape[1]), np.zeros(y.shape[1:])
        return Centred(X * root[:, None], y * root.reshape(rows), x_mean, y_mean, total)
    x_shifted, y_shifted = X - X[0], y - y[0]
    x_mean = np.average(x_shifted, axis=0, weights=weights)
    y_mean = np.average(y_shifted, axis=0, weights=weights)
    x_centred = (x_shifted - x_mean) * root[:, None]
    y_centred = (y_shifted - y_mean) * root.reshape(rows)
    return Centred(x_centred, y_centred, X[0] + x_mean, y[0] + y_mean, total)


class LinearModel(Regressor):
    r"""Base of the models $\hat y = \mathbf{x}^\top\mathbf{w} + b$.

    Attributes:
        coef_: the weights, shape (n_features,), or (n_targets, n_features) for several targets.
        intercept_: the value at x = 0, a float or shape (n_targets,); 0.0 without an intercept.
    """

    fit_intercept: bool
    coef_: np.ndarray
    intercept_: float | np.ndarray

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the prediction for each sample.

        Args:
            X: shape (n_samples, n_features).

        Returns:
            Shape (n_samples,), or (n_samples, n_targets) if `fit` saw several targets.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        return self._features_to_use(X, "predict") @ self.coef_.T + self.intercept_

    def _data_to_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Centred:
        """Check everything that `fit` was given, and centre it."""
        caller = f"{type(self).__name__}.fit"
        features = self._features_to_fit(X)
        targets = as_targets(y, len(features), caller, several=self._several_targets)
        weights = as_weights(sample_weight, len(features), caller)
        return centre(features, targets, weights, fit_intercept=self.fit_intercept)

    def _keep(self, weights: np.ndarray, data: Centred) -> None:
        """Store the weights, shape (d,) or (d, k), and the intercept that goes with them: b = ȳ − x̄ᵀw."""
        self.coef_ = weights.T
        intercept = data.y_mean - data.x_mean @ weights
        self.intercept_ = intercept if intercept.ndim else float(intercept)
