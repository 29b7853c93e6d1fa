"""Small networks with batch normalisation: plain convolutions, or separable ones as in MobileNet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import init


@dataclass(frozen=True)
class Convolution:
    """One convolution, followed by batch normalisation and a ReLU.

    Attributes:
        channels: Of the output.
        kernel: Pixels along each side; odd, padded to keep the size.
        stride: Steps between windows.
        depthwise: Whether each channel has one kernel of its own; then `channels` is that of the input.
    """

    channels: int
    kernel: int = 3
    stride: int = 1
    depthwise: bool = False


@dataclass(frozen=True)
class NetConfig:
    """A network: convolutions, the mean over the pixels, and a linear map to the logits.

    Attributes:
        convolutions: In order.
        channels: Of the images.
        size: Pixels along each side of the images.
        classes: Number of classes.
    """

    convolutions: tuple[Convolution, ...]
    channels: int = 1
    size: int = 14
    classes: int = 10

    def __post_init__(self) -> None:
        inputs = self.channels
        if not self.convolutions:
            raise ValueRangeError("a network has one convolution at least, got none")
        for one in self.convolutions:
            if min(one.channels, one.kernel, one.stride) < 1 or one.kernel % 2 == 0:
                raise ValueRangeError(f"expected an odd kernel and sizes from 1, got {one}")
            if one.depthwise and one.channels != inputs:
                raise ValueRangeError(f"a depthwise convolution of {inputs} channels has as many, got {one}")
            inputs = one.channels


def separable(out: int, stride: int = 1, *, inputs: int) -> tuple[Convolution, Convolution]:
    """Return a depthwise convolution of 3 × 3 and the pointwise one that mixes its channels."""
    return Convolution(inputs, 3, stride, depthwise=True), Convolution(out, 1)


def separable_net(first: Convolution, blocks: tuple[tuple[int, int], ...], **sizes: int) -> NetConfig:
    """Return a plain first convolution followed by separable blocks of (channels, stride)."""
    layers, inputs = [first], first.channels
    for out, stride in blocks:
        layers += separable(out, stride, inputs=inputs)
        inputs = out
    return NetConfig(tuple(layers), **sizes)


PLAIN = NetConfig((Convolution(16), Convolution(32, stride=2), Convolution(44, stride=2)))
SEPARABLE = separable_net(Convolution(16), ((32, 2), (64, 1), (96, 2)))
CONFIGS = {"plain": PLAIN, "separable": SEPARABLE}


def _mobilenet(width: float) -> NetConfig:
    outs = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    blocks = tuple((int(out * width), stride) for out, stride in zip(outs, strides, strict=True))
    first = Convolution(int(32 * width), stride=2)
    return separable_net(first, blocks, channels=3, size=224, classes=1000)


PAPER_CONFIGS = {f"mobilenet-v1-{width}": _mobilenet(width) for width in (1.0, 0.75, 0.5, 0.25)}
"""The network that the paper's tables turn on, in four widths. Source: Howard et al. 2017, tables 1 and 6."""


class Net(nn.Module):
    """A network as its configuration says.

    Args:
        config: Sizes.
        rng: Source of the initial weights: normal, variance 2 / fan_in.

    Attributes:
        convolutions: `nn.Conv2d` without bias, each followed by the norm of the same number.
        norms: `nn.BatchNorm2d`.
        head: The linear map.

    Example:
        >>> net = Net(PLAIN, rng=np.random.default_rng(0))
        >>> net(np.zeros((3, 1, 14, 14), dtype=np.float32)).shape, nn.count_parameters(net)
        ((3, 10), 18058)
    """

    def __init__(self, config: NetConfig, *, rng: np.random.Generator) -> None:
        self.config = config
        convolutions, norms, inputs = [], [], config.channels
        for one in config.convolutions:
            groups = inputs if one.depthwise else 1
            made = nn.Conv2d(
                inputs,
                one.channels,
                one.kernel,
                one.stride,
                one.kernel // 2,
                groups=groups,
                bias=False,
                rng=rng,
            )
            spread = (2 / (one.kernel**2 * inputs / groups)) ** 0.5
            made.weight.data = init.normal(made.weight.shape, std=spread, rng=rng)
            convolutions.append(made)
            norms.append(nn.BatchNorm2d(one.channels))
            inputs = one.channels
        self.convolutions = nn.ModuleList(convolutions)
        self.norms = nn.ModuleList(norms)
        self.head = nn.Linear(inputs, config.classes, rng=rng)

    def forward(self, x: Array) -> Any:
        """Map images (n, channels, size, size) to logits (n, classes). ShapeError for others."""
        check_images(x, self.config)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = nn.functional.relu(norm(convolution(x)))
        return self.head(x.mean(axis=(2, 3)))


def check_images(x: Array, config: NetConfig) -> None:
    """Refuse images of another shape with a ShapeError."""
    shape = (config.channels, config.size, config.size)
    if x.ndim != 4 or x.shape[1:] != shape:
        raise ShapeError(f"expected images (n, {', '.join(map(str, shape))}), got {x.shape}: resize them")
