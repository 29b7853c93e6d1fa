"""Layers that mix features or positions: linear, embedding, attention."""

import math

import numpy as np
from scipy.special import softmax

from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import draw, normal, sizes
from foundations.nn import functional as F


def attention(Q: np.ndarray, K: np.ndarray, V: np.ndarray) -> np.ndarray:
    """Return softmax(Q K^T / sqrt(d)) V: shape (T, v)."""
    return softmax(Q @ K.T / math.sqrt(Q.shape[1]), 1) @ V


def attention_differential(
    Q: np.ndarray, K: np.ndarray, V: np.ndarray, dQ: np.ndarray, dK: np.ndarray, dV: np.ndarray
) -> np.ndarray:
    """Return dP V + P dV, with dP row by row the change of a softmax: shape (T, v)."""
    scale = 1 / math.sqrt(Q.shape[1])
    P = softmax(Q @ K.T * scale, 1)
    dS = (dQ @ K.T + Q @ dK.T) * scale
    dP = P * (dS - (P * dS).sum(1, keepdims=True))
    return dP @ V + P @ dV


def attention_vjp(
    g: np.ndarray, Y: np.ndarray, Q: np.ndarray, K: np.ndarray, V: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of Q, K and V: shapes (T, d), (S, d) and (S, v)."""
    scale = 1 / math.sqrt(Q.shape[1])
    P = softmax(Q @ K.T * scale, 1)  # (T, S)
    S_bar = P * (g @ V.T - (g * Y).sum(1, keepdims=True)) * scale
    return S_bar @ K, S_bar.T @ Q, P.T @ g


def _tokens(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n, d, v = sizes(rng, 3)
    return normal(rng, v, d), rng.integers(v, size=n)


ROWS = (
    Row(
        name="Linear layer",
        about=r"$X$ is $N\times D$, $W$ is $D\times K$, $b$ has $K$ elements.",
        formulas=(
            r"Y=XW+\mathbf 1b^\top",
            r"\dd Y=\dd X\,W+X\,\dd W+\mathbf 1\,\dd b^\top",
            r"\bar X=\bar Y\,W^\top",
            r"\bar W=X^\top\bar Y",
            r"\bar b=\bar Y^\top\mathbf 1",
        ),
        value=lambda X, W, b: X @ W + b,
        differential=lambda X, W, b, dX, dW, db: dX @ W + X @ dW + db,
        vjp=lambda g, Y, X, W, b: (g @ W.T, X.T @ g, g.sum(0)),
        engine=F.linear,
        sample=draw("N D", "D K", "K"),
        sources=("giles2008collected",),
        derived="the-linear-layer-and-its-bias",
    ),
    Row(
        name="Embedding lookup",
        about=(
            r"$E$ is $V\times D$, $t$ are $N$ tokens, $T$ their one-hot rows: rows used twice get two "
            "gradients."
        ),
        formulas=(
            r"Y_i=E_{t_i},\;Y=TE",
            r"\dd Y_i=\dd E_{t_i}",
            r"\bar E=T^\top\bar Y,\;\bar E_v=\textstyle\sum_{i:t_i=v}\bar Y_i",
        ),
        value=lambda E, t: E[t],
        differential=lambda E, t, dE: dE[t],
        vjp=lambda g, Y, E, t: np.eye(len(E))[t].T @ g,
        engine=lambda E, t: F.embedding(t, E),
        sample=_tokens,
        derived="the-linear-layer-and-its-bias",
    ),
    Row(
        name="Scaled dot-product attention",
        about=(
            r"$Q$ is $m\times d$, $K$ is $n\times d$, $V$ is $n\times v$; "
            r"$P=\operatorname{softmax}(S)$ with $S=QK^\top/\sqrt d$ row by row, "
            r"$\rho_t=\langle\bar y_t,y_t\rangle$."
        ),
        formulas=(
            r"Y=PV",
            r"\dd Y=\dd P\,V+P\,\dd V,\;"
            r"\dd P=P\odot\bigl(\dd S-(P\odot\dd S)\mathbf 1\mathbf 1^\top\bigr),\;"
            r"\dd S=\tfrac1{\sqrt d}(\dd Q\,K^\top+Q\,\dd K^\top)",
            r"\bar Q=\tfrac1{\sqrt d}\bar SK,\;\bar S=P\odot(\bar YV^\top-\rho\mathbf 1^\top)",
            r"\bar K=\tfrac1{\sqrt d}\bar S^\top Q",
            r"\bar V=P^\top\bar Y",
        ),
        value=attention,
        differential=attention_differential,
        vjp=attention_vjp,
        engine=F.scaled_dot_product_attention,
        sample=draw("T d", "S d", "S v"),
        sources=("vaswani2017attention", "dao2022flashattention"),
        derived="attention",
    ),
)
