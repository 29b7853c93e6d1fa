"""Elementwise functions whose slope is found along with their value; they see blocks that stay in cache."""

from __future__ import annotations

import math

import numpy as np

from foundations.autodiff import ops
from foundations.nn.kernels.normal import normal_cdf_and_slope


def gelu(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> None:
    """Write x Phi(x) into y and its derivative, Phi(x) + x phi(x), into slope."""
    normal_cdf_and_slope(x, y, slope)  # d/dx x Phi(x) = Phi(x) + x phi(x)
    y *= x


TANH_SCALE = math.sqrt(2 / math.pi)
TANH_CUBIC = 0.044715


def gelu_tanh(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> None:
    """Write x (1 + t) / 2 with t = tanh(s (x + c x^3)) into y, and its derivative into slope."""
    squared, t = x * x, y
    np.multiply(squared, TANH_CUBIC * TANH_SCALE, out=t)
    t += TANH_SCALE
    t *= x
    np.tanh(t, out=t)
    np.multiply(t, t, out=slope)  # y = x (1 + t) / 2, with dt/dx = (1 - t^2) s (1 + 3 c x^2)
    np.subtract(1, slope, out=slope)
    squared *= 3 * TANH_CUBIC * TANH_SCALE
    squared += TANH_SCALE
    slope *= squared
    slope *= x
    t += 1
    slope += t
    slope *= 0.5
    y *= x
    y *= 0.5


def silu(x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> None:
    """Write x s with s = 1 / (1 + e^-x) into y, and its derivative, s + x s (1 - s), into slope."""
    s = ops.sigmoid(x)
    np.multiply(x, s, out=y)
    np.multiply(y, s, out=slope)  # d/dx x s = s + x s (1 - s)
    np.subtract(y, slope, out=slope)
    slope += s
