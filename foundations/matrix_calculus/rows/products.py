"""Products of matrices, and what moves elements about: transposes, broadcasts, means."""

from functools import reduce

import numpy as np
from numpy import einsum, kron, outer
from numpy.linalg import matrix_power

from foundations.autodiff import ops
from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import draw


def power_differential(A: np.ndarray, k: int, dA: np.ndarray) -> np.ndarray:
    """Return the sum over i < k of A^i dA A^(k - 1 - i): shape (n, n)."""
    powers = [matrix_power(A, i) for i in range(k)]
    return sum((powers[i] @ dA @ powers[k - 1 - i] for i in range(k)), np.zeros_like(A))


def blocks(G: np.ndarray, A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return a matrix shaped like kron(A, B) by its blocks: [i, k, j, l] is element k, l of block i, j."""
    return G.reshape(A.shape[0], B.shape[0], A.shape[1], B.shape[1])


ROWS = (
    Row(
        name="Matrix product",
        about=r"$A$ is $m\times k$, $B$ is $k\times n$. With a batch on the left it is the linear layer.",
        formulas=(
            r"Y=AB",
            r"\dd Y=\dd A\,B+A\,\dd B",
            r"\bar A=\bar Y\,B^\top",
            r"\bar B=A^\top\bar Y",
        ),
        value=lambda A, B: A @ B,
        differential=lambda A, B, dA, dB: dA @ B + A @ dB,
        vjp=lambda g, Y, A, B: (g @ B.T, A.T @ g),
        engine=lambda A, B: ops.einsum("ik,kj->ij", A, B),
        sample=draw("m k", "k n"),
        sources=("giles2008collected", "magnus2019matrix"),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Two-sided product",
        about=r"$A$ and $B$ fit $X$ on either side; as a matrix, $B^\top\otimes A$.",
        formulas=(
            r"Y=AXB",
            r"\dd Y=\dd A\,XB+A\,\dd X\,B+AX\,\dd B",
            r"\bar A=\bar Y\,(XB)^\top",
            r"\bar X=A^\top\bar Y\,B^\top",
            r"\bar B=(AX)^\top\bar Y",
        ),
        value=lambda A, X, B: A @ X @ B,
        differential=lambda A, X, B, dA, dX, dB: dA @ X @ B + A @ dX @ B + A @ X @ dB,
        vjp=lambda g, Y, A, X, B: (g @ (X @ B).T, A.T @ g @ B.T, (A @ X).T @ g),
        engine=lambda A, X, B: ops.einsum("ij,jl->il", A, ops.einsum("jk,kl->jl", X, B)),
        sample=draw("m n", "n p", "p q"),
        sources=("magnus2019matrix",),
        derived="vec-kronecker-and-the-jacobian-as-a-matrix",
    ),
    Row(
        name="Gram matrix",
        about=r"$X$ is $m\times n$; $G$ is symmetric, and $\bar G$ need not be.",
        formulas=(
            r"G=X^\top X",
            r"\dd G=\dd X^\top X+X^\top\dd X",
            r"\bar X=X\,(\bar G+\bar G^\top)",
        ),
        value=lambda X: X.T @ X,
        differential=lambda X, dX: dX.T @ X + X.T @ dX,
        vjp=lambda g, G, X: X @ (g + g.T),
        engine=lambda X: ops.einsum("ki,kj->ij", X, X),
        sample=draw("m n"),
        sources=("magnus2019matrix",),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Hadamard product",
        about="Elementwise, of equal shapes. With a constant mask for $B$: dropout, causal masks.",
        formulas=(
            r"Y=A\odot B",
            r"\dd Y=\dd A\odot B+A\odot\dd B",
            r"\bar A=\bar Y\odot B",
            r"\bar B=\bar Y\odot A",
        ),
        value=lambda A, B: A * B,
        differential=lambda A, B, dA, dB: dA * B + A * dB,
        vjp=lambda g, Y, A, B: (g * B, g * A),
        engine=lambda A, B: A * B,
        sample=draw("m n", "m n"),
        sources=("magnus2019matrix",),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Row scaling by a diagonal matrix",
        about=r"$v$ has $m$ elements, $X$ is $m\times n$: row $i$ times $v_i$.",
        formulas=(
            r"Y=\operatorname{diag}(v)\,X",
            r"\dd Y=\operatorname{diag}(\dd v)\,X+\operatorname{diag}(v)\,\dd X",
            r"\bar v=(\bar Y\odot X)\,\mathbf 1",
            r"\bar X=\operatorname{diag}(v)\,\bar Y",
        ),
        value=lambda v, X: v[:, None] * X,
        differential=lambda v, X, dv, dX: dv[:, None] * X + v[:, None] * dX,
        vjp=lambda g, Y, v, X: ((g * X).sum(1), v[:, None] * g),
        engine=lambda v, X: ops.diag(v) @ X,
        sample=draw("m", "m n"),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Outer product",
        about="$x$ has $m$ elements, $y$ has $n$.",
        formulas=(
            r"Y=xy^\top",
            r"\dd Y=\dd x\,y^\top+x\,\dd y^\top",
            r"\bar x=\bar Y\,y",
            r"\bar y=\bar Y^\top x",
        ),
        value=outer,
        differential=lambda x, y, dx, dy: outer(dx, y) + outer(x, dy),
        vjp=lambda g, Y, x, y: (g @ y, g.T @ x),
        engine=ops.outer,
        sample=draw("m", "n"),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Kronecker product",
        about=r"$A$ is $m\times n$, $B$ is $p\times q$; $\bar Y_{(ij)}$ is the $p\times q$ block at $i,j$.",
        formulas=(
            r"Y=A\otimes B",
            r"\dd Y=\dd A\otimes B+A\otimes\dd B",
            r"\bar A_{ij}=\langle\bar Y_{(ij)},B\rangle",
            r"\bar B=\textstyle\sum_{ij}A_{ij}\,\bar Y_{(ij)}",
        ),
        value=kron,
        differential=lambda A, B, dA, dB: kron(dA, B) + kron(A, dB),
        vjp=lambda g, Y, A, B: (
            (einsum("ikjl,kl->ij", blocks(g, A, B), B), einsum("ikjl,ij->kl", blocks(g, A, B), A))
        ),
        engine=lambda A, B: ops.reshape(
            ops.einsum("ij,kl->ikjl", A, B), (A.shape[0] * B.shape[0], A.shape[1] * B.shape[1])
        ),
        sample=draw("m n", "p q"),
        sources=("magnus2019matrix",),
        derived="vec-kronecker-and-the-jacobian-as-a-matrix",
    ),
    Row(
        name="Matrix power",
        about=r"$A$ is $n\times n$, $k$ a whole number. What a linear recurrence does in $k$ steps.",
        formulas=(
            r"Y=A^k",
            r"\dd Y=\textstyle\sum_{i=0}^{k-1}A^i\,\dd A\,A^{k-1-i}",
            r"\bar A=\textstyle\sum_{i=0}^{k-1}(A^\top)^i\,\bar Y\,(A^\top)^{k-1-i}",
        ),
        value=matrix_power,
        differential=power_differential,
        vjp=lambda g, Y, A, k: power_differential(A.T, k, g),
        engine=lambda A, k: reduce(ops.matmul, [A] * k),
        sample=lambda rng: (*draw("n n")(rng), int(rng.integers(1, 5))),
        sources=("magnus2019matrix",),
        derived="from-the-differential-to-the-gradient",
    ),
    Row(
        name="Transpose",
        about=r"$A$ is $m\times n$. On vec it is the commutation matrix.",
        formulas=(r"Y=A^\top", r"\dd Y=\dd A^\top", r"\bar A=\bar Y^\top"),
        value=lambda A: A.T,
        differential=lambda A, dA: dA.T,
        vjp=lambda g, Y, A: g.T,
        engine=ops.transpose,
        sample=draw("m n"),
        sources=("magnus1979commutation",),
        derived="vec-kronecker-and-the-jacobian-as-a-matrix",
    ),
    Row(
        name="Bias broadcast over rows",
        about=(
            r"$X$ is $N\times D$, $b$ has $D$ elements: what is copied in the value is summed in the "
            "gradient."
        ),
        formulas=(
            r"Y=X+\mathbf 1b^\top",
            r"\dd Y=\dd X+\mathbf 1\,\dd b^\top",
            r"\bar X=\bar Y",
            r"\bar b=\bar Y^\top\mathbf 1",
        ),
        value=lambda X, b: X + b,
        differential=lambda X, b, dX, db: dX + db,
        vjp=lambda g, Y, X, b: (g, g.sum(0)),
        engine=lambda X, b: X + ops.outer(np.ones(X.shape[0]), b),
        sample=draw("m n", "n"),
        derived="the-linear-layer-and-its-bias",
    ),
    Row(
        name="Mean over rows",
        about=r"$X$ is $N\times D$; the sum is the same without $1/N$.",
        formulas=(
            r"m=\tfrac1NX^\top\mathbf 1",
            r"\dd m=\tfrac1N\dd X^\top\mathbf 1",
            r"\bar X=\tfrac1N\mathbf 1\,\bar m^\top",
        ),
        value=lambda X: X.mean(0),
        differential=lambda X, dX: dX.mean(0),
        vjp=lambda g, m, X: np.tile(g / len(X), (len(X), 1)),
        engine=lambda X: ops.mean(X, 0),
        sample=draw("m n"),
        derived="the-linear-layer-and-its-bias",
    ),
    Row(
        name="Centring",
        about=(
            r"Subtract the mean of the rows: the symmetric projection $C=I-\tfrac1N\mathbf 1\mathbf "
            r"1^\top$."
        ),
        formulas=(r"Y=CX", r"\dd Y=C\,\dd X", r"\bar X=C\,\bar Y"),
        value=lambda X: X - X.mean(0),
        differential=lambda X, dX: dX - dX.mean(0),
        vjp=lambda g, Y, X: g - g.mean(0),
        engine=lambda X: (np.eye(len(X)) - 1 / len(X)) @ X,
        sample=draw("m n"),
        derived="rows-layer-norm",
    ),
)
