"""Layers in integers alone: bytes in, 32-bit sums, a multiplier and a shift, bytes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from papers.quantization.fixed_point import requantize


@dataclass(frozen=True)
class Output:
    """How the 32-bit sums of a layer become the integers of the next.

    Attributes:
        multiplier: m of `fixed_point_multiplier`, one or one an output channel.
        shift: n, likewise.
        zero_point: Z3, added last.
        low: Smallest integer of the output; the zero point, where a ReLU follows.
        high: Largest.
        accumulator: Type of the sums. Anything smaller than int32 wraps around, as hardware would.
    """

    multiplier: Any
    shift: Any
    zero_point: int = 0
    low: int = 0
    high: int = 255
    accumulator: Any = np.int32

    def __post_init__(self) -> None:
        if not self.low <= self.zero_point <= self.high:
            raise ValueRangeError(
                f"a zero point lies between the ends, got {self.zero_point} in {self.low} to {self.high}"
            )

    def of(self, sums: np.ndarray) -> np.ndarray:
        """Return integers of the output's grid for sums (..., channels), rounded and clamped.

        Source: Jacob et al. 2018, sections 2.2 and 2.4.
        """
        scaled = requantize(sums.astype(self.accumulator), self.multiplier, self.shift)
        q = np.clip(scaled + self.zero_point, self.low, self.high)
        return q.astype(np.uint8 if self.low >= 0 and self.high <= 255 else np.int32)


def expanded_product(
    x: np.ndarray,
    w: np.ndarray,
    x_zero: int,
    w_zero: int,
) -> np.ndarray:
    r"""Return $\sum_k (x_{ik}-Z_1)(w_{kj}-Z_2)$ from the product of the bytes as they are.

    $N Z_1Z_2-Z_1\sum_k w_{kj}-Z_2\sum_k x_{ik}+\sum_k x_{ik}w_{kj}$: only the last sum has as many products
    as the layer, and it needs no zero points.

    Args:
        x: Integers, shape (n, N).
        w: Integers, shape (N, m).
        x_zero: Z1.
        w_zero: Z2.

    Returns:
        int32, shape (n, m).

    Source: Jacob et al. 2018, equations 7 and 8; Krishnamoorthi 2018, equation 6.
    """
    x, w = x.astype(np.int32), w.astype(np.int32)  # int8 would wrap
    columns, rows = w.sum(axis=0), x.sum(axis=1)  # (m,), (n,): a_2 and a_1
    correction = np.int32(x.shape[1] * x_zero * w_zero) - x_zero * columns  # (m,)
    correction = correction - w_zero * rows[:, None]  # (n, m)
    return (x @ w + correction).astype(np.int32)  # (7)


def integer_linear(
    x: np.ndarray,
    w: np.ndarray,
    bias: np.ndarray,
    output: Output,
    *,
    x_zero: int = 0,
    w_zero: int = 0,
) -> np.ndarray:
    """Return the outputs of a linear layer, computed with integers alone.

    Args:
        x: Integers of the input's grid, shape (n, in).
        w: Integers of the weights' grid, shape (in, out).
        bias: int32 at the scale of weights times that of the input, shape (out,).
        output: What becomes of the sums.
        x_zero: Zero point of the input.
        w_zero: Zero point of the weights; 0 for symmetric ones.

    Returns:
        Integers of the output's grid, shape (n, out).

    Raises:
        DTypeError: If something is not of integers.
        ShapeError: If the shapes do not fit.

    Example:
        >>> x, w = np.array([[3, 5]], dtype=np.uint8), np.array([[-7], [9]], dtype=np.int8)
        >>> from papers.quantization.fixed_point import fixed_point_multiplier
        >>> out = Output(*fixed_point_multiplier(0.25))
        >>> integer_linear(x, w, np.array([2], dtype=np.int32), out)  # (-21 + 45 + 2) / 4 = 6.5
        array([[7]], dtype=uint8)

    Source: Jacob et al. 2018, section 2.
    """
    _check("integer_linear", x, w, bias)
    if (x.ndim, w.ndim) != (2, 2) or x.shape[1:] + bias.shape != w.shape:
        raise ShapeError(
            "integer_linear expects x (n, in), w (in, out) and bias (out,), got "
            f"{x.shape}, {w.shape}, {bias.shape}"
        )
    return output.of(expanded_product(x, w, x_zero, w_zero) + bias)


def integer_conv2d(
    x: np.ndarray,
    w: np.ndarray,
    bias: np.ndarray,
    output: Output,
    *,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
    x_zero: int = 0,
    w_zero: int = 0,
) -> np.ndarray:
    """Return the outputs of a convolution, computed with integers alone.

    Args:
        x: Integers of the input's grid, shape (n, C, H, W).
        w: Integers of the weights' grid, shape (O, C, k, k), or (C, 1, k, k) with a group a channel.
        bias: int32 at the scale of weights times that of the input, shape (O,).
        output: What becomes of the sums.
        stride: Steps between windows.
        padding: Frame around the images, of the zero point: of real zeros.
        groups: 1, or as many as channels (depthwise).
        x_zero: Zero point of the input.
        w_zero: Zero point of the weights; 0 for symmetric ones.

    Returns:
        Integers of the output's grid, shape (n, O, H', W').

    Raises:
        DTypeError: If something is not of integers.
        ShapeError: If the shapes do not fit, or the groups are neither 1 nor the channels.

    Source: Jacob et al. 2018, section 2; Krishnamoorthi 2018, equations 4-6.
    """
    _check("integer_conv2d", x, w, bias)
    if x.ndim != 4 or w.ndim != 4 or w.shape[1] * groups != x.shape[1] or bias.shape != w.shape[:1]:
        raise ShapeError(
            "integer_conv2d expects x (n, C, H, W), w (O, C / groups, k, k) and bias (O,), got "
            f"{x.shape}, {w.shape}, {bias.shape} with groups={groups}"
        )
    if groups not in (1, x.shape[1]) or (groups > 1 and len(w) != groups):
        raise ShapeError(f"groups is 1, or {x.shape[1]} with as many kernels: got {groups} and {len(w)}")
    windows = patches(x, w.shape[2], stride, padding, x_zero)  # (n, H', W', C, k, k)
    n, height, width = windows.shape[:3]
    if groups == 1:
        rows = windows.reshape(n * height * width, w[0].size)
        sums = expanded_product(rows, w.reshape(len(w), -1).T, x_zero, w_zero)
        sums = sums.reshape(n, height, width, len(w))
    else:
        kernels = w[:, 0].astype(np.int32) - w_zero  # (C, k, k)
        sums = ((windows.astype(np.int32) - x_zero) * kernels).sum(axis=(4, 5), dtype=np.int32)  # (4)
    return output.of(sums + bias).transpose(0, 3, 1, 2)


def integer_mean(x: np.ndarray) -> np.ndarray:
    """Return the mean over the pixels of each channel, on the grid of the input, halves away from zero.

    Args:
        x: Integers 0 or more, shape (n, C, H, W).

    Returns:
        Of the same type, shape (n, C).

    Source: TensorFlow Lite, `reference/integer_ops/pooling.h`.
    """
    pixels = x.shape[2] * x.shape[3]
    return ((x.sum(axis=(2, 3), dtype=np.int32) + pixels // 2) // pixels).astype(x.dtype)


def patches(x: np.ndarray, kernel: int, stride: int, padding: int, fill: Any) -> np.ndarray:
    """Return the windows of images (n, C, H, W) as a view (n, H', W', C, k, k); the frame holds `fill`.

    Raises:
        ShapeError: If the kernel is larger than the padded images.
    """
    if padding:
        frame = ((0, 0), (0, 0), (padding, padding), (padding, padding))
        x = np.pad(x, frame, constant_values=fill)
    if min(x.shape[2:]) < kernel:
        raise ShapeError(f"a kernel of {kernel} does not fit on {x.shape[2:]}: pad more")
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)


def _check(name: str, x: np.ndarray, w: np.ndarray, bias: np.ndarray) -> None:
    for what, value in (("x", x), ("w", w), ("bias", bias)):
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "iu":
            got = getattr(value, "dtype", type(value).__name__)
            raise DTypeError(f"{name} expects {what} as an array of integers, got {got}: quantise it first")
