"""Principal component analysis in two ways: eigenvectors of the covariance, and the SVD of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError
from foundations.matrix_decomposition.checks import as_count, as_matrix, scaled, unscaled
from foundations.matrix_decomposition.svd import svd
from foundations.matrix_decomposition.symmetric_eigen import eigh_qr


@dataclass(frozen=True)
class PCA:
    """Directions of largest variance, and the maps to and from their coordinates.

    Attributes:
        mean: of the data, shape (d,).
        components: orthonormal directions in rows, by falling variance, the entry of largest size
            positive in each; shape (k, d).
        explained_variance: variance along each, with n - 1 below the fraction, shape (k,); inf or 0 where
            it is beyond the range of float64.
        explained_variance_ratio: the same as shares of the total variance, shape (k,).
    """

    mean: np.ndarray
    components: np.ndarray
    explained_variance: np.ndarray
    explained_variance_ratio: np.ndarray

    def transform(self, x: ArrayLike) -> np.ndarray:
        """Return the coordinates of the rows of x along the components, shape (n, k)."""
        return (self._as_rows(x, self.mean.size, "transform") - self.mean) @ self.components.T

    def inverse_transform(self, z: ArrayLike) -> np.ndarray:
        """Return the points with coordinates z, shape (n, d): projections onto the fitted subspace."""
        return self._as_rows(z, len(self.components), "inverse_transform") @ self.components + self.mean

    @staticmethod
    def _as_rows(x: ArrayLike, width: int, caller: str) -> np.ndarray:
        rows = as_matrix(x, f"PCA.{caller}")
        if rows.shape[1] != width:
            raise ShapeError(f"PCA.{caller} expects shape (n, {width}), got {rows.shape}")
        return rows


def pca_svd(x: ArrayLike, n_components: int) -> PCA:
    r"""Find the principal components from the SVD of the centred data, $X_c = U\Sigma V^\top$.

    They are the rows of $V^\top$, with variances $\sigma_i^2/(n - 1)$. The covariance is never formed, so
    directions of variance below $10^{-16}$ of the largest survive.

    Args:
        x: one sample a row, shape (n, d), n ≥ 2.
        n_components: k, in [1, min(n, d)].

    Returns:
        PCA(mean, components, explained_variance, explained_variance_ratio).

    Raises:
        ShapeError: if there are fewer than two samples.
        ValueRangeError: if k is out of range, or an entry is not finite.

    Example:
        >>> fitted = pca_svd(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]), 1)
        >>> fitted.components.round(9), fitted.explained_variance.round(9)
        (array([[0.6, 0.8]]), array([25.]))

    Source: Pearson 1901; Hotelling 1933.
    """
    x, exponent, mean = _centred(x, "pca_svd")
    _, s, vt = svd(x)
    k = as_count(n_components, len(s), "pca_svd", least=1)
    return _fitted(mean, vt, s**2 / (len(x) - 1), exponent, k)


def pca_covariance(x: ArrayLike, n_components: int) -> PCA:
    r"""Find the principal components as eigenvectors of the covariance $C = X_c^\top X_c/(n - 1)$.

    Cheaper when n ≫ d; squares the condition number, so a direction whose variance is below
    $10^{-16}$ of the largest drowns.

    Args:
        x: one sample a row, shape (n, d), n ≥ 2.
        n_components: k, in [1, min(n, d)].

    Returns:
        PCA(mean, components, explained_variance, explained_variance_ratio).

    Raises:
        ShapeError: if there are fewer than two samples.
        ValueRangeError: if k is out of range, or an entry is not finite.

    Example:
        >>> fitted = pca_covariance(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]), 1)
        >>> fitted.components.round(9), fitted.explained_variance.round(9)
        (array([[0.6, 0.8]]), array([25.]))

    Source: Hotelling 1933.
    """
    x, exponent, mean = _centred(x, "pca_covariance")
    k = as_count(n_components, min(x.shape), "pca_covariance", least=1)
    values, vectors = eigh_qr(x.T @ x / (len(x) - 1))
    return _fitted(mean, vectors.T[::-1], np.maximum(values[::-1], 0.0), exponent, k)


def _centred(x: ArrayLike, caller: str) -> tuple[np.ndarray, int, np.ndarray]:
    """Return (X - mean) / 2**e, with entries up to about 1, e, and the mean."""
    samples = as_matrix(x, caller)
    if len(samples) < 2:
        raise ShapeError(
            f"{caller} expects two samples or more, got shape {samples.shape}: one has no variance"
        )
    samples, exponent = scaled(samples)
    mean = samples.mean(axis=0)
    centred, more = scaled(samples - mean)
    return centred, exponent + more, unscaled(mean, exponent)


def _fitted(mean: np.ndarray, directions: np.ndarray, variances: np.ndarray, exponent: int, k: int) -> PCA:
    directions = directions[:k]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    total = variances.sum()
    ratio = variances[:k] / total if total > 0 else np.zeros(k)
    with np.errstate(over="ignore"):
        variances = np.ldexp(variances[:k], 2 * exponent)
    return PCA(mean, directions * np.where(largest < 0, -1.0, 1.0), variances, ratio)
