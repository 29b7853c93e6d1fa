"""Eigenvalues of symmetric matrices: two-sided Jacobi, and the implicit QR algorithm on tridiagonal form."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceError, NotPositiveDefiniteError
from foundations.matrix_decomposition.checks import EPS, as_symmetric, scaled, unscaled
from foundations.matrix_decomposition.cholesky import cholesky
from foundations.matrix_decomposition.rotations import (
    givens,
    householder_vector,
    jacobi_rotations,
    rotate_rows,
    round_robin,
)

MAX_SWEEPS = 40
MAX_STEPS_PER_EIGENVALUE = 30  # LAPACK's bound; two or three are usual


class SymmetricEigen(NamedTuple):
    """A = V diag(values) Vᵀ.

    Attributes:
        values: eigenvalues, rising, shape (n,).
        vectors: orthonormal eigenvectors in columns, shape (n, n).
    """

    values: np.ndarray
    vectors: np.ndarray


class Tridiagonal(NamedTuple):
    """A = Q T Qᵀ with T symmetric tridiagonal.

    Attributes:
        diagonal: shape (n,).
        off_diagonal: shape (n - 1,); empty for n = 0.
        q: orthogonal, shape (n, n).
    """

    diagonal: np.ndarray
    off_diagonal: np.ndarray
    q: np.ndarray


def eigh_jacobi(a: ArrayLike) -> SymmetricEigen:
    r"""Rotate the off-diagonal entries of a symmetric matrix away, pair by pair, sweep by sweep.

    $A \leftarrow JAJ^\top$ with a plane rotation that makes $a_{pq} = 0$ takes exactly $2a_{pq}^2$ out of
    the sum of squares off the diagonal; it cannot go anywhere but onto the diagonal. An entry of a positive
    definite matrix is negligible beside $\sqrt{a_{pp}a_{qq}}$: then small eigenvalues keep their digits
    whatever the scales of the rows are. Otherwise it is negligible beside $\lVert A\rVert_F$.

    Args:
        a: symmetric, shape (n, n).

    Returns:
        SymmetricEigen(values, vectors), values rising.

    Raises:
        ValueRangeError: if `a` is not symmetric or not finite.
        ConvergenceError: if an off-diagonal entry is still large after MAX_SWEEPS sweeps.

    Example:
        >>> eigh_jacobi(np.array([[2.0, 1.0], [1.0, 2.0]])).values.round(12)
        array([1., 3.])

    Source: Jacobi 1846; Golub & Van Loan 2013, §8.5; the relative test: Demmel & Veselić 1992; pairs in
        parallel: Brent & Luk 1985.
    """
    a, exponent = scaled(as_symmetric(a, "eigh_jacobi"))
    n = len(a)
    vt = np.eye(n)
    absolute, relative = _negligible(a)
    schedule, worst = round_robin(n), 0.0
    scratch = np.empty((2, n // 2, 2, n))
    for _ in range(MAX_SWEEPS):
        worst = 0.0
        for pairs in schedule:
            p, q = pairs.T
            limits = absolute + relative * np.sqrt(np.abs(a[p, p])) * np.sqrt(np.abs(a[q, q]))
            pairs = pairs[np.abs(a[p, q]) > limits]
            if pairs.size:
                p, q = pairs.T
                worst = max(worst, float(np.abs(a[p, q]).max()))
                rotations = jacobi_rotations(a[p, p], a[q, q], a[p, q])
                for rows in (a, a.T, vt):
                    rotate_rows(rows, pairs, rotations, scratch)
                a[p, q] = a[q, p] = 0.0
        if worst == 0.0:
            return _sorted(unscaled(np.diagonal(a), exponent), vt)
    raise ConvergenceError(
        f"eigh_jacobi expects to finish in {MAX_SWEEPS} sweeps, got an off-diagonal entry of {worst:.1e} "
        "after them: use eigh_qr"
    )


def _negligible(a: np.ndarray) -> tuple[float, float]:
    """Return what an off-diagonal entry is negligible below: absolutely, and relative to its diagonal."""
    try:
        cholesky(a)
    except NotPositiveDefiniteError:
        return EPS / max(len(a), 1) * float(np.linalg.norm(a)), 0.0
    return 0.0, EPS * math.sqrt(max(len(a), 1))


def tridiagonalise(a: ArrayLike) -> Tridiagonal:
    r"""Bring a symmetric matrix to tridiagonal form by reflections from both sides, $A = QTQ^\top$.

    The reflection of step j acts on rows and columns j + 1 and later, so it keeps the zeros made before:
    $HBH = B - vw^\top - wv^\top$ with $w = 2(Bv - (v^\top Bv)\,v)$.

    Args:
        a: symmetric, shape (n, n).

    Returns:
        Tridiagonal(diagonal, off_diagonal, q).

    Raises:
        ValueRangeError: if `a` is not symmetric or not finite.

    Example:
        >>> t = tridiagonalise(np.array([[1.0, 3.0, 4.0], [3.0, 2.0, 0.0], [4.0, 0.0, 2.0]]))
        >>> t.diagonal.round(12), np.abs(t.off_diagonal).round(12)
        (array([1., 2., 2.]), array([5., 0.]))

    Source: Golub & Van Loan 2013, §8.3.1.
    """
    a, exponent = scaled(as_symmetric(a, "tridiagonalise"))
    n = len(a)
    reflectors = []
    for j in range(n - 2):
        v = householder_vector(a[j + 1 :, j])
        b = a[j + 1 :, j + 1 :]
        bv = b @ v
        w = 2 * (bv - (v @ bv) * v)
        b -= np.outer(v, w) + np.outer(w, v)
        a[j + 1 :, j] -= 2 * v * (v @ a[j + 1 :, j])
        reflectors.append(v)
    q = np.eye(n)
    for j in reversed(range(len(reflectors))):
        v = reflectors[j]
        q[j + 1 :, j + 1 :] -= np.outer(2 * v, v @ q[j + 1 :, j + 1 :])
    off_diagonal = np.diagonal(a, -1) if n else np.empty(0)
    return Tridiagonal(unscaled(np.diagonal(a), exponent), unscaled(off_diagonal, exponent), q)


def eigh_qr(a: ArrayLike) -> SymmetricEigen:
    r"""Find the eigenvalues of a symmetric matrix by tridiagonal form and the implicit QR algorithm.

    Args:
        a: symmetric, shape (n, n).

    Returns:
        SymmetricEigen(values, vectors), values rising.

    Raises:
        ValueRangeError: if `a` is not symmetric or not finite.
        ConvergenceError: if the steps for all eigenvalues run out.

    Example:
        >>> eigh_qr(np.array([[2.0, 1.0], [1.0, 2.0]])).values.round(12)
        array([1., 3.])

    Source: Golub & Van Loan 2013, Algorithm 8.3.3; Wilkinson 1968 (the shift).
    """
    a, exponent = scaled(as_symmetric(a, "eigh_qr"))
    tridiagonal = tridiagonalise(a)
    d, e = tridiagonal.diagonal.tolist(), tridiagonal.off_diagonal.tolist()
    vt = np.ascontiguousarray(tridiagonal.q.T)
    hi = len(d) - 1
    for _ in range(MAX_STEPS_PER_EIGENVALUE * len(d) + 1):
        for i in range(hi):
            if abs(e[i]) <= EPS * (abs(d[i]) + abs(d[i + 1])):
                e[i] = 0.0
        while hi > 0 and e[hi - 1] == 0.0:
            hi -= 1
        if hi <= 0:
            return _sorted(unscaled(np.array(d), exponent), vt)
        lo = hi - 1
        while lo > 0 and e[lo - 1] != 0.0:
            lo -= 1
        implicit_qr_step(d, e, lo, hi, vt)
    raise ConvergenceError(
        f"eigh_qr expects {MAX_STEPS_PER_EIGENVALUE} steps an eigenvalue to be enough, got {hi + 1} "
        "eigenvalues still missing: use eigh_jacobi"
    )


def implicit_qr_step(d: list[float], e: list[float], lo: int, hi: int, vt: np.ndarray) -> None:
    r"""Do one step $T - \mu I = QR,\ T \leftarrow RQ + \mu I$ on T[lo..hi] without forming Q or R.

    The shift $\mu$ is the eigenvalue of the last 2×2 block that is closer to its last entry. The first
    rotation is the one that QR would begin with; the others chase the entry it spills, the bulge, down
    and out. By the implicit Q theorem the result is the same.

    Args:
        d: diagonal of T, changed in place.
        e: off-diagonal of T, changed in place; nonzero between lo and hi.
        lo: first row of the unreduced block.
        hi: its last row, above lo.
        vt: eigenvectors so far in rows, shape (n, n), changed in place.

    Source: Golub & Van Loan 2013, Algorithm 8.3.2; Wilkinson 1968.
    """
    half = (d[hi - 1] - d[hi]) / 2
    mu = d[hi] - e[hi - 1] * (e[hi - 1] / (half + math.copysign(math.hypot(half, e[hi - 1]), half)))
    x, bulge = d[lo] - mu, e[lo]
    for k in range(lo, hi):
        c, s = givens(x, bulge)
        if k > lo:
            e[k - 1] = c * x - s * bulge
        mixed = 2 * c * s * e[k]
        d_k, d_next = d[k], d[k + 1]
        e[k] = c * s * (d_k - d_next) + (c * c - s * s) * e[k]
        d[k] = c * c * d_k - mixed + s * s * d_next
        d[k + 1] = s * s * d_k + mixed + c * c * d_next
        if k < hi - 1:
            x, bulge = e[k], -s * e[k + 1]
            e[k + 1] *= c
        first, second = vt[k].copy(), vt[k + 1]
        vt[k] = c * first - s * second
        vt[k + 1] = s * first + c * second


def _sorted(values: np.ndarray, vt: np.ndarray) -> SymmetricEigen:
    order = np.argsort(values, kind="stable")
    return SymmetricEigen(values[order], vt[order].T)
