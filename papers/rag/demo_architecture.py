"""The model as a drawing: a question, its documents, and the sum over them."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 5.6, 5.0
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]


def draw_architecture(path: Path) -> None:
    """Draw question, encoder, index, generator and marginalisation, read upwards, a shape on every arrow."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()
    _box(ax, (1.4, 0.35), 2.0, "question $x$", SOFT)
    _box(ax, (1.4, 1.35), 2.0, "query encoder $q$, trained", ORANGE)
    _box(ax, (1.4, 2.4), 2.0, "index: the $k$ largest $d(z)^T q(x)$", BLUE)
    _box(ax, (4.3, 1.35), 2.0, "documents: $d(z)$, frozen", SOFT)
    _box(ax, (4.3, 2.4), 2.0, "generator, trained", ORANGE)
    _box(ax, (2.8, 3.55), 3.4, "sum over documents: of products, or at every token", TEAL)
    _box(ax, (2.8, 4.55), 2.0, "answer $y$", PLUM)
    _arrow(ax, (1.4, 0.58), (1.4, 1.12), "tokens (B, Q)")
    _arrow(ax, (1.4, 1.58), (1.4, 2.17), "(B, d)")
    _arrow(ax, (3.9, 1.58), (2.1, 2.17), "(N, d)")
    _arrow(ax, (2.4, 2.4), (3.3, 2.4), "(B, k, L)")
    _arrow(ax, (1.4, 2.63), (2.2, 3.32), "$p(z|x)$: (B, k)")
    _arrow(ax, (4.3, 2.63), (3.6, 3.32), "$p(y_i|x,z,y_{<i})$: (B, k, T)")
    _arrow(ax, (2.8, 3.78), (2.8, 4.32), "$p(y|x)$: (B,)")
    save(fig, path)


def _box(ax: Axes, middle: tuple[float, float], width: float, words: str, colour: str) -> None:
    (x, y), height = middle, 0.46
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8, color=INK, zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], words: str) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)
    (x0, y0), (x1, y1) = start, end
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    if y0 == y1:
        place, ha, va = (x, y + 0.1), "center", "bottom"
    elif x1 < x0:  # leaning left: the free side is to the right
        place, ha, va = (x + 0.22, y + 0.06), "left", "center"
    else:
        place, ha, va = (x + (0.1 if x0 == x1 else 0.22), y - (0 if x0 == x1 else 0.1)), "left", "center"
    ax.text(*place, words, fontsize=7.5, color=INK, ha=ha, va=va, zorder=5)
