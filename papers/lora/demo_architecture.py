"""The adapted map as a drawing: the frozen weight, both thin matrices beside it, shapes on every arrow."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Polygon

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 5.6, 5.0
BLUE, ORANGE, TEAL = COLOURS[:3]
TALL = 0.44


def draw_architecture(path: Path) -> None:
    """Draw the map, read upwards, and what stays of it after merging."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()
    left, right = 1.15, 3.2
    _box(ax, (2.15, 0.4), "tokens $x$", SOFT, 1.5)
    _box(ax, (left, 2.15), "$W_0$, frozen", BLUE, 1.5, 1.5)
    _trapezium(ax, right, 1.45, 1.3, 0.45, "$A$, normal", ORANGE)
    _trapezium(ax, right, 2.4, 0.45, 1.3, "$B$, zero", ORANGE)
    _box(ax, (right, 3.35), r"times $\alpha/r$", TEAL, 1.3)
    _box(ax, (2.15, 4.3), "sum $h$", SOFT, 1.5)
    _arrow(ax, (1.9, 0.62), (left, 1.4))
    _arrow(ax, (2.4, 0.62), (right, 1.45))
    _arrow(ax, (right, 1.9), (right, 2.4))
    _arrow(ax, (right, 2.85), (right, 3.35 - TALL / 2))
    _arrow(ax, (right, 3.35 + TALL / 2), (2.5, 4.3 - TALL / 2))
    _arrow(ax, (left, 2.9), (1.8, 4.3 - TALL / 2))
    _words(ax, (1.3, 0.95), "(B, d)", "right")
    _words(ax, (3.05, 0.95), "(B, d)")
    _words(ax, (right + 0.08, 2.15), "(B, r)")
    _words(ax, (right + 0.08, 3.0), "(B, d)")
    _words(ax, (1.25, 3.6), "(B, d)", "right")
    _words(ax, (4.75, 2.15), "after merging\none map again:\n$W_0+\\frac{\\alpha}{r}BA$", "center")
    save(fig, path)


def _trapezium(
    ax: Axes, x: float, y: float, low: float, high: float, words: str, colour: str, tall: float = 0.45
) -> None:
    corners = [(x - low / 2, y), (x + low / 2, y), (x + high / 2, y + tall), (x - high / 2, y + tall)]
    ax.add_patch(Polygon(corners, facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3))
    ax.text(x, y + tall / 2, words, ha="center", va="center", fontsize=7.5, color=INK, zorder=4)


def _box(
    ax: Axes, middle: tuple[float, float], words: str, colour: str, width: float, tall: float = TALL
) -> None:
    x, y = middle
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - tall / 2), width, tall, "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4)


def _words(ax: Axes, at: tuple[float, float], words: str, side: str = "left") -> None:
    ax.text(*at, words, fontsize=8, color=INK, va="center", ha=side)  # type: ignore[arg-type]


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)
