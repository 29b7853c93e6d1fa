"""The layer as a drawing: gate, dispatch, experts, combine, with a shape on every arrow."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 5.6, 6.4
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]
TALL = 0.44


def draw_architecture(path: Path) -> None:
    """Draw the layer, read upwards: B tokens of d numbers, n experts, k visits a token."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()
    gate, main = 1.3, 4.0
    _box(ax, (2.65, 0.4), "tokens x", SOFT, 1.5)
    _box(ax, (gate, 1.5), r"logits $xW_g$ + noise", ORANGE, 2.1)
    _box(ax, (gate, 2.6), "keep the k largest", ORANGE, 2.1)
    _box(ax, (gate, 3.7), "softmax of those k", ORANGE, 2.1)
    _box(ax, (main, 2.6), "sort copies by expert", BLUE, 2.1)
    for i, words in enumerate(("expert 1", "expert 2", "…", "expert n")):
        x = main - 1.17 + 0.78 * i
        colour = SOFT if i == 1 else TEAL
        _box(ax, (x, 3.7), words, colour, 0.72, size=7.5)
        if i != 1:
            _arrow(ax, (main, 2.6 + TALL / 2), (x, 3.7 - TALL / 2))
            _arrow(ax, (x, 3.7 + TALL / 2), (main, 4.8 - TALL / 2))
    ax.text(main - 0.39, 3.36, "no token:\nnot run", fontsize=6.5, color=SOFT, ha="center", va="center")
    _box(ax, (main, 4.8), "weigh, put back, add", PLUM, 2.1)
    _box(ax, (main, 5.9), r"output $y$", SOFT, 1.5)
    _arrow(ax, (2.3, 0.62), (gate, 1.5 - TALL / 2))
    _arrow(ax, (3.0, 0.62), (main, 2.6 - TALL / 2))
    _words(ax, (3.66, 1.5), "(B, d)")
    _words(ax, (1.62, 0.95), "(B, d)", "right")
    _arrow(ax, (gate, 1.5 + TALL / 2), (gate, 2.6 - TALL / 2))
    _words(ax, (gate + 0.08, 2.05), "(B, n)")
    _arrow(ax, (gate, 2.6 + TALL / 2), (gate, 3.7 - TALL / 2))
    _words(ax, (gate + 0.08, 3.15), "(B, k)")
    _arrow(ax, (gate + 1.05, 2.6), (main - 1.05, 2.6))
    _words(ax, (2.65, 2.72), "which", "center")
    _arrow(ax, (gate, 3.7 + TALL / 2), (main - 1.05, 4.8))
    _words(ax, (1.5, 4.5), "weights (B, k)", "right")
    _words(ax, (main + 1.0, 3.13), "(B k, d)", "center")
    _words(ax, (main + 1.0, 4.3), "(B k, d)", "center")
    _arrow(ax, (main, 4.8 + TALL / 2), (main, 5.9 - TALL / 2))
    _words(ax, (main + 0.08, 5.35), "(B, d)")
    save(fig, path)


def _box(
    ax: Axes, middle: tuple[float, float], words: str, colour: str, width: float, size: float = 8.5
) -> None:
    x, y = middle
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - TALL / 2), width, TALL, "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=size, color=INK, zorder=4)


def _words(ax: Axes, at: tuple[float, float], words: str, side: str = "left") -> None:
    ax.text(*at, words, fontsize=8, color=INK, va="center", ha=side)  # type: ignore[arg-type]


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)
