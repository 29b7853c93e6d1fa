"""The largest value of every window of images, on arrays, and its gradient."""

from __future__ import annotations

import numpy as np

from foundations.nn.kernels.layout import Pair, channels_first, channels_last
from foundations.nn.kernels.taps import Taps, along_both
from foundations.runtime import map_rows


def forward(
    x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, count: Pair
) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest element of every window, twice: channels first, and as it lies in memory."""
    images = channels_last(x)
    pooled = np.empty((len(x), *count, x.shape[1]), x.dtype)
    rows, columns = along_both(images.shape[1:3], count, kernel, stride, padding, dilation)

    def largest(x: np.ndarray, y: np.ndarray) -> None:
        # within the rows, then between them: k + k comparisons a window instead of k * k
        by_row = np.empty((*x.shape[:2], *y.shape[2:]), x.dtype)
        _largest(x.swapaxes(1, 2), by_row.swapaxes(1, 2), columns)
        _largest(by_row, y, rows)

    map_rows(largest, images, pooled)
    return channels_first(pooled), pooled


def _largest(x: np.ndarray, y: np.ndarray, taps: list[Taps]) -> None:
    """Fill y with the largest elements of windows along axis 1 of x."""
    if len(taps) > 1 and taps[0][0] == taps[1][0] == slice(0, y.shape[1]):
        np.maximum(x[:, taps[0][1]], x[:, taps[1][1]], out=y)
        taps = taps[2:]
    else:
        y.fill(-np.inf)
    for to, at in taps:
        np.maximum(y[:, to], x[:, at], out=y[:, to])


def backward(
    g: np.ndarray,
    pooled: np.ndarray,
    _needs: tuple[bool, ...],
    x: np.ndarray,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    count: Pair,
) -> tuple[np.ndarray]:
    """Return the gradient of the images: that of each window goes to its first largest element."""
    images, g = channels_last(x), channels_last(g)
    rows, columns = along_both(images.shape[1:3], count, kernel, stride, padding, dilation)
    dx = np.empty(images.shape, g.dtype)

    def send_back(x: np.ndarray, y: np.ndarray, g: np.ndarray, dx: np.ndarray) -> None:
        # as in the forward pass: to the row that holds the largest, then to its place there
        by_row = np.empty((*x.shape[:2], *y.shape[2:]), x.dtype)
        _largest(x.swapaxes(1, 2), by_row.swapaxes(1, 2), columns)
        g_by_row = np.empty(by_row.shape, g.dtype)
        _hand_back(by_row, y, g, g_by_row, rows)
        x, by_row, g_by_row, dx = (array.swapaxes(1, 2) for array in (x, by_row, g_by_row, dx))
        _hand_back(x, by_row, g_by_row, dx, columns)

    map_rows(send_back, images, pooled, g, dx)
    return (channels_first(dx),)


def _hand_back(x: np.ndarray, y: np.ndarray, g: np.ndarray, dx: np.ndarray, taps: list[Taps]) -> None:
    """Fill dx with the gradients g of y, which is the largest of windows along axis 1 of x.

    Each goes to the first element that is as large.
    """
    every = slice(0, y.shape[1])
    if len(taps) == 2 and 2 * y.shape[1] == x.shape[1] and all(to == every for to, _ in taps):
        won = np.multiply(g, x[:, taps[0][1]] == y)  # by the first; every element lies in one window
        dx[:, taps[0][1]] = won
        np.subtract(g, won, out=dx[:, taps[1][1]])
        return
    dx.fill(0)
    waiting = np.ones(y.shape, bool)  # windows whose largest value was not met yet
    for to, at in taps:
        wins = x[:, at] == y[:, to]
        wins &= waiting[:, to]
        waiting[:, to] ^= wins
        dx[:, at] += g[:, to] * wins
