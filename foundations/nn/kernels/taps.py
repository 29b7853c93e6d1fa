"""Where the elements of pooling windows lie in the images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from foundations.nn.kernels.layout import Pair

Taps = tuple[slice, slice]


def _along(size: int, count: int, kernel: int, stride: int, padding: int, dilation: int) -> Iterator[Taps]:
    """Yield, per tap of the window along one axis, which windows have it inside the image, and where."""
    for i in range(kernel):
        start = i * dilation - padding  # where the first window has this tap
        first = max(0, -(start // stride))
        last = min(count, (size - 1 - start) // stride + 1)
        if first < last:
            yield slice(first, last), slice(first * stride + start, (last - 1) * stride + start + 1, stride)


def along_both(size: Pair, count: Pair, *options: Pair) -> tuple[list[Taps], list[Taps]]:
    """Return the same for both axes: of the rows, and of the columns."""
    rows, columns = (list(_along(*along)) for along in zip(size, count, *options, strict=True))
    return rows, columns


def taps_of(size: Pair, count: Pair, *options: Pair) -> list[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Return them row by row, as indices of (batch, height, width, channels) arrays."""
    rows, columns = along_both(size, count, *options)
    every = slice(None)
    return [((every, to, also_to), (every, at, also_at)) for to, at in rows for also_to, also_at in columns]


def room_for_gradient(
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
