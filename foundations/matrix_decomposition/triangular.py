"""Triangular systems, the last step of every direct method."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import SingularError
from foundations.matrix_decomposition.checks import as_matrix, as_right_hand_side, require_finite


def forward_substitution(lower: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Solve L x = b from the top: $x_i = \bigl(b_i - \sum_{j<i} l_{ij} x_j\bigr) / l_{ii}$.

    Args:
        lower: shape (n, n); entries above the diagonal are not looked at.
        b: shape (n,) or (n, k).

    Returns:
        x, of the shape of b.

    Raises:
        SingularError: if a diagonal entry is zero.
        ValueRangeError: if an unknown is too large for a float64.

    Example:
        >>> forward_substitution(np.array([[2.0, 0.0], [1.0, 4.0]]), np.array([2.0, 9.0]))
        array([1., 2.])

    Source: Golub & Van Loan 2013, §3.1.
    """
    lower = as_matrix(lower, "forward_substitution", square=True)
    x = as_right_hand_side(b, len(lower), "forward_substitution")
    _require_nonzero_diagonal(lower, "forward_substitution")
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(len(lower)):
            x[i] = (x[i] - lower[i, :i] @ x[:i]) / lower[i, i]
    return require_finite(x)


def back_substitution(upper: ArrayLike, b: ArrayLike) -> np.ndarray:
    r"""Solve U x = b from the bottom: $x_i = \bigl(b_i - \sum_{j>i} u_{ij} x_j\bigr) / u_{ii}$.

    Args:
        upper: shape (n, n); entries below the diagonal are not looked at.
        b: shape (n,) or (n, k).

    Returns:
        x, of the shape of b.

    Raises:
        SingularError: if a diagonal entry is zero.
        ValueRangeError: if an unknown is too large for a float64.

    Example:
        >>> back_substitution(np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([4.0, 8.0]))
        array([1., 2.])

    Source: Golub & Van Loan 2013, §3.1.
    """
    upper = as_matrix(upper, "back_substitution", square=True)
    x = as_right_hand_side(b, len(upper), "back_substitution")
    _require_nonzero_diagonal(upper, "back_substitution")
    with np.errstate(over="ignore", invalid="ignore"):
        for i in reversed(range(len(upper))):
            x[i] = (x[i] - upper[i, i + 1 :] @ x[i + 1 :]) / upper[i, i]
    return require_finite(x)


def _require_nonzero_diagonal(triangle: np.ndarray, caller: str) -> None:
    zeros = np.flatnonzero(np.diagonal(triangle) == 0)
    if zeros.size:
        raise SingularError(
            f"{caller} expects a diagonal without zeros, got zero at {int(zeros[0])}: "
            "the system has no unique solution; use lstsq_svd"
        )
