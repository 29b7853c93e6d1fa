"""How far drawn digits are from real ones, by the features of the network of `implementations/cnn`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.errors import ShapeError, ValueRangeError


class Moments(NamedTuple):
    """Mean and covariance of features.

    Attributes:
        mean: Shape (d,).
        covariance: Shape (d, d), divided by n - 1.
    """

    mean: np.ndarray
    covariance: np.ndarray


def moments(features: np.ndarray) -> Moments:
    """Return mean and covariance of features (n, d), in float64.

    Raises:
        ShapeError: If they are not rows.
        ValueRangeError: If there are fewer than two, or a number is not finite.
    """
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2:
        raise ShapeError(f"features are rows (n, d), got {features.shape}")
    if len(features) < 2 or not np.isfinite(features).all():
        raise ValueRangeError(f"a covariance needs two rows of finite numbers, got {len(features)}")
    return Moments(features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False)))


def frechet_distance(first: Moments, second: Moments) -> float:
    r"""Return the squared Fréchet distance of two normal distributions.

    $$d^2 = |\mu_1 - \mu_2|^2 + \operatorname{tr}\big(\Sigma_1 + \Sigma_2
    - 2 (\Sigma_1^{1/2} \Sigma_2 \Sigma_1^{1/2})^{1/2}\big)$$

    On the features of our own network it is not the FID of papers, and compares only with itself. It falls
    with the number of rows: few rows tell a covariance badly, so give the floor between real digits beside
    it.

    Args:
        first: Mean and covariance of one set of features.
        second: Of the other, with as many features.

    Raises:
        ShapeError: If the numbers of features differ.

    Source: Dowson & Landau 1982; as a measure of samples Heusel et al. 2017, arXiv:1706.08500.

    Example:
        >>> one = Moments(np.zeros(1), np.eye(1))
        >>> frechet_distance(one, Moments(np.array([3.0]), 4 * np.eye(1)))
        10.0
    """
    if first.mean.shape != second.mean.shape:
        raise ShapeError(f"both sets have the same features, got {first.mean.shape}, {second.mean.shape}")
    values, vectors = np.linalg.eigh(first.covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second.covariance @ root), 0)).sum()
    spread = np.trace(first.covariance) + np.trace(second.covariance) - 2 * cross
    return float(((first.mean - second.mean) ** 2).sum() + spread)
