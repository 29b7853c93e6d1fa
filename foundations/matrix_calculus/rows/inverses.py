"""Inverses, solutions of linear systems, functions of a matrix, and solutions of equations."""

from functools import reduce
from typing import Any

import numpy as np
from numpy import outer, tril
from numpy.linalg import inv, pinv, solve
from scipy.linalg import expm, expm_frechet, solve_sylvester

from foundations.autodiff import ops
from foundations.autodiff.tensor import values
from foundations.errors import ConvergenceError
from foundations.matrix_calculus.implicit import implicit_root
from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import contraction, draw, sylvester
from foundations.matrix_calculus.spaces import lower_triangle, symmetrise


def residual_of(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return B - A A^+ B: what of B lies outside the columns of A."""
    return B - A @ (pinv(A) @ B)


def square_root(A: np.ndarray) -> np.ndarray:
    """Return the symmetric positive definite S with S S = A: shape (n, n)."""
    eigenvalues, V = np.linalg.eigh(A)
    return (V * np.sqrt(eigenvalues)) @ V.T


def fixed_point(W: np.ndarray, b: np.ndarray, *, steps: int = 100) -> np.ndarray:
    """Solve x = tanh(W x + b) by Newton's method from 0.

    Args:
        W: Shape (n, n), of spectral norm below 1, so that there is one solution.
        b: Shape (n,).
        steps: The most steps to take.

    Returns:
        x, shape (n,).

    Raises:
        ConvergenceError: If it has not converged by then.
    """
    x = np.zeros_like(b)
    for _ in range(steps):
        y = np.tanh(W @ x + b)
        step = solve((1 - y * y)[:, None] * W - np.eye(len(b)), x - y)
        x = x + step
        if np.abs(step).max() < 1e-14:
            return x
    raise ConvergenceError(
        f"x = tanh(W x + b) was not solved in {steps} steps: give W a spectral norm below 1"
    )


def fixed_point_differential(W: np.ndarray, b: np.ndarray, dW: np.ndarray, db: np.ndarray) -> np.ndarray:
    """Return dx with (I - D W) dx = D (dW x + db), D = diag(1 - x^2): shape (n,)."""
    x = fixed_point(W, b)
    D = np.diag(1 - x * x)
    return solve(np.eye(len(b)) - D @ W, D @ (dW @ x + db))


def fixed_point_vjp(
    g: np.ndarray, x: np.ndarray, W: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return v x^T and v, with v = D (I - D W)^-T g: one linear solve, whatever found x."""
    D = np.diag(1 - x * x)
    v = D @ solve((np.eye(len(b)) - D @ W).T, g)
    return outer(v, x), v


def sylvester_vjp(
    g: np.ndarray, X: np.ndarray, A: np.ndarray, B: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return -Z X^T, -X^T Z and Z, where A^T Z + Z B^T = g: one more equation of the same kind."""
    Z = solve_sylvester(A.T, B.T, g)
    return -Z @ X.T, -X.T @ Z, Z


def _series(A: Any) -> Any:
    """Return the exponential in the engine: its power series, after halving A ten times."""
    n = 10
    A = A * 0.5**n
    term, total = A, np.eye(A.shape[0]) + A
    for k in range(2, 8):
        term = term @ A / k
        total = total + term
    return reduce(lambda Y, _: Y @ Y, range(n), total)


def _engine_root(A: Any) -> Any:
    """Return the square root in the engine, as the solution of S S = A."""
    n = A.shape[0]

    def residual(S: Any, A: Any) -> Any:
        S = ops.reshape(S, (n, n))
        return S @ S - A

    return ops.reshape(implicit_root(residual, square_root(values(A)).ravel(), A), (n, n))


def _engine_sylvester(A: Any, B: Any, C: Any) -> Any:
    X = solve_sylvester(values(A), values(B), values(C))

    def residual(z: Any, A: Any, B: Any, C: Any) -> Any:
        X = ops.reshape(z, C.shape)
        return A @ X + X @ B - C

    return ops.reshape(implicit_root(residual, X.ravel(), A, B, C), X.shape)


ROWS = (
    Row(
        name="Inverse",
        about="$A$ is invertible.",
        formulas=(r"Y=A^{-1}", r"\dd Y=-Y\,\dd A\,Y", r"\bar A=-Y^\top\bar Y\,Y^\top"),
        value=inv,
        differential=lambda A, dA: -inv(A) @ dA @ inv(A),
        vjp=lambda g, Y, A: -Y.T @ g @ Y.T,
        engine=ops.inv,
        sample=draw("invertible n n"),
        sources=("giles2008collected", "magnus2019matrix"),
        derived="inverses-and-linear-systems",
    ),
    Row(
        name="Solution of a linear system",
        about="$A$ is invertible; $B$ holds right-hand sides in its columns.",
        formulas=(
            r"Y=A^{-1}B",
            r"\dd Y=A^{-1}(\dd B-\dd A\,Y)",
            r"\bar A=-A^{-\top}\bar Y\,Y^\top",
            r"\bar B=A^{-\top}\bar Y",
        ),
        value=solve,
        differential=lambda A, B, dA, dB: solve(A, dB - dA @ solve(A, B)),
        vjp=lambda g, Y, A, B: (-solve(A.T, g) @ Y.T, solve(A.T, g)),
        engine=lambda A, B: ops.inv(A) @ B,
        sample=draw("invertible n n", "n k"),
        sources=("giles2008collected",),
        derived="inverses-and-linear-systems",
    ),
    Row(
        name="Triangular solve",
        about=(
            r"$L$ is lower triangular; $\operatorname{tril}$ keeps the lower triangle, the only part that "
            "is free."
        ),
        formulas=(
            r"y=L^{-1}b",
            r"\dd y=L^{-1}(\dd b-\dd L\,y)",
            r"\bar L=-\operatorname{tril}\bigl(L^{-\top}\bar y\,y^\top\bigr)",
            r"\bar b=L^{-\top}\bar y",
        ),
        value=solve,
        differential=lambda L, b, dL, db: solve(L, db - dL @ solve(L, b)),
        vjp=lambda g, y, L, b: (-tril(outer(solve(L.T, g), y)), solve(L.T, g)),
        engine=ops.solve,
        sample=draw("lower n n", "n"),
        sources=("seeger2017auto",),
        derived="inverses-and-linear-systems",
        spaces={0: lower_triangle},
    ),
    Row(
        name="Least-squares solution",
        about=(
            r"The $x$ for which $\lVert b-Ax\rVert$ is least; $A$ is $m\times n$ of rank $n$, $r=b-Ax$ and "
            r"$w=(A^+)^\top\bar x$."
        ),
        formulas=(
            r"x=A^+b",
            r"\dd x=A^+(\dd b-\dd A\,x)+(A^\top A)^{-1}\dd A^\top r",
            r"\bar A=-w\,x^\top+r\,(A^+w)^\top",
            r"\bar b=w",
        ),
        value=lambda A, b: pinv(A) @ b,
        differential=lambda A, b, dA, db: (
            pinv(A) @ (db - dA @ pinv(A) @ b) + solve(A.T @ A, dA.T @ residual_of(A, b))
        ),
        vjp=lambda g, x, A, b: (
            (outer(b - A @ x, solve(A.T @ A, g)) - outer(pinv(A).T @ g, x), pinv(A).T @ g)
        ),
        engine=lambda A, b: ops.solve(A.T @ A, A.T @ b),
        sample=draw("full m n", "m"),
        sources=("golub1973differentiation",),
        derived="pseudo-inverses-and-projections",
    ),
    Row(
        name="Pseudo-inverse",
        about=r"$A$ is $m\times n$ of rank $n$; $P=I-AY$ projects onto what its columns do not reach.",
        formulas=(
            r"Y=A^+",
            r"\dd Y=-Y\,\dd A\,Y+YY^\top\dd A^\top P",
            r"\bar A=-Y^\top\bar Y\,Y^\top+P\,\bar Y^\top\,YY^\top",
        ),
        value=pinv,
        differential=lambda A, dA: pinv(A) @ pinv(A).T @ residual_of(A, dA).T - pinv(A) @ dA @ pinv(A),
        vjp=lambda g, Y, A: residual_of(A, g.T) @ Y @ Y.T - Y.T @ g @ Y.T,
        engine=lambda A: ops.inv(A.T @ A) @ A.T,
        sample=draw("full m n"),
        sources=("golub1973differentiation",),
        derived="pseudo-inverses-and-projections",
    ),
    Row(
        name="Projection onto the columns",
        about=r"$A$ is $m\times n$ of rank $n$; $\Pi$ projects orthogonally onto the space of its columns.",
        formulas=(
            r"\Pi=AA^+",
            r"\dd\Pi=M+M^\top,\;M=(I-\Pi)\,\dd A\,A^+",
            r"\bar A=(I-\Pi)\,(\bar\Pi+\bar\Pi^\top)\,(A^+)^\top",
        ),
        value=lambda A: A @ pinv(A),
        differential=lambda A, dA: residual_of(A, dA) @ pinv(A) + (residual_of(A, dA) @ pinv(A)).T,
        vjp=lambda g, P, A: residual_of(A, (g + g.T) @ pinv(A).T),
        engine=lambda A: A @ ops.solve(A.T @ A, A.T),
        sample=draw("full m n"),
        sources=("golub1973differentiation",),
        derived="pseudo-inverses-and-projections",
    ),
    Row(
        name="Sylvester and Lyapunov equation",
        about="$A$ and $-B$ have no eigenvalue in common. $Z$ solves the transposed equation.",
        formulas=(
            r"AX+XB=C",
            r"A\,\dd X+\dd X\,B=\dd C-\dd A\,X-X\,\dd B",
            r"\bar A=-ZX^\top,\;A^\top Z+ZB^\top=\bar X",
            r"\bar B=-X^\top Z",
            r"\bar C=Z",
        ),
        value=solve_sylvester,
        differential=lambda A, B, C, dA, dB, dC: solve_sylvester(
            A, B, dC - dA @ solve_sylvester(A, B, C) - solve_sylvester(A, B, C) @ dB
        ),
        vjp=lambda g, X, A, B, C: sylvester_vjp(g, X, A, B),
        engine=_engine_sylvester,
        sample=sylvester,
        sources=("giles2008collected",),
        derived="inverses-and-linear-systems",
    ),
    Row(
        name="Matrix exponential",
        about=r"$A$ is $n\times n$; $L(A,E)$ is the derivative of exp at $A$ in the direction $E$.",
        formulas=(
            r"Y=e^A=\textstyle\sum_k\frac{A^k}{k!}",
            r"\dd Y=L(A,\dd A)=\int_0^1e^{(1-s)A}\,\dd A\,e^{sA}\,\mathrm ds",
            r"\bar A=L(A^\top,\bar Y)",
        ),
        value=expm,
        differential=lambda A, dA: expm_frechet(A, dA, compute_expm=False),
        vjp=lambda g, Y, A: expm_frechet(A.T, g, compute_expm=False),
        engine=_series,
        sample=lambda rng: (draw("n n")(rng)[0] / 2,),
        sources=("higham2008functions",),
        derived="what-an-equation-defines",
    ),
    Row(
        name="Square root of a positive definite matrix",
        about=r"$A$ is symmetric positive definite, and so is $S$; symmetrise $\bar S$ first.",
        formulas=(
            r"S=A^{1/2}",
            r"S\,\dd S+\dd S\,S=\dd A",
            r"S\bar A+\bar AS=\bar S",
        ),
        value=square_root,
        differential=lambda A, dA: solve_sylvester(square_root(A), square_root(A), dA),
        vjp=lambda g, S, A: solve_sylvester(S, S, symmetrise(g)),
        engine=_engine_root,
        sample=draw("positive n n"),
        sources=("higham2008functions",),
        derived="what-an-equation-defines",
        spaces={0: symmetrise},
    ),
    Row(
        name="Fixed point",
        about=(
            r"$x$ is defined by an equation; $D=\operatorname{diag}(1-x\odot x)$. A layer of infinite "
            "depth."
        ),
        formulas=(
            r"x=\tanh(Wx+b)",
            r"(I-DW)\,\dd x=D\,(\dd W\,x+\dd b)",
            r"\bar W=v\,x^\top,\;v=D\,(I-DW)^{-\top}\bar x",
            r"\bar b=v",
        ),
        value=fixed_point,
        differential=fixed_point_differential,
        vjp=fixed_point_vjp,
        engine=lambda W, b: implicit_root(
            lambda x, W, b: x - ops.tanh(W @ x + b), fixed_point(values(W), values(b)), W, b
        ),
        sample=contraction,
        sources=("bai2019deep", "griewank2008evaluating"),
        derived="what-an-equation-defines",
    ),
)
