"""How much of one subspace lies in another: the measure of section 7."""

from __future__ import annotations

import numpy as np

from foundations.errors import ShapeError, ValueRangeError
from papers.lora.lora import LoRALinear


def right_singular_vectors(m: np.ndarray) -> np.ndarray:
    """Return the right singular vectors of a matrix (r, n) as columns, the largest first: (n, r)."""
    return np.linalg.svd(np.asarray(m, dtype=np.float64), full_matrices=False)[2].T


def subspace_similarity(first: np.ndarray, second: np.ndarray, i: int, j: int) -> float:
    r"""Return $\phi = \|U_1^T U_2\|_F^2 / \min(i, j)$ of the top directions of two matrices, 0 to 1.

    Args:
        first: Shape (r1, n); of its right singular vectors the first i are taken.
        second: Shape (r2, n); the first j.
        i: 1 to r1.
        j: 1 to r2.

    Returns:
        1 where the smaller space lies in the larger, 0 where they are orthogonal; of random spaces
        max(i, j) / n is expected.

    Raises:
        ShapeError: If the matrices are not two of the same number of columns.
        ValueRangeError: If i or j is out of range.

    Source: Hu et al. 2021, equation (4) and section 7.2; appendix G.

    Example:
        >>> round(subspace_similarity(np.eye(2, 5), np.eye(3, 5), 2, 3), 6)
        1.0
    """
    first, second = np.asarray(first), np.asarray(second)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ShapeError(
            "subspace_similarity expects (r1, n) and (r2, n), "
            f"got {first.shape} and {second.shape}"
        )  # fmt: skip
    for name, count, matrix in (("i", i, first), ("j", j, second)):
        if not 1 <= count <= min(matrix.shape):
            raise ValueRangeError(
                f"{name} is a number of directions, "
                f"1 to {min(matrix.shape)}, got {count}"
            )  # fmt: skip
    u1 = right_singular_vectors(first)[:, :i]  # (n, i)
    u2 = right_singular_vectors(second)[:, :j]  # (n, j)
    return float(np.sum((u1.T @ u2) ** 2) / min(i, j))


def product(layer: LoRALinear) -> np.ndarray:
    """Return B A, whose right singular vectors lie in the space of A's rows: (n_out, n_in)."""
    return layer.b.data @ layer.a.data
