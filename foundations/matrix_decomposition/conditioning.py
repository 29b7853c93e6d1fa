"""How much a problem magnifies errors: norms, condition numbers, backward errors."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError
from foundations.matrix_decomposition.checks import as_count, as_matrix, as_right_hand_side, length, scaled
from foundations.matrix_decomposition.svd import singular_values


def spectral_norm(a: ArrayLike) -> float:
    r"""Return $\lVert A\rVert_2 = \max_{\lVert x\rVert = 1}\lVert Ax\rVert = \sigma_1$.

    Args:
        a: shape (m, n).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if `a` is not a finite real matrix.

    Example:
        >>> round(spectral_norm(np.array([[0.0, 2.0], [-3.0, 0.0]])), 12)
        3.0
    """
    return float(singular_values(as_matrix(a, "spectral_norm")).max(initial=0.0))


def condition_number(a: ArrayLike) -> float:
    r"""Return $\kappa_2(A) = \sigma_1/\sigma_k$, k = min(m, n); infinite when the rank is not full.

    A relative change of size δ in A or b changes the solution of Ax = b by up to about κδ.

    Args:
        a: shape (m, n), not empty.

    Raises:
        ShapeError: if the matrix is empty.

    Example:
        >>> condition_number(np.diag([4.0, 2.0, 0.5]))
        8.0

    Source: Golub & Van Loan 2013, §2.6.
    """
    a = as_matrix(a, "condition_number")
    if not a.size:
        raise ShapeError(f"condition_number expects at least one entry, got shape {a.shape}")
    a, _ = scaled(a)
    s = singular_values(a)
    with np.errstate(over="ignore"):
        return float(s[0] / s[-1]) if s[-1] > 0 else math.inf


def backward_error(a: ArrayLike, x: ArrayLike, b: ArrayLike) -> float:
    r"""Return the smallest δ such that x solves $(A + E)x = b + f$ exactly with relative changes ≤ δ.

    $\delta = \lVert b - Ax\rVert / (\lVert A\rVert_2\lVert x\rVert + \lVert b\rVert)$. About 2⁻⁵³ says that
    the method did its part; whether x is near the solution is then for κ to say.

    Args:
        a: shape (m, n).
        x: the computed solution, shape (n,).
        b: shape (m,).

    Raises:
        ShapeError: if the shapes do not fit.

    Example:
        >>> backward_error(np.eye(2), np.array([1.0, 1.0]), np.array([1.0, 1.0]))
        0.0

    Source: Rigal & Gaches 1967.
    """
    a = as_matrix(a, "backward_error")
    b = as_right_hand_side(b, a.shape[0], "backward_error")
    x = as_right_hand_side(x, a.shape[1], "backward_error")
    if b.ndim != 1 or x.ndim != 1:
        raise ShapeError(f"backward_error expects one x and one b, got {x.shape} and {b.shape}")
    (a, a_exponent), (x, x_exponent), (b, b_exponent) = scaled(a), scaled(x), scaled(b)
    together = a_exponent + x_exponent if a.any() and x.any() else b_exponent
    common = max(together, b_exponent if b.any() else together)  # A x and b in one unit, 2**common
    product, b = np.ldexp(a @ x, together - common), np.ldexp(b, b_exponent - common)
    size = math.ldexp(spectral_norm(a) * length(x), together - common) + length(b)
    return length(b - product) / size if size > 0 else 0.0


def hilbert(n: int) -> np.ndarray:
    r"""Return the n×n matrix $h_{ij} = 1/(i + j - 1)$, i and j from 1: the classic of bad conditioning.

    Args:
        n: at least 0.

    Raises:
        ValueRangeError: if n is not an integer in [0, 1000].

    Example:
        >>> hilbert(2)
        array([[1.        , 0.5       ],
               [0.5       , 0.33333333]])

    Source: Hilbert 1894.
    """
    n = as_count(n, 1000, "hilbert")
    i = np.arange(1, n + 1)
    return 1.0 / (i[:, None] + i - 1)
