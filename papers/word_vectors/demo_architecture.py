"""Skip-gram with negative sampling as a drawing: from text to two tables, with a shape on every arrow."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 5.6, 6.1
LEFT, MIDDLE, RIGHT = 1.35, 2.8, 4.25
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]


def draw_architecture(path: Path) -> None:
    """Draw one step on a block: L centres, C words to each side, K shared draws of noise, d dimensions."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()

    ax.text(MIDDLE, 0.14, "text: word numbers (n)", ha="center", va="center", fontsize=9, color=INK)
    _arrow(ax, (MIDDLE, 0.26), (MIDDLE, 0.5))
    _box(ax, (MIDDLE, 0.7), "subsampling", SOFT, 1.7)
    _arrow(ax, (MIDDLE, 0.9), (MIDDLE, 1.2))
    _words(ax, (MIDDLE + 0.06, 1.05), "about half of n", 1)
    _box(ax, (MIDDLE, 1.4), "a block and its windows", SOFT, 1.9)

    _arrow(ax, (MIDDLE - 0.5, 1.6), (LEFT, 2.05))
    _words(ax, (LEFT + 0.1, 1.78), "centres (L)", -1)
    _arrow(ax, (MIDDLE + 0.5, 1.6), (RIGHT - 0.2, 2.05))
    _words(ax, (RIGHT - 0.02, 1.74), "contexts (L + 2C), noise (K)", 1)
    _box(ax, (LEFT, 2.25), "rows of W\n(input vectors)", BLUE)
    _box(ax, (RIGHT, 2.25), "rows of U\n(output vectors)", ORANGE)

    _arrow(ax, (LEFT, 2.47), (MIDDLE - 0.4, 2.95))
    _words(ax, (LEFT - 0.1, 2.72), "(L, d)", -1)
    _arrow(ax, (RIGHT, 2.47), (MIDDLE + 0.4, 2.95))
    _words(ax, (RIGHT + 0.1, 2.72), "(P, d)", 1)
    _box(ax, (MIDDLE, 3.15), "all dot products at once", TEAL, 1.9)
    _arrow(ax, (MIDDLE, 3.35), (MIDDLE, 3.75))
    _words(ax, (MIDDLE + 0.06, 3.55), "scores (L, P),  P = L + 2C + K", 1)
    _box(ax, (MIDDLE, 3.97), "error = weights × (labels − σ)", PLUM, 2.5)
    _words(ax, (MIDDLE - 1.32, 3.97), "label 1: in the window", -1)
    _words(ax, (MIDDLE + 1.32, 3.97), "label 0: noise", 1)

    _arrow(ax, (MIDDLE - 0.4, 4.19), (LEFT, 4.72))
    _words(ax, (LEFT + 0.1, 4.43), "error @ rows of U", -1)
    _arrow(ax, (MIDDLE + 0.4, 4.19), (RIGHT, 4.72))
    _words(ax, (RIGHT - 0.1, 4.43), "error.T @ rows of W", 1)
    _box(ax, (LEFT, 4.92), "added to W", BLUE)
    _box(ax, (RIGHT, 4.92), "added to U", ORANGE)
    _arrow(ax, (LEFT, 5.12), (LEFT, 5.5))
    _words(ax, (LEFT + 0.06, 5.3), "(V, d)", 1)
    _arrow(ax, (RIGHT, 5.12), (RIGHT, 5.5))
    _words(ax, (RIGHT + 0.06, 5.3), "(V, d)", 1)
    ax.text(LEFT, 5.7, "the word vectors", ha="center", va="center", fontsize=9, color=INK)
    ax.text(RIGHT, 5.7, "thrown away, or added to them", ha="center", va="center", fontsize=9, color=INK)
    save(fig, path)


def _box(ax: Axes, middle: tuple[float, float], words: str, colour: str, width: float = 1.5) -> None:
    x, y = middle
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - 0.2), width, 0.4, "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4, linespacing=1.1)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)


def _words(ax: Axes, at: tuple[float, float], words: str, side: float) -> None:
    where = "left" if side > 0.5 else "right" if side < 0 else "center"
    ax.text(*at, words, ha=where, va="center", fontsize=8, color=INK)
