"""LU with partial pivoting: Gaussian elimination kept as a factorization, and what follows from it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import SingularError
from foundations.matrix_decomposition.checks import EPS, as_matrix, as_right_hand_side
from foundations.matrix_decomposition.triangular import back_substitution, forward_substitution


class LU(NamedTuple):
    """A[permutation] = L U.

    Attributes:
        permutation: row numbers, shape (m,).
        lower: shape (m, k), unit diagonal, entries in [-1, 1]; k = min(m, n).
        upper: shape (k, n).
    """

    permutation: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def lu(a: ArrayLike) -> LU:
    r"""Eliminate column by column, each time with the largest entry left as pivot.

    At step j, $l_{ij} = a_{ij}/a_{jj}$ and $A \leftarrow A - l_j u_j^\top$: a rank-one update. The swap
    of rows keeps $|l_{ij}| \le 1$. Every matrix has this factorization, singular ones included.

    Args:
        a: shape (m, n).

    Returns:
        LU(permutation, lower, upper) with `a[permutation] = lower @ upper`.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix.

    Example:
        >>> permutation, lower, upper = lu(np.array([[0.0, 2.0], [4.0, 6.0]]))
        >>> permutation, upper
        (array([1, 0]), array([[4., 6.],
               [0., 2.]]))

    Source: Golub & Van Loan 2013, Algorithm 3.4.1.
    """
    rest = as_matrix(a, "lu")
    m, n = rest.shape
    k = min(m, n)
    permutation, lower = np.arange(m), np.eye(m, k)
    for j in range(k):
        pivot = j + int(np.abs(rest[j:, j]).argmax())
        for array in (permutation, rest):
            array[[j, pivot]] = array[[pivot, j]]
        lower[[j, pivot], :j] = lower[[pivot, j], :j]
        if rest[j, j] != 0:  # else the whole column is zero already
            lower[j + 1 :, j] = rest[j + 1 :, j] / rest[j, j]
            rest[j + 1 :, j:] -= np.outer(lower[j + 1 :, j], rest[j, j:])
            rest[j + 1 :, j] = 0.0
    return LU(permutation, lower, rest[:k])


def solve(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Solve A x = b: $L y = P b$, then $U x = y$.

    Rows and columns are first scaled by powers of two (exact) to a common size, so that a pivot can be
    judged: one below $n\varepsilon$ is rounding error, and what would follow from it noise.

    Args:
        a: shape (n, n).
        b: shape (n,) or (n, k).

    Returns:
        x, of the shape of b.

    Raises:
        SingularError: if A is singular, exactly or to working precision.

    Example:
        >>> solve(np.array([[0.0, 2.0], [4.0, 6.0]]), np.array([2.0, 10.0]))
        array([1., 1.])

    Source: Golub & Van Loan 2013, §3.4 and §3.5 (scaling).
    """
    a = as_matrix(a, "solve", square=True)
    b = as_right_hand_side(b, len(a), "solve")
    rows, columns = _equilibrating_exponents(a)
    permutation, lower, upper = lu(np.ldexp(a, -(rows[:, None] + columns)))
    weak = np.flatnonzero(np.abs(np.diagonal(upper)) <= len(a) * EPS)
    if weak.size:
        raise SingularError(
            f"solve expects independent columns, got a column {int(weak[0])} that is a combination of the "
            "earlier ones to working precision: use lstsq_svd for the smallest of the best solutions"
        )
    b = np.ldexp(b.T, -rows).T
    y = back_substitution(upper, forward_substitution(lower, b[permutation]))
    return np.ldexp(y.T, -columns).T


def determinant(a: ArrayLike) -> float:
    r"""Return $\det A = \pm\prod_i u_{ii}$; the sign is that of the permutation. The empty matrix has 1.

    Args:
        a: shape (n, n).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real square matrix.

    Example:
        >>> determinant(np.array([[0.0, 2.0], [4.0, 6.0]]))
        -8.0

    Source: Golub & Van Loan 2013, §3.2.
    """
    permutation, _, upper = lu(as_matrix(a, "determinant", square=True))
    return permutation_sign(permutation) * math.prod(np.diagonal(upper).tolist())


def permutation_sign(permutation: np.ndarray) -> int:
    """Return +1 for an even and -1 for an odd permutation, by counting cycles: n - cycles swaps undo it.

    Example:
        >>> permutation_sign(np.array([1, 2, 0])), permutation_sign(np.array([1, 0, 2]))
        (1, -1)
    """
    unseen, cycles = set(range(len(permutation))), 0
    while unseen:
        start = here = unseen.pop()
        cycles += 1
        while (here := int(permutation[here])) != start:
            unseen.remove(here)
    return -1 if (len(permutation) - cycles) % 2 else 1


def _equilibrating_exponents(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return r and c, shape (n,) each, such that the entries of A / 2**(r_i + c_j) reach up to about 1."""
    exponents = np.where(a != 0, np.frexp(a)[1], -100_000)
    rows = exponents.max(axis=1, initial=-100_000)
    return rows, (exponents - rows[:, None]).max(axis=0, initial=-100_000)
