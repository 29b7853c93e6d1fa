"""Projections onto the spaces in which structured matrices move: symmetric and triangular ones."""

import numpy as np


def symmetrise(matrix: np.ndarray) -> np.ndarray:
    """Return (A + A^T) / 2: of a gradient, the part that symmetric changes feel.

    Args:
        matrix: Shape (n, n).

    Returns:
        Shape (n, n).

    Example:
        >>> symmetrise(np.array([[1.0, 4.0], [0.0, 2.0]]))
        array([[1., 2.],
               [2., 2.]])
    """
    return (matrix + matrix.T) / 2


def lower_triangle(matrix: np.ndarray) -> np.ndarray:
    """Return the lower triangle, zeros above it.

    Args:
        matrix: Shape (n, n).

    Returns:
        Shape (n, n).
    """
    return np.tril(matrix)


def half_lower(matrix: np.ndarray) -> np.ndarray:
    """Return the lower triangle with half its diagonal: S = Phi(S) + Phi(S)^T for symmetric S.

    Args:
        matrix: Shape (n, n).

    Returns:
        Shape (n, n).

    Example:
        >>> half_lower(np.array([[2.0, 3.0], [3.0, 4.0]]))
        array([[1., 0.],
               [3., 2.]])

    Source: Murray 2016, arXiv:1602.07527.
    """
    return np.tril(matrix) - np.diag(np.diag(matrix)) / 2
