"""Matrices as vectors: vec and its inverse, Kronecker products, commutation, duplication, elimination.

vec stacks **columns**, as the books do; NumPy's `ravel` stacks rows, and vec(A) is `A.T.ravel()`.
"""

from __future__ import annotations

import numpy as np

from foundations.errors import ShapeError, ValueRangeError


def vec(matrix: np.ndarray) -> np.ndarray:
    """Stack the columns of a matrix: element j m + i is A[i, j].

    Args:
        matrix: Shape (m, n).

    Returns:
        Shape (m n,).

    Raises:
        ShapeError: If it is not a matrix.

    Example:
        >>> vec(np.array([[1, 3], [2, 4]]))
        array([1, 2, 3, 4])

    Source: Magnus & Neudecker 2019, chapter 2.
    """
    matrix = _matrix("vec", matrix)
    return matrix.T.reshape(-1)


def unvec(vector: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Put a stack of columns back into a matrix: the inverse of `vec`.

    Args:
        vector: Shape (m n,).
        shape: (m, n); the length alone does not tell them.

    Returns:
        Shape (m, n).

    Raises:
        ShapeError: If the vector does not have m n elements.

    Example:
        >>> unvec(np.array([1, 2, 3, 4, 5, 6]), (2, 3))
        array([[1, 3, 5],
               [2, 4, 6]])
    """
    vector = np.asarray(vector)
    m, n = shape
    if vector.shape != (m * n,):
        raise ShapeError(f"unvec to {m} x {n} needs a vector of {m * n}, got {vector.shape}: check the shape")
    return vector.reshape(n, m).T


def kronecker(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kronecker product: a block a[i, j] B for every element of A.

    It is what two-sided products become as matrices: vec(A X B) = (B^T kron A) vec(X).

    Args:
        a: Shape (m, n).
        b: Shape (p, q).

    Returns:
        Shape (m p, n q), with [i p + k, j q + l] = a[i, j] b[k, l].

    Raises:
        ShapeError: If one of them is not a matrix.

    Example:
        >>> kronecker(np.array([[1, 2]]), np.array([[1, 0], [0, 1]]))
        array([[1, 0, 2, 0],
               [0, 1, 0, 2]])

    Source: Magnus & Neudecker 2019, chapter 2.
    """
    a, b = _matrix("kronecker", a), _matrix("kronecker", b)
    blocks = a[:, None, :, None] * b[None, :, None, :]  # (m, p, n, q)
    return blocks.reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])


def commutation_matrix(m: int, n: int) -> np.ndarray:
    """Return the permutation K with K vec(A) = vec(A^T) for every A of shape (m, n).

    It is the Jacobian of the transpose. K(n, m) K(m, n) = I, and it swaps the factors of a Kronecker
    product: K(p, m) (A kron B) K(n, q) = B kron A for A of shape (m, n) and B of shape (p, q).

    Args:
        m: Rows of A, 1 or more.
        n: Columns of A, 1 or more.

    Returns:
        Shape (m n, m n), of zeros and ones.

    Raises:
        ValueRangeError: If a size is not positive.

    Example:
        >>> commutation_matrix(2, 2).astype(int)
        array([[1, 0, 0, 0],
               [0, 0, 1, 0],
               [0, 1, 0, 0],
               [0, 0, 0, 1]])

    Source: Magnus & Neudecker 1979.
    """
    _sizes("commutation_matrix", m, n)
    places = np.arange(m * n).reshape(n, m).T  # where vec(A) keeps A[i, j]
    return np.eye(m * n)[vec(places.T)]


def vech(matrix: np.ndarray) -> np.ndarray:
    """Stack the columns of the lower triangle: what a symmetric matrix has to say.

    Args:
        matrix: Shape (n, n).

    Returns:
        Shape (n (n + 1) / 2,).

    Raises:
        ShapeError: If it is not square.

    Example:
        >>> vech(np.array([[1, 2], [2, 3]]))
        array([1, 2, 3])
    """
    matrix = _matrix("vech", matrix)
    if matrix.shape[0] != matrix.shape[1]:
        raise ShapeError(f"vech needs a square matrix, got shape {matrix.shape}: use vec")
    return matrix.T[np.triu_indices(len(matrix))]


def duplication_matrix(n: int) -> np.ndarray:
    """Return the D with D vech(S) = vec(S) for every symmetric S of shape (n, n).

    The gradient with respect to the free elements vech(S) is D^T times that with respect to vec(S): what
    stands off the diagonal is counted twice, because it moves two elements.

    Args:
        n: Size, 1 or more.

    Returns:
        Shape (n n, n (n + 1) / 2), of zeros and ones.

    Raises:
        ValueRangeError: If the size is not positive.

    Example:
        >>> duplication_matrix(2).astype(int)
        array([[1, 0, 0],
               [0, 1, 0],
               [0, 1, 0],
               [0, 0, 1]])

    Source: Magnus & Neudecker 1980.
    """
    _sizes("duplication_matrix", n)
    column, row = np.triu_indices(n)  # the lower triangle, column by column
    place = np.empty((n, n), dtype=int)  # where vech(S) keeps S[i, j]
    place[row, column] = place[column, row] = np.arange(len(row))
    return np.eye(len(row))[vec(place)]


def elimination_matrix(n: int) -> np.ndarray:
    """Return the L with L vec(A) = vech(A) for every A of shape (n, n); L D = I.

    Args:
        n: Size, 1 or more.

    Returns:
        Shape (n (n + 1) / 2, n n), of zeros and ones.

    Raises:
        ValueRangeError: If the size is not positive.

    Example:
        >>> elimination_matrix(2).astype(int)
        array([[1, 0, 0, 0],
               [0, 1, 0, 0],
               [0, 0, 0, 1]])

    Source: Magnus & Neudecker 1980.
    """
    _sizes("elimination_matrix", n)
    places = unvec(np.arange(n * n), (n, n))
    return np.eye(n * n)[vech(places)]


def _matrix(name: str, matrix: np.ndarray) -> np.ndarray:
    matrix = np.asarray(matrix)
    if matrix.ndim != 2:
        raise ShapeError(f"{name} needs a matrix, got shape {matrix.shape}: reshape to rows and columns")
    return matrix


def _sizes(name: str, *sizes: int) -> None:
    if min(sizes) < 1:
        raise ValueRangeError(f"{name} needs sizes of 1 or more, got {', '.join(map(str, sizes))}")
