"""Factorisations of matrices (..., n, m): Cholesky, QR, eigenvalues, singular values.

Those with several results are computed as one array that holds them in a row, and cut: so a factorisation is
one value with one derivative, of any order.

Where a factor is not determined there is no derivative. The vectors that belong to a repeated eigenvalue or
singular value may turn freely among themselves, and a matrix without full rank has many QR factors: a
gradient that reaches such a factor raises. The sign of a vector is free too: a function that depends on it
has no derivative either, which no one can tell from here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from foundations.autodiff.operands import as_array
from foundations.autodiff.ops.creation import tril
from foundations.autodiff.ops.elementwise import log
from foundations.autodiff.ops.joining import concatenate
from foundations.autodiff.ops.linalg import diagonal, embed_diagonal, mt, require_square, solve
from foundations.autodiff.ops.reductions import sum
from foundations.autodiff.ops.shaping import reshape
from foundations.autodiff.primitive import primitive
from foundations.autodiff.tensor import ArrayT, Tensor, values
from foundations.errors import ShapeError, SingularError

Shapes = tuple[tuple[int, ...], ...]


def _tril_halved(x: Any) -> Any:
    """Lower triangle with half its diagonal: the operator Phi of Murray 2016."""
    n = x.shape[-1]
    return x * (np.tril(np.ones((n, n), x.dtype)) - 0.5 * np.eye(n, dtype=x.dtype))


def _cholesky_vjp(g: Any, y: Any, _a: Any) -> Any:
    inner = _tril_halved(mt(y) @ g)
    half = solve(mt(y), mt(solve(mt(y), mt(inner))))
    return (half + mt(half)) * 0.5


_cholesky = primitive(np.linalg.cholesky, _cholesky_vjp, name="cholesky", floating=True)


def cholesky(a: ArrayT) -> ArrayT:
    """Lower triangular L with A = L L^T, for symmetric positive definite A.

    dA = sym(L^-T Phi(L^T dL) L^-1), with Phi the lower triangle, its diagonal halved.

    Raises:
        ShapeError: If a is not square.
        NotPositiveDefiniteError: If a has a pivot that is not positive.

    Source: Murray 2016, arXiv:1602.07527.
    """
    a = as_array(a)
    require_square(a, "cholesky")
    return _cholesky(a)


def cholesky_logdet(a: ArrayT) -> ArrayT:
    """Log-determinant of a symmetric positive definite matrix: 2 sum log diag(L)."""
    return 2 * sum(log(diagonal(cholesky(a))), -1)


# ---------------------------------------------------------------------- several results


def _cut(packed: Any, shapes: Shapes) -> list[Any]:
    """Cut (..., N) into parts of the given shapes behind the same leading axes."""
    parts, start = [], 0
    for shape in shapes:
        stop = start + prod(shape)
        parts.append(reshape(packed[..., start:stop], (*packed.shape[:-1], *shape)))
        start = stop
    return parts


def _packed(
    forward: Callable[[np.ndarray], Sequence[np.ndarray]], vjp: Callable[..., Any], name: str
) -> Callable[..., list[Any]]:
    """Make a differentiable function of one batch of matrices with several results.

    Args:
        forward: From an array to arrays.
        vjp: `vjp(gradients, results, a)`: the gradient of a.
        name: Name used in errors.

    Returns:
        A function of the matrices and of the shapes of the results of one.
    """

    def value(a: np.ndarray, shapes: Shapes) -> np.ndarray:
        parts = forward(a)
        return np.concatenate(
            [p.reshape(*a.shape[:-2], prod(s)) for p, s in zip(parts, shapes, strict=True)], -1
        )

    packed = primitive(
        value,
        lambda g, y, a, shapes: vjp(_cut(g, shapes), _cut(y, shapes), a),
        name=name,
        floating=True,
    )
    return lambda a, shapes: _cut(packed(a, shapes=shapes), shapes)


def _require_matrices(a: Any, name: str) -> None:
    if a.ndim < 2:
        raise ShapeError(f"{name} needs matrices (..., n, m), got {a.shape}: reshape it")


def _gaps(z: Any, least: float) -> tuple[Any, bool]:
    """Return F_ij = 1 / (z_j - z_i), 0 on the diagonal, and whether two of the z are the same.

    Args:
        z: Values, (..., k).
        least: Share of the largest |z| below which a difference is rounding.
    """
    k = z.shape[-1]
    eye = np.eye(k, dtype=z.dtype)
    difference = reshape(z, (*z.shape[:-1], 1, k)) - reshape(z, (*z.shape, 1))
    size = np.abs(values(z)).max(-1, initial=0)[..., None, None]
    same = bool(((np.abs(values(difference)) <= least * size) & (eye == 0)).any())
    return (1 - eye) / (difference + eye), same


def _undetermined(grads: Sequence[Any], name: str, of: str) -> None:
    """Raise where a gradient reaches factors that are not determined; under `create_graph` any may."""
    if any(isinstance(g, Tensor) or g.any() for g in grads):
        raise SingularError(
            f"{name} has no gradient with respect to the vectors of {of}, for they may turn freely: "
            "use the values alone without create_graph, or move the matrix away from there"
        )


# ---------------------------------------------------------------------- eigenvalues


def _eigh_vjp(grads: Sequence[Any], results: Sequence[Any], a: Any) -> Any:
    (gw, gv), (w, v) = grads, results
    inner = embed_diagonal(gw)
    gaps, same = _gaps(w, a.shape[-1] * np.finfo(a.dtype).eps)
    if same:
        _undetermined([gv], "eigh", "a repeated eigenvalue")
    else:
        inner = inner + gaps * (mt(v) @ gv)  # dV = V (F * (V^T dA V))
    full = v @ inner @ mt(v)
    return (full + mt(full)) * 0.5


_eigh = _packed(np.linalg.eigh, _eigh_vjp, "eigh")


def eigh(a: ArrayT) -> tuple[ArrayT, ArrayT]:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices: A = V diag(w) V^T.

    dw_i = v_i^T dA v_i and dV = V (F * (V^T dA V)) with F_ij = 1 / (w_j - w_i), 0 on the diagonal.

    Args:
        a: Shape (..., n, n), symmetric: the lower triangle is read, and the gradient is symmetric.

    Returns:
        w of shape (..., n), and V of shape (..., n, n) with the vectors in its columns.

    Raises:
        ShapeError: If the matrices are not square.
        SingularError: In the backward pass, if a gradient reaches the vectors of a repeated eigenvalue. The
            eigenvalues alone have a gradient there for functions symmetric in them, such as their sum.

    Source: Giles 2008, An extended collection of matrix derivative results, 3.1.
    """
    a = as_array(a)
    require_square(a, "eigh")
    n = a.shape[-1]
    w, v = _eigh(a, ((n,), (n, n)))
    return w, v


# ---------------------------------------------------------------------- singular values


def _svd_vjp(grads: Sequence[Any], results: Sequence[Any], a: Any) -> Any:
    (gu, gs, gvt), (u, s, vt) = grads, results
    m, n = a.shape[-2:]
    eps = max(m, n) * np.finfo(a.dtype).eps
    gaps, same = _gaps(s * s, eps)
    smallest = values(s).min(-1, initial=np.inf) <= eps * values(s).max(-1, initial=0)
    if same or (m != n and smallest.any()):
        _undetermined([gu, gvt], "svd", "a repeated singular value, or of 0")
        return u @ (reshape(gs, (*gs.shape, 1)) * vt)
    j, k = gaps * (mt(u) @ gu), gaps * (vt @ mt(gvt))
    row, column = reshape(s, (*s.shape[:-1], 1, s.shape[-1])), reshape(s, (*s.shape, 1))
    total = u @ ((j + mt(j)) * row + column * (k + mt(k)) + embed_diagonal(gs)) @ vt
    if m > n:  # what leaves the span of the left vectors
        outside = gu / row
        total = total + (outside - u @ (mt(u) @ outside)) @ vt
    elif n > m:
        outside = gvt / column
        total = total + u @ (outside - (outside @ mt(vt)) @ vt)
    return total


_svd = _packed(lambda a: np.linalg.svd(a, full_matrices=False), _svd_vjp, "svd")


def svd(a: ArrayT) -> tuple[ArrayT, ArrayT, ArrayT]:
    """Singular value decomposition A = U diag(s) V^T, the thin one: k = min(n, m) vectors on either side.

    Args:
        a: Shape (..., n, m).

    Returns:
        U of shape (..., n, k), s of shape (..., k), descending, and V^T of shape (..., k, m). The sum
        of s is the nuclear norm, its largest the spectral norm.

    Raises:
        ShapeError: If a has fewer than two axes.
        SingularError: In the backward pass, if a gradient reaches the vectors of a repeated singular value,
            or those of a matrix that is not square and has a singular value 0.

    Source: Townsend 2016, Differentiating the singular value decomposition.
    """
    a = as_array(a)
    _require_matrices(a, "svd")
    n, m = a.shape[-2:]
    k = min(n, m)
    u, s, vt = _svd(a, ((n, k), (k,), (k, m)))
    return u, s, vt


# ---------------------------------------------------------------------- QR


def _qr_vjp(grads: Sequence[Any], results: Sequence[Any], a: Any) -> Any:
    (gq, gr), (q, r) = grads, results
    k = q.shape[-1]
    diagonal_of_r = np.abs(values(diagonal(r)))
    if (diagonal_of_r <= np.finfo(a.dtype).eps * diagonal_of_r.max(-1, keepdims=True, initial=0)).any():
        raise SingularError(
            "qr has a gradient only where the first columns are linearly independent, got a matrix without "
            "full rank: drop dependent columns, or use svd"
        )
    wide = a.shape[-1] > k  # A = [X, Y], R = [R_1, Q^T Y]
    if wide:
        gq = gq + a[..., k:] @ mt(gr[..., k:])
    g1, r1 = gr[..., :k], r[..., :k]
    lower = r1 @ mt(g1) - mt(gq) @ q
    mirrored = tril(lower) + mt(tril(lower, -1))
    first = mt(solve(r1, mt(gq + q @ mirrored)))  # (gQ + Q mirror(R gR^T - gQ^T Q)) R^-T
    return concatenate([first, q @ gr[..., k:]], -1) if wide else first


_qr = _packed(np.linalg.qr, _qr_vjp, "qr")


def qr(a: ArrayT) -> tuple[ArrayT, ArrayT]:
    """QR factorisation A = Q R, the thin one, with k = min(n, m): signs are those of LAPACK.

    Args:
        a: Shape (..., n, m).

    Returns:
        Q of shape (..., n, k) with orthonormal columns, and R of shape (..., k, m), upper triangular.

    Raises:
        ShapeError: If a has fewer than two axes.
        SingularError: In the backward pass, if the first k columns are linearly dependent.

    Source: Walter and Lehmann 2018, Algorithmic differentiation of linear algebra functions.
    """
    a = as_array(a)
    _require_matrices(a, "qr")
    n, m = a.shape[-2:]
    k = min(n, m)
    q, r = _qr(a, ((n, k), (k, m)))
    return q, r
