"""Cholesky: the square root of a positive definite matrix, and the test of being one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import NotPositiveDefiniteError
from foundations.matrix_decomposition.checks import EPS, as_matrix, as_right_hand_side, as_symmetric, unscaled
from foundations.matrix_decomposition.triangular import back_substitution, forward_substitution


def cholesky(a: ArrayLike) -> np.ndarray:
    r"""Return the lower triangle L with a positive diagonal and $A = LL^\top$.

    Column by column: $l_{jj} = \sqrt{a_{jj} - \sum_{k<j} l_{jk}^2}$ and
    $l_{ij} = \bigl(a_{ij} - \sum_{k<j} l_{ik} l_{jk}\bigr)/l_{jj}$. No pivoting is needed: the entries of
    L cannot grow, because the squares of row j sum to $a_{jj}$.

    Args:
        a: symmetric positive definite, shape (n, n).

    Returns:
        L, shape (n, n).

    Raises:
        NotPositiveDefiniteError: if a pivot is not positive, or is lost in rounding errors.
        ValueRangeError: if `a` is not symmetric, or not finite.

    Example:
        >>> cholesky(np.array([[4.0, 2.0], [2.0, 10.0]]))
        array([[2., 0.],
               [1., 3.]])

    Source: Golub & Van Loan 2013, §4.2.
    """
    a, exponents = _with_unit_diagonal(as_symmetric(a, "cholesky"))
    n = len(a)
    lower = np.zeros((n, n))
    for j in range(n):
        column = a[j:, j] - lower[j:, :j] @ lower[j, :j]
        if column[0] <= n * EPS * abs(a[j, j]):
            raise NotPositiveDefiniteError(
                f"cholesky expects a positive definite matrix, got pivot "
                f"{_printed(column[0], 2 * exponents[j])} at {j}: "
                "add a small multiple of the identity, or use eigh_jacobi"
            )
        lower[j:, j] = column / math.sqrt(column[0])
    return unscaled(lower, exponents[:, None])


def solve_cholesky(lower: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Solve $LL^\top x = b$, given the factor: one forward and one back substitution.

    Args:
        lower: shape (n, n), from `cholesky`.
        b: shape (n,) or (n, k).

    Returns:
        x, of the shape of b.

    Example:
        >>> solve_cholesky(np.array([[2.0, 0.0], [1.0, 3.0]]), np.array([6.0, 12.0]))
        array([1., 1.])
    """
    lower = as_matrix(lower, "solve_cholesky", square=True)
    b = as_right_hand_side(b, len(lower), "solve_cholesky")
    return back_substitution(lower.T, forward_substitution(lower, b))


def log_determinant(a: ArrayLike) -> float:
    r"""Return $\log\det A = 2\sum_i \log l_{ii}$ of a positive definite matrix; the log cannot underflow.

    Args:
        a: symmetric positive definite, shape (n, n).

    Raises:
        NotPositiveDefiniteError: if it is not.

    Example:
        >>> round(log_determinant(1e-200 * np.eye(3)) / math.log(10), 9)
        -600.0
    """
    return 2 * float(np.log(np.diagonal(cholesky(a))).sum())


def _with_unit_diagonal(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return S A S and -log2 of the diagonal of S, with powers of two that bring a diagonal near 1.

    Nothing is rounded, and no product of entries over- or underflows. Where the matrix is not positive
    definite an entry may be larger than those on the diagonal allow: it is cut, and stays too large.
    """
    exponents = np.frexp(np.diagonal(a))[1] // 2
    with np.errstate(over="ignore"):
        a = np.ldexp(a, -(exponents[:, None] + exponents))
    return np.clip(a, -1e100, 1e100), exponents


def _printed(number: float, exponent: int) -> str:
    """Return number * 2**exponent, which may be beyond the range of float64, for a message."""
    with np.errstate(over="ignore"):
        return f"{np.ldexp(number, exponent):.3g}"
