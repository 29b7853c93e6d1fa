"""Layers that standardise: over the features of an example, or over the examples of a batch."""

import numpy as np

from foundations.matrix_calculus.row import Row
from foundations.matrix_calculus.samples import draw, mixed, normal, sizes
from foundations.nn import functional as F

EPS = 1e-5
"""What the normalisations add to the variance under the root."""


def standardise(X: np.ndarray, axis: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """Return (X - mean) / s along an axis, and s = sqrt(variance + eps), the axis kept with length 1."""
    centred = X - X.mean(axis, keepdims=True)
    s = np.sqrt((centred * centred).mean(axis, keepdims=True) + EPS)
    return centred / s, s


def tangent(H: np.ndarray, s: np.ndarray, Z: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return (Z - mean(Z) - H mean(H Z)) / s: the Jacobian of `standardise` times Z, and it is symmetric.

    Args:
        H: What was standardised.
        s: What it was divided by.
        Z: A change, or a gradient; the shape of H.
        axis: The axis of the means.
    """
    along = (H * Z).mean(axis, keepdims=True)
    return (Z - Z.mean(axis, keepdims=True) - H * along) / s


def layer_norm(X: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Standardise every row, then scale and shift every column."""
    return standardise(X)[0] * w + b


def layer_norm_differential(
    X: np.ndarray, w: np.ndarray, b: np.ndarray, dX: np.ndarray, dw: np.ndarray, db: np.ndarray
) -> np.ndarray:
    """Return the change of `layer_norm`: shape of X."""
    H, s = standardise(X)
    return tangent(H, s, dX) * w + H * dw + db


def layer_norm_vjp(
    g: np.ndarray, Y: np.ndarray, X: np.ndarray, w: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of X, w and b."""
    H, s = standardise(X)
    return tangent(H, s, g * w), (g * H).sum(0), g.sum(0)


def batch_norm(X: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Standardise every column over the batch, then scale and shift it."""
    return standardise(X, 0)[0] * w + b


def batch_norm_differential(
    X: np.ndarray, w: np.ndarray, b: np.ndarray, dX: np.ndarray, dw: np.ndarray, db: np.ndarray
) -> np.ndarray:
    """Return the change of `batch_norm`: shape of X."""
    H, s = standardise(X, 0)
    return tangent(H, s, dX, 0) * w + H * dw + db


def batch_norm_vjp(
    g: np.ndarray, Y: np.ndarray, X: np.ndarray, w: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of X, w and b."""
    H, s = standardise(X, 0)
    return tangent(H, s, g * w, 0), (g * H).sum(0), g.sum(0)


def rms(X: np.ndarray) -> np.ndarray:
    """Return the root mean square of every row: shape (N, 1)."""
    return np.sqrt((X * X).mean(-1, keepdims=True) + EPS)


def rms_tangent(X: np.ndarray, Z: np.ndarray) -> np.ndarray:
    """Return (Z - H mean(H Z)) / s with H = X / s and s = rms(X): the Jacobian of H times Z; symmetric."""
    H = X / rms(X)
    return (Z - H * (H * Z).mean(-1, keepdims=True)) / rms(X)


def _columns(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    n, d = sizes(rng, 2)
    return mixed(rng, d, n).T, normal(rng, d), normal(rng, d)


ROWS = (
    Row(
        name="Layer norm",
        about=(
            r"Every row $x$ of $X$ ($N\times D$). $m$ is the mean over one row, $\mu=m(x)$, "
            r"$s^2=m((x-\mu)^2)+\epsilon$, $\bar h=\bar y\odot w$; $\bar w$ and $\bar b$ sum over rows."
        ),
        formulas=(
            r"y=h\odot w+b,\;h=\frac{x-\mu}{s}",
            r"\dd y=\dd h\odot w+h\odot\dd w+\dd b,\;"
            r"\dd h=\tfrac1s\bigl(\dd x-m(\dd x)-h\,m(h\odot\dd x)\bigr)",
            r"\bar x=\tfrac1s\bigl(\bar h-m(\bar h)-h\,m(h\odot\bar h)\bigr)",
            r"\bar w=\textstyle\sum\bar y\odot h",
            r"\bar b=\textstyle\sum\bar y",
        ),
        value=layer_norm,
        differential=layer_norm_differential,
        vjp=layer_norm_vjp,
        engine=lambda X, w, b: F.layer_norm(X, w, b, eps=EPS),
        sample=draw("mixed N D", "D", "D"),
        sources=("ba2016layer",),
        derived="rows-layer-norm",
    ),
    Row(
        name="Batch norm",
        about=(
            r"Every column $x$ of $X$ ($N\times D$), while training: as layer norm, with $m$ over the batch."
            " With fixed statistics it is a Hadamard product and a shift."
        ),
        formulas=(
            r"y=w\,h+b,\;h=\frac{x-\mu}{s}",
            r"\dd y=w\,\dd h+h\,\dd w+\dd b,\;"
            r"\dd h=\tfrac1s\bigl(\dd x-m(\dd x)-h\,m(h\odot\dd x)\bigr)",
            r"\bar x=\tfrac ws\bigl(\bar y-m(\bar y)-h\,m(h\odot\bar y)\bigr)",
            r"\bar w=\langle\bar y,h\rangle",
            r"\bar b=\langle\mathbf 1,\bar y\rangle",
        ),
        value=batch_norm,
        differential=batch_norm_differential,
        vjp=batch_norm_vjp,
        engine=lambda X, w, b: F.batch_norm(X, weight=w, bias=b, training=True, eps=EPS),
        sample=_columns,
        sources=("ioffe2015batch",),
        derived="columns-batch-norm",
    ),
    Row(
        name="RMS norm",
        about=(
            r"Every row; $s^2=m(x\odot x)+\epsilon$. Layer norm without the centring; "
            "scale as there."
        ),
        formulas=(
            r"h=\frac xs",
            r"\dd h=\tfrac1s\bigl(\dd x-h\,m(h\odot\dd x)\bigr)",
            r"\bar x=\tfrac1s\bigl(\bar h-h\,m(h\odot\bar h)\bigr)",
        ),
        value=lambda X: X / rms(X),
        differential=rms_tangent,
        vjp=lambda g, H, X: rms_tangent(X, g),
        engine=lambda X: F.rms_norm(X, eps=EPS),
        sample=draw("away m n"),
        sources=("zhang2019root",),
        derived="rows-layer-norm",
    ),
)
