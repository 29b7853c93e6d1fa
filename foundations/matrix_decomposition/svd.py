"""The singular value decomposition, by one-sided Jacobi rotations on a preconditioned triangle."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceError
from foundations.matrix_decomposition.checks import EPS, as_matrix, scaled, unscaled
from foundations.matrix_decomposition.qr import qr_householder, qr_pivoted
from foundations.matrix_decomposition.rotations import jacobi_rotations, rotate_rows, round_robin

MAX_SWEEPS = 40  # a handful is usual
NEGLIGIBLE = 1e-290  # squared length, of a matrix of entries about 1, below which a row counts as zero


class SVD(NamedTuple):
    """A = U diag(s) Vᵀ.

    Attributes:
        u: left singular vectors in columns, shape (m, k), or (m, m) when full; k = min(m, n).
        s: singular values, falling, shape (k,).
        vt: right singular vectors in rows, shape (k, n), or (n, n) when full.
    """

    u: np.ndarray
    s: np.ndarray
    vt: np.ndarray


def svd(a: ArrayLike, *, full_matrices: bool = False) -> SVD:
    r"""Factor $A = U\Sigma V^\top$ with orthonormal U and V and $\sigma_1 \ge \sigma_2 \ge \dots \ge 0$.

    First $AP = QR$ with column pivoting; then rotations W make the rows of R orthogonal,
    $W^\top R = \Sigma X^\top$, so that $A = (QW)\,\Sigma\,(PX)^\top$. The pivoting leaves rows of
    falling size, nearly orthogonal already: few sweeps, and tiny singular values keep their digits.

    Args:
        a: shape (m, n).
        full_matrices: whether to complete U and V to square matrices.

    Returns:
        SVD(u, s, vt). A pair of vectors is determined up to a common sign, and up to a rotation where
        singular values are equal.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix.
        ConvergenceError: if the rows are not orthogonal after MAX_SWEEPS sweeps.

    Example:
        >>> u, s, vt = svd(np.array([[3.0, 0.0], [4.0, 5.0]]))
        >>> bool(np.allclose(s, [45**0.5, 5**0.5])), bool(np.allclose((u * s) @ vt, [[3, 0], [4, 5]]))
        (True, True)

    Source: Hestenes 1958; preconditioning: Drmač & Veselić 2008; pairs in parallel: Brent & Luk 1985.
    Deviation: one pivoted QR instead of two factorizations chosen by a condition estimate, and all
        disjoint pairs of rows turn in one array operation.
    """
    a = as_matrix(a, "svd")
    m, n = a.shape
    if m < n:
        u, s, vt = svd(a.T, full_matrices=full_matrices)
        return SVD(vt.T, s, u.T)
    a, exponent = scaled(a)
    q, r, permutation = qr_pivoted(a, mode="complete" if full_matrices else "reduced")
    rows = np.hstack([r[:n], np.eye(n)])  # (n, n + n): what turns R into Σ Xᵀ turns I into Wᵀ
    orthogonalise_rows(rows, n)
    s, xt, wt = _normalise(rows[:, :n], rows[:, n:])
    vt = np.empty((n, n))
    vt[:, permutation] = xt
    q[:, :n] = q[:, :n] @ wt.T
    return SVD(q, unscaled(s, exponent), vt)


def singular_values(a: ArrayLike) -> np.ndarray:
    """Return the singular values alone, falling: half the work of `svd`.

    Args:
        a: shape (m, n).

    Returns:
        s, shape (min(m, n),).

    Raises:
        ShapeError, DTypeError, ValueRangeError, ConvergenceError: as `svd`.

    Example:
        >>> singular_values(np.array([[0.0, 2.0], [-3.0, 0.0]]))
        array([3., 2.])
    """
    a, exponent = scaled(as_matrix(a, "singular_values"))
    rows = qr_pivoted(a if a.shape[0] >= a.shape[1] else a.T).r
    orthogonalise_rows(rows, rows.shape[1])
    squares = np.einsum("ij,ij->i", rows, rows)
    lengths = np.sqrt(np.where(squares > NEGLIGIBLE, squares, 0.0))
    return unscaled(np.sort(lengths)[::-1], exponent)


def orthogonalise_rows(rows: np.ndarray, width: int) -> int:
    r"""Rotate pairs of rows, in place, until their first `width` entries are mutually orthogonal.

    For rows x and y the Gram matrix is $[[\alpha, \gamma], [\gamma, \beta]]$; the rotation that makes
    it diagonal makes them orthogonal. A pair is left alone once the cosine
    $|\gamma|/\sqrt{\alpha\beta}$ is of the size of its own rounding error.

    Args:
        rows: shape (n, width + extra); the extra columns ride along and collect the rotations.
        width: number of leading columns that count.

    Returns:
        The number of sweeps it took, the last of which found nothing to do.

    Raises:
        ConvergenceError: after MAX_SWEEPS sweeps.

    Source: Hestenes 1958; the relative test of orthogonality: Demmel & Veselić 1992.
    """
    tolerance = EPS * math.sqrt(max(width, 1))
    schedule, worst = round_robin(len(rows)), 0.0
    scratch = np.empty((2, len(rows) // 2, 2, rows.shape[1]))
    for sweep in range(1, MAX_SWEEPS + 1):
        worst = 0.0
        for pairs in schedule:
            room = scratch[0, : len(pairs)]
            both = np.take(rows, pairs, axis=0, out=room, mode="clip")
            x, y = both[:, 0, :width], both[:, 1, :width]  # (pairs, width) each
            alpha, beta, gamma = np.vecdot(x, x), np.vecdot(y, y), np.vecdot(x, y)
            scale = np.sqrt(alpha) * np.sqrt(beta)
            turn = np.abs(gamma) > tolerance * scale
            turn &= np.minimum(alpha, beta) > NEGLIGIBLE
            if turn.any():
                worst = max(worst, float((np.abs(gamma[turn]) / scale[turn]).max()))
                rotations = jacobi_rotations(alpha[turn], beta[turn], gamma[turn])
                rotate_rows(rows, pairs[turn], rotations, scratch)
        if worst == 0.0:
            return sweep
    raise ConvergenceError(
        f"one-sided Jacobi expects to finish in {MAX_SWEEPS} sweeps, "
        f"got a cosine of {worst:.1e} after them: "
        "report the matrix, this should not happen"
    )


def _normalise(scaled_rows: np.ndarray, wt: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (s, Xᵀ, Wᵀ) sorted by falling length; zero rows are replaced by a basis of what is left."""
    squares = np.einsum("ij,ij->i", scaled_rows, scaled_rows)
    lengths = np.sqrt(np.where(squares > NEGLIGIBLE, squares, 0.0))
    order = np.argsort(-lengths, kind="stable")
    lengths, rows, wt = lengths[order], scaled_rows[order], wt[order]
    rank = int(np.count_nonzero(lengths))
    rows[:rank] /= lengths[:rank, None]
    if rank < len(rows):
        rows[rank:] = qr_householder(rows[:rank].T, mode="complete").q[:, rank:].T
    return lengths, rows, wt
