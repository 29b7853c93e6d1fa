"""Factorisations: Cholesky, QR, eigenvalues, singular values."""

from typing import Any

import numpy as np
from numpy import tril
from numpy.linalg import cholesky, eigh, eigvalsh, inv, svd

from foundations.autodiff import ops
from foundations.autodiff.tensor import values
from foundations.matrix_calculus.implicit import implicit_root
from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import draw, sizes, symmetric
from foundations.matrix_calculus.spaces import half_lower, symmetrise

# ---------------------------------------------------------------------- Cholesky


def cholesky_differential(A: np.ndarray, dA: np.ndarray) -> np.ndarray:
    """Return L Phi(L^-1 dA L^-T): shape (n, n), lower triangular."""
    L = cholesky(A)
    return L @ half_lower(inv(L) @ dA @ inv(L).T)


def cholesky_vjp(g: np.ndarray, L: np.ndarray, A: np.ndarray) -> np.ndarray:
    """Return the symmetric part of L^-T Phi(L^T g) L^-1: shape (n, n).

    Source: Murray 2016, arXiv:1602.07527.
    """
    return symmetrise(inv(L).T @ half_lower(L.T @ g) @ inv(L))


# ---------------------------------------------------------------------- QR


def qr(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Q (m, n) and R (n, n) with A = Q R and a positive diagonal of R, which makes them unique."""
    Q, R = np.linalg.qr(A)
    signs = np.sign(np.diag(R))
    return Q * signs, signs[:, None] * R


def qr_differential(A: np.ndarray, dA: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return dQ and dR: with C = Q^T dA R^-1, the turning is Omega = low(C) - low(C)^T."""
    Q, R = qr(A)
    C = Q.T @ dA @ inv(R)  # (n, n): Q^T dQ, antisymmetric, and dR R^-1, upper triangular
    turning = tril(C, -1) - tril(C, -1).T
    dQ = (dA - Q @ (Q.T @ dA)) @ inv(R) + Q @ turning
    return dQ, (C - turning) @ R


def mirror(M: np.ndarray) -> np.ndarray:
    """Return the symmetric matrix that has the lower triangle of M: shape (n, n)."""
    return tril(M) + tril(M, -1).T


# ---------------------------------------------------------------------- eigenvalues


def basis(A: np.ndarray) -> np.ndarray:
    """Return the eigenvectors of a symmetric matrix in columns, with signs that do not jump: shape (n, n).

    Of each, the first element of at least 0.4 of the size of the largest is positive: it is not 0, and where
    two elements are equal in size the first decides.
    """
    V = eigh(A)[1]
    first = (abs(V) >= 0.4 * abs(V).max(0)).argmax(0)
    return V * np.sign(V[first, np.arange(len(V))])


def gaps(A: np.ndarray) -> np.ndarray:
    """Return F with F_ij = 1 / (lambda_j - lambda_i) off the diagonal and 0 on it: shape (n, n)."""
    difference = eigvalsh(A) - eigvalsh(A)[:, None]
    np.fill_diagonal(difference, np.inf)
    return 1 / difference


def singular_differential(X: np.ndarray, dX: np.ndarray) -> np.ndarray:
    """Return u_i^T dX v_i for every pair of singular vectors: shape (min(m, n),)."""
    U, _, Vt = svd(X, full_matrices=False)
    return np.einsum("ik,ij,kj->k", U, dX, Vt)


def singular_vjp(g: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return U diag(g) V^T: shape (m, n)."""
    U, _, Vt = svd(X, full_matrices=False)
    return (U * g) @ Vt


def _eigen(A: Any) -> Any:
    """Return eigenvalues and eigenvectors in the engine as one vector, from A V = V diag(z), |v_i| = 1."""
    array, n = values(A), A.shape[0]

    def residual(z: Any, A: Any) -> Any:
        V = ops.reshape(z[n:], (n, n))
        return ops.concatenate([ops.reshape(A @ V - V * z[:n], (n * n,)), ops.sum(V * V, 0) - 1])

    return implicit_root(residual, np.concatenate([eigvalsh(array), basis(array).ravel()]), A)


def _clear_signs(rng: np.random.Generator) -> tuple[np.ndarray]:
    """Return a symmetric matrix near which no eigenvector of `basis` changes its sign."""
    while True:
        A = symmetric(rng, *sizes(rng, 1))
        V = abs(basis(A))
        if (abs(V / V.max(0) - 0.4) > 0.03).all():
            return (A,)


ROWS = (
    Row(
        name="Cholesky factor",
        about=(
            r"$A$ is symmetric positive definite, $L$ lower triangular; $\Phi$ takes the lower triangle, "
            "half its diagonal."
        ),
        formulas=(
            r"A=LL^\top",
            r"\dd L=L\,\Phi(L^{-1}\dd A\,L^{-\top})",
            r"\bar A=\operatorname{sym}\bigl(L^{-\top}\Phi(L^\top\bar L)\,L^{-1}\bigr)",
        ),
        value=cholesky,
        differential=cholesky_differential,
        vjp=cholesky_vjp,
        engine=ops.cholesky,
        sample=draw("positive n n"),
        sources=("murray2016differentiation", "giles2008collected"),
        derived="cholesky",
        spaces={0: symmetrise},
    ),
    Row(
        name="QR factorisation, the triangular factor",
        about=(
            r"$A$ is $m\times n$ of rank $n$, $R_{ii}>0$, $C=Q^\top\dd A\,R^{-1}$, "
            r"$\Omega=\operatorname{low}(C)-\operatorname{low}(C)^\top$ from its strict lower triangle; "
            "mirror reflects the lower triangle up."
        ),
        formulas=(
            r"A=QR",
            r"\dd R=(C-\Omega)\,R",
            r"\bar A=Q\,\operatorname{mirror}(R\bar R^\top)\,R^{-\top}",
        ),
        value=lambda A: qr(A)[1],
        differential=lambda A, dA: qr_differential(A, dA)[1],
        vjp=lambda g, R, A: qr(A)[0] @ mirror(R @ g.T) @ inv(R).T,
        engine=lambda A: ops.cholesky(A.T @ A).T,
        sample=draw("full m n"),
        sources=("seeger2017auto",),
        derived="qr",
    ),
    Row(
        name="QR factorisation, the orthogonal factor",
        about=(
            r"$\Omega$ and mirror as for the triangular factor. If both factors are used, add the two "
            "gradients."
        ),
        formulas=(
            r"A=QR",
            r"\dd Q=(I-QQ^\top)\,\dd A\,R^{-1}+Q\,\Omega",
            r"\bar A=\bigl(\bar Q-Q\operatorname{mirror}(\bar Q^\top Q)\bigr)R^{-\top}",
        ),
        value=lambda A: qr(A)[0],
        differential=lambda A, dA: qr_differential(A, dA)[0],
        vjp=lambda g, Q, A: (g - Q @ mirror(g.T @ Q)) @ inv(Q.T @ A).T,
        engine=lambda A: A @ ops.inv(ops.cholesky(A.T @ A).T),
        sample=draw("full m n"),
        sources=("seeger2017auto",),
        derived="qr",
    ),
    Row(
        name="Eigenvalues of a symmetric matrix",
        about=r"$A=V\operatorname{diag}(\lambda)V^\top$ with different eigenvalues, in increasing order.",
        formulas=(
            r"\lambda=\operatorname{eig}(A)",
            r"\dd\lambda_i=v_i^\top\dd A\,v_i",
            r"\bar A=V\operatorname{diag}(\bar\lambda)\,V^\top",
        ),
        value=eigvalsh,
        differential=lambda A, dA: np.diag(eigh(A)[1].T @ dA @ eigh(A)[1]),
        vjp=lambda g, z, A: (eigh(A)[1] * g) @ eigh(A)[1].T,
        engine=lambda A: _eigen(A)[: A.shape[0]],
        sample=draw("symmetric n n"),
        sources=("magnus1985differentiating", "giles2008collected"),
        derived="eigenvalues-and-singular-values",
        spaces={0: symmetrise},
    ),
    Row(
        name="Eigenvectors of a symmetric matrix",
        about=(
            r"$F_{ij}=1/(\lambda_j-\lambda_i)$, and 0 on the diagonal: where two eigenvalues meet, there "
            "is no derivative."
        ),
        formulas=(
            r"A=V\operatorname{diag}(\lambda)V^\top",
            r"\dd V=V\,\bigl(F\odot(V^\top\dd A\,V)\bigr)",
            r"\bar A=\operatorname{sym}\Bigl(V\,\bigl(F\odot(V^\top\bar V)\bigr)\,V^\top\Bigr)",
        ),
        value=basis,
        differential=lambda A, dA: basis(A) @ (gaps(A) * (basis(A).T @ dA @ basis(A))),
        vjp=lambda g, V, A: symmetrise(V @ (gaps(A) * (V.T @ g)) @ V.T),
        engine=lambda A: ops.reshape(_eigen(A)[A.shape[0] :], A.shape),
        sample=_clear_signs,
        sources=("magnus1985differentiating", "giles2008collected"),
        derived="eigenvalues-and-singular-values",
        spaces={0: symmetrise},
    ),
    Row(
        name="Singular values",
        about=r"$X=U\Sigma V^\top$ of full rank, with different singular values, in decreasing order.",
        formulas=(
            r"\sigma=\operatorname{svd}(X)",
            r"\dd\sigma_i=u_i^\top\dd X\,v_i",
            r"\bar X=U\operatorname{diag}(\bar\sigma)\,V^\top",
        ),
        value=lambda X: svd(X, compute_uv=False),
        differential=singular_differential,
        vjp=lambda g, s, X: singular_vjp(g, X),
        engine=lambda X: ops.sqrt(_eigen(X.T @ X)[: X.shape[1]][::-1]),
        sample=draw("tall m n"),
        sources=("giles2008collected",),
        derived="eigenvalues-and-singular-values",
    ),
)
