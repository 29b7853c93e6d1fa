"""The network that predicts the noise: the U-Net of ADM, told the time and, where it has them, the class."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn import functional as F
from implementations.ddpm.blocks import (
    PixelAttention,
    TimeEmbedding,
    beside,
    folded,
    starting_at_zero,
    unfolded,
)
from papers.diffusion.blocks import ResidualBlock, resampled
from papers.diffusion.configs import UNetConfig


class Resampler(nn.Module):
    """Halve or double the pixels by a convolution, as DDPM does.

    Args:
        channels: Of input and output.
        double: Repeat each pixel, then convolve; else a convolution of stride 2.
        rng: Source of the initial weights.
    """

    def __init__(self, channels: int, *, double: bool, rng: np.random.Generator) -> None:
        self.double = double
        self.conv = nn.Conv2d(channels, channels, 3, stride=1 if double else 2, padding=1, rng=rng)

    def forward(self, x: Array, told: Array) -> Any:
        """Map (B, C, H, W) to half or twice the pixels a side."""
        return self.conv(resampled(x, "double") if self.double else x)


class Body(nn.Module):
    """What U-Net and classifier share: the way down, with what it leaves at every block.

    Args:
        config: Sizes.
        rng: Source of the initial weights.

    Attributes:
        left: Channels of everything that the way down leaves, in order.
    """

    def __init__(self, config: UNetConfig, *, rng: np.random.Generator) -> None:
        self.config = config
        self.time = TimeEmbedding(config.width, config.time, rng=rng)
        self.label = nn.Embedding(config.classes, config.time, rng=rng) if config.classes else None
        widths = config.widths
        self.enter = nn.Conv2d(config.channels * config.patch**2, widths[0], 3, padding=1, rng=rng)
        self.down, self.look = nn.ModuleList([]), nn.ModuleList([])
        n, self.left = widths[0], [widths[0]]
        for level, (width, side) in enumerate(zip(widths, config.sides, strict=True)):
            for _ in range(config.depth):
                self.down.append(self.block(n, width, rng=rng))
                self.look.append(self.attending(width, side, rng=rng))
                n = width
                self.left.append(n)
            if level + 1 < len(widths):
                self.down.append(self.resampling(n, "halve", rng=rng))
                self.look.append(nn.Identity())
                self.left.append(n)
        self.middle_in = self.block(n, n, rng=rng)
        self.middle_look = PixelAttention(n, config.heads_of(n), config.groups, rng=rng)
        self.middle_out = self.block(n, n, rng=rng)

    def block(self, n_in: int, n_out: int, *, rng: np.random.Generator, resample: Any = "same") -> Any:
        """Return a residual block of the configuration."""
        config = self.config
        return ResidualBlock(
            n_in,
            n_out,
            config.time,
            config.groups,
            rng=rng,
            resample=resample,
            adaptive=config.adaptive,
            dropout=config.dropout,
        )

    def resampling(self, n: int, how: Any, *, rng: np.random.Generator) -> Any:
        """Return what halves or doubles the pixels."""
        if self.config.residual_resampling:
            return self.block(n, n, rng=rng, resample=how)
        return Resampler(n, double=how == "double", rng=rng)

    def attending(self, width: int, side: int, *, rng: np.random.Generator) -> Any:
        """Return attention where the level has it, else nothing."""
        if side not in self.config.attention:
            return nn.Identity()
        return PixelAttention(width, self.config.heads_of(width), self.config.groups, rng=rng)

    def tell(self, t: np.ndarray, labels: np.ndarray | None) -> Any:
        """Return the silu of the vector that every block reads: time, and class added. Shape (B, time)."""
        told = self.time(t)
        if self.label is not None:
            told = told + self.label(labels)
        return F.silu(told)

    def descend(self, x: Array, told: Array) -> tuple[Any, list[Any]]:
        """Return what the middle puts out, and what the way down left."""
        x = self.enter(folded(x, self.config.patch))  # (B, widths[0], side, side)
        left = [x]
        for block, look in zip(self.down, self.look, strict=True):
            x = look(block(x, told))
            left.append(x)
        return self.middle_out(self.middle_look(self.middle_in(x, told)), told), left

    def checked(self, x: Array, t: Any, labels: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Return times and labels as arrays, or say what is wrong with them or the images."""
        config = self.config
        shape = (config.channels, config.size, config.size)
        if x.ndim != 4 or x.shape[1:] != shape:
            expected = ", ".join(map(str, shape))
            raise ShapeError(f"expected images (B, {expected}), got {x.shape}: resize or pad them")
        t = np.asarray(t)
        if t.shape != (x.shape[0],):
            raise ShapeError(f"expected a time an image, shape ({x.shape[0]},), got {t.shape}")
        if t.dtype.kind not in "iu":
            raise DTypeError(f"times are whole numbers from 1, got {t.dtype}: convert them")
        if t.size and t.min() < 1:
            raise ValueRangeError(f"times run from 1, got {t.min()}: t = 0 is the clean image")
        return t, checked_labels(labels, config.classes, x.shape[0])


def checked_labels(labels: Any, classes: int, n: int) -> np.ndarray | None:
    """Return class numbers as an array of shape (n,), None where the network is told no class.

    Raises:
        ValueRangeError: If there are labels and no classes, or the other way round, or one is out of range.
        ShapeError: If there is not one an image.
        DTypeError: If they are not whole numbers.
    """
    if (labels is None) != (not classes):
        raise ValueRangeError(
            "this network is told no class: leave labels out"
            if not classes
            else f"this network is told a class from 0 to {classes - 1} for each image: give labels"
        )
    if labels is None:
        return None
    labels = np.asarray(labels)
    if labels.shape != (n,):
        raise ShapeError(f"expected a class an image, shape ({n},), got {labels.shape}")
    if labels.dtype.kind not in "iu":
        raise DTypeError(f"classes are whole numbers, got {labels.dtype}: convert them")
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise ValueRangeError(
            f"classes run from 0 to {classes - 1}, got {labels.min()} to {labels.max()}: drop what is not one"
        )
    return labels


class UNet(Body):
    r"""Predict the noise in images, $\epsilon_\theta(x_t, t, y)$, and v where the variance is learned.

    Args:
        config: Sizes.
        rng: Source of the initial weights. The last convolution starts at zero, so the first prediction is 0.

    Source: Dhariwal & Nichol 2021, section 3; Ho et al. 2020, appendix B.
    Deviation: patches, where they are more than a pixel.

    Example:
        >>> config = UNetConfig(size=8, channels=1, width=8, multipliers=(1, 2), depth=1,
        ...     attention=(4,), classes=10, groups=4)
        >>> model = UNet(config, rng=np.random.default_rng(0))
        >>> x, t, y = np.zeros((3, 1, 8, 8), dtype=np.float32), np.array([1, 5, 9]), np.array([7, 2, 1])
        >>> model(x, t, y).shape
        (3, 1, 8, 8)
    """

    def __init__(self, config: UNetConfig, *, rng: np.random.Generator) -> None:
        super().__init__(config, rng=rng)
        widths, left = config.widths, list(self.left)
        self.up, self.look_up, self.double = nn.ModuleList([]), nn.ModuleList([]), nn.ModuleList([])
        n = widths[-1]
        for level in reversed(range(len(widths))):
            width, side = widths[level], config.sides[level]
            for _ in range(config.depth + 1):
                self.up.append(self.block(n + left.pop(), width, rng=rng))
                self.look_up.append(self.attending(width, side, rng=rng))
                n = width
            if level:
                self.double.append(self.resampling(n, "double", rng=rng))
        self.norm = nn.GroupNorm(config.groups, n)
        out = config.outputs * config.channels * config.patch**2
        self.leave = starting_at_zero(nn.Conv2d(n, out, 3, padding=1, rng=rng))

    def forward(self, x: Array, t: np.ndarray, labels: np.ndarray | None = None) -> Any:
        """Return the noise that the network sees in the images, with v below it where that is learned.

        Args:
            x: Noisy images x_t, shape (B, channels, size, size).
            t: Times, whole numbers from 1, shape (B,).
            labels: Classes, whole numbers from 0, shape (B,); None where the network is told none.

        Returns:
            Shape (B, outputs · channels, size, size).

        Raises:
            ShapeError, DTypeError, ValueRangeError: If images, times or classes are not such.
        """
        t, labels = self.checked(x, t, labels)
        told = self.tell(t, labels)
        x, left = self.descend(x, told)
        each = self.config.depth + 1
        for number, (block, look) in enumerate(zip(self.up, self.look_up, strict=True), start=1):
            x = look(block(beside(x, left.pop()), told))
            if number % each == 0 and number < len(self.up):
                x = self.double[number // each - 1](x, told)  # twice the pixels a side
        return unfolded(self.leave(F.silu(self.norm(x))), self.config.patch)


def count_parameters(config: UNetConfig) -> int:
    """Return the number of weights of a network, without building it in memory.

    Example:
        >>> from papers.diffusion.configs import PAPER_CONFIGS
        >>> f"{count_parameters(PAPER_CONFIGS['ddpm-cifar10']) / 1e6:.1f}"
        '35.7'
    """
    with nn.shapes_only():
        model = UNet(config, rng=np.random.default_rng(0))
        return sum(parameter.size for parameter in model.parameters())
