"""Softmax on arrays, and its gradient."""

from __future__ import annotations

import numpy as np


def softmax_array(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the softmax of an array, shifted by its maximum so that no exponential overflows."""
    y = x - x.max(axis=axis, keepdims=True)
    np.exp(y, out=y)
    y /= y.sum(axis=axis, keepdims=True)
    return y


def softmax_vjp(g: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return y * (g - sum_j g_j y_j): the Jacobian diag(y) - y y^T applied to g."""
    gy = g * y
    gy -= y * gy.sum(axis=axis, keepdims=True)
    return gy
