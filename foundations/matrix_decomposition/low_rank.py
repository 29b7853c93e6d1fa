"""The best approximation of a matrix by one of lower rank."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError, ValueRangeError
from foundations.matrix_decomposition.checks import (
    as_count,
    as_matrix,
    as_number,
    require_finite,
    scaled,
    unscaled,
)
from foundations.matrix_decomposition.svd import SVD, svd


def truncate(decomposition: SVD, k: int) -> np.ndarray:
    r"""Return $A_k = \sum_{i \le k} \sigma_i u_i v_i^\top$: the first k terms of an SVD, multiplied out.

    Args:
        decomposition: from `svd`; decompose once, truncate often.
        k: rank to keep, in [0, min(m, n)].

    Returns:
        A_k, shape (m, n).

    Raises:
        ValueRangeError: if k is out of range.

    Example:
        >>> truncate(svd(np.diag([3.0, 2.0, 1.0])), 1)
        array([[3., 0., 0.],
               [0., 0., 0.],
               [0., 0., 0.]])
    """
    u, s, vt = decomposition
    k = as_count(k, len(s), "truncate")
    s, exponent = scaled(s)
    return unscaled((u[:, :k] * s[:k]) @ vt[:k], exponent)


def low_rank(a: ArrayLike, k: int) -> np.ndarray:
    r"""Return the matrix of rank at most k that is nearest to A in the spectral and the Frobenius norm.

    Args:
        a: shape (m, n).
        k: rank to keep, in [0, min(m, n)].

    Returns:
        A_k, shape (m, n).

    Raises:
        ValueRangeError: if k is out of range.
        ShapeError, DTypeError, ConvergenceError: as `svd`.

    Example:
        >>> low_rank(np.diag([3.0, 2.0]), 1)
        array([[3., 0.],
               [0., 0.]])

    Source: Eckart & Young 1936 (Frobenius norm); Mirsky 1960 (every norm that rotations do not change).
    """
    return truncate(svd(as_matrix(a, "low_rank")), k)


def truncation_errors(s: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the errors of the best approximations of rank 0, 1, …, k, from the singular values alone.

    $\lVert A - A_k\rVert_2 = \sigma_{k+1}$ and $\lVert A - A_k\rVert_F = \sqrt{\sum_{i>k}\sigma_i^2}$.

    Args:
        s: singular values, falling, shape (k,).

    Returns:
        Spectral and Frobenius errors, each of shape (k + 1,); the last are 0.

    Raises:
        ShapeError: if s is not one-dimensional.
        ValueRangeError: if the values are not finite, not falling or negative.

    Example:
        >>> truncation_errors(np.array([4.0, 3.0]))
        (array([4., 3., 0.]), array([5., 3., 0.]))

    Source: Eckart & Young 1936; Golub & Van Loan 2013, §2.4.
    """
    s = _as_singular_values(s, "truncation_errors")
    # from small to large, by hypotenuses: nothing is lost, and no square over- or underflows
    with np.errstate(over="ignore"):
        tails = np.hypot.accumulate(s[::-1])[::-1]
    return np.append(s, 0.0), np.append(require_finite(tails), 0.0)


def rank_for_energy(s: ArrayLike, share: float) -> int:
    r"""Return the smallest k with $\sum_{i \le k}\sigma_i^2 \ge \text{share}\cdot\sum_i\sigma_i^2$.

    Args:
        s: singular values, falling, shape (k,).
        share: of the squared Frobenius norm, in [0, 1].

    Raises:
        ShapeError, ValueRangeError: if s is no list of singular values, or the share not in [0, 1].

    Example:
        >>> rank_for_energy(np.array([4.0, 3.0]), 0.6)
        1
    """
    share = as_number(share, "rank_for_energy", "share")
    if not 0 <= share <= 1:
        raise ValueRangeError(f"rank_for_energy expects a share in [0, 1], got {share}: 0.9 for 90 %")
    _, tails = truncation_errors(scaled(_as_singular_values(s, "rank_for_energy"))[0])
    return int(np.argmax(tails <= math.sqrt(1.0 - share) * tails[0]))


def _as_singular_values(s: ArrayLike, caller: str) -> np.ndarray:
    values = np.asarray(s)
    if values.ndim != 1:
        raise ShapeError(f"{caller} expects singular values, shape (k,), got {values.shape}: pass svd(a).s")
    values = as_matrix(values[None], caller)[0]
    if (np.diff(values) > 0).any() or (values < 0).any():
        raise ValueRangeError(f"{caller} expects values that fall and are at least 0: pass svd(a).s as it is")
    return values
