"""QR by Householder reflections, with column pivoting too, and by Gram–Schmidt, which loses orthogonality."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError, SingularError
from foundations.matrix_decomposition.checks import EPS, as_matrix, scaled, unscaled
from foundations.matrix_decomposition.rotations import householder_vector


class QR(NamedTuple):
    """A = Q R: orthonormal columns times an upper triangle.

    Attributes:
        q: shape (m, k), or (m, m) when complete; k = min(m, n).
        r: shape (k, n), or (m, n) when complete.
    """

    q: np.ndarray
    r: np.ndarray


class PivotedQR(NamedTuple):
    """A[:, permutation] = Q R, with the diagonal of R falling.

    Attributes:
        q: shape (m, k), or (m, m) when complete; k = min(m, n).
        r: shape (k, n), or (m, n) when complete.
        permutation: column numbers, shape (n,).
    """

    q: np.ndarray
    r: np.ndarray
    permutation: np.ndarray


def qr_householder(a: ArrayLike, *, mode: Literal["reduced", "complete"] = "reduced") -> QR:
    r"""Factor A = QR by one reflection a column; R has a diagonal ≥ 0, so full column rank makes it unique.

    $H_k \cdots H_1 A = R$ with $H_j = I - 2 v_j v_j^\top$, hence $Q = H_1 \cdots H_k$.

    Args:
        a: shape (m, n).
        mode: "reduced" for the min(m, n) columns of Q that A needs, "complete" for all m.

    Returns:
        QR(q, r).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix.

    Example:
        >>> q, r = qr_householder(np.array([[3.0, 1.0], [4.0, 2.0]]))
        >>> r.round(12)
        array([[5. , 2.2],
               [0. , 0.4]])

    Source: Householder 1958; Golub & Van Loan 2013, §5.2.2.
    """
    q, r, _ = _reflect(as_matrix(a, "qr_householder"), pivot=False, complete=mode == "complete")
    return QR(q, r)


def qr_pivoted(a: ArrayLike, *, mode: Literal["reduced", "complete"] = "reduced") -> PivotedQR:
    r"""Factor A P = QR, taking at each step the column with the most length left.

    Then $r_{11} \ge r_{22} \ge \dots \ge 0$, and a diagonal that falls off a cliff tells the rank.

    Args:
        a: shape (m, n).
        mode: as in `qr_householder`.

    Returns:
        PivotedQR(q, r, permutation) with `a[:, permutation] = q @ r`.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix.

    Example:
        >>> qr_pivoted(np.array([[1.0, 3.0], [0.0, 4.0]])).permutation
        array([1, 0])

    Source: Golub & Van Loan 2013, §5.4.2.
    """
    return _reflect(as_matrix(a, "qr_pivoted"), pivot=True, complete=mode == "complete")


def _reflect(a: np.ndarray, *, pivot: bool, complete: bool) -> PivotedQR:
    m, n = a.shape
    k = min(m, n)
    r, exponent = scaled(a)
    permutation = np.arange(n)
    reflectors = []
    for j in range(k):
        if pivot:
            best = j + int(np.einsum("ij,ij->j", r[j:, j:], r[j:, j:]).argmax())
            r[:, [j, best]] = r[:, [best, j]]
            permutation[[j, best]] = permutation[[best, j]]
        v = householder_vector(r[j:, j])
        r[j:, j:] -= np.outer(2 * v, v @ r[j:, j:])
        reflectors.append(v)
    q = np.eye(m, m if complete else k)
    for j in reversed(range(k)):  # last reflection first: columns before j are still untouched axes
        v = reflectors[j]
        q[j:, j:] -= np.outer(2 * v, v @ q[j:, j:])
    signs = np.where(np.diagonal(r) < 0, -1.0, 1.0)
    q[:, :k] *= signs
    r[:k] *= signs[:, None]
    return PivotedQR(q, unscaled(np.triu(r if complete else r[:k]), exponent), permutation)


def gram_schmidt_classical(a: ArrayLike) -> QR:
    r"""Factor A = QR by subtracting from each column its projections on the earlier ones, all at once.

    $r_{ij} = q_i^\top a_j$ for $i < j$, with the *original* column. Loses orthogonality like
    $\kappa(A)^2 \varepsilon$: for teaching; use `qr_householder` for work.

    Args:
        a: shape (m, n), m ≥ n, columns independent.

    Returns:
        QR(q, r) with q of shape (m, n), r of shape (n, n).

    Raises:
        SingularError: if a column is, to working precision, a combination of the earlier ones.
        ShapeError: if m < n.

    Example:
        >>> gram_schmidt_classical(np.array([[3.0, 1.0], [4.0, 2.0]])).r.round(12)
        array([[5. , 2.2],
               [0. , 0.4]])

    Source: Golub & Van Loan 2013, §5.2.7; the bound: Giraud, Langou, Rozložník & van den Eshof 2005.
    """
    a = _as_tall(a, "gram_schmidt_classical")
    m, n = a.shape
    q, r = np.zeros((m, n)), np.zeros((n, n))
    for j in range(n):
        r[:j, j] = q[:, :j].T @ a[:, j]
        rest = a[:, j] - q[:, :j] @ r[:j, j]
        r[j, j] = _remaining_length(rest, a[:, j], j)
        q[:, j] = rest / r[j, j]
    return QR(q, r)


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
    a = _as_tall(a, "gram_schmidt_modified")
    n = a.shape[1]
    rest, q, r = a.copy(), np.zeros_like(a), np.zeros((n, n))
    for j in range(n):
        r[j, j] = _remaining_length(rest[:, j], a[:, j], j)
        q[:, j] = rest[:, j] / r[j, j]
        r[j, j + 1 :] = q[:, j] @ rest[:, j + 1 :]
        rest[:, j + 1 :] -= np.outer(q[:, j], r[j, j + 1 :])
    return QR(q, r)


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


def _remaining_length(rest: np.ndarray, column: np.ndarray, j: int) -> float:
    length = math.sqrt(rest @ rest)
    if length <= (j + 1) * EPS * math.sqrt(column @ column):
        raise SingularError(
            f"Gram–Schmidt expects independent columns, got a column {j} that is a combination of the "
            "earlier ones to working precision: drop it, or use qr_householder or svd"
        )
    return length
