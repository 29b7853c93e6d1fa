"""Networks for small images: convolutions, and what they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import init
from implementations.cnn.receptive_field import Window

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
GAINS = {"relu": 2.0, "tanh": 1.0, "sigmoid": 1.0}
"""Factor c of the initial variance c / fan_in. Source: He et al. 2015 for ReLU, Glorot & Bengio 2010."""


@dataclass(frozen=True)
class ConvNetConfig:
    """A network of blocks; each block is convolutions of 3 × 3 and ends in a pooling of 2 × 2.

    Attributes:
        size: Pixels along each side of the image.
        channels: Channels of the image.
        widths: Channels of the convolutions, block by block: `((32, 32), (64, 64))` is two blocks of two.
        classes: Number of classes.
        activation: "relu", "tanh" or "sigmoid".
        batch_norm: Whether batch normalisation stands between each convolution and its activation.
        hidden: Width of a fully connected layer before the last; 0 for an average over the pixels instead.
    """

    size: int = 28
    channels: int = 1
    widths: tuple[tuple[int, ...], ...] = ((16, 16), (32, 32))
    classes: int = 10
    activation: str = "relu"
    batch_norm: bool = True
    hidden: int = 0

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ValueRangeError(f"there is no activation {self.activation!r}: expected one of {known}")
        if not self.widths or any(not block or min(block) < 1 for block in self.widths):
            raise ValueRangeError(f"every block has a convolution, got widths {self.widths}")
        if min(self.size, self.channels, self.classes) < 1 or self.hidden < 0:
            raise ValueRangeError("size, channels and classes are 1 or more and hidden 0 or more")
        if self.size >> len(self.widths) < 1:
            raise ValueRangeError(
                f"{len(self.widths)} poolings leave nothing of {self.size} pixels: use fewer blocks"
            )


class ConvBlock(nn.Module):
    """Convolutions of 3 × 3 that keep the size, each followed by its activation, then the largest of 2 × 2.

    Args:
        n_in: Channels of the input.
        widths: Channels after each convolution.
        config: Activation and whether to normalise.
        rng: Source of the initial weights: normal, variance c / (9 n_in).
    """

    def __init__(
        self,
        n_in: int,
        widths: Sequence[int],
        config: ConvNetConfig,
        *,
        rng: np.random.Generator,
    ) -> None:
        layers: list[nn.Module] = []
        for n_out in widths:
            convolution = nn.Conv2d(n_in, n_out, 3, padding=1, bias=not config.batch_norm, rng=rng)
            spread = (GAINS[config.activation] / (9 * n_in)) ** 0.5
            convolution.weight.data = init.normal(convolution.weight.shape, std=spread, rng=rng)
            if convolution.bias is not None:
                convolution.bias.data = init.zeros((n_out,))
            layers.append(convolution)
            if config.batch_norm:
                layers.append(nn.BatchNorm2d(n_out))
            layers.append(ACTIVATIONS[config.activation]())
            n_in = n_out
        self.layers = nn.Sequential(*layers)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Array) -> Any:
        """Map (B, C, H, W) to (B, C', H / 2, W / 2)."""
        return self.pool(self.layers(x))


class ConvNet(nn.Module):
    """Blocks of convolutions, then a linear map to a score (logit) a class.

    Args:
        config: Sizes.
        rng: Source of the initial weights.

    Example:
        >>> model = ConvNet(ConvNetConfig(size=8, widths=((4,), (6,))), rng=np.random.default_rng(0))
        >>> model(np.zeros((3, 1, 8, 8), dtype=np.float32)).shape
        (3, 10)
    """

    def __init__(self, config: ConvNetConfig, *, rng: np.random.Generator) -> None:
        self.config = config
        n_in, blocks = config.channels, []
        for widths in config.widths:
            blocks.append(ConvBlock(n_in, widths, config, rng=rng))
            n_in = widths[-1]
        self.blocks = nn.ModuleList(blocks)
        side = config.size >> len(config.widths)  # every pooling halves, rounding down
        if config.hidden:
            self.head: nn.Module = nn.Sequential(
                nn.Flatten(),
                nn.Linear(n_in * side * side, config.hidden, rng=rng),
                ACTIVATIONS[config.activation](),
                nn.Linear(config.hidden, config.classes, rng=rng),
            )
        else:
            self.head = nn.Sequential(
                nn.AdaptiveAvgPool2d(1),
                nn.Flatten(),
                nn.Linear(n_in, config.classes, rng=rng),
            )

    def features(self, x: Array) -> list[Any]:
        """Return the feature maps after each block, (B, C', H', W'), the last of them last."""
        maps = []
        for block in self.blocks:
            x = block(x)
            maps.append(x)
        return maps

    def forward(self, x: Array) -> Any:
        """Return the scores of the classes.

        Args:
            x: Images, shape (B, channels, size, size).

        Returns:
            Shape (B, classes).

        Raises:
            ShapeError: If the images have another size or number of channels.
        """
        shape = (self.config.channels, self.config.size, self.config.size)
        if x.ndim != 4 or x.shape[1:] != shape:
            expected = ", ".join(map(str, shape))
            raise ShapeError(f"expected images (B, {expected}), got {x.shape}: resize them")
        return self.head(self.features(x)[-1])

    def windows(self) -> list[Window]:
        """Return the convolutions and poolings in order, for `receptive_field`."""
        return [
            window
            for widths in self.config.widths
            for window in (*(Window(3, 1, 1) for _ in widths), Window(2, 2, 0))
        ]


class FullyConnected(nn.Module):
    """A network without shared weights: every pixel has a weight of its own to every hidden unit.

    Args:
        size: Pixels along each side of the image.
        channels: Channels of the image.
        widths: Hidden layers.
        classes: Number of classes.
        rng: Source of the initial weights: normal, variance 2 / fan_in.
    """

    def __init__(
        self,
        size: int = 28,
        channels: int = 1,
        widths: Sequence[int] = (64,),
        classes: int = 10,
        *,
        rng: np.random.Generator,
    ) -> None:
        layers: list[nn.Module] = [nn.Flatten()]
        n_in = channels * size * size
        for n_out in widths:
            layer = nn.Linear(n_in, n_out, rng=rng)
            layer.weight.data = init.normal(layer.weight.shape, std=(2 / n_in) ** 0.5, rng=rng)
            layers += [layer, nn.ReLU()]
            n_in = n_out
        self.layers = nn.Sequential(*layers, nn.Linear(n_in, classes, rng=rng))

    def forward(self, x: Array) -> Any:
        """Map images (B, C, H, W) to scores (B, classes)."""
        return self.layers(x)
