"""QR by Householder reflections, with column pivoting too."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.matrix_decomposition.checks import as_matrix, scaled, unscaled
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
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix, the mode unknown, or R
            too large for float64.

    Example:
        >>> q, r = qr_householder(np.array([[3.0, 1.0], [4.0, 2.0]]))
        >>> r.round(12)
        array([[5. , 2.2],
               [0. , 0.4]])

    Source: Householder 1958; Golub & Van Loan 2013, §5.2.2.
    """
    q, r, _ = _reflect(as_matrix(a, "qr_householder"), "qr_householder", pivot=False, mode=mode)
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
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix, the mode unknown, or R
            too large for float64.

    Example:
        >>> qr_pivoted(np.array([[1.0, 3.0], [0.0, 4.0]])).permutation
        array([1, 0])

    Source: Golub & Van Loan 2013, §5.4.2.
    """
    return _reflect(as_matrix(a, "qr_pivoted"), "qr_pivoted", pivot=True, mode=mode)


def _reflect(a: np.ndarray, caller: str, *, pivot: bool, mode: str) -> PivotedQR:
    if mode not in ("reduced", "complete"):
        raise ValueRangeError(f"{caller} expects mode 'reduced' or 'complete', got {mode!r}")
    complete = mode == "complete"
    m, n = a.shape
    k = min(m, n)
    r, exponent = scaled(a)
    permutation = np.arange(n)
    reflectors = []
    for j in range(k):
        if pivot:
            left = scaled(r[j:, j:])[0]  # else the squares of a graded matrix underflow
            best = j + int(np.einsum("ij,ij->j", left, left).argmax())
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
