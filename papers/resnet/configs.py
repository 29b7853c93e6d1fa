"""Sizes and choices of a residual network, and those of the paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from foundations.errors import ValueRangeError

Kind = Literal["basic", "bottleneck"]
Option = Literal["A", "B", "C"]
Stem = Literal["cifar", "imagenet"]
StrideOn = Literal["1x1", "3x3"]
Zeros = Literal["after", "around"]


@dataclass(frozen=True)
class ResNetConfig:
    """Sizes and choices of a network; by default those of ResNet-20 for CIFAR-10.

    Attributes:
        blocks: Blocks of each stage. From the second stage on the first block halves height and width.
        widths: Channels of each stage; a bottleneck puts out four times as many.
        block: "basic", two convolutions of 3 × 3, or "bottleneck", 1 × 1, 3 × 3 and 1 × 1.
        option: Shortcuts where the shape changes: "A" pads with zeros, "B" projects; "C" projects everywhere.
        residual: Whether there are shortcuts; without them the network is plain.
        stem: "cifar" starts with a convolution of 3 × 3, "imagenet" with 7 × 7 of stride 2 and max-pooling.
        stride_on: Which convolution of a bottleneck halves the size: "1x1" the first, as the authors have it,
            or "3x3" the second, as most later code has it.
        zeros: Where option A puts its zero channels: "after" the others or half on each side, "around".
        batch_norm: Whether batch normalisation follows each convolution; without it they have a bias.
        channels: Channels of the images.
        classes: Number of classes.
        size: Pixels along each side of the images, for counting; a network takes any.

    Raises:
        ValueRangeError: If a choice is none of those, or a size does not fit.
    """

    blocks: tuple[int, ...] = (3, 3, 3)
    widths: tuple[int, ...] = (16, 32, 64)
    block: Kind = "basic"
    option: Option = "A"
    residual: bool = True
    stem: Stem = "cifar"
    stride_on: StrideOn = "1x1"
    zeros: Zeros = "after"
    batch_norm: bool = True
    channels: int = 3
    classes: int = 10
    size: int = 32

    def __post_init__(self) -> None:
        for name, kind in (
            ("block", Kind),
            ("option", Option),
            ("stem", Stem),
            ("stride_on", StrideOn),
            ("zeros", Zeros),
        ):
            if getattr(self, name) not in get_args(kind):
                known = ", ".join(map(repr, get_args(kind)))
                raise ValueRangeError(f"{name} is one of {known}, got {getattr(self, name)!r}")
        if not self.blocks or len(self.blocks) != len(self.widths):
            raise ValueRangeError(
                f"every stage has blocks and a width, got {self.blocks} and {self.widths}: give one each"
            )
        sizes = (*self.blocks, *self.widths, self.channels, self.classes, self.size)
        if any(not isinstance(n, int) or isinstance(n, bool) or n < 1 for n in sizes):
            raise ValueRangeError(
                f"blocks, widths, channels, classes and size are whole numbers from 1, got {self}"
            )
        if self.option == "A" and list(self.widths) != sorted(self.widths):
            raise ValueRangeError(
                f"option A can only add channels, got widths {self.widths}: use option B or C"
            )

    @property
    def depth(self) -> int:
        """Layers with weights on the longest path: convolutions of stem and branches, and the linear one."""
        return 2 + (3 if self.block == "bottleneck" else 2) * sum(self.blocks)


def cifar(depth: int, **changes: object) -> ResNetConfig:
    """Return the network of 6n + 2 layers of section 4.2.

    Args:
        depth: 6n + 2 for a whole n from 1: 8, 14, 20, …
        **changes: Fields that differ from the paper's.

    Raises:
        ValueRangeError: If the depth is none of those.

    Example:
        >>> cifar(56).blocks
        (9, 9, 9)
    """
    if not isinstance(depth, int) or depth < 8 or depth % 6 != 2:
        raise ValueRangeError(f"these networks have 6n + 2 layers (8, 14, 20, …), got {depth!r}")
    return replace(ResNetConfig(blocks=((depth - 2) // 6,) * 3), **changes)  # type: ignore[arg-type]


def imagenet(depth: int, **changes: object) -> ResNetConfig:
    """Return the network of 18, 34, 50, 101 or 152 layers of Table 1.

    The first two have option A, as in Table 2; the others, of bottlenecks, have option B (section 4.1).

    Args:
        depth: One of the five.
        **changes: Fields that differ from the paper's.

    Raises:
        ValueRangeError: If the depth is none of those.
    """
    blocks = {
        18: (2, 2, 2, 2),
        34: (3, 4, 6, 3),
        50: (3, 4, 6, 3),
        101: (3, 4, 23, 3),
        152: (3, 8, 36, 3),
    }
    if depth not in blocks:
        raise ValueRangeError(f"Table 1 has {', '.join(map(str, blocks))} layers, got {depth!r}")
    deep = depth >= 50
    config = ResNetConfig(
        blocks=blocks[depth],
        widths=(64, 128, 256, 512),
        block="bottleneck" if deep else "basic",
        option="B" if deep else "A",
        stem="imagenet",
        classes=1000,
        size=224,
    )
    return replace(config, **changes)  # type: ignore[arg-type]


CIFAR_DEPTHS = (20, 32, 44, 56, 110, 1202)

PAPER_CONFIGS: dict[str, ResNetConfig] = (
    {f"cifar-{depth}": cifar(depth) for depth in CIFAR_DEPTHS}
    | {f"imagenet-{depth}": imagenet(depth) for depth in (18, 34, 50, 101, 152)}
    | {f"plain-{depth}": cifar(depth, residual=False) for depth in CIFAR_DEPTHS[:-1]}
    | {f"plain-{depth}": imagenet(depth, residual=False) for depth in (18, 34)}
)
"""Every network of the paper. Plain ones of 18 and 34 layers are for ImageNet, the rest for CIFAR-10."""
