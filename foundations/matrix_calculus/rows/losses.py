"""Losses: regression, classification, likelihoods."""

import numpy as np
from numpy import clip, exp, eye, log, outer, sign, tril
from numpy.linalg import inv, slogdet, solve
from scipy.special import expit, log_softmax, softmax

from foundations.autodiff import ops
from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import draw
from foundations.matrix_calculus.spaces import lower_triangle, symmetrise
from foundations.matrix_calculus.targets import (
    around_the_corner,
    away_from_targets,
    with_bits,
    with_classes,
    with_shares,
    with_signs,
)
from foundations.nn import functional as F


def one_hot(t: np.ndarray, n: int) -> np.ndarray:
    """Return a row for every label, 1 at the label and 0 elsewhere: shape (N, n)."""
    return eye(n)[t]


def cross_entropy(Z: np.ndarray, t: np.ndarray) -> float:
    """Return the mean of -log softmax(Z)[i, t_i] over the rows, in nats."""
    return -log_softmax(Z, 1)[np.arange(len(t)), t].mean()


def gaussian_log_density(x: np.ndarray, mean: np.ndarray, S: np.ndarray) -> float:
    """Return the logarithm of the normal density with covariance S, in nats."""
    u = x - mean
    return -(slogdet(S)[1] + u @ solve(S, u) + len(x) * log(2 * np.pi)) / 2


def _engine_gaussian(x: np.ndarray, mean: np.ndarray, S: np.ndarray) -> np.ndarray:
    z = ops.solve(ops.cholesky(S), x - mean)
    return -(ops.cholesky_logdet(S) + ops.sum(z * z) + len(x) * np.log(2 * np.pi)) * 0.5


ROWS = (
    Row(
        name="Mean squared error",
        about="$Y$ and $T$ have $n$ elements each.",
        formulas=(
            r"f=\tfrac1n\lVert Y-T\rVert_F^2",
            r"\dd f=\tfrac2n\langle Y-T,\dd Y-\dd T\rangle",
            r"\bar Y=\tfrac2n\bar f\,(Y-T)",
            r"\bar T=-\bar Y",
        ),
        value=lambda Y, T: ((Y - T) ** 2).mean(),
        differential=lambda Y, T, dY, dT: 2 * ((Y - T) * (dY - dT)).mean(),
        vjp=lambda g, f, Y, T: (2 * g * (Y - T) / Y.size, 2 * g * (T - Y) / Y.size),
        engine=F.mse_loss,
        sample=draw("m n", "m n"),
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Least squares",
        about=r"$X$ is $N\times D$, $w$ has $D$ elements; $r=Xw-y$ are the residuals.",
        formulas=(
            r"f=\tfrac12\lVert Xw-y\rVert^2",
            r"\dd f=r^\top(\dd X\,w+X\,\dd w-\dd y)",
            r"\bar X=\bar f\,r\,w^\top",
            r"\bar w=\bar f\,X^\top r",
            r"\bar y=-\bar f\,r",
        ),
        value=lambda X, w, y: ((X @ w - y) ** 2).sum() / 2,
        differential=lambda X, w, y, dX, dw, dy: (X @ w - y) @ (dX @ w + X @ dw - dy),
        vjp=lambda g, f, X, w, y: ((g * outer(X @ w - y, w), g * X.T @ (X @ w - y), g * (y - X @ w))),
        engine=lambda X, w, y: ops.sum(ops.square(X @ w - y)) * 0.5,
        sample=draw("N D", "D", "N"),
        sources=("magnus2019matrix",),
        derived="the-idea-with-small-numbers",
    ),
    Row(
        name="Mean absolute error",
        about="$Y$ and $T$ have $n$ elements each and agree in none.",
        formulas=(
            r"f=\tfrac1n\textstyle\sum\lvert Y-T\rvert",
            r"\dd f=\tfrac1n\langle\operatorname{sign}(Y-T),\dd Y-\dd T\rangle",
            r"\bar Y=\tfrac1n\bar f\operatorname{sign}(Y-T)",
            r"\bar T=-\bar Y",
        ),
        value=lambda Y, T: abs(Y - T).mean(),
        differential=lambda Y, T, dY, dT: (sign(Y - T) * (dY - dT)).mean(),
        vjp=lambda g, f, Y, T: (g * sign(Y - T) / Y.size, g * sign(T - Y) / Y.size),
        engine=F.l1_loss,
        sample=away_from_targets,
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Huber loss",
        about=r"Squared below $\delta$ and linear above it: the gradient is the error, clipped.",
        formulas=(
            r"f=\tfrac1n\textstyle\sum h(Y-T),\;h'(e)=\operatorname{clip}(e,-\delta,\delta)",
            r"\dd f=\tfrac1n\langle\operatorname{clip}(Y-T,-\delta,\delta),\dd Y-\dd T\rangle",
            r"\bar Y=\tfrac1n\bar f\operatorname{clip}(Y-T,-\delta,\delta)",
            r"\bar T=-\bar Y",
        ),
        value=lambda Y, T: (clip(Y - T, -1, 1) * (Y - T - clip(Y - T, -1, 1) / 2)).mean(),
        differential=lambda Y, T, dY, dT: (clip(Y - T, -1, 1) * (dY - dT)).mean(),
        vjp=lambda g, f, Y, T: (g * clip(Y - T, -1, 1) / Y.size, g * clip(T - Y, -1, 1) / Y.size),
        engine=F.huber_loss,
        sample=around_the_corner,
        sources=("huber1964robust",),
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Hinge loss",
        about=r"$y$ are $N$ scores, $t_i=\pm1$ the classes; no margin is exactly 1.",
        formulas=(
            r"f=\tfrac1N\textstyle\sum_i\max(0,1-t_iy_i)",
            r"\dd f=-\tfrac1N\textstyle\sum_i[t_iy_i<1]\,t_i\,\dd y_i",
            r"\bar y_i=-\tfrac1N\bar f\,[t_iy_i<1]\,t_i",
        ),
        value=lambda y, t: np.maximum(0, 1 - t * y).mean(),
        differential=lambda y, t, dy: -((t * y < 1) * t * dy).mean(),
        vjp=lambda g, f, y, t: -g * (t * y < 1) * t / len(y),
        engine=lambda y, t: ops.mean(F.relu(1 - t * y)),
        sample=with_signs,
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Cross-entropy of logits",
        about=(
            r"$Z$ is $N\times K$, $t$ are labels and $T$ their one-hot rows; $P=\operatorname{softmax}(Z)$"
            " row by row."
        ),
        formulas=(
            r"f=-\tfrac1N\textstyle\sum_i\log P_{i,t_i}",
            r"\dd f=\tfrac1N\langle P-T,\dd Z\rangle",
            r"\bar Z=\tfrac1N\bar f\,(P-T)",
        ),
        value=cross_entropy,
        differential=lambda Z, t, dZ: ((softmax(Z, 1) - one_hot(t, Z.shape[1])) * dZ).sum() / len(t),
        vjp=lambda g, f, Z, t: g * (softmax(Z, 1) - one_hot(t, Z.shape[1])) / len(t),
        engine=F.cross_entropy,
        sample=with_classes,
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Cross-entropy with soft targets",
        about=(
            r"$p$ are weights, a distribution as a rule; $q=\operatorname{softmax}(z)$. Distillation, "
            "label smoothing."
        ),
        formulas=(
            r"f=-p^\top\log q",
            r"\dd f=(\mathbf 1^\top p\;q-p)^\top\dd z-\dd p^\top\log q",
            r"\bar z=\bar f\,(\mathbf 1^\top p\;q-p)",
            r"\bar p=-\bar f\,\log q",
        ),
        value=lambda z, p: -p @ log_softmax(z),
        differential=lambda z, p, dz, dp: (p.sum() * softmax(z) - p) @ dz - dp @ log_softmax(z),
        vjp=lambda g, f, z, p: (g * (p.sum() * softmax(z) - p), -g * log_softmax(z)),
        engine=lambda z, p: -ops.sum(p * F.log_softmax(z)),
        sample=with_shares,
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Binary cross-entropy of logits",
        about="$z$ are $N$ logits, $t_i$ is 0 or 1.",
        formulas=(
            r"f=\tfrac1N\textstyle\sum_i\bigl(\log(1+e^{z_i})-t_iz_i\bigr)",
            r"\dd f=\tfrac1N(\sigma(z)-t)^\top\dd z",
            r"\bar z=\tfrac1N\bar f\,(\sigma(z)-t)",
        ),
        value=lambda z, t: (np.logaddexp(0, z) - t * z).mean(),
        differential=lambda z, t, dz: (expit(z) - t) @ dz / len(z),
        vjp=lambda g, f, z, t: g * (expit(z) - t) / len(z),
        engine=lambda z, t: F.binary_cross_entropy_with_logits(z, t.astype(float)),
        sample=with_bits,
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Entropy of a softmax",
        about=r"$p=\operatorname{softmax}(z)$; $f$ in nats. Raising it flattens a policy.",
        formulas=(
            r"f=-p^\top\log p",
            r"\dd f=-\bigl(p\odot(\log p+f)\bigr)^\top\dd z",
            r"\bar z=-\bar f\,p\odot(\log p+f)",
        ),
        value=lambda z: -softmax(z) @ log_softmax(z),
        differential=lambda z, dz: -softmax(z) * (log_softmax(z) - softmax(z) @ log_softmax(z)) @ dz,
        vjp=lambda g, f, z: -g * softmax(z) * (log_softmax(z) + f),
        engine=lambda z: -ops.sum(F.softmax(z) * F.log_softmax(z)),
        sample=draw("n"),
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Contrastive cross-entropy (InfoNCE)",
        about=(
            r"Row $i$ of $X$ belongs to row $i$ of $Y$; $P=\operatorname{softmax}(XY^\top)$ row by row, "
            "$N$ rows."
        ),
        formulas=(
            r"f=-\tfrac1N\textstyle\sum_i\log P_{ii}",
            r"\dd f=\tfrac1N\langle P-I,\dd X\,Y^\top+X\,\dd Y^\top\rangle",
            r"\bar X=\tfrac1N\bar f\,(P-I)\,Y",
            r"\bar Y=\tfrac1N\bar f\,(P-I)^\top X",
        ),
        value=lambda X, Y: -np.diag(log_softmax(X @ Y.T, 1)).mean(),
        differential=lambda X, Y, dX, dY: (
            ((softmax(X @ Y.T, 1) - eye(len(X))) * (dX @ Y.T + X @ dY.T)).sum() / len(X)
        ),
        vjp=lambda g, f, X, Y: (
            (
                g * (softmax(X @ Y.T, 1) - eye(len(X))) @ Y / len(X),
                g * (softmax(X @ Y.T, 1) - eye(len(X))).T @ X / len(X),
            )
        ),
        engine=lambda X, Y: F.cross_entropy(X @ Y.T, np.arange(len(X))),
        sample=draw("m n", "m n"),
        sources=("oord2018representation",),
        derived="squared-error-and-cross-entropy",
    ),
    Row(
        name="Gaussian log-density",
        about=r"$\Sigma$ is a covariance; $u=x-\mu$ and $a=\Sigma^{-1}u$.",
        formulas=(
            r"f=-\tfrac12\bigl(\log\det\Sigma+u^\top a+n\log(2\pi)\bigr)",
            r"\dd f=-a^\top(\dd x-\dd\mu)+\tfrac12\tr\bigl((aa^\top-\Sigma^{-1})\,\dd\Sigma\bigr)",
            r"\bar x=-\bar f\,a",
            r"\bar\mu=\bar f\,a",
            r"\bar\Sigma=\tfrac12\bar f\,(aa^\top-\Sigma^{-1})",
        ),
        value=gaussian_log_density,
        differential=lambda x, m, S, dx, dm, dS: (
            solve(S, x - m) @ (dm - dx + dS @ solve(S, x - m) / 2) - np.trace(solve(S, dS)) / 2
        ),
        vjp=lambda g, f, x, m, S: (
            (
                -g * solve(S, x - m),
                g * solve(S, x - m),
                g * (outer(solve(S, x - m), solve(S, x - m)) - inv(S)) / 2,
            )
        ),
        engine=_engine_gaussian,
        sample=draw("n", "n", "positive n n"),
        sources=("magnus2019matrix", "petersen2012matrix"),
        derived="gaussians",
        spaces={2: symmetrise},
    ),
    Row(
        name="Divergence of a diagonal Gaussian from the standard one",
        about=r"$s=\log\sigma^2$ elementwise: the regulariser of a variational autoencoder, in nats.",
        formulas=(
            r"f=\tfrac12\textstyle\sum_i\bigl(e^{s_i}+\mu_i^2-1-s_i\bigr)",
            r"\dd f=\mu^\top\dd\mu+\tfrac12(e^s-1)^\top\dd s",
            r"\bar\mu=\bar f\,\mu",
            r"\bar s=\tfrac12\bar f\,(e^s-1)",
        ),
        value=lambda m, s: (exp(s) + m * m - 1 - s).sum() / 2,
        differential=lambda m, s, dm, ds: m @ dm + (exp(s) - 1) @ ds / 2,
        vjp=lambda g, f, m, s: (g * m, g * (exp(s) - 1) / 2),
        engine=lambda m, s: 0.5 * ops.sum(ops.expm1(s) + ops.square(m) - s),
        sample=draw("n", "n"),
        derived="gaussians",
    ),
    Row(
        name="Reparameterised Gaussian sample",
        about=(
            r"$\varepsilon$ is standard normal noise, $L$ lower triangular: $z$ has mean $\mu$ and "
            r"covariance $LL^\top$."
        ),
        formulas=(
            r"z=\mu+L\varepsilon",
            r"\dd z=\dd\mu+\dd L\,\varepsilon+L\,\dd\varepsilon",
            r"\bar\mu=\bar z",
            r"\bar L=\operatorname{tril}(\bar z\,\varepsilon^\top)",
            r"\bar\varepsilon=L^\top\bar z",
        ),
        value=lambda m, L, e: m + L @ e,
        differential=lambda m, L, e, dm, dL, de: dm + dL @ e + L @ de,
        vjp=lambda g, z, m, L, e: (g, tril(outer(g, e)), L.T @ g),
        engine=lambda m, L, e: m + ops.sum(L * e, 1),
        sample=draw("n", "lower n n", "n"),
        sources=("kingma2013auto", "rezende2014stochastic"),
        derived="gaussians",
        spaces={1: lower_triangle},
    ),
)
