"""The transposed convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.functional.convolution import check_operands, one_dtype
from foundations.nn.functional.images import as_images, pair
from foundations.nn.kernels.convolution import (
    as_weight,
    convolve,
    convolve_transposed,
    correlate_windows,
)
from foundations.nn.kernels.layout import Pair, channel_sums, channels_first, channels_last
from foundations.nn.kernels.unrolling import Windows


def _windows(x: Any, weight: Any, stride: Pair, padding: Pair, dilation: Pair) -> Windows:
    return Windows(
        (weight.shape[2], weight.shape[3]),
        stride,
        dilation,
        (-padding[0], -padding[1]),
        (x.shape[2], x.shape[3]),
    )


def _forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Pair,
    padding: Pair,
    size: Pair,
    groups: int,
    dilation: Pair,
) -> tuple[np.ndarray, None]:
    x, weight, bias = one_dtype(x, weight, bias)
    windows = _windows(x, weight, stride, padding, dilation)
    return channels_first(
        convolve_transposed(channels_last(x), weight, windows, groups, size, bias=bias)[0]
    ), None


def _backward(
    g: np.ndarray,
    _residuals: None,
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Pair,
    padding: Pair,
    size: Pair,
    groups: int,
    dilation: Pair,
) -> tuple[np.ndarray | None, ...]:
    x, weight, g = one_dtype(x, weight, g)
    windows = _windows(x, weight, stride, padding, dilation)
    images, g = channels_last(x), channels_last(g)
    dx = dw = None
    if needs[0]:
        dx, dw = convolve(g, weight, windows, groups, partner=images if needs[1] else None)
        dx = channels_first(dx)
    elif needs[1]:
        product = correlate_windows(g, windows, groups=groups, partner=images)
        dw = as_weight(product.transpose(0, 4, 3, 1, 2), weight.shape)  # type: ignore[union-attr]
    return dx, dw, channel_sums(g) if needs[2] else None


def _definition(
    x: Any, weight: Any, bias: Any, stride: Pair, padding: Pair, size: Pair, groups: int, dilation: Pair
) -> Any:
    """Every pixel of x adds the kernel, times its value, to the result, at the place of its window."""
    windows = _windows(x, weight, stride, padding, dilation)
    (sy, sx), (dy, dx) = stride, dilation
    (rows, columns), batch = windows.count, x.shape[0]
    full = tuple(max(windows.span(a, windows.count[a]), size[a] + padding[a]) for a in (0, 1))
    x = ops.reshape(x, (batch, groups, x.shape[1] // groups, rows, columns))
    weight = ops.reshape(weight, (groups, -1, *weight.shape[1:]))
    shape = (batch, groups, weight.shape[2], *full)
    total: Any = None
    for i in range(weight.shape[3]):
        for j in range(weight.shape[4]):
            term = ops.einsum("ngohw,goc->ngchw", x, weight[:, :, :, i, j])
            at_rows = slice(i * dy, i * dy + (rows - 1) * sy + 1, sy)
            at_columns = slice(j * dx, j * dx + (columns - 1) * sx + 1, sx)
            term = ops.put(term, (slice(None), slice(None), slice(None), at_rows, at_columns), shape)
            total = term if total is None else total + term
    y = ops.reshape(total, (batch, groups * weight.shape[2], *full))
    y = y[:, :, padding[0] : padding[0] + size[0], padding[1] : padding[1] + size[1]]
    return y if bias is None else y + ops.reshape(bias, (1, -1, 1, 1))


_conv_transpose2d = fused(_forward, _backward, _definition, name="conv_transpose2d")


def conv_transpose2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: int | Pair = 0,
    output_padding: int | Pair = 0,
    groups: int = 1,
    dilation: int | Pair = 1,
) -> Any:
    """Apply the transpose of `conv2d`: every pixel of x adds the kernel, times its value, to the output.

    It is the gradient of `conv2d` with respect to its input, with x in the place of the gradient, and maps
    the sizes of its output back to those of its input: a stride makes the images larger.

    Args:
        x: Images, shape (batch, in, height, width).
        weight: Kernels, shape (in, out / groups, kernel height, kernel width).
        bias: Shape (out,), or None.
        stride: Steps between the places where neighbouring pixels add the kernel.
        padding: Pixels cut off around the output.
        output_padding: Pixels added below and to the right: which of the sizes that `conv2d` maps to the
            same one is meant. Less than the stride or the dilation.
        groups: Groups of channels.
        dilation: Steps between the taps of the kernel.

    Returns:
        Shape (batch, out, height', width'), with n' = (n - 1) s - 2 p + d (k - 1) + output_padding + 1.

    Raises:
        ShapeError: If the shapes do not fit each other, or nothing is left of the output.
        ValueRangeError: If an option is out of range.
        DTypeError: If x or the weight is not floating-point.
    """
    name = "conv_transpose2d"
    x = as_images(name, x)
    weight, bias, groups = check_operands(name, x, weight, bias, groups, transposed=True)
    stride, dilation = pair(name, "stride", stride, 1), pair(name, "dilation", dilation, 1)
    padding, extra = pair(name, "padding", padding, 0), pair(name, "output_padding", output_padding, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ValueRangeError(
            f"{name} expects output_padding below stride {stride} or dilation {dilation}, got {extra}: "
            "larger sizes are those of a larger input"
        )
    windows = _windows(x, weight, stride, padding, dilation)
    size = tuple(windows.span(a, windows.count[a]) - 2 * padding[a] + extra[a] for a in (0, 1))
    if min(size) < 1:
        raise ShapeError(
            f"{name} would return images of {size[0]} x {size[1]}, got padding {padding}: pad less"
        )
    return _conv_transpose2d(
        x, weight, bias, stride=stride, padding=padding, size=size, groups=groups, dilation=dilation
    )
