"""Pooling: the largest or the mean value of every window of an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import ArrayT, values
from foundations.errors import ValueRangeError
from foundations.nn.arguments import flag, whole
from foundations.nn.functional.images import (
    as_images,
    as_row,
    as_sequence,
    pair,
    window_counts,
)
from foundations.nn.kernels import max_pooling, mean_pooling
from foundations.nn.kernels.layout import Pair

# ---------------------------------------------------------------------- the largest value


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


_max_pool2d = fused(max_pooling.forward, max_pooling.backward, _max_definition, name="max_pool2d")


def max_pool2d(
    x: ArrayT,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    dilation: int | Pair = 1,
) -> ArrayT:
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
    x: ArrayT, kernel_size: int, stride: int | None = None, padding: int = 0, dilation: int = 1
) -> ArrayT:
    """Take the largest value of every window of a sequence, (batch, channels, length); see `max_pool2d`."""
    name = "max_pool1d"
    options = _of_row(name, kernel_size, stride, padding)
    dilation = whole(name, "dilation", dilation, 1)
    return as_sequence(_pool(name, _max_pool2d, as_row(name, x), *options, (1, dilation)))


# ---------------------------------------------------------------------- the mean


def _mean_definition(
    x: Any, kernel: Pair, stride: Pair, padding: Pair, count: Pair, count_include_pad: bool
) -> Any:
    size = (x.shape[2], x.shape[3])
    padded = ops.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    taps = [padded[:, :, i :: stride[0], j :: stride[1]] for i in range(kernel[0]) for j in range(kernel[1])]
    total = sum(tap[:, :, : count[0], : count[1]] for tap in taps)
    scale = mean_pooling.scale_of(size, count, kernel, stride, padding, count_include_pad, x.dtype)
    return total * (scale if isinstance(scale, float) else scale[None, None, :, :, 0])


_avg_pool2d = fused(mean_pooling.forward, mean_pooling.backward, _mean_definition, name="avg_pool2d")


def avg_pool2d(
    x: ArrayT,
    kernel_size: int | Pair,
    stride: int | Pair | None = None,
    padding: int | Pair = 0,
    *,
    count_include_pad: bool = True,
) -> ArrayT:
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
    x: ArrayT,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    *,
    count_include_pad: bool = True,
) -> ArrayT:
    """Take the mean of every window of a sequence, (batch, channels, length); see `avg_pool2d`."""
    name = "avg_pool1d"
    options = _of_row(name, kernel_size, stride, padding)
    return as_sequence(
        _pool(name, _avg_pool2d, as_row(name, x), *options, count_include_pad=count_include_pad)
    )


# ---------------------------------------------------------------------- arguments


def _of_row(name: str, kernel_size: Any, stride: Any, padding: Any) -> tuple[Pair, Pair, Pair]:
    """Return the options of windows on a sequence as those of windows on images of height 1."""
    kernel = whole(name, "kernel_size", kernel_size, 1)
    stride = kernel if stride is None else whole(name, "stride", stride, 1)
    return (1, kernel), (1, stride), (0, whole(name, "padding", padding, 0))


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
    if "count_include_pad" in options:
        options["count_include_pad"] = flag(name, "count_include_pad", options["count_include_pad"])
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
    for size, *along in zip(x.shape[2:], count, kernel, strides, around, steps, strict=True):
        _check_inside(name, size, *along)
    if dilation is not None:
        options["dilation"] = steps
    return function(x, kernel=kernel, stride=strides, padding=around, count=count, **options)


def _check_inside(
    name: str, size: int, count: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    """Check that every window has at least one element inside the image along one axis."""
    if not padding:
        return
    at = stride * np.arange(count)[:, None] + dilation * np.arange(kernel) - padding
    inside = ((at >= 0) & (at < size)).any(1)
    if not inside.all():
        raise ValueRangeError(
            f"{name} expects every window to reach into the images, got one in the padding alone along "
            f"an axis of {size} (kernel_size {kernel}, stride {stride}, padding {padding}, dilation "
            f"{dilation}), where it has no value: pad less"
        )
