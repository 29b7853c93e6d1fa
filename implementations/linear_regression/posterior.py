"""The Gaussian posterior of the weights with known noise, one batch of data after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError, ValueRangeError
from foundations.estimators import as_features, as_targets
from foundations.matrix_decomposition import back_substitution, cholesky, forward_substitution, solve_cholesky


@dataclass(frozen=True, eq=False)
class WeightPosterior:
    r"""What is known of the weights: $\mathcal{N}(\mathbf{w} \mid \mathbf{m}, A^{-1})$, noise of precision β.

    It keeps the precision A, not the covariance: data add to it, and all else is a triangular solve.

    Args:
        mean: m, shape (d,).
        precision: A, symmetric positive definite, shape (d, d).
        beta: precision of the noise, one over its variance, in units of 1/y².

    Example:
        >>> belief = WeightPosterior.prior(1, alpha=1.0, beta=4.0).update([[1.0]], [2.5])
        >>> belief.mean, belief.precision
        (array([2.]), array([[5.]]))

    Source: Bishop 2006, equations 3.48 to 3.51 and 3.58.
    """

    mean: np.ndarray
    precision: np.ndarray
    beta: float

    @classmethod
    def prior(cls, d: int, *, alpha: float, beta: float) -> WeightPosterior:
        """Return the belief before any data: mean zero, every weight of precision alpha.

        Args:
            d: number of weights.
            alpha: precision of the prior, in units of 1/w².
            beta: precision of the noise, in units of 1/y².

        Raises:
            ValueRangeError: if a precision is not positive and finite.
        """
        for name, value in (("alpha", alpha), ("beta", beta)):
            if not 0 < value < math.inf:
                raise ValueRangeError(f"WeightPosterior expects a finite {name} > 0, got {value!r}")
        return cls(np.zeros(d), alpha * np.eye(d), float(beta))

    def update(self, features: ArrayLike, targets: ArrayLike) -> WeightPosterior:
        """Return the belief after more data; in which order and in how many batches makes no difference.

        Args:
            features: X, shape (n, d).
            targets: y, shape (n,).

        Raises:
            ShapeError: if there are not d features, or not one target a row.
        """
        X = self._checked(features, "update")
        y = as_targets(targets, len(X), "WeightPosterior.update")
        precision = self.precision + self.beta * X.T @ X  # (d, d)
        moment = self.precision @ self.mean + self.beta * X.T @ y  # (d,)
        mean = solve_cholesky(cholesky(precision), moment)
        return WeightPosterior(mean, precision, self.beta)

    def predict(self, features: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        r"""Return mean and standard deviation of the target at each row: noise and doubt about w together.

        The variance is $1/\beta + \mathbf{x}^\top A^{-1}\mathbf{x}$.

        Args:
            features: shape (n, d).

        Returns:
            Two arrays of shape (n,).

        Raises:
            ShapeError: if there are not d features.
        """
        X = self._checked(features, "predict")
        doubt = forward_substitution(self._lower, X.T)  # (d, n): squares sum to xᵀA⁻¹x
        return X @ self.mean, np.sqrt(1 / self.beta + (doubt**2).sum(axis=0))

    def sample(self, n: int, *, rng: np.random.Generator) -> np.ndarray:
        """Draw weights, shape (n, d): each row is a whole function that the data allow."""
        noise = rng.standard_normal((len(self.mean), n))
        return (self.mean[:, None] + back_substitution(self._lower.T, noise)).T

    def log_density(self, weights: ArrayLike) -> np.ndarray:
        """Return the log density in nats at weights of shape (…, d)."""
        away = (np.asarray(weights, dtype=np.float64) - self.mean) @ self._lower  # (…, d)
        log_det = 2 * np.log(np.diagonal(self._lower)).sum()
        return (log_det - len(self.mean) * math.log(2 * math.pi) - (away**2).sum(axis=-1)) / 2

    @property
    def covariance(self) -> np.ndarray:
        """A⁻¹, shape (d, d)."""
        return solve_cholesky(self._lower, np.eye(len(self.mean)))

    @cached_property
    def _lower(self) -> np.ndarray:
        return cholesky(self.precision)

    def _checked(self, features: ArrayLike, method: str) -> np.ndarray:
        X = as_features(features, f"WeightPosterior.{method}")
        if X.shape[1] != len(self.mean):
            raise ShapeError(
                f"WeightPosterior.{method} expects {len(self.mean)} features, got {X.shape[1]}: make them "
                "with the basis that the prior was made for"
            )
        return X
