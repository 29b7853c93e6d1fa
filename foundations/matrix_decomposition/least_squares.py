"""Least squares in three ways, and the pseudo-inverse, which the third gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import NotPositiveDefiniteError, ShapeError, SingularError, ValueRangeError
from foundations.matrix_decomposition.checks import (
    EPS,
    as_matrix,
    as_right_hand_side,
    scaled,
    unscaled,
)
from foundations.matrix_decomposition.cholesky import cholesky, solve_cholesky
from foundations.matrix_decomposition.qr import qr_pivoted
from foundations.matrix_decomposition.svd import SVD, svd
from foundations.matrix_decomposition.triangular import back_substitution


def lstsq_normal(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Minimise $\lVert Ax - b\rVert$ through the normal equations $A^\top A x = A^\top b$ and Cholesky.

    The cheapest of the three, and the one that squares the condition number: with
    $\kappa(A) > 10^8$ no digit is left in float64.

    Args:
        a: shape (m, n), m ≥ n, columns independent.
        b: shape (m,) or (m, k).

    Returns:
        x, shape (n,) or (n, k).

    Raises:
        SingularError: if $A^\top A$ is not positive definite to working precision.
        ShapeError: if m < n or b does not fit.

    Example:
        >>> lstsq_normal(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 5.0])).round(9)
        array([1., 2.])

    Source: Golub & Van Loan 2013, §5.3.2.
    """
    a = _as_overdetermined(a, "lstsq_normal")
    b = as_right_hand_side(b, len(a), "lstsq_normal")
    (a, exponent), (b, b_exponent) = scaled(a), scaled(b)
    try:
        lower = cholesky(a.T @ a)
    except NotPositiveDefiniteError as error:
        raise SingularError(
            "lstsq_normal expects well-conditioned independent columns, got AᵀA singular to working "
            "precision: use lstsq_qr, or lstsq_svd for dependent columns"
        ) from error
    return unscaled(solve_cholesky(lower, a.T @ b), b_exponent - exponent)


def lstsq_qr(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Minimise $\lVert Ax - b\rVert$ through $AP = QR$: solve $R\,P^\top x = Q^\top b$.

    Args:
        a: shape (m, n), m ≥ n, columns independent.
        b: shape (m,) or (m, k).

    Returns:
        x, shape (n,) or (n, k).

    Raises:
        SingularError: if a column is a combination of the others to working precision.
        ShapeError: if m < n or b does not fit.

    Example:
        >>> lstsq_qr(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 3.0, 5.0])).round(9)
        array([1., 2.])

    Source: Golub & Van Loan 2013, §5.3.3.
    """
    a = _as_overdetermined(a, "lstsq_qr")
    b = as_right_hand_side(b, len(a), "lstsq_qr")
    (a, exponent), (b, b_exponent) = scaled(a), scaled(b)
    q, r, permutation = qr_pivoted(a)
    diagonal = np.diagonal(r)
    if (diagonal <= max(a.shape) * EPS * diagonal.max(initial=0.0)).any():
        raise SingularError(
            "lstsq_qr expects independent columns, got a rank below "
            f"{a.shape[1]} to working precision: use lstsq_svd for the shortest of the best solutions"
        )
    x = np.empty((a.shape[1], *b.shape[1:]))
    x[permutation] = back_substitution(r, q.T @ b)
    return unscaled(x, b_exponent - exponent)


def lstsq_svd(a: ArrayLike, b: ArrayLike, *, rcond: float | None = None) -> np.ndarray:
    r"""Return the shortest x among those that minimise $\lVert Ax - b\rVert$: $x = V\Sigma^+U^\top b$.

    Args:
        a: shape (m, n), of any shape and rank.
        b: shape (m,) or (m, k).
        rcond: singular values up to rcond · σ₁ count as zero; max(m, n) · 2⁻⁵² by default.

    Returns:
        x, shape (n,) or (n, k).

    Raises:
        ShapeError: if b does not fit.
        ValueRangeError: if rcond is not in [0, 1), or an entry is not finite.

    Example:
        >>> lstsq_svd(np.array([[1.0, 1.0]]), np.array([2.0])).round(9)
        array([1., 1.])

    Source: Golub & Kahan 1965; Golub & Van Loan 2013, §5.5.
    """
    a = as_matrix(a, "lstsq_svd")
    b = as_right_hand_side(b, len(a), "lstsq_svd")
    (u, s, vt), exponent = _significant(a, rcond, "lstsq_svd")
    b, b_exponent = scaled(b)
    coefficients = (u.T @ b).T / s  # (k,) or (columns of b, k)
    return unscaled(vt.T @ coefficients.T, b_exponent - exponent)


def pseudo_inverse(a: ArrayLike, *, rcond: float | None = None) -> np.ndarray:
    r"""Return $A^+ = V\Sigma^+U^\top$, where $\Sigma^+$ inverts the singular values that are not zero.

    It is the one matrix with $AA^+A = A$, $A^+AA^+ = A^+$ and both products symmetric.

    Args:
        a: shape (m, n).
        rcond: as in `lstsq_svd`.

    Returns:
        A⁺, shape (n, m).

    Raises:
        ValueRangeError: if rcond is not in [0, 1), or an entry is not finite.

    Example:
        >>> pseudo_inverse(np.array([[2.0, 0.0], [0.0, 0.0]]))
        array([[0.5, 0. ],
               [0. , 0. ]])

    Source: Penrose 1955; Golub & Van Loan 2013, §5.5.
    """
    (u, s, vt), exponent = _significant(as_matrix(a, "pseudo_inverse"), rcond, "pseudo_inverse")
    return unscaled((vt.T / s) @ u.T, -exponent)


def matrix_rank(a: ArrayLike, *, rcond: float | None = None) -> int:
    """Return how many singular values are larger than rcond · σ₁.

    Args:
        a: shape (m, n).
        rcond: as in `lstsq_svd`.

    Raises:
        ValueRangeError: if rcond is not in [0, 1), or an entry is not finite.

    Example:
        >>> matrix_rank(np.outer([1.0, 2.0, 3.0], [4.0, 5.0]))
        1

    Source: Golub & Van Loan 2013, §5.4.
    """
    return len(_significant(as_matrix(a, "matrix_rank"), rcond, "matrix_rank")[0].s)


def _significant(a: np.ndarray, rcond: float | None, caller: str) -> tuple[SVD, int]:
    """Return the SVD of A / 2**e without what counts as zero (rank columns of U, rows of Vᵀ), and e."""
    if rcond is None:
        rcond = max(*a.shape, 1) * EPS
    elif isinstance(rcond, complex) or not 0 <= rcond < 1:
        raise ValueRangeError(f"{caller} expects rcond in [0, 1), got {rcond}")
    a, exponent = scaled(a)
    u, s, vt = svd(a)
    rank = int(np.count_nonzero(s > rcond * s.max(initial=0.0)))
    return SVD(u[:, :rank], s[:rank], vt[:rank]), exponent


def _as_overdetermined(a: ArrayLike, caller: str) -> np.ndarray:
    matrix = as_matrix(a, caller)
    if matrix.shape[0] < matrix.shape[1]:
        raise ShapeError(
            f"{caller} expects at least as many equations as unknowns, got shape {matrix.shape}: "
            "use lstsq_svd for the shortest solution"
        )
    return matrix
