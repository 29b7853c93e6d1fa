"""The network that predicts the noise in an image: a U-Net that is told the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn import functional as F
from implementations.ddpm.blocks import (
    PixelAttention,
    ResidualBlock,
    TimeEmbedding,
    beside,
    folded,
    starting_at_zero,
    unfolded,
)


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of a U-Net.

    Attributes:
        size: Pixels along each side of the image; divisible by `patch`, and then by 2 for every level after
            the first.
        channels: Channels of the image.
        patch: Squares of so many pixels a side become one pixel with as many times the channels, at no cost
            in what can be told; the finest level then has fewer places.
        widths: Channels of the levels, finest first; each level has half the pixels a side of the one before.
        depth: Residual blocks a level, on the way down and again on the way up.
        time: Width of the vector of the time.
        heads: Attentions side by side at the coarsest level; 0 for none.
        groups: Groups of the normalisations; divides every width.
        dropout: Probability of dropping a value inside a residual block.
    """

    size: int = 28
    channels: int = 1
    patch: int = 1
    widths: tuple[int, ...] = (16, 32, 64)
    depth: int = 1
    time: int = 64
    heads: int = 1
    groups: int = 8
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if not self.widths or min(self.widths) < 1 or self.depth < 1 or self.channels < 1:
            raise ValueRangeError(
                f"a U-Net has a level, a block and a channel at least, got widths {self.widths}, depth "
                f"{self.depth} and {self.channels} channels"
            )
        if self.groups < 1 or any(width % self.groups for width in self.widths):
            raise ValueRangeError(
                f"groups divides every width, got {self.groups} groups for {self.widths}: use a divisor"
            )
        halvings = len(self.widths) - 1
        if self.size < 1 or self.patch < 1 or self.size % (self.patch << halvings):
            raise ValueRangeError(
                f"{len(self.widths)} levels halve the image {halvings} times, and {self.size} pixels in "
                f"patches of {self.patch} cannot be: use fewer levels, or pad the images"
            )
        if self.heads < 0 or (self.heads and self.widths[-1] % self.heads):
            raise ValueRangeError(
                f"heads divides the last width, got {self.heads} for {self.widths[-1]}: use a divisor, or 0"
            )
        if self.time < 4 or self.time % 2:
            raise ValueRangeError(f"time is even and 4 or more, got {self.time}")
        if not 0 <= self.dropout < 1:
            raise ValueRangeError(f"dropout lies in [0, 1), got {self.dropout}")


class UNet(nn.Module):
    r"""Predict the noise in images: $\epsilon_\theta(x_t, t)$.

    On the way down every level leaves what it found, and halves the pixels; on the way up it is put beside
    what comes from below. Between them, at the coarsest level, pixels look at each other.

    Args:
        config: Sizes.
        rng: Source of the initial weights. The last convolution starts at zero, so the first prediction is 0.

    Source: Ho et al. 2020, section 4 and appendix B.
    Deviation: patches, where they are more than a pixel; as many blocks up as down (the paper has one
        more); the convolution that goes with doubling the pixels comes before it, at a quarter of the cost.

    Example:
        >>> config = UNetConfig(size=8, widths=(8, 16))
        >>> model = UNet(config, rng=np.random.default_rng(0))
        >>> model(np.zeros((3, 1, 8, 8), dtype=np.float32), np.array([1, 50, 1000])).shape
        (3, 1, 8, 8)
    """

    def __init__(self, config: UNetConfig, *, rng: np.random.Generator) -> None:
        self.config = config
        widths, extra = config.widths, (config.time, config.groups, config.dropout)
        self.time = TimeEmbedding(config.time, config.time, rng=rng)
        channels = config.channels * config.patch**2
        self.enter = nn.Conv2d(channels, widths[0], 3, padding=1, rng=rng)
        down, halve = [], []
        for level, width in enumerate(widths):
            down.append(
                nn.ModuleList([ResidualBlock(width, width, *extra, rng=rng) for _ in range(config.depth)])
            )
            if level + 1 < len(widths):
                halve.append(nn.Conv2d(width, widths[level + 1], 3, stride=2, padding=1, rng=rng))
        self.down, self.halve = nn.ModuleList(down), nn.ModuleList(halve)
        last = widths[-1]
        self.middle_in = ResidualBlock(last, last, *extra, rng=rng)
        self.attention = (
            PixelAttention(last, config.heads, config.groups, rng=rng) if config.heads else nn.Identity()
        )
        self.middle_out = ResidualBlock(last, last, *extra, rng=rng)
        up, double = [], []
        for level in reversed(range(len(widths))):
            width = widths[level]
            up.append(
                nn.ModuleList([ResidualBlock(2 * width, width, *extra, rng=rng) for _ in range(config.depth)])
            )
            if level:
                double.append(nn.Conv2d(width, widths[level - 1], 3, padding=1, rng=rng))
        self.up, self.double = nn.ModuleList(up), nn.ModuleList(double)
        self.norm = nn.GroupNorm(config.groups, widths[0])
        self.leave = starting_at_zero(nn.Conv2d(widths[0], channels, 3, padding=1, rng=rng))

    def forward(self, x: Array, t: np.ndarray) -> Any:
        """Return the noise that the network sees in the images.

        Args:
            x: Noisy images x_t, shape (B, channels, size, size).
            t: Times, whole numbers from 1, shape (B,).

        Returns:
            Shape of x.

        Raises:
            ShapeError: If the images have another size or number of channels, or there is not one time an
                image.
            DTypeError: If the times are not whole numbers.
            ValueRangeError: If a time is below 1.
        """
        t = self._checked(x, t)
        time = F.silu(self.time(t))  # (B, time): what every block reads
        # (B, widths[0], side, side), side = size / patch
        x = self.enter(folded(x, self.config.patch))
        left: list[Any] = []
        for level, blocks in enumerate(self.down):
            for block in blocks:
                x = block(x, time)
                left.append(x)
            if level < len(self.halve):
                x = self.halve[level](x)  # (B, widths[level + 1], half, half)
        x = self.middle_out(self.attention(self.middle_in(x, time)), time)
        for level, blocks in enumerate(self.up):
            for block in blocks:
                x = block(beside(x, left.pop()), time)
            if level < len(self.double):
                # twice the pixels a side
                x = F.interpolate(self.double[level](x), scale_factor=2)
        return unfolded(self.leave(F.silu(self.norm(x))), self.config.patch)

    def _checked(self, x: Array, t: Any) -> np.ndarray:
        shape = (self.config.channels, self.config.size, self.config.size)
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
        return t
