"""The mean of every window of images, on arrays, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.nn.kernels.layout import Pair, channels_first, channels_last
from foundations.nn.kernels.taps import room_for_gradient, taps_of
from foundations.runtime import map_rows


def scale_of(
    size: Pair, count: Pair, kernel: Pair, stride: Pair, padding: Pair, whole: bool, dtype: np.dtype
) -> Any:
    """Return 1 / (elements of the window): a number, or an array (height, width, 1) where it differs."""
    if whole or padding == (0, 0):
        return 1 / (kernel[0] * kernel[1])
    inside = []
    for n, m, k, s, p in zip(size, count, kernel, stride, padding, strict=True):
        start = s * np.arange(m) - p
        inside.append(np.minimum(start + k, n) - np.maximum(start, 0))
    return (1 / (inside[0][:, None] * inside[1])).astype(dtype)[:, :, None]


def forward(
    x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair, count: Pair, count_include_pad: bool
) -> tuple[np.ndarray, None]:
    """Return the mean of every window."""
    size = (x.shape[2], x.shape[3])
    pooled = np.zeros((len(x), *count, x.shape[1]), x.dtype)
    taps = taps_of(size, count, kernel, stride, padding, (1, 1))
    scale = scale_of(size, count, kernel, stride, padding, count_include_pad, x.dtype)

    def average(x: np.ndarray, y: np.ndarray) -> None:
        for to, at in taps:
            y[to] += x[at]
        y *= scale

    map_rows(average, channels_last(x), pooled)
    return channels_first(pooled), None


def backward(
    g: np.ndarray,
    _residuals: None,
    _needs: tuple[bool, ...],
    x: np.ndarray,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    count: Pair,
    count_include_pad: bool,
) -> tuple[np.ndarray]:
    """Return the gradient of the images: an even share of each window's to its elements."""
    size = (x.shape[2], x.shape[3])
    dx, apart = room_for_gradient(
        (len(x), *size, x.shape[1]), g.dtype, count, kernel, stride, padding, (1, 1)
    )
    taps = taps_of(size, count, kernel, stride, padding, (1, 1))
    scale = scale_of(size, count, kernel, stride, padding, count_include_pad, g.dtype)

    def send_back(g: np.ndarray, dx: np.ndarray) -> None:
        share = np.ascontiguousarray(g) * scale
        for to, at in taps:
            if apart:
                dx[at] = share[to]
            else:
                dx[at] += share[to]

    map_rows(send_back, channels_last(g), dx)
    return (channels_first(dx),)
