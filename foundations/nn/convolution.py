"""Layers for images and sequences: convolutions, pooling, resizing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.errors import ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init
from foundations.nn.arguments import flag, whole
from foundations.nn.functional.images import pair
from foundations.nn.module import Module
from foundations.nn.parameters import Parameter

Pair = int | tuple[int, int]


class _Convolution(Module):
    """What the convolutions share: a kernel per output channel, and a bias.

    The initial weights are uniform in +-1/sqrt(fan_in), as in PyTorch.
    """

    weight: Parameter
    bias: Parameter | None

    def _make(
        self, shape: tuple[int, ...], channels: int, bias: bool, rng: np.random.Generator | None
    ) -> None:
        bias = flag(type(self).__name__, "bias", bias)
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = Parameter(init.uniform(shape, -bound, bound, rng=rng))
        self.bias = Parameter(init.uniform((channels,), -bound, bound, rng=rng)) if bias else None

    def describe(self) -> str:
        """Return the shape of the weight."""
        return " × ".join(map(str, self.weight.shape))


def _check_groups(name: str, n_in: int, n_out: int, groups: int) -> None:
    for what, value in (("n_in", n_in), ("n_out", n_out)):
        whole(name, what, value, 1)
    whole(name, "groups", groups)
    if groups < 1 or n_in % groups or n_out % groups:
        raise ValueRangeError(
            f"groups divides the channels, got {n_in} in, {n_out} out and {groups} groups: use a divisor"
        )


class Conv1d(_Convolution):
    """Slide kernels along sequences: (batch, n_in, length) to (batch, n_out, length').

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output.
        kernel_size: Length of the kernels.
        stride: Steps between windows.
        padding: Zeros added at each end, or "same" or "valid".
        dilation: Steps between the elements of a window.
        groups: Blocks of channels that do not see each other.
        bias: Whether to add one.
        rng: Source of the initial weights.

    Attributes:
        weight: Shape (n_out, n_in / groups, kernel_size).
        bias: Shape (n_out,), or None.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel_size: int,
        stride: int = 1,
        padding: int | str = 0,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
    ) -> None:
        _check_groups("Conv1d", n_in, n_out, groups)
        whole("Conv1d", "kernel_size", kernel_size, 1)
        self._make((n_out, n_in // groups, kernel_size), n_out, bias, rng)
        self.options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}

    def forward(self, x: Array) -> Any:
        """Convolve (batch, n_in, length)."""
        return F.conv1d(x, self.weight, self.bias, **self.options)


class Conv2d(_Convolution):
    """Slide kernels over images: (batch, n_in, height, width) to (batch, n_out, height', width').

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output.
        kernel_size: Height and width of the kernels; a number, or one per axis.
        stride: Steps between windows.
        padding: Frame of zeros, or "same" or "valid".
        dilation: Steps between the elements of a window.
        groups: Blocks of channels that do not see each other.
        bias: Whether to add one.
        rng: Source of the initial weights.

    Attributes:
        weight: Shape (n_out, n_in / groups, kernel height, kernel width).
        bias: Shape (n_out,), or None.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
    ) -> None:
        _check_groups("Conv2d", n_in, n_out, groups)
        kernel = pair("Conv2d", "kernel_size", kernel_size, 1)
        self._make((n_out, n_in // groups, *kernel), n_out, bias, rng)
        self.options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}

    def forward(self, x: Array) -> Any:
        """Convolve (batch, n_in, height, width)."""
        return F.conv2d(x, self.weight, self.bias, **self.options)


class ConvTranspose2d(_Convolution):
    """The transpose of a convolution, which makes images larger where its stride does not make them smaller.

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output.
        kernel_size: Height and width of the kernels.
        stride: Factor by which the images grow.
        padding: Frame cut off the result.
        output_padding: Rows and columns added at the end, to choose among the sizes a convolution confuses.
        groups: Blocks of channels that do not see each other.
        bias: Whether to add one.
        dilation: Steps between the elements of a window.
        rng: Source of the initial weights.

    Attributes:
        weight: Shape (n_in, n_out / groups, kernel height, kernel width).
        bias: Shape (n_out,), or None.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        output_padding: Pair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Pair = 1,
        *,
        rng: np.random.Generator | None = None,
    ) -> None:
        _check_groups("ConvTranspose2d", n_in, n_out, groups)
        kernel = pair("ConvTranspose2d", "kernel_size", kernel_size, 1)
        self._make((n_in, n_out // groups, *kernel), n_out, bias, rng)
        self.options = {
            "stride": stride,
            "padding": padding,
            "output_padding": output_padding,
            "groups": groups,
            "dilation": dilation,
        }

    def forward(self, x: Array) -> Any:
        """Map (batch, n_in, height, width) to (batch, n_out, height', width')."""
        return F.conv_transpose2d(x, self.weight, self.bias, **self.options)


class MaxPool2d(Module):
    """Keep the largest value of every window.

    Args:
        kernel_size: Size of the window.
        stride: Steps between windows; the kernel size by default.
        padding: Frame around the images, which never wins.
    """

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, x: Array) -> Any:
        """Pool (batch, channels, height, width)."""
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding)

    def describe(self) -> str:
        """Return the window."""
        return f"{self.kernel_size}"


class AvgPool2d(Module):
    """Average every window.

    Args:
        kernel_size: Size of the window.
        stride: Steps between windows; the kernel size by default.
        padding: Frame of zeros around the images.
        count_include_pad: Whether the frame counts in the mean.
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.count_include_pad = count_include_pad

    def forward(self, x: Array) -> Any:
        """Pool (batch, channels, height, width)."""
        return F.avg_pool2d(
            x, self.kernel_size, self.stride, self.padding, count_include_pad=self.count_include_pad
        )

    def describe(self) -> str:
        """Return the window."""
        return f"{self.kernel_size}"


class AdaptiveAvgPool2d(Module):
    """Average over a grid of as many bins as the output has pixels.

    Args:
        output_size: Height and width of the output; 1 averages whole channels.
    """

    def __init__(self, output_size: Pair) -> None:
        self.output_size = output_size

    def forward(self, x: Array) -> Any:
        """Pool (batch, channels, height, width) to (batch, channels, *output_size)."""
        return F.adaptive_avg_pool2d(x, self.output_size)

    def describe(self) -> str:
        """Return the size of the output."""
        return f"{self.output_size}"


class Upsample(Module):
    """Resize images by a factor.

    Args:
        scale_factor: Factor of height and width.
        mode: "nearest" or "bilinear".
    """

    def __init__(self, scale_factor: float, mode: str = "nearest") -> None:
        self.scale_factor, self.mode = scale_factor, mode

    def forward(self, x: Array) -> Any:
        """Resize (batch, channels, height, width)."""
        return F.interpolate(x, scale_factor=self.scale_factor, mode=self.mode)

    def describe(self) -> str:
        """Return the factor and the mode."""
        return f"{self.scale_factor}, {self.mode}"
