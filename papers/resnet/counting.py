"""Count the multiply-adds of a network from its configuration alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from papers.resnet.configs import ResNetConfig


class Convolution(NamedTuple):
    """One convolution.

    Attributes:
        name: As in the state dict.
        n_in: Channels of the input.
        n_out: Channels of the output.
        kernel: Pixels along a side of the kernel.
        side: Pixels along a side of the output.
    """

    name: str
    n_in: int
    n_out: int
    kernel: int
    side: int

    @property
    def multiply_adds(self) -> int:
        """Products of one image: each output pixel is a sum over n_in k² of them."""
        return self.side**2 * self.n_out * self.n_in * self.kernel**2


def convolutions(config: ResNetConfig) -> Iterator[Convolution]:
    """Yield the convolutions of a network in order, the projection of a block after its branch."""
    big = config.stem == "imagenet"
    side = -(-config.size // 2) if big else config.size  # stride 2 rounds up
    n_in = config.widths[0]
    yield Convolution("conv1", config.channels, n_in, 7 if big else 3, side)
    side = -(-side // 2) if big else side  # max-pooling
    for stage, (count, width) in enumerate(zip(config.blocks, config.widths, strict=True), start=1):
        for number in range(count):
            name, stride = f"layer{stage}.{number}", 2 if stage > 1 and number == 0 else 1
            before, side = side, -(-side // stride)
            n_out = 4 * width if config.block == "bottleneck" else width
            if config.block == "bottleneck":
                first = side if config.stride_on == "1x1" else before
                yield Convolution(f"{name}.conv1", n_in, width, 1, first)
                yield Convolution(f"{name}.conv2", width, width, 3, side)
                yield Convolution(f"{name}.conv3", width, n_out, 1, side)
            else:
                yield Convolution(f"{name}.conv1", n_in, width, 3, side)
                yield Convolution(f"{name}.conv2", width, width, 3, side)
            changes = stride != 1 or n_in != n_out
            if config.residual and (config.option == "C" or (config.option == "B" and changes)):
                yield Convolution(f"{name}.shortcut.0", n_in, n_out, 1, side)
            n_in = n_out


def multiply_adds(config: ResNetConfig) -> int:
    """Return the multiplications with an addition that one image of `config.size` takes.

    Convolutions and the linear map count; batch normalisation, ReLU, pooling and additions do not.

    Args:
        config: The network.

    Returns:
        Their number; the paper calls them FLOPs, which elsewhere means twice as many.

    Example:
        >>> from papers.resnet.configs import PAPER_CONFIGS
        >>> f"{multiply_adds(PAPER_CONFIGS['imagenet-18']) / 1e9:.2f}"
        '1.79'

    Source: Table 1, last row.
    """
    last = config.widths[-1] * (4 if config.block == "bottleneck" else 1)
    convolved = sum(one.multiply_adds for one in convolutions(config))
    return convolved + last * config.classes
