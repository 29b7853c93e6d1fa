"""Pooling: the largest or the mean value of every window of an image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import values
from foundations.errors import ValueRangeError
from foundations.nn.functional.images import (
    Pair,
    as_images,
    as_row,
    as_sequence,
    channels_first,
    channels_last,
    pair,
    window_counts,
)
from foundations.runtime import map_rows

Taps = tuple[slice, slice]


def _along(size: int, count: int, kernel: int, stride: int, padding: int, dilation: int) -> Iterator[Taps]:
    """Yield, per tap of the window along one axis, which windows have it inside the image, and where."""
    for i in range(kernel):
        start = i * dilation - padding  # where the first window has this tap
        first = max(0, -(start // stride))
        last = min(count, (size - 1 - start) // stride + 1)
        if first < last:
            yield slice(first, last), slice(first * stride + start, (last - 1) * stride + start + 1, stride)


def _along_both(size: Pair, count: Pair, *options: Pair) -> tuple[list[Taps], list[Taps]]:
    """Return the same for both axes: of the rows, and of the columns."""
    rows, columns = (list(_along(*along)) for along in zip(size, count, *options, strict=True))
    return rows, columns


def _taps(size: Pair, count: Pair, *options: Pair) -> list[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Return them row by row, as indices of (batch, height, width, channels) arrays."""
    rows, columns = _along_both(size, count, *options)
    every = slice(None)
    return [((every, to, also_to), (every, at, also_at)) for to, at in rows for also_to, also_at in columns]


def _room(
    shape: tuple[int, ...],
    dtype: np.dtype,
    count: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
) -> tuple[np.ndarray, bool]:
    """Return an array for the gradient of the images, and whether no two windows meet in a pixel.

    The array is 0 unless every pixel lies in one window, and is written once.
    """
    apart = all(s > d * (k - 1) for s, d, k in zip(stride, dilation, kernel, strict=True))
    covered = (
        kernel == stride and padding == (0, 0) and shape[1:3] == (count[0] * stride[0], count[1] * stride[1])
    )
    return (np.empty if apart and covered else np.zeros)(shape, dtype), apart


# ---------------------------------------------------------------------- the largest value


def _max_forward(
    x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, count: Pair
) -> tuple[np.ndarray, np.ndarray]:
    images = channels_last(x)
    pooled = np.empty((len(x), *count, x.shape[1]), x.dtype)
    rows, columns = _along_both(images.shape[1:3], count, kernel, stride, padding, dilation)

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


def _max_backward(
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
    images, g = channels_last(x), channels_last(g)
    rows, columns = _along_both(images.shape[1:3], count, kernel, stride, padding, dilation)
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


def first_largest(windows: Any, shape: tuple[int, ...]) -> Any:
    """Return the largest of the last axis, and hand its gradient to the first that is as large."""
    index = np.argmax(values(windows), -1)[..., None]
    return ops.reshape(ops.gather(windows, index, -1), shape)


def _max_definition(x: Any, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair, count: Pair) -> Any:
    padded = ops.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)), -np.inf)
    rows, columns = (
        s * np.arange(n)[:, None] + d * np.arange(k)
        for n, s, d, k in zip(count, stride, dilation, kernel, strict=True)
    )
    windows = padded[:, :, rows[:, None, :, None], columns[None, :, None, :]]
    shape = (*x.shape[:2], *count)
    return first_largest(ops.reshape(windows, (*shape, kernel[0] * kernel[1])), shape)


_max_pool2d = fused(_max_forward, _max_backward, _max_definition, name="max_pool2d")


def max_pool2d(
    x: Any,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> Any:
    """Take the largest value of every window. Its gradient goes there; to the first, where several are equal.

    Args:
        x: Images, shape (batch, channels, height, width).
        kernel_size: Size of the window; a number, or one per axis.
        stride: Steps between windows; the kernel size by default.
        padding: Width of the frame around the images, which never wins; at most half the window.
        dilation: Steps between the elements of a window.

    Returns:
        Shape (batch, channels, height', width'), with n' = (n + 2 p - d (k - 1) - 1) // s + 1.

    Raises:
        ShapeError: If x is not images, or the window is larger than them.
        ValueRangeError: If an option is out of range.

    Example:
        >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
        array([[[[ 5.,  7.],
                 [13., 15.]]]])
    """
    return _pool("max_pool2d", _max_pool2d, x, kernel_size, stride, padding, dilation)


def max_pool1d(
    x: Any, kernel_size: int, stride: int | None = None, padding: int = 0, dilation: int = 1
) -> Any:
    """Take the largest value of every window of a sequence, (batch, channels, length); see `max_pool2d`."""
    images = as_row("max_pool1d", x)
    stride = kernel_size if stride is None else stride
    return as_sequence(max_pool2d(images, (1, kernel_size), (1, stride), (0, padding), (1, dilation)))


# ---------------------------------------------------------------------- the mean


def _scale(
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


def _mean_forward(
    x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair, count: Pair, count_include_pad: bool
) -> tuple[np.ndarray, None]:
    size = (x.shape[2], x.shape[3])
    pooled = np.zeros((len(x), *count, x.shape[1]), x.dtype)
    taps = _taps(size, count, kernel, stride, padding, (1, 1))
    scale = _scale(size, count, kernel, stride, padding, count_include_pad, x.dtype)

    def average(x: np.ndarray, y: np.ndarray) -> None:
        for to, at in taps:
            y[to] += x[at]
        y *= scale

    map_rows(average, channels_last(x), pooled)
    return channels_first(pooled), None


def _mean_backward(
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
    size = (x.shape[2], x.shape[3])
    dx, apart = _room((len(x), *size, x.shape[1]), g.dtype, count, kernel, stride, padding, (1, 1))
    taps = _taps(size, count, kernel, stride, padding, (1, 1))
    scale = _scale(size, count, kernel, stride, padding, count_include_pad, g.dtype)

    def send_back(g: np.ndarray, dx: np.ndarray) -> None:
        share = np.ascontiguousarray(g) * scale
        for to, at in taps:
            if apart:
                dx[at] = share[to]
            else:
                dx[at] += share[to]

    map_rows(send_back, channels_last(g), dx)
    return (channels_first(dx),)


def _mean_definition(
    x: Any, kernel: Pair, stride: Pair, padding: Pair, count: Pair, count_include_pad: bool
) -> Any:
    size = (x.shape[2], x.shape[3])
    padded = ops.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    taps = [padded[:, :, i :: stride[0], j :: stride[1]] for i in range(kernel[0]) for j in range(kernel[1])]
    total = sum(tap[:, :, : count[0], : count[1]] for tap in taps)
    scale = _scale(size, count, kernel, stride, padding, count_include_pad, x.dtype)
    return total * (scale if isinstance(scale, float) else scale[None, None, :, :, 0])


_avg_pool2d = fused(_mean_forward, _mean_backward, _mean_definition, name="avg_pool2d")


def avg_pool2d(
    x: Any,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    *,
    count_include_pad: bool = True,
) -> Any:
    """Take the mean of every window.

    Args:
        x: Images, shape (batch, channels, height, width).
        kernel_size: Size of the window; a number, or one per axis.
        stride: Steps between windows; the kernel size by default.
        padding: Width of the frame of zeros around the images; at most half the window.
        count_include_pad: Whether the zeros of the frame count as elements of the mean.

    Returns:
        Shape (batch, channels, height', width'), with n' = (n + 2 p - k) // s + 1.

    Raises:
        ShapeError: If x is not images, or the window is larger than them.
        ValueRangeError: If an option is out of range.
    """
    return _pool(
        "avg_pool2d", _avg_pool2d, x, kernel_size, stride, padding, count_include_pad=count_include_pad
    )


def avg_pool1d(
    x: Any,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    *,
    count_include_pad: bool = True,
) -> Any:
    """Take the mean of every window of a sequence, (batch, channels, length); see `avg_pool2d`."""
    images = as_row("avg_pool1d", x)
    stride = kernel_size if stride is None else stride
    return as_sequence(
        avg_pool2d(images, (1, kernel_size), (1, stride), (0, padding), count_include_pad=count_include_pad)
    )


# ---------------------------------------------------------------------- arguments


def _pool(
    name: str,
    function: Any,
    x: Any,
    kernel_size: int | Pair,
    stride: int | Pair | None,
    padding: int | Pair,
    dilation: int | Pair | None = None,
    **options: Any,
) -> Any:
    x = as_images(name, x)
    kernel = pair(name, "kernel_size", kernel_size, 1)
    strides = kernel if stride is None else pair(name, "stride", stride, 1)
    around = pair(name, "padding", padding, 0)
    steps = pair(name, "dilation", 1 if dilation is None else dilation, 1)
    if any(2 * p > d * (k - 1) + 1 for p, d, k in zip(around, steps, kernel, strict=True)):
        raise ValueRangeError(
            f"{name} expects padding of at most half the window {kernel}, got {around}: "
            "a window in the frame alone has no value"
        )
    both = ((around[0], around[0]), (around[1], around[1]))
    count = window_counts(name, x.shape[2:], kernel, strides, both, steps)
    if dilation is not None:
        options["dilation"] = steps
    return function(x, kernel=kernel, stride=strides, padding=around, count=count, **options)
