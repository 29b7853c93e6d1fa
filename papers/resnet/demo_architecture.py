"""The blocks and a network as drawings, with a shape on every arrow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 7.0, 5.3  # inches, and the units of everything below
BOX, PITCH = (1.34, 0.36), 0.62
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]


def draw_architecture(path: Path) -> None:
    """Draw a basic block, a block that halves the size, a bottleneck, and the network of 6n + 2 layers."""
    fig, ax = figure("wide", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()
    same, halved = "(B, 16, 32, 32)", "(B, 32, 16, 16)"
    _block(ax, 0.9, "basic block", [("3 × 3, 16", same), ("3 × 3, 16", same)], same, same, "identity", BLUE)
    _block(
        ax,
        2.72,
        "first of a stage",
        [("3 × 3, 32, stride 2", halved), ("3 × 3, 32", halved)],
        same,
        halved,
        "stride 2, zeros",
        ORANGE,
    )
    wide, narrow = "(B, 256, 56, 56)", "(B, 64, 56, 56)"
    layers = [("1 × 1, 64", narrow), ("3 × 3, 64", narrow), ("1 × 1, 256", wide)]
    _block(ax, 4.54, "bottleneck", layers, wide, wide, "identity", TEAL)
    _network(ax, 6.34)
    save(fig, path)


def _block(
    ax: Axes,
    x: float,
    title: str,
    layers: Sequence[tuple[str, str]],
    into: str,
    out: str,
    shortcut: str,
    colour: str,
) -> None:
    """Draw one block from the top down: branch at the left, shortcut at the right."""
    x -= 0.12
    y = HEIGHT - 0.25
    ax.text(x, y, title, ha="center", fontsize=9.5, color=INK, weight=600)
    y -= 0.2
    split = y - 0.22
    _words(ax, (x, y), f"x {into}")
    for number, (words, shape) in enumerate(layers):
        top = y - 0.1
        y -= PITCH
        _arrow(ax, (x, top), (x, y + BOX[1] / 2))
        last = number == len(layers) - 1
        _box(ax, (x, y), f"{words}\nBN" + ("" if last else ", ReLU"), colour)
        y -= PITCH * 0.72
        _arrow(ax, (x, y + PITCH * 0.72 - BOX[1] / 2), (x, y + 0.1))
        _words(ax, (x, y), ("F(x) " if last else "") + shape)
    plus = y - 0.42
    _arrow(ax, (x, y - 0.1), (x, plus + 0.13))
    side = x + 0.87
    ax.plot([x, side, side], [split, split, plus], color=SOFT, linewidth=1.1, zorder=1)
    _arrow(ax, (side, plus), (x + 0.14, plus))
    ax.text(
        side, (split + plus) / 2, f"{shortcut}  {out}", rotation=90, fontsize=7.5, color=INK, ha="center",
        va="center", linespacing=1.1, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
    )  # fmt: skip
    ax.text(
        x, plus, "+", ha="center", va="center_baseline", fontsize=11, color=INK,
        bbox={"boxstyle": "circle,pad=0.12", "facecolor": PAPER, "edgecolor": SOFT, "linewidth": 1},
    )  # fmt: skip
    _arrow(ax, (x, plus - 0.13), (x, plus - 0.42))
    _box(ax, (x, plus - 0.58), "ReLU", SOFT, height=0.28)
    _arrow(ax, (x, plus - 0.72), (x, plus - 0.95))
    _words(ax, (x, plus - 1.05), f"y {out}")


def _network(ax: Axes, x: float) -> None:
    """Draw the network for CIFAR-10 from the top down."""
    y = HEIGHT - 0.25
    ax.text(x, y, "6n + 2 layers", ha="center", fontsize=9.5, color=INK, weight=600)
    y -= 0.2
    _words(ax, (x, y), "(B, 3, 32, 32)")
    parts = (
        ("3 × 3, 16", SOFT, "(B, 16, 32, 32)"),
        ("n blocks, 16", BLUE, "(B, 16, 32, 32)"),
        ("n blocks, 32", ORANGE, "(B, 32, 16, 16)"),
        ("n blocks, 64", ORANGE, "(B, 64, 8, 8)"),
        ("mean of pixels", SOFT, "(B, 64)"),
        ("linear", PLUM, "scores (B, 10)"),
    )
    for words, colour, shape in parts:
        _arrow(ax, (x, y - 0.09), (x, y - 0.2))
        _box(ax, (x, y - 0.34), words, colour, width=1.1, height=0.28)
        _arrow(ax, (x, y - 0.48), (x, y - 0.6))
        y -= 0.7
        _words(ax, (x, y), shape)


def _box(
    ax: Axes,
    middle: tuple[float, float],
    words: str,
    colour: str,
    width: float = BOX[0],
    height: float = BOX[1],
) -> None:
    x, y = middle
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, "round,pad=0,rounding_size=0.06",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8, color=INK, zorder=4, linespacing=1.1)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.15,head_length=0.3", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)


def _words(ax: Axes, at: tuple[float, float], words: str) -> None:
    ax.text(*at, words, ha="center", va="center", fontsize=7.8, color=INK)
