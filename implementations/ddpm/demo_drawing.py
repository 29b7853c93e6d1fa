"""The network as a drawing: down, through the middle, and up again, with a shape at every arrow."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save
from implementations.ddpm.unet import UNetConfig

WIDTH, HEIGHT = 7.2, 3.5  # inches, and the units of everything below
BOX = (1.36, 0.4)
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]
LEFT, MIDDLE, RIGHT = 1.15, 3.6, 6.05


def draw_unet(config: UNetConfig, path: Path) -> None:
    """Draw a U-Net of two levels.

    Args:
        config: Its sizes.
        path: The figure.
    """
    fig, ax = figure("wide", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()
    side = config.size // config.patch
    fine, coarse = config.widths
    image = f"(B, {config.channels}, {config.size}, {config.size})"
    above, below = f"(B, {fine}, {side}, {side})", f"(B, {coarse}, {side // 2}, {side // 2})"
    top, high, low = 2.95, 2.0, 0.75

    _box(ax, (LEFT, top), "patches, conv 3 × 3", PLUM)
    _box(ax, (LEFT, high), "residual block", BLUE)
    _box(ax, (LEFT, low), "residual block", BLUE)
    _box(ax, (MIDDLE, low), "block, attention, block", TEAL, width=1.9)
    _box(ax, (RIGHT, low), "residual block", BLUE)
    _box(ax, (RIGHT, high), "residual block", BLUE)
    _box(ax, (RIGHT, top), "norm, conv, unpatch", PLUM)

    half = BOX[1] / 2
    _words(ax, (LEFT, HEIGHT - 0.16), f"$x_t$ {image}", "center")
    _words(ax, (RIGHT, HEIGHT - 0.16), f"$\\epsilon_\\theta$ {image}", "center")
    _arrow(ax, (LEFT, HEIGHT - 0.27), (LEFT, top + half))
    _arrow(ax, (RIGHT, top + half), (RIGHT, HEIGHT - 0.27))
    _arrow(ax, (LEFT, top - half), (LEFT, high + half))
    _words(ax, (LEFT + 0.08, (top + high) / 2), above, "left")
    _arrow(ax, (LEFT, high - half), (LEFT, low + half))
    _words(ax, (LEFT + 0.08, (high + low) / 2 + 0.24), "half the side, stride 2", "left")
    _arrow(ax, (LEFT + BOX[0] / 2, low), (MIDDLE - 0.95, low))
    _words(ax, ((LEFT + MIDDLE) / 2 - 0.1, low - 0.34), below, "center")
    _arrow(ax, (MIDDLE + 0.95, low), (RIGHT - BOX[0] / 2, low))
    _words(ax, ((RIGHT + MIDDLE) / 2 + 0.1, low - 0.34), below, "center")
    _arrow(ax, (RIGHT, low + half), (RIGHT, high - half))
    _words(ax, (RIGHT - 0.08, (high + low) / 2 + 0.24), "twice the side", "right")
    _arrow(ax, (RIGHT, high + half), (RIGHT, top - half))
    _words(ax, (RIGHT - 0.08, (top + high) / 2), above, "right")

    for y, shape in ((high, above), (low + 0.62, below)):
        start = (LEFT + BOX[0] / 2, y)
        if y != high:  # past the middle: a line around it
            ax.plot(
                [LEFT + 0.5, LEFT + 0.5, RIGHT - 0.5, RIGHT - 0.5],
                [low + half, y, y, low + half + 0.08], color=ORANGE, linewidth=1.2, zorder=1,
            )  # fmt: skip
            _arrow(ax, (RIGHT - 0.5, low + half + 0.1), (RIGHT - 0.5, low + half), ORANGE)
        else:
            _arrow(ax, start, (RIGHT - BOX[0] / 2, y), ORANGE)
        _words(ax, (MIDDLE, y + 0.13), f"beside what comes up {shape}", "center")
    _box(ax, (MIDDLE, top), f"time t → sines → ({config.time})", SOFT, width=2.0)
    _words(ax, (MIDDLE, top - 0.36), "added to the channels of every block", "center")
    save(fig, path)


def _box(ax: Axes, middle: tuple[float, float], words: str, colour: str, width: float = BOX[0]) -> None:
    x, y = middle
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - BOX[1] / 2), width, BOX[1], "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = SOFT) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": colour, "linewidth": 1.2}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)


def _words(ax: Axes, at: tuple[float, float], words: str, side: str) -> None:
    ax.text(*at, words, ha=side, va="center", fontsize=8, color=INK)
