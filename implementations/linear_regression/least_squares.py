"""Maximum likelihood and ridge regression, in closed form."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.estimators import as_features, as_targets
from foundations.matrix_decomposition import SVD, svd
from implementations.linear_regression.linear_model import LinearModel

EPS = float(np.finfo(np.float64).eps)


class LinearRegression(LinearModel):
    r"""Fit by maximum likelihood under Gaussian noise, which is least squares.

    w and b minimise $\lVert \mathbf{y} - X\mathbf{w} - b\rVert^2$; among several minimisers the shortest w.

    Args:
        fit_intercept: whether to fit b; without, the plane goes through the origin.

    Attributes:
        coef_: shape (n_features,) or (n_targets, n_features).
        intercept_: float or shape (n_targets,).
        noise_variance_: the maximum-likelihood variance of the noise, the mean squared residual (divided by
            the number of samples and so too small on average), float or shape (n_targets,).
        rank_: rank of the centred X to working precision.
        singular_: its singular values, falling, shape (min(n_samples, n_features),).
        n_features_in_: number of features.

    Example:
        >>> model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 2.0, 4.0])
        >>> model.coef_.round(9), round(model.intercept_, 9)
        (array([1.5]), 0.833333333)

    Source: Bishop 2006, equations 3.15 and 3.21.
    """

    _several_targets = True

    def __init__(self, *, fit_intercept: bool = True) -> None:
        self.fit_intercept = fit_intercept

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to data.

        Args:
            X: shape (n_samples, n_features).
            y: shape (n_samples,) or (n_samples, n_targets).
            sample_weight: shape (n_samples,): a weight of 2 counts as the sample twice, or as noise of half
                the variance.

        Raises:
            ShapeError, DTypeError, ValueRangeError: if the data are not finite numbers of these shapes.
        """
        data = self._data_to_fit(X, y, sample_weight)
        decomposition = svd(data.X)
        self._keep(ridge_weights(decomposition, data.y, 0.0), data)
        self.singular_ = decomposition.s
        self.rank_ = rank(decomposition, data.X.shape)
        residual = data.y - data.X @ self.coef_.T
        variance = (residual**2).sum(axis=0) / data.total
        self.noise_variance_ = variance if variance.ndim else float(variance)
        return self


class Ridge(LinearModel):
    r"""Fit by least squares with a penalty on the length of the weights, never on the intercept.

    w and b minimise $\lVert \mathbf{y} - X\mathbf{w} - b\rVert^2 + \alpha\lVert\mathbf{w}\rVert^2$.

    Args:
        alpha: strength of the penalty, λ in the notes, in units of X²; 0 is `LinearRegression`.
        fit_intercept: whether to fit b.

    Attributes:
        coef_: shape (n_features,) or (n_targets, n_features).
        intercept_: float or shape (n_targets,).
        effective_parameters_: $\sum_i s_i^2/(s_i^2 + \alpha)$ over the singular values of the centred X: how
            many weights the data decide, in [0, rank].
        n_features_in_: number of features.

    Example:
        >>> model = Ridge(alpha=1.0).fit([[-1.0], [0.0], [1.0]], [-3.0, 0.0, 3.0])
        >>> model.coef_.round(9), round(model.effective_parameters_, 9)
        (array([2.]), 0.666666667)

    Source: Hoerl & Kennard 1970; Hastie, Tibshirani & Friedman 2009, §3.4.1.
    """

    _several_targets = True

    def __init__(self, alpha: float = 1.0, *, fit_intercept: bool = True) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to data.

        Args:
            X: shape (n_samples, n_features).
            y: shape (n_samples,) or (n_samples, n_targets).
            sample_weight: shape (n_samples,); weighs the squared errors.

        Raises:
            ValueRangeError: if alpha is negative or not finite.
            ShapeError, DTypeError, ValueRangeError: if the data are not finite numbers of these shapes.
        """
        alpha = as_penalty(self.alpha, "Ridge")
        data = self._data_to_fit(X, y, sample_weight)
        decomposition = svd(data.X)
        self._keep(ridge_weights(decomposition, data.y, alpha), data)
        s = decomposition.s[: rank(decomposition, data.X.shape)]
        self.effective_parameters_ = float((s / (s + alpha / s)).sum())
        return self


def ridge_weights(decomposition: SVD, y: np.ndarray, penalty: float) -> np.ndarray:
    r"""Return $V \operatorname{diag}\bigl(s_i/(s_i^2 + \lambda)\bigr) U^\top \mathbf{y}$.

    Directions whose singular value is zero to working precision get no weight: with λ = 0 that is the
    shortest of the least-squares solutions.

    Args:
        decomposition: of X, shape (n, d).
        y: shape (n,) or (n, k).
        penalty: λ ≥ 0.

    Returns:
        The weights, shape (d,) or (d, k).

    Source: Hastie, Tibshirani & Friedman 2009, equation 3.47.
    """
    r = rank(decomposition, (len(decomposition.u), decomposition.vt.shape[1]))
    u, s, vt = decomposition.u[:, :r], decomposition.s[:r], decomposition.vt[:r]
    along = (u.T @ y).T  # (r,) or (k, r)
    return vt.T @ (along / (s + penalty / s)).T


def ridge_path(X: ArrayLike, y: ArrayLike, alphas: ArrayLike) -> np.ndarray:
    """Return the ridge weights for many penalties from one decomposition, with an intercept.

    Args:
        X: shape (n_samples, n_features).
        y: shape (n_samples,).
        alphas: penalties, not negative, shape (m,).

    Returns:
        Weights, shape (m, n_features).

    Raises:
        ValueRangeError: if a penalty is negative or not finite.
        ShapeError, DTypeError: if shapes or types do not fit.

    Example:
        >>> ridge_path([[-1.0], [0.0], [1.0]], [-3.0, 0.0, 3.0], [0.0, 1.0]).round(9)
        array([[3.],
               [2.]])
    """
    features = as_features(X, "ridge_path")
    targets = as_targets(y, len(features), "ridge_path")
    decomposition, centred = svd(features - features.mean(axis=0)), targets - targets.mean()
    penalties = [as_penalty(float(alpha), "ridge_path") for alpha in np.ravel(alphas)]
    return np.array([ridge_weights(decomposition, centred, penalty) for penalty in penalties])


def rank(decomposition: SVD, shape: tuple[int, ...]) -> int:
    """Return how many singular values are not zero to working precision: above max(n, d) · 2⁻⁵² · s₁."""
    s = decomposition.s
    return int(np.count_nonzero(s > max(shape) * EPS * s.max(initial=0.0)))


def as_penalty(alpha: float, caller: str) -> float:
    """Return a penalty as a float, or say why it is none.

    Raises:
        ValueRangeError: if it is negative or not a finite number.
    """
    if isinstance(alpha, bool) or not isinstance(alpha, int | float | np.number) or not 0 <= alpha < np.inf:
        raise ValueRangeError(f"{caller} expects a finite alpha ≥ 0, got {alpha!r}: 0 means no penalty")
    return float(alpha)
