"""Normalisation over the last axes: layer norm and its mean-free variant."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.errors import ShapeError


def _layer_norm_definition(x: Any, weight: Any, bias: Any, eps: float) -> Any:
    centred = x - ops.mean(x, -1, keepdims=True)
    x_hat = centred / ops.sqrt(ops.mean(centred * centred, -1, keepdims=True) + eps)
    y = x_hat if weight is None else x_hat * weight
    return y if bias is None else y + bias


def _row_mean(x: np.ndarray) -> np.ndarray:
    return np.add.reduce(x, axis=-1, keepdims=True) / x.shape[-1]


def _row_dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean of a * b along the last axis, without the temporary product."""
    return (np.einsum("...i,...i->...", a, b) / a.shape[-1])[..., None]


def _layer_norm_forward(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    x_hat = x - _row_mean(x)
    inverse = 1 / np.sqrt(_row_dot(x_hat, x_hat) + eps)
    x_hat *= inverse
    y = x_hat.copy() if weight is None else x_hat * weight
    if bias is not None:
        y += bias
    return y, (x_hat, inverse)


def _layer_norm_backward(
    g: np.ndarray,
    residuals: tuple[np.ndarray, np.ndarray],
    needs: tuple[bool, ...],
    _x: np.ndarray,
    weight: np.ndarray | None,
    _bias: np.ndarray | None,
    eps: float,
) -> tuple[np.ndarray | None, ...]:
    x_hat, inverse = residuals
    dx = dw = None
    if needs[1]:
        dw = np.einsum("ni,ni->i", g.reshape(-1, g.shape[-1]), x_hat.reshape(-1, g.shape[-1]))
    if needs[0]:
        dh = g * weight if weight is not None else g  # gradient of x_hat
        dx = dh - _row_mean(dh)
        dx -= x_hat * _row_dot(dh, x_hat)
        dx *= inverse
    return dx, dw, g.reshape(-1, g.shape[-1]) if needs[2] else None


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
    inverse = 1 / np.sqrt(_row_dot(x, x) + eps)
    x_hat = x * inverse
    return (x_hat.copy() if weight is None else x_hat * weight), (x_hat, inverse)


def _rms_backward(
    g: np.ndarray,
    residuals: tuple[np.ndarray, np.ndarray],
    needs: tuple[bool, ...],
    _x: np.ndarray,
    weight: np.ndarray | None,
    eps: float,
) -> tuple[np.ndarray | None, ...]:
    x_hat, inverse = residuals
    dh = g * weight if weight is not None else g
    dx = dh - x_hat * _row_dot(dh, x_hat)
    dx *= inverse
    return dx, g * x_hat if needs[1] else None


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
