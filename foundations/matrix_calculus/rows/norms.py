"""Norms, directions and distances."""

from typing import Any

import numpy as np
from numpy import outer, sign
from numpy.linalg import norm, svd

from foundations.autodiff import ops
from foundations.autodiff.tensor import values
from foundations.matrix_calculus.implicit import implicit_root
from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import draw


def polar(X: np.ndarray) -> np.ndarray:
    """Return U V^T, the orthogonal factor of X = U S V^T: shape (m, n), with singular values of 1."""
    U, _, Vt = svd(X, full_matrices=False)
    return U @ Vt


def top(X: np.ndarray) -> np.ndarray:
    """Return u v^T, the outer product of the singular vectors of the largest singular value: shape (m, n)."""
    U, _, Vt = svd(X, full_matrices=False)
    return outer(U[:, 0], Vt[0])


def _root_of_gram(X: Any) -> Any:
    """Return (X^T X)^(1/2) in the engine: the symmetric S with S S = X^T X."""
    _, s, Vt = svd(values(X), full_matrices=False)
    n = X.shape[1]

    def residual(S: Any, X: Any) -> Any:
        S = ops.reshape(S, (n, n))
        return S @ S - X.T @ X

    return ops.reshape(implicit_root(residual, ((Vt.T * s) @ Vt).ravel(), X), (n, n))


def _largest(X: Any) -> Any:
    """Return the largest singular value in the engine: its square is a root of det(X^T X - z I)."""
    unit = np.eye(X.shape[1])
    square = implicit_root(
        lambda z, X: ops.det(X.T @ X - z * unit), svd(values(X), compute_uv=False)[:1] ** 2, X
    )
    return ops.sum(ops.sqrt(square))


ROWS = (
    Row(
        name="Squared Frobenius norm",
        about="Any shape: the sum of squares. Weight decay is half of it.",
        formulas=(r"f=\lVert X\rVert_F^2", r"\dd f=2\,\langle X,\dd X\rangle", r"\bar X=2\bar f\,X"),
        value=lambda X: (X * X).sum(),
        differential=lambda X, dX: 2 * (X * dX).sum(),
        vjp=lambda g, f, X: 2 * g * X,
        engine=lambda X: ops.trace(X @ X.T),
        sample=draw("m n"),
        sources=("magnus2019matrix", "petersen2012matrix"),
        derived="norms-directions-and-distances",
    ),
    Row(
        name="Euclidean and Frobenius norm",
        about=r"Any shape, $X\neq0$.",
        formulas=(
            r"f=\lVert X\rVert_F",
            r"\dd f=\frac{\langle X,\dd X\rangle}{f}",
            r"\bar X=\bar f\,\frac Xf",
        ),
        value=norm,
        differential=lambda X, dX: (X * dX).sum() / norm(X),
        vjp=lambda g, f, X: g * X / f,
        engine=lambda X: ops.sqrt(ops.sum(X * X)),
        sample=draw("m n"),
        sources=("petersen2012matrix",),
        derived="norms-directions-and-distances",
    ),
    Row(
        name="p-norm of a vector",
        about=r"$x$ has no element that is 0; $p\geq1$. For $p=1$: the sign of $x$.",
        formulas=(
            r"f=\Bigl(\sum_i\lvert x_i\rvert^p\Bigr)^{1/p}",
            r"\dd f=f^{1-p}\sum_i\operatorname{sign}(x_i)\,\lvert x_i\rvert^{p-1}\dd x_i",
            r"\bar x=\bar f\,f^{1-p}\operatorname{sign}(x)\odot\lvert x\rvert^{p-1}",
        ),
        value=lambda x, p: (abs(x) ** p).sum() ** (1 / p),
        differential=lambda x, p, dx: norm(x, p) ** (1 - p) * (sign(x) * abs(x) ** (p - 1) * dx).sum(),
        vjp=lambda g, f, x, p: g * f ** (1 - p) * sign(x) * abs(x) ** (p - 1),
        engine=lambda x, p: ops.exp(ops.log(ops.sum(ops.exp(p * ops.log(ops.abs(x))))) / p),
        sample=lambda rng: (*draw("away n")(rng), float(rng.choice([1.0, 1.5, 3.0]))),
        derived="norms-directions-and-distances",
    ),
    Row(
        name="Nuclear norm",
        about=r"The sum of the singular values of $X=U\Sigma V^\top$, of full rank.",
        formulas=(
            r"f=\lVert X\rVert_\ast=\textstyle\sum_i\sigma_i",
            r"\dd f=\langle UV^\top,\dd X\rangle",
            r"\bar X=\bar f\,UV^\top",
        ),
        value=lambda X: norm(X, "nuc"),
        differential=lambda X, dX: (polar(X) * dX).sum(),
        vjp=lambda g, f, X: g * polar(X),
        engine=lambda X: ops.trace(_root_of_gram(X)),
        sample=draw("full m n"),
        sources=("watson1992characterization",),
        derived="eigenvalues-and-singular-values",
    ),
    Row(
        name="Spectral norm",
        about="The largest singular value, which no other equals; $u_1$, $v_1$ are its singular vectors.",
        formulas=(
            r"f=\lVert X\rVert_2=\sigma_1",
            r"\dd f=u_1^\top\dd X\,v_1",
            r"\bar X=\bar f\,u_1v_1^\top",
        ),
        value=lambda X: norm(X, 2),
        differential=lambda X, dX: (top(X) * dX).sum(),
        vjp=lambda g, f, X: g * top(X),
        engine=_largest,
        sample=draw("regular m n"),
        sources=("watson1992characterization",),
        derived="eigenvalues-and-singular-values",
    ),
    Row(
        name="Unit vector",
        about=r"The direction of $x\neq0$. What points along $u$ changes nothing.",
        formulas=(
            r"u=\frac{x}{\lVert x\rVert}",
            r"\dd u=\frac{(I-uu^\top)\,\dd x}{\lVert x\rVert}",
            r"\bar x=\frac{\bar u-u\,\langle u,\bar u\rangle}{\lVert x\rVert}",
        ),
        value=lambda x: x / norm(x),
        differential=lambda x, dx: (dx - x * (x @ dx) / (x @ x)) / norm(x),
        vjp=lambda g, u, x: (g - u * (u @ g)) / norm(x),
        engine=lambda x: x / ops.sqrt(ops.sum(x * x)),
        sample=draw("away n"),
        sources=("magnus2019matrix",),
        derived="norms-directions-and-distances",
    ),
    Row(
        name="Cosine similarity",
        about=r"$\hat x=x/\lVert x\rVert$ and $\hat y=y/\lVert y\rVert$.",
        formulas=(
            r"c=\frac{x^\top y}{\lVert x\rVert\,\lVert y\rVert}",
            r"\dd c=\frac{(\hat y-c\,\hat x)^\top\dd x}{\lVert x\rVert}"
            r"+\frac{(\hat x-c\,\hat y)^\top\dd y}{\lVert y\rVert}",
            r"\bar x=\bar c\,\frac{\hat y-c\,\hat x}{\lVert x\rVert}",
            r"\bar y=\bar c\,\frac{\hat x-c\,\hat y}{\lVert y\rVert}",
        ),
        value=lambda x, y: x @ y / (norm(x) * norm(y)),
        differential=lambda x, y, dx, dy: (
            (y / norm(y) - x * (x @ y) / (norm(x) ** 2 * norm(y))) @ dx / norm(x)
            + (x / norm(x) - y * (x @ y) / (norm(x) * norm(y) ** 2)) @ dy / norm(y)
        ),
        vjp=lambda g, c, x, y: (
            (
                g * (y / norm(y) - c * x / norm(x)) / norm(x),
                g * (x / norm(x) - c * y / norm(y)) / norm(y),
            )
        ),
        engine=lambda x, y: ops.sum(x * y) / ops.sqrt(ops.sum(x * x) * ops.sum(y * y)),
        sample=draw("away n", "away n"),
        derived="norms-directions-and-distances",
    ),
    Row(
        name="Pairwise squared distances",
        about=(
            r"$x_i$ and $y_j$ are the rows of $X$ ($m\times k$) and $Y$ ($n\times k$); $\mathbf 1$ is all "
            "ones."
        ),
        formulas=(
            r"D_{ij}=\lVert x_i-y_j\rVert^2",
            r"\dd D_{ij}=2\,(x_i-y_j)^\top(\dd x_i-\dd y_j)",
            r"\bar X=2\,\bigl(\operatorname{diag}(\bar D\mathbf 1)\,X-\bar DY\bigr)",
            r"\bar Y=2\,\bigl(\operatorname{diag}(\bar D^\top\mathbf 1)\,Y-\bar D^\top X\bigr)",
        ),
        value=lambda X, Y: ((X[:, None] - Y) ** 2).sum(-1),
        differential=lambda X, Y, dX, dY: 2 * ((X[:, None] - Y) * (dX[:, None] - dY)).sum(-1),
        vjp=lambda g, D, X, Y: (2 * (g.sum(1)[:, None] * X - g @ Y), 2 * (g.sum(0)[:, None] * Y - g.T @ X)),
        engine=lambda X, Y: (
            ops.sum(X * X, 1, keepdims=True) - 2 * (X @ Y.T) + ops.sum(Y * Y, 1, keepdims=True).T
        ),
        sample=draw("m k", "n k"),
        derived="norms-directions-and-distances",
    ),
)
