"""Orthogonal projections, the four subspaces of a matrix, and angles between subspaces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError
from foundations.matrix_decomposition.checks import EPS, as_matrix, as_right_hand_side, scaled, unscaled
from foundations.matrix_decomposition.svd import singular_values, svd


class Subspaces(NamedTuple):
    """Orthonormal bases, in columns, of the four subspaces of a matrix of rank r.

    Attributes:
        column_space: what A can reach, shape (m, r).
        left_null_space: its complement, where Aᵀy = 0, shape (m, m - r).
        row_space: what A sees of x, shape (n, r).
        null_space: its complement, where Ax = 0, shape (n, n - r).
    """

    column_space: np.ndarray
    left_null_space: np.ndarray
    row_space: np.ndarray
    null_space: np.ndarray


def fundamental_subspaces(a: ArrayLike) -> Subspaces:
    """Split both spaces of a matrix by its singular vectors.

    Args:
        a: shape (m, n).

    Returns:
        Subspaces(column_space, left_null_space, row_space, null_space).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix.

    Example:
        >>> spaces = fundamental_subspaces(np.array([[1.0, 2.0], [2.0, 4.0], [0.0, 0.0]]))
        >>> [basis.shape for basis in spaces]
        [(3, 1), (3, 2), (2, 1), (2, 1)]

    Source: Golub & Van Loan 2013, §2.4.
    """
    a, _ = scaled(as_matrix(a, "fundamental_subspaces"))
    u, s, vt = svd(a, full_matrices=True)
    rank = int(np.count_nonzero(s > max(*a.shape, 1) * EPS * s.max(initial=0.0)))
    return Subspaces(u[:, :rank], u[:, rank:], vt[:rank].T, vt[rank:].T)


def orthogonal_projector(a: ArrayLike) -> np.ndarray:
    r"""Return the matrix $P = QQ^\top$ that projects orthogonally onto the column space of A.

    Args:
        a: shape (m, n), of any rank.

    Returns:
        P, shape (m, m), with $P^2 = P = P^\top$.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix.

    Example:
        >>> orthogonal_projector(np.array([[3.0], [4.0]])).round(12)
        array([[0.36, 0.48],
               [0.48, 0.64]])

    Source: Golub & Van Loan 2013, §2.5.
    """
    basis = fundamental_subspaces(a).column_space
    return basis @ basis.T


def project(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Return the point of the column space of A nearest to b, $Q(Q^\top b)$, without forming P.

    Args:
        a: shape (m, n), of any rank.
        b: shape (m,) or (m, k).

    Returns:
        The projection, of the shape of b; b minus it is orthogonal to every column of A.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` or `b` is not finite and real, or they do not fit.

    Example:
        >>> project(np.array([[3.0], [4.0]]), np.array([1.0, 0.0])).round(12)
        array([0.36, 0.48])

    Source: Golub & Van Loan 2013, §2.5.
    """
    basis = fundamental_subspaces(a).column_space
    b, exponent = scaled(as_right_hand_side(b, len(basis), "project"))
    return unscaled(basis @ (basis.T @ b), exponent)


def principal_angles(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Return the angles between the column spaces of A and B, rising, in radians.

    $\cos\theta_i$ are the singular values of $Q_A^\top Q_B$, $\sin\theta_i$ those of
    $(I - Q_AQ_A^\top)Q_B$; each is read where it is accurate, the sine for small angles.

    Args:
        a: shape (m, n).
        b: shape (m, k).

    Returns:
        Angles in [0, π/2], shape (min(rank A, rank B),).

    Raises:
        ShapeError: if the columns have different lengths.

    Example:
        >>> np.degrees(principal_angles(np.array([[1.0], [0.0]]), np.array([[1.0], [1.0]]))).round(9)
        array([45.])

    Source: Björck & Golub 1973.
    """
    q_a, q_b = fundamental_subspaces(a).column_space, fundamental_subspaces(b).column_space
    if len(q_a) != len(q_b):
        raise ShapeError(
            f"principal_angles expects columns of equal length, got {len(q_a)} and {len(q_b)}: "
            "both must live in the same space"
        )
    if q_a.shape[1] < q_b.shape[1]:
        q_a, q_b = q_b, q_a
    cosines = q_a.T @ q_b
    c = np.minimum(singular_values(cosines), 1.0)
    s = np.minimum(singular_values(q_b - q_a @ cosines)[::-1], 1.0)
    return np.where(s < c, np.arcsin(s), np.arccos(c))
