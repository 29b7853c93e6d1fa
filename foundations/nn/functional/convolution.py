"""Convolutions of images and sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import choice, floats, whole
from foundations.nn.functional.images import as_images, pair, window_counts
from foundations.nn.kernels.convolution import (
    as_weight,
    convolve,
    convolve_transposed,
    correlate_windows,
)
from foundations.nn.kernels.layout import Pair, channel_sums, channels_first, channels_last
from foundations.nn.kernels.unrolling import Windows

Padding = tuple[Pair, Pair]  # (before, after) per axis


def _conv_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> tuple[np.ndarray, None]:
    x, weight, bias = one_dtype(x, weight, bias)
    windows = _windows(x, weight, stride, padding, dilation)
    return channels_first(convolve(channels_last(x), weight, windows, groups, bias=bias)[0]), None


def _conv_backward(
    g: np.ndarray,
    _residuals: None,
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> tuple[np.ndarray | None, ...]:
    x, weight, g = one_dtype(x, weight, g)
    windows = _windows(x, weight, stride, padding, dilation)
    images, g = channels_last(x), channels_last(g)
    dx = dw = None
    if needs[0]:
        partner = images if needs[1] else None
        dx, dw = convolve_transposed(g, weight, windows, groups, (x.shape[2], x.shape[3]), partner=partner)
        dx = channels_first(dx)
    elif needs[1]:
        product = correlate_windows(images, windows, groups=groups, partner=g)
        dw = as_weight(product.transpose(0, 4, 3, 1, 2), weight.shape)  # type: ignore[union-attr]
    return dx, dw, channel_sums(g) if needs[2] else None


def _conv_definition(
    x: Any, weight: Any, bias: Any, stride: Pair, padding: Padding, dilation: Pair, groups: int
) -> Any:
    """A convolution is a sum over the taps of the kernel, each a linear map of a shifted image's channels."""
    rows, columns = _windows(x, weight, stride, padding, dilation).count
    (sy, sx), (dy, dx) = stride, dilation
    x = ops.pad(x, ((0, 0), (0, 0), *padding))
    x = ops.reshape(x, (x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]))
    weight = ops.reshape(weight, (groups, -1, *weight.shape[1:]))
    total: Any = None
    for i in range(weight.shape[3]):
        for j in range(weight.shape[4]):
            shifted = x[:, :, :, i * dy : i * dy + rows * sy : sy, j * dx : j * dx + columns * sx : sx]
            shifted = shifted[:, :, :, :rows, :columns]
            term = ops.einsum("ngchw,goc->ngohw", shifted, weight[:, :, :, i, j])
            total = term if total is None else total + term
    y = ops.reshape(total, (x.shape[0], groups * weight.shape[1], rows, columns))
    return y if bias is None else y + ops.reshape(bias, (1, -1, 1, 1))


_conv2d = fused(_conv_forward, _conv_backward, _conv_definition, name="conv2d")


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int | Pair = 1,
    padding: int | Pair | str = 0,
    dilation: int | Pair = 1,
    groups: int = 1,
) -> Any:
    """Slide a kernel over images.

    y[n, o, h, w] = b[o] + sum_{c, i, j} x[n, c, h s + i d, w s + j d] weight[o, c, i, j]

    As everywhere in the field the kernel is not turned round: this is a cross-correlation. The gradient with
    respect to x is the transposed convolution; that of the weight is the correlation of x with the gradient.

    Args:
        x: Images, shape (batch, in, height, width).
        weight: Kernels, shape (out, in / groups, kernel height, kernel width).
        bias: Shape (out,), or None.
        stride: Steps between windows; a number, or one per axis.
        padding: Zeros around the images; a number, one per axis, `"valid"` for none, or `"same"` for an
            output as large as the input (an odd zero goes below and to the right).
        dilation: Steps between the taps of the kernel.
        groups: Groups of channels; out channel o sees the in channels of its group only.

    Returns:
        Shape (batch, out, height', width'), with n' = (n + 2 p - d (k - 1) - 1) // s + 1.

    Raises:
        ShapeError: If the shapes do not fit each other, or the kernel is larger than the padded image.
        ValueRangeError: If an option is out of range, or `"same"` is asked with a stride.
        DTypeError: If x or the weight is not floating-point.

    Example:
        >>> edges = conv2d(np.array([[[[0.0, 0, 1, 1]]]]), np.array([[[[-1.0, 1]]]]))
        >>> edges
        array([[[[0., 1., 0.]]]])
    """
    x = as_images("conv2d", x)
    weight, bias, groups = check_operands("conv2d", x, weight, bias, groups, transposed=False)
    stride, dilation = pair("conv2d", "stride", stride, 1), pair("conv2d", "dilation", dilation, 1)
    widths = _padding("conv2d", padding, weight.shape[2:], stride, dilation)
    window_counts("conv2d", x.shape[2:], weight.shape[2:], stride, widths, dilation)
    return _conv2d(x, weight, bias, stride=stride, padding=widths, dilation=dilation, groups=groups)


def conv1d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Any:
    """Slide a kernel over sequences: `conv2d` of images of height 1.

    Args:
        x: Sequences, shape (batch, in, length).
        weight: Kernels, shape (out, in / groups, kernel length).
        bias: Shape (out,), or None.
        stride: Steps between windows.
        padding: Zeros at both ends; a number, `"valid"` or `"same"`.
        dilation: Steps between the taps of the kernel.
        groups: Groups of channels.

    Returns:
        Shape (batch, out, length').

    Raises:
        ShapeError: If the shapes do not fit each other, or the kernel is longer than the padded sequence.
        ValueRangeError: If an option is out of range.
        DTypeError: If x or the weight is not floating-point.
    """
    x = as_images("conv1d", x, ("length",))
    weight, bias, groups = check_operands("conv1d", x, weight, bias, groups, transposed=False)
    stride, dilation = whole("conv1d", "stride", stride, 1), whole("conv1d", "dilation", dilation, 1)
    if not isinstance(padding, str):
        padding = whole("conv1d", "padding", padding, 0)
    strides, steps = (1, stride), (1, dilation)
    kernel = (1, weight.shape[2])
    (_, around) = _padding("conv1d", padding, kernel, strides, steps)
    widths = ((0, 0), around)
    window_counts("conv1d", (1, x.shape[2]), kernel, strides, widths, steps)
    y = _conv2d(
        ops.reshape(x, (*x.shape[:2], 1, x.shape[2])),
        ops.reshape(weight, (*weight.shape[:2], *kernel)),
        bias,
        stride=strides,
        padding=widths,
        dilation=steps,
        groups=groups,
    )
    return ops.reshape(y, (*y.shape[:2], y.shape[3]))


# ---------------------------------------------------------------------- arguments


def one_dtype(*arrays: np.ndarray | None) -> Any:
    """Return the arrays in the type that NumPy would compute with."""
    dtype = np.result_type(*[a for a in arrays if a is not None])
    return [None if a is None else a.astype(dtype, copy=False) for a in arrays]


def _windows(x: Any, weight: Any, stride: Pair, padding: Padding, dilation: Pair) -> Windows:
    kernel = (weight.shape[2], weight.shape[3])
    count = window_counts("conv2d", x.shape[2:], kernel, stride, padding, dilation)
    return Windows(kernel, stride, dilation, (-padding[0][0], -padding[1][0]), count)


def _padding(
    name: str, padding: int | Pair | str, kernel: tuple[int, ...], stride: Pair, dilation: Pair
) -> Padding:
    if isinstance(padding, str):
        if choice(name, "padding (if not numbers)", padding, ("same", "valid")) == "valid":
            return (0, 0), (0, 0)
        if stride != (1, 1):
            raise ValueRangeError(
                f"{name} pads to the same size for stride 1 only, got {stride}: give a number"
            )
        (top, bottom), (left, right) = (
            (d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2) for k, d in zip(kernel, dilation, strict=True)
        )
        return (top, bottom), (left, right)
    y, x = pair(name, "padding", padding, 0)
    return (y, y), (x, x)


def check_operands(
    name: str, x: Any, weight: Any, bias: Any, groups: Any, *, transposed: bool
) -> tuple[Any, Any, int]:
    """Return the weight, the bias and the groups, checked to fit each other and x."""
    weight, groups = floats(name, "weight", weight), whole(name, "groups", groups, 1)
    axes = x.ndim
    spatial = "kernel height, kernel width" if axes == 4 else "kernel length"
    names = "(in, out / groups, " if transposed else "(out, in / groups, "
    if weight.ndim != axes or min(weight.shape) < 1:
        raise ShapeError(f"{name} expects weight {names}{spatial}), got shape {weight.shape}: reshape it")
    if weight.shape[0] % groups:
        raise ValueRangeError(
            f"{name} expects groups that divide the {weight.shape[0]} {'in' if transposed else 'out'} "
            f"channels of weight {weight.shape}, got groups={groups}: use a divisor"
        )
    n_in = weight.shape[0] if transposed else weight.shape[1] * groups
    n_out = weight.shape[1] * groups if transposed else weight.shape[0]
    if x.shape[1] != n_in:
        sizes = "height, width" if axes == 4 else "length"
        raise ShapeError(
            f"{name} expects x (batch, {n_in}, {sizes}), got {x.shape}: weight {weight.shape} with "
            f"groups={groups} is for {n_in} channels; images are (batch, channels, {sizes})"
        )
    bias = None if bias is None else floats(name, "bias", bias)
    if bias is not None and bias.shape != (n_out,):
        raise ShapeError(f"{name} expects bias ({n_out},), one per out channel, got {bias.shape}")
    return weight, bias, groups
