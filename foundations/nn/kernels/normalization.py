"""Layer norm and its mean-free variant on arrays, and their gradients."""

from __future__ import annotations

import numpy as np

from foundations.nn.kernels.rows import as_rows, column_sum, ones, row_dot, row_mean
from foundations.runtime import map_rows


def layer_norm_forward(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return layer norm of the last axis, and the standardised values with 1 / deviation."""
    rows = as_rows(x)
    x_hat, inverse = np.empty_like(rows), np.empty((len(rows), 1), x.dtype)
    y = x_hat if weight is None and bias is None else np.empty_like(rows)

    def standardise(x: np.ndarray, x_hat: np.ndarray, inverse: np.ndarray, y: np.ndarray) -> None:
        np.subtract(x, row_mean(x), out=x_hat)
        _inverse_root(row_dot(x_hat, x_hat), x.shape[-1], eps, out=inverse)
        x_hat *= inverse
        if weight is not None:
            np.multiply(x_hat, weight, out=y)
        if bias is not None:
            np.add(x_hat if weight is None else y, bias, out=y)

    map_rows(standardise, rows, x_hat, inverse, y)
    return y.reshape(x.shape), (x_hat, inverse)


def layer_norm_backward(
    g: np.ndarray,
    residuals: tuple[np.ndarray, np.ndarray],
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray | None,
    _bias: np.ndarray | None,
    eps: float,
) -> tuple[np.ndarray | None, ...]:
    """Return the gradients; with d = g w: dx = (d - mean(d) - h mean(d h)) / sqrt(var + eps)."""
    rows, (x_hat, inverse) = as_rows(g), residuals
    n = x.shape[-1]
    w = ones(n, g.dtype) if weight is None else weight
    dx = np.empty_like(rows)

    def send_back(
        g: np.ndarray, x_hat: np.ndarray, inverse: np.ndarray, dx: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        t = g * x_hat
        sums = column_sum(t), column_sum(g)
        if needs[0]:
            along, mean = t.dot(w) / n, g.dot(w) / n  # means of d h and of d, with d = g w
            np.multiply(g, w, out=dx)
            dx -= np.multiply(x_hat, along[:, None], out=t)
            dx -= mean[:, None]
            dx *= inverse
        return sums

    parts = map_rows(send_back, rows, x_hat, inverse, dx)
    dw, db = (np.add.reduce(p) for p in zip(*parts, strict=True))
    return dx.reshape(g.shape) if needs[0] else None, dw if needs[1] else None, db if needs[2] else None


def rms_norm_forward(
    x: np.ndarray, weight: np.ndarray | None, eps: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return RMS norm of the last axis, and the divided values with 1 / root mean square."""
    rows = as_rows(x)
    x_hat, inverse = np.empty_like(rows), np.empty((len(rows), 1), x.dtype)
    y = x_hat if weight is None else np.empty_like(rows)

    def divide(x: np.ndarray, x_hat: np.ndarray, inverse: np.ndarray, y: np.ndarray) -> None:
        _inverse_root(row_dot(x, x), x.shape[-1], eps, out=inverse)
        np.multiply(x, inverse, out=x_hat)
        if weight is not None:
            np.multiply(x_hat, weight, out=y)

    map_rows(divide, rows, x_hat, inverse, y)
    return y.reshape(x.shape), (x_hat, inverse)


def rms_norm_backward(
    g: np.ndarray,
    residuals: tuple[np.ndarray, np.ndarray],
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray | None,
    eps: float,
) -> tuple[np.ndarray | None, ...]:
    """Return the gradients; with d = g w: dx = (d - h mean(d h)) / sqrt(mean(x^2) + eps)."""
    rows, (x_hat, inverse) = as_rows(g), residuals
    n = x.shape[-1]
    w = ones(n, g.dtype) if weight is None else weight
    dx = np.empty_like(rows)

    def send_back(g: np.ndarray, x_hat: np.ndarray, inverse: np.ndarray, dx: np.ndarray) -> np.ndarray:
        t = g * x_hat
        dw = column_sum(t)
        if needs[0]:
            along = t.dot(w) / n
            np.multiply(g, w, out=dx)
            dx -= np.multiply(x_hat, along[:, None], out=t)
            dx *= inverse
        return dw

    dw = np.add.reduce(map_rows(send_back, rows, x_hat, inverse, dx))
    return dx.reshape(g.shape) if needs[0] else None, dw if needs[1] else None


def _inverse_root(total: np.ndarray, n: int, eps: float, out: np.ndarray) -> None:
    """Write 1 / sqrt(total / n + eps)."""
    np.divide(total, n, out=out)
    out += eps
    np.sqrt(out, out=out)
    np.reciprocal(out, out=out)
