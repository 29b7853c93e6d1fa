"""Convolutions and their transposes, in one and two dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import values
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.functional import winograd
from foundations.nn.functional.correlation import Windows, correlate
from foundations.nn.functional.images import (
    Pair,
    as_images,
    channel_sums,
    channels_first,
    channels_last,
    pair,
    window_counts,
)

Padding = tuple[Pair, Pair]  # (before, after) per axis

# ---------------------------------------------------------------------- the kernels


def _correlate(
    source: np.ndarray,
    windows: Windows,
    *,
    groups: int,
    weight: np.ndarray | None = None,
    out: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    partner: np.ndarray | None = None,
) -> np.ndarray | None:
    """Multiply the windows with a weight and a partner, by the faster way."""
    others = min(a.shape[3] for a in (out, partner) if a is not None)
    if winograd.suits(windows, groups, source.shape[3], others):
        return winograd.correlate(source, windows, weight=weight, out=out, bias=bias, partner=partner)
    return correlate(source, windows, groups=groups, weight=weight, out=out, bias=bias, partner=partner)


def _convolve(
    x: np.ndarray,
    weight: np.ndarray,
    windows: Windows,
    groups: int,
    *,
    bias: np.ndarray | None = None,
    partner: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the convolution of x and, with a partner shaped like it, the gradient of the weight.

    All images are (batch, height, width, channels) here; the weight is (out, in / groups, height, width).
    """
    n_out = len(weight)
    out = np.empty((len(x), *windows.count, n_out), x.dtype)
    by_group = weight.reshape(groups, n_out // groups, *weight.shape[1:]).transpose(0, 3, 4, 2, 1)
    product = _correlate(x, windows, groups=groups, weight=by_group, out=out, bias=bias, partner=partner)
    return out, None if product is None else _as_weight(product.transpose(0, 4, 3, 1, 2), weight.shape)


def _convolve_transposed(
    g: np.ndarray,
    weight: np.ndarray,
    windows: Windows,
    groups: int,
    size: Pair,
    *,
    bias: np.ndarray | None = None,
    partner: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the transpose of `_convolve` applied to g and, with a partner, the gradient of the weight.

    A pixel y of the result meets tap i of window o where y - offset = o s + i d. For stride 1 that is a
    convolution with the kernel turned round. For stride s the pixels fall into s classes by y mod s; those
    of one class meet taps that are evenly spaced, and are again a convolution of stride 1.

    Args:
        g: Shape (batch, *windows.count, out).
        weight: Shape (out, in / groups, kernel height, kernel width).
        windows: The windows of the convolution.
        groups: Groups of channels.
        size: Height and width of the result.
        bias: Added to the result; shape (in,).
        partner: What the result is multiplied with for the gradient of the weight: shape of the result.
    """
    n_out, c, *_ = weight.shape
    out = np.empty((len(g), *size, groups * c), g.dtype)
    by_group = weight.reshape(groups, n_out // groups, *weight.shape[1:]).transpose(0, 3, 4, 1, 2)
    gradient = None if partner is None else np.zeros_like(by_group)
    (sy, sx), (dy, dx) = windows.stride, windows.dilation
    for y in range(min(sy, size[0])):
        rows, top = _taps(y, windows, 0)
        for x in range(min(sx, size[1])):
            columns, left = _taps(x, windows, 1)
            pixels = out[:, y::sy, x::sx]
            if not (rows and columns):
                pixels[...] = 0 if bias is None else bias
                continue
            product = _correlate(
                g,
                Windows(
                    (len(rows), len(columns)),
                    (1, 1),
                    (dy // math.gcd(sy, dy), dx // math.gcd(sx, dx)),
                    (top, left),
                    (pixels.shape[1], pixels.shape[2]),
                ),
                groups=groups,
                weight=by_group[:, rows][:, :, columns],
                out=pixels,
                bias=bias,
                partner=None if partner is None else partner[:, y::sy, x::sx],
            )
            if gradient is not None:
                gradient[:, np.array(rows)[:, None], columns] = product
    if gradient is None:
        return out, None
    return out, _as_weight(gradient.transpose(0, 3, 4, 1, 2), weight.shape)


def _taps(y: int, windows: Windows, axis: int) -> tuple[list[int], int]:
    """Return the taps that meet pixels y, y + s, ..., last first, and in which window the first does."""
    k, s, d, offset = (getattr(windows, name)[axis] for name in ("kernel", "stride", "dilation", "offset"))
    taps = [i for i in reversed(range(k)) if (y - offset - i * d) % s == 0]
    return taps, (y - offset - taps[0] * d) // s if taps else 0


def _as_weight(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return (groups, out / groups, in / groups, height, width) in the shape of the weight."""
    return np.ascontiguousarray(gradient).reshape(shape)


# ---------------------------------------------------------------------- convolution


def _conv_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> tuple[np.ndarray, None]:
    x, weight, bias = _one_dtype(x, weight, bias)
    windows = _windows(x, weight, stride, padding, dilation)
    return channels_first(_convolve(channels_last(x), weight, windows, groups, bias=bias)[0]), None


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
    x, weight, g = _one_dtype(x, weight, g)
    windows = _windows(x, weight, stride, padding, dilation)
    images, g = channels_last(x), channels_last(g)
    dx = dw = None
    if needs[0]:
        partner = images if needs[1] else None
        dx, dw = _convolve_transposed(g, weight, windows, groups, (x.shape[2], x.shape[3]), partner=partner)
        dx = channels_first(dx)
    elif needs[1]:
        product = _correlate(images, windows, groups=groups, partner=g)
        dw = _as_weight(product.transpose(0, 4, 3, 1, 2), weight.shape)  # type: ignore[union-attr]
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
    total = None
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
    x: Any,
    weight: Any,
    bias: Any = None,
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
    _check("conv2d", x, weight, bias, groups, transposed=False)
    stride, dilation = pair("conv2d", "stride", stride, 1), pair("conv2d", "dilation", dilation, 1)
    widths = _padding("conv2d", padding, values(weight).shape[2:], stride, dilation)
    window_counts("conv2d", x.shape[2:], weight.shape[2:], stride, widths, dilation)
    return _conv2d(x, weight, bias, stride=stride, padding=widths, dilation=dilation, groups=groups)


def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
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
    if len(weight.shape) != 3:
        raise ShapeError(f"conv1d expects weight (out, in / groups, kernel length), got shape {weight.shape}")
    _check("conv1d", x, weight, bias, groups, transposed=False)
    strides, steps = pair("conv1d", "stride", stride, 1), pair("conv1d", "dilation", dilation, 1)
    kernel = (1, weight.shape[2])
    (_, around) = _padding("conv1d", padding, kernel, strides, steps)
    widths = ((0, 0), around)
    window_counts("conv1d", (1, x.shape[2]), kernel, strides, widths, steps)
    y = _conv2d(
        ops.reshape(x, (*x.shape[:2], 1, x.shape[2])),
        ops.reshape(weight, (*weight.shape[:2], *kernel)),
        bias,
        stride=(1, strides[1]),
        padding=widths,
        dilation=(1, steps[1]),
        groups=groups,
    )
    return ops.reshape(y, (*y.shape[:2], y.shape[3]))


# ---------------------------------------------------------------------- transposed convolution


def _transpose_windows(x: Any, weight: Any, stride: Pair, padding: Pair, dilation: Pair) -> Windows:
    return Windows(
        (weight.shape[2], weight.shape[3]),
        stride,
        dilation,
        (-padding[0], -padding[1]),
        (x.shape[2], x.shape[3]),
    )


def _transpose_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: Pair,
    padding: Pair,
    size: Pair,
    groups: int,
    dilation: Pair,
) -> tuple[np.ndarray, None]:
    x, weight, bias = _one_dtype(x, weight, bias)
    windows = _transpose_windows(x, weight, stride, padding, dilation)
    return channels_first(
        _convolve_transposed(channels_last(x), weight, windows, groups, size, bias=bias)[0]
    ), None


def _transpose_backward(
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
    x, weight, g = _one_dtype(x, weight, g)
    windows = _transpose_windows(x, weight, stride, padding, dilation)
    images, g = channels_last(x), channels_last(g)
    dx = dw = None
    if needs[0]:
        dx, dw = _convolve(g, weight, windows, groups, partner=images if needs[1] else None)
        dx = channels_first(dx)
    elif needs[1]:
        product = _correlate(g, windows, groups=groups, partner=images)
        dw = _as_weight(product.transpose(0, 4, 3, 1, 2), weight.shape)  # type: ignore[union-attr]
    return dx, dw, channel_sums(g) if needs[2] else None


def _transpose_definition(
    x: Any, weight: Any, bias: Any, stride: Pair, padding: Pair, size: Pair, groups: int, dilation: Pair
) -> Any:
    """Every pixel of x adds the kernel, times its value, to the result, at the place of its window."""
    windows = _transpose_windows(x, weight, stride, padding, dilation)
    (sy, sx), (dy, dx) = stride, dilation
    (rows, columns), batch = windows.count, x.shape[0]
    full = tuple(max(windows.span(a, windows.count[a]), size[a] + padding[a]) for a in (0, 1))
    x = ops.reshape(x, (batch, groups, x.shape[1] // groups, rows, columns))
    weight = ops.reshape(weight, (groups, -1, *weight.shape[1:]))
    shape = (batch, groups, weight.shape[2], *full)
    total = None
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


_conv_transpose2d = fused(
    _transpose_forward, _transpose_backward, _transpose_definition, name="conv_transpose2d"
)


def conv_transpose2d(
    x: Any,
    weight: Any,
    bias: Any = None,
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
    _check(name, x, weight, bias, groups, transposed=True)
    stride, dilation = pair(name, "stride", stride, 1), pair(name, "dilation", dilation, 1)
    padding, extra = pair(name, "padding", padding, 0), pair(name, "output_padding", output_padding, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ValueRangeError(
            f"{name} expects output_padding below stride {stride} or dilation {dilation}, got {extra}: "
            "larger sizes are those of a larger input"
        )
    windows = _transpose_windows(x, weight, stride, padding, dilation)
    size = tuple(windows.span(a, windows.count[a]) - 2 * padding[a] + extra[a] for a in (0, 1))
    if min(size) < 1:
        raise ShapeError(
            f"{name} would return images of {size[0]} x {size[1]}, got padding {padding}: pad less"
        )
    return _conv_transpose2d(
        x, weight, bias, stride=stride, padding=padding, size=size, groups=groups, dilation=dilation
    )


# ---------------------------------------------------------------------- arguments


def _one_dtype(*arrays: np.ndarray | None) -> Any:
    dtype = np.result_type(*[a for a in arrays if a is not None])
    return [None if a is None else a.astype(dtype, copy=False) for a in arrays]


def _windows(x: Any, weight: Any, stride: Pair, padding: Padding, dilation: Pair) -> Windows:
    kernel = (weight.shape[2], weight.shape[3])
    count = window_counts("conv2d", x.shape[2:], kernel, stride, padding, dilation)
    return Windows(kernel, stride, dilation, (-padding[0][0], -padding[1][0]), count)


def _padding(
    name: str, padding: int | Pair | str, kernel: tuple[int, ...], stride: Pair, dilation: Pair
) -> Padding:
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise ValueRangeError(
                f"{name} pads to the same size for stride 1 only, got {stride}: give a number"
            )
        (top, bottom), (left, right) = (
            (d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2) for k, d in zip(kernel, dilation, strict=True)
        )
        return (top, bottom), (left, right)
    if isinstance(padding, str):
        raise ValueRangeError(f"{name} expects padding as numbers, 'same' or 'valid', got {padding!r}")
    y, x = pair(name, "padding", padding, 0)
    return (y, y), (x, x)


def _check(name: str, x: Any, weight: Any, bias: Any, groups: int, *, transposed: bool) -> None:
    """Check that the weight and the bias fit each other and x."""
    axes = x.ndim
    spatial = "kernel height, kernel width" if axes == 4 else "kernel length"
    names = "(in, out / groups, " if transposed else "(out, in / groups, "
    if weight.ndim != axes or min(weight.shape) < 1:
        raise ShapeError(f"{name} expects weight {names}{spatial}), got shape {weight.shape}: reshape it")
    if weight.dtype.kind != "f":
        raise DTypeError(f"{name} expects a floating-point weight, got {weight.dtype}: convert it")
    if not isinstance(groups, int) or groups < 1:
        raise ValueRangeError(f"{name} expects groups as a whole number of at least 1, got {groups!r}")
    if len(weight) % groups:
        raise ValueRangeError(
            f"{name} expects groups that divide the {len(weight)} {'in' if transposed else 'out'} channels "
            f"of weight {weight.shape}, got groups={groups}: use a divisor"
        )
    n_in = len(weight) if transposed else weight.shape[1] * groups
    n_out = weight.shape[1] * groups if transposed else len(weight)
    if x.shape[1] != n_in:
        sizes = "height, width" if axes == 4 else "length"
        raise ShapeError(
            f"{name} expects x (batch, {n_in}, {sizes}), got {x.shape}: weight {weight.shape} with "
            f"groups={groups} is for {n_in} channels; images are (batch, channels, {sizes})"
        )
    if bias is not None and values(bias).shape != (n_out,):
        raise ShapeError(f"{name} expects bias ({n_out},), one per out channel, got {values(bias).shape}")
