"""Elementwise functions and the softmax family."""

import numpy as np
from numpy import cos, exp, logaddexp, maximum, sin, sqrt, tanh
from scipy.special import erf, expit, log_softmax, logsumexp, softmax

from foundations.autodiff import ops
from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import draw
from foundations.nn import functional as F

# SciPy's `expit` is the sigmoid; its softmax family takes the axis as an option.


def normal_pdf(X: np.ndarray) -> np.ndarray:
    """Return the density of the standard normal distribution, of any shape."""
    return exp(-X * X / 2) / sqrt(2 * np.pi)


def normal_cdf(X: np.ndarray) -> np.ndarray:
    """Return the distribution function of the standard normal distribution, of any shape."""
    return (1 + erf(X / sqrt(2))) / 2


ROWS = (
    Row(
        name="Elementwise function",
        about=r"Any shape and any smooth $\varphi$; here $\varphi=\sin$. The Jacobian is diagonal.",
        formulas=(
            r"Y=\varphi(X)",
            r"\dd Y=\varphi'(X)\odot\dd X",
            r"\bar X=\bar Y\odot\varphi'(X)",
        ),
        value=sin,
        differential=lambda X, dX: cos(X) * dX,
        vjp=lambda g, Y, X: g * cos(X),
        engine=ops.sin,
        sample=draw("m n"),
        sources=("magnus2019matrix",),
        derived="elementwise-functions",
    ),
    Row(
        name="Sigmoid",
        about=r"$\sigma(x)=1/(1+e^{-x})$.",
        formulas=(
            r"Y=\sigma(X)",
            r"\dd Y=Y\odot(1-Y)\odot\dd X",
            r"\bar X=\bar Y\odot Y\odot(1-Y)",
        ),
        value=expit,
        differential=lambda X, dX: expit(X) * expit(-X) * dX,
        vjp=lambda g, Y, X: g * Y * (1 - Y),
        engine=lambda X: 1 / (1 + ops.exp(-X)),
        sample=draw("m n"),
        derived="elementwise-functions",
    ),
    Row(
        name="Hyperbolic tangent",
        about="The slope is had from the value: the input need not be kept.",
        formulas=(
            r"Y=\tanh X",
            r"\dd Y=(1-Y\odot Y)\odot\dd X",
            r"\bar X=\bar Y\odot(1-Y\odot Y)",
        ),
        value=tanh,
        differential=lambda X, dX: (1 - tanh(X) ** 2) * dX,
        vjp=lambda g, Y, X: g * (1 - Y * Y),
        engine=ops.tanh,
        sample=draw("m n"),
        derived="elementwise-functions",
    ),
    Row(
        name="Rectifier (ReLU)",
        about="No element of $X$ is 0; there one takes the slope 0.",
        formulas=(
            r"Y=\max(X,0)",
            r"\dd Y=[X>0]\odot\dd X",
            r"\bar X=\bar Y\odot[X>0]",
        ),
        value=lambda X: maximum(X, 0),
        differential=lambda X, dX: (X > 0) * dX,
        vjp=lambda g, Y, X: g * (X > 0),
        engine=F.relu,
        sample=draw("away m n"),
        derived="elementwise-functions",
    ),
    Row(
        name="Softplus",
        about="A smooth rectifier; its slope is the sigmoid.",
        formulas=(
            r"Y=\log(1+e^X)",
            r"\dd Y=\sigma(X)\odot\dd X",
            r"\bar X=\bar Y\odot\sigma(X)",
        ),
        value=lambda X: logaddexp(0, X),
        differential=lambda X, dX: expit(X) * dX,
        vjp=lambda g, Y, X: g * expit(X),
        engine=F.softplus,
        sample=draw("m n"),
        derived="elementwise-functions",
    ),
    Row(
        name="Gaussian error linear unit (GELU)",
        about=r"$\Phi$ (`normal_cdf`) is the normal distribution, $\varphi$ (`normal_pdf`) its density.",
        formulas=(
            r"Y=X\odot\Phi(X)",
            r"\dd Y=\bigl(\Phi(X)+X\odot\varphi(X)\bigr)\odot\dd X",
            r"\bar X=\bar Y\odot\bigl(\Phi(X)+X\odot\varphi(X)\bigr)",
        ),
        value=lambda X: X * normal_cdf(X),
        differential=lambda X, dX: (normal_cdf(X) + X * normal_pdf(X)) * dX,
        vjp=lambda g, Y, X: g * (normal_cdf(X) + X * normal_pdf(X)),
        engine=F.gelu,
        sample=draw("m n"),
        sources=("hendrycks2016gaussian",),
        derived="elementwise-functions",
    ),
    Row(
        name="Sigmoid linear unit (SiLU, swish)",
        about=r"$\sigma$ is the sigmoid.",
        formulas=(
            r"Y=X\odot\sigma(X)",
            r"\dd Y=\sigma(X)\odot\bigl(1+X\odot\sigma(-X)\bigr)\odot\dd X",
            r"\bar X=\bar Y\odot\sigma(X)\odot\bigl(1+X\odot\sigma(-X)\bigr)",
        ),
        value=lambda X: X * expit(X),
        differential=lambda X, dX: expit(X) * (1 + X * expit(-X)) * dX,
        vjp=lambda g, Y, X: g * expit(X) * (1 + X * expit(-X)),
        engine=F.silu,
        sample=draw("m n"),
        sources=("hendrycks2016gaussian",),
        derived="elementwise-functions",
    ),
    Row(
        name="Gated linear unit (GLU)",
        about="$B$ opens and closes $A$, of the same shape.",
        formulas=(
            r"Y=A\odot\sigma(B)",
            r"\dd Y=\dd A\odot\sigma(B)+Y\odot\sigma(-B)\odot\dd B",
            r"\bar A=\bar Y\odot\sigma(B)",
            r"\bar B=\bar Y\odot Y\odot\sigma(-B)",
        ),
        value=lambda A, B: A * expit(B),
        differential=lambda A, B, dA, dB: dA * expit(B) + A * expit(B) * expit(-B) * dB,
        vjp=lambda g, Y, A, B: (g * expit(B), g * Y * expit(-B)),
        engine=lambda A, B: A * F.sigmoid(B),
        sample=draw("m n", "m n"),
        sources=("shazeer2020glu",),
        derived="elementwise-functions",
    ),
    Row(
        name="Log-sum-exp",
        about=r"$x$ has $n$ elements, $p=\operatorname{softmax}(x)$: a smooth maximum.",
        formulas=(
            r"f=\log\textstyle\sum_ie^{x_i}",
            r"\dd f=p^\top\dd x",
            r"\bar x=\bar f\,p",
        ),
        value=logsumexp,
        differential=lambda x, dx: softmax(x) @ dx,
        vjp=lambda g, f, x: g * exp(x - f),
        engine=F.logsumexp,
        sample=draw("n"),
        derived="softmax-and-its-logarithm",
    ),
    Row(
        name="Softmax",
        about=(
            "Over every row of $X$; formulas for one row. The Jacobian is "
            r"$\operatorname{diag}(y)-yy^\top$."
        ),
        formulas=(
            r"y_i=\frac{e^{x_i}}{\sum_je^{x_j}}",
            r"\dd y=y\odot(\dd x-\langle y,\dd x\rangle)",
            r"\bar x=y\odot(\bar y-\langle y,\bar y\rangle)",
        ),
        value=lambda X: softmax(X, axis=1),
        differential=lambda X, dX: softmax(X, 1) * (dX - (softmax(X, 1) * dX).sum(1)[:, None]),
        vjp=lambda g, Y, X: Y * (g - (Y * g).sum(1)[:, None]),
        engine=F.softmax,
        sample=draw("m n"),
        derived="softmax-and-its-logarithm",
    ),
    Row(
        name="Log-softmax",
        about=r"Over every row of $X$; formulas for one row, $p=e^y$ and $\mathbf 1$ all ones.",
        formulas=(
            r"y=x-\log\textstyle\sum_je^{x_j}",
            r"\dd y=\dd x-\langle p,\dd x\rangle\,\mathbf 1",
            r"\bar x=\bar y-\langle\mathbf 1,\bar y\rangle\,p",
        ),
        value=lambda X: log_softmax(X, axis=1),
        differential=lambda X, dX: dX - (softmax(X, 1) * dX).sum(1)[:, None],
        vjp=lambda g, Y, X: g - exp(Y) * g.sum(1)[:, None],
        engine=F.log_softmax,
        sample=draw("m n"),
        derived="softmax-and-its-logarithm",
    ),
)
