"""One layer as a drawing: what is bytes, what is 32 bits, and where the real scales went."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 5.6, 5.9
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]
MIDDLE, BOX = 3.2, (2.7, 0.46)


def draw_architecture(path: Path) -> None:
    """Draw a convolution on integers alone, from bytes to bytes, read upwards (Jacob et al., figure 1.1a)."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()
    rows = [
        (0.35, "activations $q_x$, zero point $Z_x$", SOFT),
        (1.3, "convolution $\\sum (q_x-Z_x)\\,q_w$", BLUE),
        (2.25, "add the bias", BLUE),
        (3.2, "multiply by $M_0$, shift by $n$", ORANGE),
        (4.15, "add $Z_y$, clamp (and ReLU)", TEAL),
        (5.1, "activations $q_y$", SOFT),
    ]
    shapes = [
        "uint8 (n, C, H, W)",
        "int32 (n, O, H′, W′)",
        "int32 (n, O, H′, W′)",
        "int32, near 0 to 255",
        "uint8 (n, O, H′, W′)",
    ]
    for y, words, colour in rows:
        _box(ax, (MIDDLE, y), BOX, words, colour)
    for (y, *_), shape in zip(rows, shapes, strict=False):
        _arrow(ax, (MIDDLE, y + BOX[1] / 2), (MIDDLE, y + 0.95 - BOX[1] / 2))
        ax.text(MIDDLE + 0.1, y + 0.475, shape, fontsize=8, color=INK, va="center")
    for y, words, shape in (
        (1.3, "weights $q_w$", "int8 (O, C, k, k)"),
        (2.25, "bias, at $S_wS_x$", "int32 (O,)"),
        (3.2, "$S_wS_x/S_y=2^{-n}M_0$", "int32 (O,), shifts (O,)"),
    ):
        _box(ax, (0.85, y), (1.55, BOX[1]), words, PLUM)
        _arrow(ax, (0.85 + 0.775, y), (MIDDLE - BOX[0] / 2, y))
        ax.text(0.85, y - 0.36, shape, fontsize=7.5, color=SOFT, ha="center", va="center")
    ax.text(MIDDLE + BOX[0] / 2 - 0.02, 5.55, "the next layer", fontsize=8, color=SOFT, ha="right")
    _arrow(ax, (MIDDLE, 5.1 + BOX[1] / 2), (MIDDLE, 5.8))
    save(fig, path)


def _box(ax: Axes, middle: tuple[float, float], size: tuple[float, float], words: str, colour: str) -> None:
    (x, y), (width, height) = middle, size
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)
