"""Numbers made of matrices: traces, forms, determinants."""

from functools import reduce

import numpy as np
from numpy import eye, outer, trace
from numpy.linalg import det, inv, matrix_power, pinv, slogdet, solve

from foundations.autodiff import ops
from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import draw
from foundations.matrix_calculus.spaces import symmetrise

ROWS = (
    Row(
        name="Trace",
        about=r"$A$ is $n\times n$.",
        formulas=(r"f=\tr A", r"\dd f=\tr\dd A", r"\bar A=\bar f\,I"),
        value=trace,
        differential=lambda A, dA: trace(dA),
        vjp=lambda g, f, A: g * eye(len(A)),
        engine=ops.trace,
        sample=draw("n n"),
        sources=("magnus2019matrix", "petersen2012matrix"),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Inner product of matrices",
        about=r"$A$ and $B$ are $m\times n$; for vectors, the dot product.",
        formulas=(
            r"f=\langle A,B\rangle=\tr(A^\top B)",
            r"\dd f=\langle\dd A,B\rangle+\langle A,\dd B\rangle",
            r"\bar A=\bar f\,B",
            r"\bar B=\bar f\,A",
        ),
        value=lambda A, B: (A * B).sum(),
        differential=lambda A, B, dA, dB: (dA * B + A * dB).sum(),
        vjp=lambda g, f, A, B: (g * B, g * A),
        engine=lambda A, B: ops.trace(A.T @ B),
        sample=draw("m n", "m n"),
        sources=("magnus2019matrix",),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Trace of a product",
        about=r"$A$ is $m\times n$, $B$ is $n\times m$.",
        formulas=(
            r"f=\tr(AB)",
            r"\dd f=\tr(\dd A\,B)+\tr(A\,\dd B)",
            r"\bar A=\bar f\,B^\top",
            r"\bar B=\bar f\,A^\top",
        ),
        value=lambda A, B: trace(A @ B),
        differential=lambda A, B, dA, dB: trace(dA @ B) + trace(A @ dB),
        vjp=lambda g, f, A, B: (g * B.T, g * A.T),
        engine=lambda A, B: ops.sum(A * B.T),
        sample=draw("m n", "n m"),
        sources=("magnus2019matrix", "petersen2012matrix"),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Trace of a power",
        about=r"$A$ is $n\times n$, $k$ a whole number.",
        formulas=(r"f=\tr A^k", r"\dd f=k\tr(A^{k-1}\dd A)", r"\bar A=\bar f\,k\,(A^{k-1})^\top"),
        value=lambda A, k: trace(matrix_power(A, k)),
        differential=lambda A, k, dA: k * trace(matrix_power(A, k - 1) @ dA),
        vjp=lambda g, f, A, k: g * k * matrix_power(A, k - 1).T,
        engine=lambda A, k: ops.trace(reduce(ops.matmul, [A] * k)),
        sample=lambda rng: (*draw("n n")(rng), int(rng.integers(1, 5))),
        sources=("magnus2019matrix", "petersen2012matrix"),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Quadratic form",
        about=(
            r"$x$ has $n$ elements, $A$ is $n\times n$. For a symmetric $A$ the gradient of $x$ is $2\bar "
            "f Ax$."
        ),
        formulas=(
            r"f=x^\top Ax",
            r"\dd f=x^\top(A+A^\top)\,\dd x+x^\top\dd A\,x",
            r"\bar x=\bar f\,(A+A^\top)x",
            r"\bar A=\bar f\,xx^\top",
        ),
        value=lambda x, A: x @ A @ x,
        differential=lambda x, A, dx, dA: x @ (A + A.T) @ dx + x @ dA @ x,
        vjp=lambda g, f, x, A: (g * (A + A.T) @ x, g * outer(x, x)),
        engine=lambda x, A: ops.sum(x * (A @ x)),
        sample=draw("n", "n n"),
        sources=("magnus2019matrix", "petersen2012matrix"),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Bilinear form",
        about=r"$x$ has $m$ elements, $y$ has $n$, $A$ is $m\times n$.",
        formulas=(
            r"f=x^\top Ay",
            r"\dd f=\dd x^\top Ay+x^\top\dd A\,y+x^\top A\,\dd y",
            r"\bar x=\bar f\,Ay",
            r"\bar A=\bar f\,xy^\top",
            r"\bar y=\bar f\,A^\top x",
        ),
        value=lambda x, A, y: x @ A @ y,
        differential=lambda x, A, y, dx, dA, dy: dx @ A @ y + x @ dA @ y + x @ A @ dy,
        vjp=lambda g, f, x, A, y: (g * A @ y, g * outer(x, y), g * A.T @ x),
        engine=lambda x, A, y: ops.sum(ops.outer(x, y) * A),
        sample=draw("m", "m n", "n"),
        sources=("petersen2012matrix",),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Trace of a quadratic form",
        about=r"$X$ is $n\times k$, $A$ is $n\times n$.",
        formulas=(
            r"f=\tr(X^\top AX)",
            r"\dd f=\tr\bigl(X^\top(A+A^\top)\,\dd X\bigr)+\tr(X^\top\dd A\,X)",
            r"\bar X=\bar f\,(A+A^\top)X",
            r"\bar A=\bar f\,XX^\top",
        ),
        value=lambda X, A: trace(X.T @ A @ X),
        differential=lambda X, A, dX, dA: trace(X.T @ (A + A.T) @ dX) + trace(X.T @ dA @ X),
        vjp=lambda g, f, X, A: (g * (A + A.T) @ X, g * X @ X.T),
        engine=lambda X, A: ops.sum(X * (A @ X)),
        sample=draw("n k", "n n"),
        sources=("petersen2012matrix",),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Rayleigh quotient",
        about=r"$A$ is symmetric; where $x$ is an eigenvector, $r$ is its eigenvalue and $\bar x$ is 0.",
        formulas=(
            r"r=\frac{x^\top Ax}{x^\top x}",
            r"\dd r=\frac{2\,(Ax-rx)^\top\dd x+x^\top\dd A\,x}{x^\top x}",
            r"\bar x=\bar r\,\frac{2\,(Ax-rx)}{x^\top x}",
            r"\bar A=\bar r\,\frac{xx^\top}{x^\top x}",
        ),
        value=lambda x, A: x @ A @ x / (x @ x),
        differential=lambda x, A, dx, dA: (2 * (A @ x - x @ A @ x / (x @ x) * x) @ dx + x @ dA @ x) / (x @ x),
        vjp=lambda g, r, x, A: (g * 2 * (A @ x - r * x) / (x @ x), g * outer(x, x) / (x @ x)),
        engine=lambda x, A: ops.sum(x * (A @ x)) / ops.sum(x * x),
        sample=draw("away n", "symmetric n n"),
        sources=("magnus2019matrix",),
        derived="from-the-differential-to-the-gradient",
        spaces={1: symmetrise},
    ),
    Row(
        name="Quadratic form of an inverse",
        about="$A$ is invertible. With $a=b$ and a covariance $A$: the squared Mahalanobis distance.",
        formulas=(
            r"f=a^\top A^{-1}b",
            r"\dd f=\dd a^\top A^{-1}b-a^\top A^{-1}\dd A\,A^{-1}b+a^\top A^{-1}\dd b",
            r"\bar a=\bar f\,A^{-1}b",
            r"\bar A=-\bar f\,A^{-\top}a\,(A^{-1}b)^\top",
            r"\bar b=\bar f\,A^{-\top}a",
        ),
        value=lambda a, A, b: a @ solve(A, b),
        differential=lambda a, A, b, da, dA, db: da @ solve(A, b) + a @ solve(A, db - dA @ solve(A, b)),
        vjp=lambda g, f, a, A, b: (
            (g * solve(A, b), -g * outer(solve(A.T, a), solve(A, b)), g * solve(A.T, a))
        ),
        engine=lambda a, A, b: ops.sum(a * (ops.inv(A) @ b)),
        sample=draw("n", "invertible n n", "n"),
        sources=("petersen2012matrix",),
        derived="inverses-and-linear-systems",
    ),
    Row(
        name="Determinant",
        about=(r"$A$ is invertible. If it is not, the adjugate stands in the place of $\det A\;A^{-1}$."),
        formulas=(r"f=\det A", r"\dd f=\det A\;\tr(A^{-1}\dd A)", r"\bar A=\bar f\,\det A\;A^{-\top}"),
        value=det,
        differential=lambda A, dA: det(A) * trace(solve(A, dA)),
        vjp=lambda g, f, A: g * f * inv(A).T,
        engine=ops.det,
        sample=draw("invertible n n"),
        sources=("magnus2019matrix", "giles2008collected"),
        derived="determinants",
    ),
    Row(
        name="Log-determinant",
        about=r"The gradient of log det: $A$ is invertible. For a covariance, $\bar A=\bar f A^{-1}$.",
        formulas=(r"f=\log\lvert\det A\rvert", r"\dd f=\tr(A^{-1}\dd A)", r"\bar A=\bar f\,A^{-\top}"),
        value=lambda A: slogdet(A)[1],
        differential=lambda A, dA: trace(solve(A, dA)),
        vjp=lambda g, f, A: g * inv(A).T,
        engine=lambda A: ops.slogdet(A)[1],
        sample=draw("invertible n n"),
        sources=("magnus2019matrix", "petersen2012matrix"),
        derived="determinants",
    ),
    Row(
        name="Log-determinant of a Gram matrix",
        about=r"$X$ is $m\times n$ of rank $n$; $X^+$ is its pseudo-inverse.",
        formulas=(r"f=\log\det(X^\top X)", r"\dd f=2\tr(X^+\dd X)", r"\bar X=2\bar f\,(X^+)^\top"),
        value=lambda X: slogdet(X.T @ X)[1],
        differential=lambda X, dX: 2 * trace(pinv(X) @ dX),
        vjp=lambda g, f, X: 2 * g * pinv(X).T,
        engine=lambda X: ops.cholesky_logdet(X.T @ X),
        sample=draw("full m n"),
        sources=("petersen2012matrix",),
        derived="determinants",
    ),
    Row(
        name="Log-determinant of a positive definite matrix",
        about=(
            r"$A=LL^\top$ is symmetric positive definite: from the Cholesky factor, without over- or "
            "underflow."
        ),
        formulas=(
            r"f=\log\det A=2\textstyle\sum_i\log L_{ii}",
            r"\dd f=\tr(A^{-1}\dd A)",
            r"\bar A=\bar f\,A^{-1}",
        ),
        value=lambda A: 2 * np.log(np.linalg.cholesky(A).diagonal()).sum(),
        differential=lambda A, dA: trace(solve(A, dA)),
        vjp=lambda g, f, A: g * inv(A),
        engine=ops.cholesky_logdet,
        sample=draw("positive n n"),
        sources=("petersen2012matrix", "murray2016differentiation"),
        derived="determinants",
        spaces={0: symmetrise},
    ),
)
