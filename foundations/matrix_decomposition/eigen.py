"""Eigenvalues and eigenvectors of any real square matrix, complex pairs included."""

from __future__ import annotations

import cmath
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.matrix_decomposition.checks import EPS, as_matrix, scaled, unscaled
from foundations.matrix_decomposition.schur import Schur, real_schur

LARGE = 1e100  # an eigenvector in the making is rescaled beyond this


class Eigen(NamedTuple):
    """A v = λ v, column by column.

    Attributes:
        values: eigenvalues by falling modulus, shape (n,); complex128 if any is complex, else float64.
        vectors: eigenvectors of length 1 in columns, shape (n, n), of the same dtype.
    """

    values: np.ndarray
    vectors: np.ndarray


def eig(a: ArrayLike) -> Eigen:
    r"""Find all eigenvalues and eigenvectors of a real square matrix.

    $A = QTQ^\top$ (real Schur), then a unitary G makes the 2×2 blocks of T triangular, then
    $(T - \lambda I)x = 0$ by back substitution, then $v = QGx$. For a symmetric matrix prefer
    `eigh_jacobi` or `eigh_qr`, whose vectors are orthogonal.

    Args:
        a: shape (n, n).

    Returns:
        Eigen(values, vectors). Where A has too few eigenvectors (it is defective) some columns are
        parallel to working precision, and a k-fold eigenvalue is good to about the k-th root of it.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real square matrix.
        ConvergenceError: if the QR algorithm runs out of steps.

    Example:
        >>> eig(np.array([[0.0, -2.0], [2.0, 0.0]])).values
        array([0.+2.j, 0.-2.j])

    Source: Golub & Van Loan 2013, §7.6.
    """
    a, exponent = scaled(as_matrix(a, "eig", square=True))
    t, q = complex_schur(real_schur(a))
    values = np.diagonal(t)
    real, imag = np.real(values), np.imag(values)
    vectors = q @ triangular_eigenvectors(t)
    vectors = vectors / np.sqrt((np.abs(vectors) ** 2).sum(axis=0))
    order = np.lexsort((-imag, -np.abs(imag), -real, -np.abs(values)))  # a pair stays together
    real, imag, vectors = unscaled(real[order], exponent), unscaled(imag[order], exponent), vectors[:, order]
    if not imag.any():
        return Eigen(real, vectors)
    vectors[:, imag < 0] = vectors[:, imag > 0].conj()  # conjugate to the last bit
    return Eigen(real + 1j * imag, vectors)


def eigvals(a: ArrayLike) -> np.ndarray:
    """Return the eigenvalues of a real square matrix by falling modulus, shape (n,).

    Args:
        a: shape (n, n).

    Raises:
        ShapeError, DTypeError, ValueRangeError, ConvergenceError: as `eig`.

    Example:
        >>> eigvals(np.array([[2.0, 5.0], [0.0, 3.0]]))
        array([3., 2.])
    """
    return eig(a).values


def complex_schur(schur: Schur) -> Schur:
    r"""Make the 2×2 blocks of a real Schur form triangular by unitary rotations, $A = QTQ^*$.

    A block $[[a, b], [c, d]]$ with eigenvalue λ has the eigenvector $(\lambda - d,\ c)$; taken as first
    axis, it leaves zero below λ.

    Args:
        schur: from `real_schur`.

    Returns:
        Schur(t, q), complex and t triangular; the argument itself when all its eigenvalues are real.

    Source: Golub & Van Loan 2013, §7.6.
    """
    blocks = np.flatnonzero(np.diagonal(schur.t, -1)) if len(schur.t) else np.empty(0, dtype=int)
    if not blocks.size:
        return schur
    t, q = schur.t.astype(complex), schur.q.astype(complex)
    for i in blocks.tolist():
        pair = slice(i, i + 2)
        (a, b), (c, d) = schur.t[pair, pair].tolist()
        half = (a - d) / 2
        above = half + cmath.sqrt(half * half + b * c)  # the eigenvalue minus d, without cancellation
        eigenvalue = d + above
        axis = np.array([above, c])
        axis /= np.sqrt((np.abs(axis) ** 2).sum())
        turn = np.array([[axis[0].conj(), axis[1].conj()], [-axis[1], axis[0]]])
        t[pair, :] = turn @ t[pair, :]
        t[:, pair] = t[:, pair] @ turn.conj().T
        q[:, pair] = q[:, pair] @ turn.conj().T
        t[i, i], t[i + 1, i + 1], t[i + 1, i] = eigenvalue, eigenvalue.conjugate(), 0.0
    return Schur(t, q)


def triangular_eigenvectors(t: np.ndarray) -> np.ndarray:
    r"""Return the eigenvectors of a triangular matrix in columns, all back substitutions side by side.

    Column k has $x_k = 1$, zeros below, and above it
    $x_i = -\sum_{j>i} t_{ij} x_j / (t_{ii} - t_{kk})$. A difference that is zero to working precision
    is replaced by the smallest that is not: where A is defective, the result is a vector nearly
    parallel to the one it has.

    Args:
        t: upper triangular, shape (n, n).

    Returns:
        x, shape (n, n), not normalised.

    Source: Golub & Van Loan 2013, §7.6.
    """
    n = len(t)
    eigenvalues = np.diagonal(t)
    smallest = max(EPS * float(np.abs(t).max(initial=0.0)), np.finfo(float).tiny)
    x = np.eye(n, dtype=t.dtype)
    for i in reversed(range(n - 1)):
        gaps = t[i, i] - eigenvalues[i + 1 :]
        gaps = np.where(np.abs(gaps) < smallest, smallest, gaps)
        x[i, i + 1 :] = -(t[i, i + 1 :] @ x[i + 1 :, i + 1 :]) / gaps
        size = np.abs(x[i])
        x /= np.where(size > LARGE, size, 1.0)
    return x
