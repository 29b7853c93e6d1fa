"""Linear algebra: products, inverses and determinants, on matrices and on batches of them.

The last two axes are the matrix; leading axes are a batch and broadcast.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from foundations.autodiff.operands import as_array, as_arrays
from foundations.autodiff.ops.indexing import getitem, put
from foundations.autodiff.ops.reductions import sum
from foundations.autodiff.ops.shaping import expand_dims, reshape, squeeze, swapaxes
from foundations.autodiff.primitive import constant, primitive
from foundations.autodiff.tensor import Array, ArrayT, Tensor
from foundations.errors import ShapeError

# ---------------------------------------------------------------------- products


def _as_rows(x: Any) -> Any:
    """Join all axes but the last: (..., k) -> (n, k). With k = 0, NumPy cannot tell n by itself."""
    return x.reshape(-1 if x.size else prod(x.shape[:-1]), x.shape[-1])


def _product(a: Any, b: Any) -> Any:
    try:
        if b.ndim == 2:
            if a.ndim == 2:
                return a.dot(b)
            return _as_rows(a).dot(b).reshape(*a.shape[:-1], b.shape[-1])  # one large GEMM
        return np.matmul(a, b)
    except ValueError as error:
        raise ShapeError(
            f"matmul needs (..., n, k) @ (..., k, m), got {a.shape} @ {b.shape}: "
            "transpose or reshape one of them (x.mT swaps the last two axes)"
        ) from error


def _product_right_vjp(g: Any, _y: Any, a: Any, b: Any) -> Any:
    if b.ndim == 2 and a.ndim > 2:  # one weight for the whole batch: again one large GEMM
        a, g = _as_rows(a), _as_rows(g)
    return product(a.mT, g)


_matmul = primitive(_product, lambda g, _y, _a, b: product(g, b.mT), _product_right_vjp, name="matmul")


def product(a: Any, b: Any) -> Any:
    """Multiply two arrays, or two Tensors, of two or more axes; arrays without looking further."""
    return _product(a, b) if type(a) is np.ndarray is type(b) else _matmul(a, b)


def matmul(a: Array, b: Array) -> Any:
    """Matrix product; leading axes broadcast, and one-dimensional arguments are vectors, as in NumPy.

    With Y = A B: dA = dY B^T, dB = A^T dY.

    Args:
        a: Shape (..., n, k) or (k,).
        b: Shape (..., k, m) or (k,).

    Returns:
        Shape (..., n, m), without n where `a` is a vector and without m where `b` is.

    Raises:
        ShapeError: If the inner lengths differ, or an argument is a single number.
    """
    try:
        a_ndim, b_ndim = a.ndim, b.ndim
    except AttributeError:  # nested lists, or a number
        a, b = as_arrays((a, b))
        a_ndim, b_ndim = a.ndim, b.ndim
    if a_ndim > 1 and b_ndim > 1:
        return _matmul(a, b)
    if not a_ndim or not b_ndim:
        raise ShapeError("matmul needs vectors or matrices, got a single number: multiply with *")
    y = _matmul(expand_dims(a, 0) if a_ndim == 1 else a, expand_dims(b, 1) if b_ndim == 1 else b)
    return squeeze(y, ((-2,) if a_ndim == 1 else ()) + ((-1,) if b_ndim == 1 else ()))


def outer(a: Array, b: Array) -> Any:
    """Product of every element of a with every element of b: shape (n,), (m,) -> (n, m)."""
    a, b = as_arrays((a, b))
    return expand_dims(a, -1) * expand_dims(b, -2)


# ---------------------------------------------------------------------- diagonals


def diagonal(x: ArrayT) -> ArrayT:
    """Return the diagonals of matrices: (..., n, m) -> (..., min(n, m))."""
    x = as_array(x)
    if x.ndim < 2:
        raise ShapeError(
            f"diagonal needs matrices (..., n, m), got {x.shape}: embed_diagonal() makes one of a vector"
        )
    i = np.arange(min(x.shape[-2:]))
    return getitem(x, (..., i, i))


def diag(x: ArrayT) -> ArrayT:
    """Put a vector on the diagonal of a square matrix: (..., n) -> (..., n, n); or take a matrix's diagonal.

    A one-dimensional x is a vector, as in NumPy; to embed a batch of vectors use `embed_diagonal`.
    """
    x = as_array(x)
    return embed_diagonal(x) if x.ndim == 1 else diagonal(x)


def embed_diagonal(x: ArrayT) -> ArrayT:
    """Put vectors on the diagonals of square matrices: (..., n) -> (..., n, n)."""
    x = as_array(x)
    if not x.ndim:
        raise ShapeError("embed_diagonal needs vectors (..., n), got a single number: reshape it to (1,)")
    n = x.shape[-1]
    i = np.arange(n)
    return put(x, (..., i, i), (*x.shape, n))


def trace(x: ArrayT) -> ArrayT:
    """Sum of the diagonal: (..., n, m) -> (...)."""
    return sum(diagonal(x), -1)


# ---------------------------------------------------------------------- inverses and determinants


def require_square(x: Any, name: str) -> None:
    """Raise unless x is square matrices: ShapeError."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(
            f"{name} needs square matrices (..., n, n), got {x.shape}: pass A.mT @ A or a square block"
        )


def mt(x: Any) -> Any:
    """Transpose the matrices: the last two axes."""
    return swapaxes(x, -1, -2)


_inv = primitive(np.linalg.inv, lambda g, y, _a: -(mt(y) @ g @ mt(y)), name="inv", floating=True)


def inv(a: ArrayT) -> ArrayT:
    """Inverse matrix. From A Y = I: dY = -Y dA Y. To apply an inverse, `solve` is better.

    Raises:
        ShapeError: If the matrices are not square.
        SingularError: If one has no inverse.
    """
    a = as_array(a)
    require_square(a, "inv")
    return _inv(a)


_solve = primitive(
    np.linalg.solve,
    lambda g, y, a, _b: -(_solve(mt(a), g) @ mt(y)),
    lambda g, _y, a, _b: _solve(mt(a), g),
    name="solve",
    floating=True,
)


def solve(a: Array, b: Array) -> Any:
    """Solve A Y = B. With Z = A^-T dY: dB = Z and dA = -Z Y^T.

    Args:
        a: Shape (..., n, n).
        b: Shape (..., n, m), or (n,).

    Returns:
        Y, the shape of b.

    Raises:
        ShapeError: If a is not square or b does not have n rows.
        SingularError: If a is singular.
    """
    a, b = as_arrays((a, b))
    require_square(a, "solve")
    if not b.ndim or a.shape[-1] != (b.shape[-2] if b.ndim > 1 else b.shape[0]):
        raise ShapeError(
            f"solve needs a (..., n, n) and b (..., n, m) or (n,), got {a.shape} and {b.shape}: "
            "transpose or reshape b"
        )
    if b.ndim == 1:
        return squeeze(_solve(a, expand_dims(b, 1)), -1)
    return _solve(a, b)


def _cofactors(a: np.ndarray) -> np.ndarray:
    """Matrix of cofactors, also of singular matrices: det(UV) U diag(prod of the other s) V^T."""
    u, s, vt = np.linalg.svd(a)
    n = s.shape[-1]
    others = np.prod(np.where(np.eye(n, dtype=bool), 1, s[..., None, :]), axis=-1)
    turn = np.linalg.det(u) * np.linalg.det(vt)
    return turn[..., None, None] * (u * others[..., None, :]) @ vt


def _minors(a: Any) -> Any:
    """Matrix of cofactors by its definition, for derivatives of it: costly, and exact at every matrix."""
    n = a.shape[-1]
    others = np.array([[k for k in range(n) if k != i] for i in range(n)], dtype=int)  # (n, n - 1)
    minors = getitem(a, (..., others[:, None, :, None], others[:, None, :]))  # (..., n, n, n - 1, n - 1)
    signs = np.where(np.add.outer(np.arange(n), np.arange(n)) % 2, -1, 1).astype(a.dtype)
    return det(minors) * signs


def _det_vjp(g: Any, y: Any, a: Any) -> Any:
    g = reshape(g, (*g.shape, 1, 1))
    if not isinstance(a, Tensor):
        return g * _cofactors(a)
    if a.size and np.linalg.cond(a.data).max() > np.finfo(a.dtype).eps ** -0.5:
        return g * _minors(a)
    return g * reshape(y, g.shape) * mt(inv(a))


_det = primitive(np.linalg.det, _det_vjp, name="det", floating=True)


def det(a: ArrayT) -> ArrayT:
    """Determinant, (..., n, n) -> (...). Jacobi: d det A = tr(adj(A) dA), at singular A too."""
    a = as_array(a)
    require_square(a, "det")
    return _det(a)


_sign_of_det = constant(lambda a: np.linalg.slogdet(a)[0], name="slogdet")
_logabsdet = primitive(
    lambda a: np.linalg.slogdet(a)[1],
    lambda g, _y, a: reshape(g, (*g.shape, 1, 1)) * mt(inv(a)),
    name="slogdet",
    floating=True,
)


def slogdet(a: ArrayT) -> tuple[Any, ArrayT]:
    """Sign and logarithm of the absolute value of the determinant. d log|det A| = tr(A^-1 dA)."""
    a = as_array(a)
    require_square(a, "slogdet")
    return _sign_of_det(a), _logabsdet(a)
