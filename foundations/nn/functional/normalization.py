"""Normalisation over the last axes: layer norm and its mean-free variant."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.errors import ShapeError
from foundations.nn.functional.rows import as_rows, column_sum, ones, row_dot, row_mean
from foundations.runtime import map_rows


def _layer_norm_definition(x: Any, weight: Any, bias: Any, eps: float) -> Any:
    centred = x - ops.mean(x, -1, keepdims=True)
    x_hat = centred / ops.sqrt(ops.mean(centred * centred, -1, keepdims=True) + eps)
    y = x_hat if weight is None else x_hat * weight
    return y if bias is None else y + bias


def _layer_norm_forward(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
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


def _layer_norm_backward(
    g: np.ndarray,
    residuals: tuple[np.ndarray, np.ndarray],
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray | None,
    _bias: np.ndarray | None,
    eps: float,
) -> tuple[np.ndarray | None, ...]:
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


def _inverse_root(total: np.ndarray, n: int, eps: float, out: np.ndarray) -> None:
    """Write 1 / sqrt(total / n + eps)."""
    np.divide(total, n, out=out)
    out += eps
    np.sqrt(out, out=out)
    np.reciprocal(out, out=out)


_layer_norm = fused(_layer_norm_forward, _layer_norm_backward, _layer_norm_definition, name="layer_norm")


def layer_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Standardise the last axis, then scale and shift it: (x - mean) / sqrt(var + eps) * w + b.

    The variance divides by n, and eps stands under the root. With h the standardised values and d the
    gradient that reaches them: dx = (d - mean(d) - h mean(d h)) / sqrt(var + eps).

    Args:
        x: Shape (..., n).
        weight: Shape (n,), or None for 1.
        bias: Shape (n,), or None for 0.
        eps: Keeps the root from 0.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If weight or bias does not have the length of the last axis.

    Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450, equations 3 and 4.
    """
    _check("layer_norm", x, weight, bias)
    return _layer_norm(x, weight, bias, eps=eps)


def _rms_definition(x: Any, weight: Any, eps: float) -> Any:
    y = x / ops.sqrt(ops.mean(x * x, -1, keepdims=True) + eps)
    return y if weight is None else y * weight


def _rms_forward(
    x: np.ndarray, weight: np.ndarray | None, eps: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
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


def _rms_backward(
    g: np.ndarray,
    residuals: tuple[np.ndarray, np.ndarray],
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray | None,
    eps: float,
) -> tuple[np.ndarray | None, ...]:
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


_rms_norm = fused(_rms_forward, _rms_backward, _rms_definition, name="rms_norm")


def rms_norm(x: Any, weight: Any = None, eps: float = 1e-6) -> Any:
    """Divide the last axis by its root mean square: x / sqrt(mean(x^2) + eps) * w.

    Args:
        x: Shape (..., n).
        weight: Shape (n,), or None for 1.
        eps: Keeps the root from 0.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If the weight does not have the length of the last axis.

    Source: Zhang & Sennrich 2019, arXiv:1910.07467, equation 4.
    """
    _check("rms_norm", x, weight, None)
    return _rms_norm(x, weight, eps=eps)


def _check(name: str, x: Any, weight: Any, bias: Any) -> None:
    for label, p in (("weight", weight), ("bias", bias)):
        if p is not None and p.shape != x.shape[-1:]:
            raise ShapeError(
                f"{name} normalises the last axis of x, shape {x.shape}, so its {label} has shape "
                f"{x.shape[-1:]}, got {p.shape}: build the layer with that width"
            )
