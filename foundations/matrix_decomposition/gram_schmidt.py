"""QR by Gram–Schmidt, column after column: how one does it by hand, and how orthogonality gets lost."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError, SingularError, ValueRangeError
from foundations.matrix_decomposition.checks import EPS, as_matrix, length, scaled, unscaled
from foundations.matrix_decomposition.qr import QR


def gram_schmidt_classical(a: ArrayLike, *, diagonal: Literal["norm", "cholesky"] = "norm") -> QR:
    r"""Factor A = QR by subtracting from each column its projections on the earlier ones, all at once.

    $r_{ij} = q_i^\top a_j$ for $i < j$, with the *original* column. The diagonal is the length of what is
    left ("norm"), or $\sqrt{\lVert a_j\rVert^2 - \sum_{i<j} r_{ij}^2}$ ("cholesky"), which makes R the
    Cholesky factor of a matrix near $A^\top A$. The two are equal in exact arithmetic; only the second
    keeps the loss of orthogonality to $\kappa(A)^2\varepsilon$. The first makes every column of Q a unit
    vector, and can lose everything at a modest κ. For teaching; use `qr_householder` for work.

    Args:
        a: shape (m, n), m ≥ n, columns independent.
        diagonal: how $r_{jj}$ is computed.

    Returns:
        QR(q, r) with q of shape (m, n), r of shape (n, n).

    Raises:
        SingularError: if a column is, to working precision, a combination of the earlier ones.
        ShapeError: if m < n.
        ValueRangeError: if `diagonal` is neither.

    Example:
        >>> gram_schmidt_classical(np.array([[3.0, 1.0], [4.0, 2.0]])).r.round(12)
        array([[5. , 2.2],
               [0. , 0.4]])

    Source: Golub & Van Loan 2013, §5.2.7; the bound: Giraud, Langou, Rozložník & van den Eshof 2005; that
        it needs the second diagonal: Smoktunowicz, Barlow & Langou 2006.
    """
    if diagonal not in ("norm", "cholesky"):
        raise ValueRangeError(f"gram_schmidt_classical expects 'norm' or 'cholesky', got {diagonal!r}")
    a, exponent = scaled(_as_tall(a, "gram_schmidt_classical"))
    m, n = a.shape
    q, r = np.zeros((m, n)), np.zeros((n, n))
    for j in range(n):
        r[:j, j] = q[:, :j].T @ a[:, j]
        rest = a[:, j] - q[:, :j] @ r[:j, j]
        whole, gone = length(a[:, j]), length(r[:j, j])
        left = (
            length(rest)
            if diagonal == "norm"
            else math.sqrt(max(whole - gone, 0.0)) * math.sqrt(whole + gone)
        )
        r[j, j] = _require_left(left, whole, j)
        q[:, j] = rest / r[j, j]
    return QR(q, unscaled(r, exponent))


def gram_schmidt_modified(a: ArrayLike) -> QR:
    r"""Factor A = QR by removing each new direction from all later columns at once.

    $r_{ij} = q_i^\top a_j^{(i)}$ with what is *left* of the column after i - 1 subtractions: equal
    to the classical coefficient in exact arithmetic, but errors made early are seen and removed.
    Loses orthogonality like $\kappa(A)\varepsilon$.

    Args:
        a: shape (m, n), m ≥ n, columns independent.

    Returns:
        QR(q, r) with q of shape (m, n), r of shape (n, n).

    Raises:
        SingularError: if a column is, to working precision, a combination of the earlier ones.
        ShapeError: if m < n.

    Example:
        >>> gram_schmidt_modified(np.array([[3.0, 1.0], [4.0, 2.0]])).r.round(12)
        array([[5. , 2.2],
               [0. , 0.4]])

    Source: Golub & Van Loan 2013, §5.2.8; the bound: Björck 1967.
    """
    a, exponent = scaled(_as_tall(a, "gram_schmidt_modified"))
    n = a.shape[1]
    rest, q, r = a.copy(), np.zeros_like(a), np.zeros((n, n))
    for j in range(n):
        r[j, j] = _require_left(length(rest[:, j]), length(a[:, j]), j)
        q[:, j] = rest[:, j] / r[j, j]
        r[j, j + 1 :] = q[:, j] @ rest[:, j + 1 :]
        rest[:, j + 1 :] -= np.outer(q[:, j], r[j, j + 1 :])
    return QR(q, unscaled(r, exponent))


def loss_of_orthogonality(q: ArrayLike) -> float:
    r"""Return $\lVert Q^\top Q - I\rVert_F$: 0 for orthonormal columns, about 1 when they are useless.

    Args:
        q: shape (m, n).

    Example:
        >>> loss_of_orthogonality(np.eye(3, 2))
        0.0
    """
    q = as_matrix(q, "loss_of_orthogonality")
    return float(np.linalg.norm(q.T @ q - np.eye(q.shape[1])))


def _as_tall(a: ArrayLike, caller: str) -> np.ndarray:
    matrix = as_matrix(a, caller)
    if matrix.shape[0] < matrix.shape[1]:
        raise ShapeError(
            f"{caller} expects at least as many rows as columns, got shape {matrix.shape}: "
            "more than m vectors of length m are dependent; use qr_householder"
        )
    return matrix


def _require_left(left: float, whole: float, j: int) -> float:
    """Return the length of what is left of column j, if it is more than rounding errors."""
    if left <= (j + 1) * EPS * whole:
        raise SingularError(
            f"Gram–Schmidt expects independent columns, got a column {j} that is a combination of the "
            "earlier ones to working precision: drop it, or use qr_householder or svd"
        )
    return left
