"""The real Schur form by Hessenberg reduction and Francis's double-shift QR algorithm."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceError
from foundations.matrix_decomposition.checks import EPS, as_matrix, scaled, unscaled
from foundations.matrix_decomposition.rotations import givens, householder_vector

MAX_STEPS_PER_EIGENVALUE = 30
UNDERFLOW = 1e-290  # of the size of the matrix: below it, digits are lost to the smallest float64
LEAST_STEPS = 300  # a small block may need more than its share


class Hessenberg(NamedTuple):
    """A = Q H Qᵀ with H zero below the first subdiagonal.

    Attributes:
        h: shape (n, n).
        q: orthogonal, shape (n, n).
    """

    h: np.ndarray
    q: np.ndarray


class Schur(NamedTuple):
    """A = Q T Qᵀ with T upper triangular but for 2×2 diagonal blocks, one for each complex pair.

    Attributes:
        t: shape (n, n).
        q: orthogonal, shape (n, n).
    """

    t: np.ndarray
    q: np.ndarray


def hessenberg(a: ArrayLike) -> Hessenberg:
    r"""Bring a square matrix to Hessenberg form by reflections from both sides, $A = QHQ^\top$.

    Args:
        a: shape (n, n).

    Returns:
        Hessenberg(h, q).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real square matrix.

    Example:
        >>> hessenberg(np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0], [4.0, 6.0, 7.0]])).h[:, 0].round(12)
        array([ 1., -5.,  0.])

    Source: Golub & Van Loan 2013, Algorithm 7.4.2.
    """
    h, exponent = scaled(as_matrix(a, "hessenberg", square=True))
    n = len(h)
    q = np.eye(n)
    for j in range(n - 2):
        v = householder_vector(h[j + 1 :, j])
        h[j + 1 :, j:] -= np.outer(2 * v, v @ h[j + 1 :, j:])
        h[:, j + 1 :] -= np.outer(h[:, j + 1 :] @ v, 2 * v)
        q[:, j + 1 :] -= np.outer(q[:, j + 1 :] @ v, 2 * v)
        h[j + 2 :, j] = 0.0
    return Hessenberg(unscaled(h, exponent), q)


def real_schur(a: ArrayLike) -> Schur:
    r"""Find the real Schur form of any real square matrix: eigenvalues on the diagonal, in real arithmetic.

    Args:
        a: shape (n, n).

    Returns:
        Schur(t, q); 2×2 blocks on the diagonal of t have complex eigenvalues.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real square matrix.
        ConvergenceError: if the steps for all eigenvalues run out.

    Example:
        >>> t, _ = real_schur(np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
        >>> bool(np.isclose(np.trace(t), 0)), int(np.count_nonzero(np.diagonal(t, -1)))
        (True, 1)

    Source: Francis 1961, 1962; Golub & Van Loan 2013, Algorithm 7.5.2.
    """
    a, exponent = scaled(as_matrix(a, "real_schur", square=True))
    h, q = hessenberg(a)
    norm = float(np.linalg.norm(h))
    hi, stalled = len(h) - 1, 0
    for _ in range(max(MAX_STEPS_PER_EIGENVALUE * len(h), LEAST_STEPS) + 1):
        lo = _deflate(h, hi, norm)
        while hi > 0 and lo >= hi - 1:  # a block of one or two is finished
            if lo == hi - 1:
                _split_real_pair(h, q, lo)
            hi, stalled = lo - 1, 0
            lo = _deflate(h, hi, norm)
        if hi <= 0:
            return Schur(unscaled(h, exponent), q)
        stalled += 1
        exceptional = {0: "bottom", 10: "top"}.get(stalled % 20, "") if stalled >= 10 else ""
        francis_step(h, q, lo, hi, choose_shift(h, lo, hi, exceptional=exceptional))
    raise ConvergenceError(
        f"real_schur expects {MAX_STEPS_PER_EIGENVALUE} steps an eigenvalue to be enough, got {hi + 1} "
        "eigenvalues still missing: report the matrix, this should not happen; meanwhile transpose it"
    )


def choose_shift(h: np.ndarray, lo: int, hi: int, *, exceptional: str = "") -> complex:
    r"""Return the shift μ for a step on H[lo..hi], which takes μ and its conjugate.

    It is an eigenvalue of the last 2×2 block; of a real pair the one nearer to the last diagonal entry, which
    is so taken twice: with both, $\pm\lambda$ can hold each other in balance and nothing converges.

    Args:
        h: Hessenberg matrix, shape (n, n).
        lo: first row of the unreduced block.
        hi: its last row, at least lo + 2.
        exceptional: "bottom" or "top" to take an arbitrary shift of the size of the entries there, which
            breaks a cycle such as that of a permutation.

    Source: Golub & Van Loan 2013, §7.5; the choices are those of LAPACK 3, dlahqr.
    """
    if exceptional == "top":
        size = abs(h[lo + 1, lo]) + abs(h[lo + 2, lo + 1])
        return complex(0.75 * size + h[lo, lo], 0.66 * size)
    if exceptional == "bottom":
        size = abs(h[hi, hi - 1]) + abs(h[hi - 1, hi - 2])
        return complex(0.75 * size + h[hi, hi], 0.66 * size)
    half = (h[hi - 1, hi - 1] - h[hi, hi]) / 2
    coupling = h[hi - 1, hi] * h[hi, hi - 1]
    discriminant = half * half + coupling
    if discriminant < 0:
        return complex(h[hi, hi] + half, math.sqrt(-discriminant))
    root = math.copysign(math.sqrt(discriminant), half)
    return complex(h[hi, hi] - (coupling / (half + root) if half + root != 0 else 0.0))


def francis_step(
    h: np.ndarray,
    q: np.ndarray,
    lo: int,
    hi: int,
    shift: complex,
) -> None:
    r"""Do two QR steps on H[lo..hi] at once, in place: with μ = σ + iω and its conjugate, in real arithmetic.

    The first column of $(H - \mu I)(H - \bar\mu I) = (H - \sigma I)^2 + \omega^2 I$ has three entries. It
    is computed from differences with σ: with the sum and the product of the shifts, eigenvalues near each
    other would be lost in rounding errors. The reflection that sends it to an axis begins the step, and
    reflections of three rows chase the bulge it makes down and out.

    Args:
        h: Hessenberg matrix, shape (n, n).
        q: orthogonal factor so far, shape (n, n).
        lo: first row of the unreduced block.
        hi: its last row, at least lo + 2.
        shift: μ, from `choose_shift`.

    Source: Golub & Van Loan 2013, Algorithm 7.5.1; the differences: LAPACK 3, dlahqr.
    """
    first, second = h[lo, lo] - shift.real, h[lo + 1, lo + 1] - shift.real
    # Divided by a size, or small products underflow.
    size = abs(first) + abs(second) + abs(shift.imag) + abs(h[lo + 1, lo])
    column = np.array(
        [
            first * (first / size)
            + shift.imag * (shift.imag / size)
            + h[lo, lo + 1] * (h[lo + 1, lo] / size),
            h[lo + 1, lo] * ((first + second) / size),
            h[lo + 1, lo] * (h[lo + 2, lo + 1] / size),
        ]
    )
    for k in range(lo, hi):
        rows = slice(k, min(k + 3, hi + 1))  # three rows, two at the end
        v = householder_vector(column[: rows.stop - k])
        left, bottom = max(k - 1, lo), min(k + 3, hi)
        h[rows, left:] -= np.outer(2 * v, v @ h[rows, left:])
        h[: bottom + 1, rows] -= np.outer(h[: bottom + 1, rows] @ v, 2 * v)
        q[:, rows] -= np.outer(q[:, rows] @ v, 2 * v)
        if k > lo:
            h[k + 1 : rows.stop, k - 1] = 0.0
        column = h[k + 1 : min(k + 4, hi + 1), k]


def _deflate(h: np.ndarray, hi: int, norm: float) -> int:
    """Return the first row of the unreduced block that ends in hi, zeroing the negligible entry above it."""
    for i in range(hi, 0, -1):
        neighbours = abs(h[i - 1, i - 1]) + abs(h[i, i])
        if abs(h[i, i - 1]) <= max(EPS * (neighbours if neighbours > 0 else norm), UNDERFLOW * norm):
            h[i, i - 1] = 0.0
            return i
    return 0


def _split_real_pair(h: np.ndarray, q: np.ndarray, i: int) -> None:
    """Make the 2×2 block at i upper triangular by a rotation if its eigenvalues are real."""
    a, b, c, d = h[i, i], h[i, i + 1], h[i + 1, i], h[i + 1, i + 1]
    half = (a - d) / 2
    discriminant = half * half + b * c
    if discriminant < 0:
        return
    # (z, c) is the eigenvector of d + z; the sign avoids cancellation in z
    z = half + math.copysign(math.sqrt(discriminant), half)
    cosine, sine = givens(z, c)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    pair = slice(i, i + 2)
    h[pair, i:] = turn @ h[pair, i:]
    h[: i + 2, pair] = h[: i + 2, pair] @ turn.T
    q[:, pair] = q[:, pair] @ turn.T
    h[i + 1, i] = 0.0
