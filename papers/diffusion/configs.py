"""Sizes of the networks: those of the papers, and what a smaller one may choose."""

from __future__ import annotations

import math
from dataclasses import dataclass

from foundations.errors import ValueRangeError


@dataclass(frozen=True)
class UNetConfig:
    """Sizes and choices of a U-Net.

    Attributes:
        size: Pixels along each side of the images.
        channels: Channels of the images.
        width: Channels that the multipliers multiply.
        multipliers: Channels of each level over `width`, finest first; each level has half the pixels a side
            of the one before.
        depth: Residual blocks a level on the way down; one more on the way up.
        attention: Sides of the levels at which pixels look at each other; the middle always does.
        head_channels: Channels of an attention head; 0 for a fixed number, `heads`.
        heads: Number of heads where `head_channels` is 0.
        classes: Number of classes that the network is told; 0 for none.
        adaptive: Whether time and class scale and shift what is normalised (AdaGN); else they are added.
        residual_resampling: Whether residual blocks halve and double the pixels; else convolutions do.
        learned_variance: Whether the network also puts out v, a number a pixel for the variance.
        dropout: Probability of dropping a value inside a residual block.
        groups: Groups of the normalisations.
        patch: Squares of so many pixels a side become one pixel with as many times the channels.

    Raises:
        ValueRangeError: If a size does not fit the others.
    """

    size: int = 32
    channels: int = 3
    width: int = 128
    multipliers: tuple[float, ...] = (1, 2, 2, 2)
    depth: int = 2
    attention: tuple[int, ...] = (16,)
    head_channels: int = 0
    heads: int = 1
    classes: int = 0
    adaptive: bool = True
    residual_resampling: bool = True
    learned_variance: bool = False
    dropout: float = 0.0
    groups: int = 32
    patch: int = 1

    def __post_init__(self) -> None:
        whole = (self.size, self.channels, self.width, self.depth, self.heads, self.groups, self.patch)
        if not self.multipliers or any(not isinstance(n, int) or n < 1 for n in whole):
            raise ValueRangeError(f"sizes of a U-Net are whole numbers from 1, got {self}")
        if self.size % (self.patch << (len(self.multipliers) - 1)):
            raise ValueRangeError(
                f"{len(self.multipliers)} levels halve {self.size} pixels in patches of {self.patch} "
                f"{len(self.multipliers) - 1} times: use fewer levels, or pad the images"
            )
        if any(width % self.groups or width < 1 for width in self.widths):
            raise ValueRangeError(f"groups divides every width, got {self.groups} for {self.widths}")
        if self.head_channels < 0 or any(width % self.heads_of(width) for width in self.widths):
            raise ValueRangeError(f"heads divide every width {self.widths}: change heads or head_channels")
        if self.classes < 0 or not 0 <= self.dropout < 1:
            raise ValueRangeError(
                f"classes is 0 or more and dropout in [0, 1), got {self.classes} and {self.dropout}"
            )
        if self.width < 4 or self.width % 2:
            raise ValueRangeError(f"the width is even and 4 or more, got {self.width}")

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each level, finest first."""
        return tuple(int(multiplier * self.width) for multiplier in self.multipliers)

    @property
    def sides(self) -> tuple[int, ...]:
        """Pixels along each side of each level, finest first."""
        return tuple(self.size // self.patch >> level for level in range(len(self.multipliers)))

    def heads_of(self, width: int) -> int:
        """Return the number of heads of an attention over `width` channels."""
        return max(1, width // self.head_channels) if self.head_channels else self.heads

    @property
    def outputs(self) -> int:
        """Channels that the network puts out for each channel of the image: noise, and v where learned."""
        return 2 if self.learned_variance else 1

    @property
    def time(self) -> int:
        """Width of the vector of time and class: four times `width`."""
        return 4 * self.width

    @property
    def pixels(self) -> int:
        """Numbers of an image."""
        return math.prod((self.channels, self.size, self.size))


def _adm(size: int, width: int, multipliers: tuple[float, ...], **changes: object) -> UNetConfig:
    """Return a class-conditional network for ImageNet: attention at 32, 16 and 8, learned variance."""
    own: dict[str, object] = {"head_channels": 64, "classes": 1000, "learned_variance": True} | changes
    return UNetConfig(
        size=size,
        width=width,
        multipliers=multipliers,
        attention=(32, 16, 8),
        **own,  # type: ignore[arg-type]
    )


PAPER_CONFIGS: dict[str, UNetConfig] = {
    "ddpm-cifar10": UNetConfig(dropout=0.1, adaptive=False, residual_resampling=False),
    "adm-imagenet64": _adm(64, 192, (1, 2, 3, 4), depth=3, dropout=0.1),
    "adm-imagenet128": _adm(128, 256, (1, 1, 2, 3, 4), head_channels=0, heads=4),
    "adm-imagenet256": _adm(256, 256, (1, 1, 2, 2, 4, 4)),
    "adm-imagenet512": _adm(512, 256, (0.5, 1, 1, 2, 2, 4, 4)),
}
"""The network of Ho et al. 2020 for CIFAR-10, and the four of Dhariwal & Nichol 2021, Table 11."""
