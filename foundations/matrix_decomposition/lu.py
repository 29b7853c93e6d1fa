"""LU with partial pivoting: Gaussian elimination kept as a factorization, and the determinant."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.matrix_decomposition.checks import as_matrix, scaled, unscaled

LARGEST_EXPONENT = 900  # of an entry: growth of up to 2¹²³ stays in range
SMALLEST_EXPONENT = -500  # of the largest entry: below it, products of entries lose digits


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
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix, or U overflows.

    Example:
        >>> permutation, lower, upper = lu(np.array([[0.0, 2.0], [4.0, 6.0]]))
        >>> permutation, upper
        (array([1, 0]), array([[4., 6.],
               [0., 2.]]))

    Source: Golub & Van Loan 2013, Algorithm 3.4.1.
    """
    rest, exponent = _in_range(as_matrix(a, "lu"))
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
    return LU(permutation, lower, unscaled(rest[:k], exponent))


def growth_factor(a: ArrayLike, factors: LU | None = None) -> float:
    r"""Return $\rho = \max|u_{ij}| / \max|a_{ij}|$: by how much elimination made the entries grow.

    The backward error of a solution by LU is about $\rho\,n\varepsilon$. Partial pivoting keeps
    $\rho \le 2^{n-1}$; on nearly every matrix it stays below 10 or so.

    Args:
        a: shape (m, n).
        factors: `lu(a)`, where it is at hand.

    Returns:
        The factor; 1 for a matrix of zeros.

    Example:
        >>> growth_factor(np.array([[1.0, 0.0, 1.0], [-1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]]))
        4.0

    Source: Wilkinson 1961; Golub & Van Loan 2013, §3.4.5.
    """
    a = as_matrix(a, "growth_factor")
    largest = float(np.abs(a).max(initial=0.0))
    upper = (lu(a) if factors is None else factors).upper
    return float(np.abs(upper).max(initial=0.0)) / largest if largest > 0 else 1.0


def determinant(a: ArrayLike) -> float:
    r"""Return $\det A = \pm\prod_i u_{ii}$; the sign is that of the permutation. The empty matrix has 1.

    Rows and columns are first scaled by powers of two, and the exponents of the product are added as
    integers, so nothing over- or underflows on the way.

    Args:
        a: shape (n, n).

    Returns:
        The determinant; ±inf or 0 where it is itself beyond the range of float64.

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real square matrix.

    Example:
        >>> determinant(np.array([[0.0, 2.0], [4.0, 6.0]]))
        -8.0

    Source: Golub & Van Loan 2013, §3.2.
    """
    a = as_matrix(a, "determinant", square=True)
    rows, columns = equilibrating_exponents(a)
    permutation, _, upper = lu(np.ldexp(a, -(rows[:, None] + columns)))
    product, exponent = float(permutation_sign(permutation)), int(rows.sum() + columns.sum())
    for pivot in np.diagonal(upper).tolist():
        product, more = math.frexp(product * pivot)  # two numbers of sizes in [1/2, 1) and at most 2^n
        exponent += more
    if product == 0.0:
        return 0.0
    try:
        return math.ldexp(product, exponent)
    except OverflowError:
        return math.copysign(math.inf, product)


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


def equilibrating_exponents(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return r and c, shape (n,) each, such that the entries of A / 2**(r_i + c_j) reach up to about 1.

    A row or column of zeros has the exponent 0.
    """
    none = -100_000
    exponents = np.where(a != 0, np.frexp(a)[1], none)
    rows = exponents.max(axis=1, initial=none)
    rows[rows == none] = 0
    columns = np.where(a != 0, exponents - rows[:, None], none).max(axis=0, initial=none)
    columns[columns == none] = 0
    return rows, columns


def _in_range(a: np.ndarray) -> tuple[np.ndarray, int]:
    """Return (A / 2**e, e) with e as near to 0 as leaves room for growth above and for products below."""
    exponent = scaled(a)[1]
    if exponent < SMALLEST_EXPONENT:
        return np.ldexp(a, -exponent), exponent
    shift = max(exponent - LARGEST_EXPONENT, 0)
    return np.ldexp(a, -shift), shift
