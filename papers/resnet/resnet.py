"""Residual networks of He et al. 2015, and the plain networks they are compared with.

A network is a stem, stages of blocks, and a linear map of channel means to class scores. Its arrays have the
names under which others save theirs: `conv1.weight`, `bn1.running_mean`, `layer1.0.conv1.weight`, …
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init
from papers.resnet.configs import ResNetConfig


def convolution(
    n_in: int,
    n_out: int,
    kernel: int,
    stride: int,
    config: ResNetConfig,
    *,
    rng: np.random.Generator | None,
) -> nn.Conv2d:
    """Return a convolution that keeps the size up to its stride, with He's first weights: Var w = 2 / fan_in.

    It has no bias where batch normalisation follows, which would take it away again.

    Source: He et al. 2015, arXiv:1502.01852, equation 10; cited in section 3.4.
    """
    options = {"padding": kernel // 2, "bias": not config.batch_norm}
    layer = nn.Conv2d(n_in, n_out, kernel, stride, **options, rng=rng)
    layer.weight.data = init.kaiming_normal(layer.weight.shape, rng=rng)
    if layer.bias is not None:
        layer.bias.data = init.zeros((n_out,))
    return layer


def normalisation(channels: int, config: ResNetConfig) -> nn.Module:
    """Return batch normalisation, or nothing in a network without it."""
    return nn.BatchNorm2d(channels) if config.batch_norm else nn.Identity()


class PaddedShortcut(nn.Module):
    """Option A: every `stride`-th pixel, and zeros for the channels that are not there. No parameters.

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output, at least as many.
        stride: Pixels between those that are kept.
        zeros: "after" appends the zero channels; "around" puts half of them before.

    Source: section 3.3, option A.
    """

    def __init__(self, n_in: int, n_out: int, stride: int, zeros: str = "after") -> None:
        missing = n_out - n_in
        before = missing // 2 if zeros == "around" else 0
        self.stride, self.frame = stride, (before, missing - before)

    def forward(self, x: Array) -> Any:
        """Map (B, n_in, H, W) to (B, n_out, ⌈H / stride⌉, ⌈W / stride⌉)."""
        kept = x[:, :, :: self.stride, :: self.stride]
        return F.pad(kept, (0, 0, 0, 0, *self.frame))  # width, height, channels


def shortcut(
    n_in: int,
    n_out: int,
    stride: int,
    config: ResNetConfig,
    *,
    rng: np.random.Generator | None,
) -> nn.Module | None:
    """Return the shortcut around a block: identity, option A, or the projection W_s of equation 2.

    Where the shape stays, it is the identity, except under option C; where the shape changes, it is zero
    padding under option A and a 1 × 1 convolution with batch normalisation under B and C. A plain network
    has none.
    """
    if not config.residual:
        return None
    changes = stride != 1 or n_in != n_out
    if config.option == "C" or (config.option == "B" and changes):
        projection = convolution(n_in, n_out, 1, stride, config, rng=rng)  # W_s
        return nn.Sequential(projection, normalisation(n_out, config))
    if changes:
        return PaddedShortcut(n_in, n_out, stride, config.zeros)
    return nn.Identity()


class Block(nn.Module):
    """What both kinds of block share: y = relu(F(x) + shortcut(x)), or y = relu(F(x)) in a plain network.

    Source: equations 1 and 2; Figure 2 (the second ReLU comes after the addition).
    """

    shortcut: nn.Module | None

    def branch(self, x: Array) -> Any:
        """Return F(x): everything but the shortcut, the addition and the last ReLU."""
        raise NotImplementedError

    def forward(self, x: Array) -> Any:
        """Map (B, n_in, H, W) to (B, n_out, H / stride, W / stride)."""
        if self.shortcut is None:
            return F.relu(self.branch(x))
        return F.relu(self.branch(x) + self.shortcut(x))  # equations 1 and 2

    def without_branch(self, x: Array) -> Any:
        """Return what is left of the block when F is taken away: relu(shortcut(x)).

        Raises:
            ShapeError: In a plain network, if the block changes the shape: then nothing would fit.
        """
        if self.shortcut is not None:
            return F.relu(self.shortcut(x))
        if self.branch(x).shape != x.shape:
            raise ShapeError("a plain block that changes the shape cannot be left out: choose another")
        return x


class BasicBlock(Block):
    """Two convolutions of 3 × 3 (Figure 5, left).

    Args:
        n_in: Channels of the input.
        width: Channels of both convolutions.
        stride: Of the first.
        config: The network's choices.
        rng: Source of the initial weights.
    """

    expansion = 1

    def __init__(
        self, n_in: int, width: int, stride: int, config: ResNetConfig, *, rng: np.random.Generator | None
    ) -> None:
        self.conv1 = convolution(n_in, width, 3, stride, config, rng=rng)
        self.bn1 = normalisation(width, config)
        self.conv2 = convolution(width, width, 3, 1, config, rng=rng)
        self.bn2 = normalisation(width, config)
        self.shortcut = shortcut(n_in, width, stride, config, rng=rng)

    def branch(self, x: Array) -> Any:
        """Return F(x) = W₂ relu(W₁ x), each W followed by batch normalisation."""
        hidden = F.relu(self.bn1(self.conv1(x)))  # (B, width, H / stride, W / stride)
        return self.bn2(self.conv2(hidden))


class Bottleneck(Block):
    """Convolutions of 1 × 1, 3 × 3 and 1 × 1; the last makes four times as many channels (Figure 5, right).

    Args:
        n_in: Channels of the input.
        width: Channels of the first two convolutions.
        stride: Of the first (as the authors have it) or of the second, as `config.stride_on` says.
        config: The network's choices.
        rng: Source of the initial weights.
    """

    expansion = 4

    def __init__(
        self, n_in: int, width: int, stride: int, config: ResNetConfig, *, rng: np.random.Generator | None
    ) -> None:
        n_out = self.expansion * width
        first, second = (stride, 1) if config.stride_on == "1x1" else (1, stride)
        self.conv1 = convolution(n_in, width, 1, first, config, rng=rng)
        self.bn1 = normalisation(width, config)
        self.conv2 = convolution(width, width, 3, second, config, rng=rng)
        self.bn2 = normalisation(width, config)
        self.conv3 = convolution(width, n_out, 1, 1, config, rng=rng)
        self.bn3 = normalisation(n_out, config)
        self.shortcut = shortcut(n_in, n_out, stride, config, rng=rng)

    def branch(self, x: Array) -> Any:
        """Return F(x) = W₃ relu(W₂ relu(W₁ x)), each W followed by batch normalisation."""
        reduced = F.relu(self.bn1(self.conv1(x)))  # (B, width, …)
        hidden = F.relu(self.bn2(self.conv2(reduced)))  # (B, width, H / stride, W / stride)
        return self.bn3(self.conv3(hidden))  # (B, 4 width, H / stride, W / stride)


BLOCKS: dict[str, type[BasicBlock] | type[Bottleneck]] = {"basic": BasicBlock, "bottleneck": Bottleneck}


class ResNet(nn.Module):
    """A residual network, or a plain one, from images to class scores.

    Args:
        config: Depth, widths and choices; `PAPER_CONFIGS` has those of the paper.
        rng: Source of the initial weights; needed outside `nn.shapes_only()`.

    Attributes:
        conv1: The first convolution, and `bn1` after it.
        layer1: The first stage of blocks, then `layer2` and so on.
        linear: From channel means to scores; its weight has shape (channels, classes).

    Example:
        >>> config = ResNetConfig(blocks=(1, 1), widths=(4, 6), channels=1, size=8)
        >>> ResNet(config, rng=np.random.default_rng(0))(np.zeros((3, 1, 8, 8), dtype=np.float32)).shape
        (3, 10)

    Source: He et al. 2015, Table 1 (ImageNet) and section 4.2 (CIFAR-10).
    """

    def __init__(self, config: ResNetConfig, *, rng: np.random.Generator | None = None) -> None:
        self.config = config
        kernel, stride = (7, 2) if config.stem == "imagenet" else (3, 1)
        n_in = config.widths[0]
        self.conv1 = convolution(config.channels, n_in, kernel, stride, config, rng=rng)
        self.bn1 = normalisation(n_in, config)
        kind = BLOCKS[config.block]
        for stage, (count, width) in enumerate(zip(config.blocks, config.widths, strict=True), start=1):
            blocks = []
            for number in range(count):
                halves = stage > 1 and number == 0  # the first block of a stage halves the size
                blocks.append(kind(n_in, width, 2 if halves else 1, config, rng=rng))
                n_in = kind.expansion * width
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(n_in, config.classes, rng=rng)
        self.linear.weight.data = init.kaiming_normal((n_in, config.classes), gain=1.0, rng=rng)
        if self.linear.bias is not None:
            self.linear.bias.data = init.zeros((config.classes,))

    def blocks(self) -> Iterator[tuple[str, Block]]:
        """Yield the blocks in order with their names, such as `layer2.0`."""
        for stage in range(1, len(self.config.blocks) + 1):
            for number, block in getattr(self, f"layer{stage}").named_children():
                yield f"layer{stage}.{number}", block

    def stem(self, x: Array) -> Any:
        """Return what the first block is given: (B, widths[0], …)."""
        x = F.relu(self.bn1(self.conv1(x)))
        return F.max_pool2d(x, 3, 2, 1) if self.config.stem == "imagenet" else x

    def forward(self, x: Array, *, without: Collection[str] = ()) -> Any:
        """Return the scores of the classes.

        Args:
            x: Images, shape (B, channels, H, W); any size, as the last maps are averaged.
            without: Names of blocks whose branch F is left out, such as `("layer1.1",)`.

        Returns:
            Shape (B, classes).

        Raises:
            ShapeError: If the images have other channels, or a block that is left out changes the shape of a
                plain network.
            ValueRangeError: If there is no block of such a name.
        """
        if x.ndim != 4 or x.shape[1] != self.config.channels or 0 in x.shape[2:]:
            shape = f"(B, {self.config.channels}, H, W)"
            raise ShapeError(f"expected images {shape}, got {x.shape}: channels first")
        blocks = dict(self.blocks())
        if unknown := sorted(set(without) - set(blocks)):
            names = ", ".join(blocks)
            raise ValueRangeError(f"there is no block {unknown[0]!r}: they are {names}")
        x = self.stem(x)
        for name, block in blocks.items():
            x = block.without_branch(x) if name in without else block(x)
        return self.linear(x.mean((2, 3)))  # average pooling, then (B, classes)
