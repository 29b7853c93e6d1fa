"""The adapted map as a drawing: the frozen weight, both thin matrices beside it, shapes on every arrow."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, Polygon

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 7.0, 4.5
BLUE, ORANGE, TEAL = COLOURS[:3]
TALL = 0.46
IN, OUT = "(N, k)", "(N, d)"


def draw_architecture(path: Path) -> None:
    """Draw the map in training, read upwards, and beside it what is left after merging."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()
    _training(ax)
    _merged(ax, 5.95)
    save(fig, path)


def _training(ax: Axes) -> None:
    left, middle, right = 1.15, 2.2, 3.3
    _words(ax, (middle, 4.36), "in training", "center")
    _box(ax, (middle, 0.3), "tokens $x$", SOFT, 1.6)
    _box(ax, (left, 2.0), "$W_0$, frozen", BLUE, 1.7, 1.6)
    _trapezium(ax, right, 1.2, 1.5, 0.55, "$A$, normal", ORANGE)
    _trapezium(ax, right, 2.15, 0.55, 1.5, "$B$, zero", ORANGE)
    _box(ax, (right, 3.15), r"times $\alpha/r$", TEAL, 1.5)
    _box(ax, (middle, 3.95), "sum $h$", SOFT, 1.6)
    _arrow(ax, (1.9, 0.53), (left, 1.2))
    _arrow(ax, (2.5, 0.53), (right, 1.2))
    _arrow(ax, (right, 1.7), (right, 2.15))
    _arrow(ax, (right, 2.65), (right, 3.15 - TALL / 2))
    _arrow(ax, (right, 3.15 + TALL / 2), (2.7, 3.95 - TALL / 2))
    _arrow(ax, (left, 2.8), (1.8, 3.95 - TALL / 2))
    _words(ax, (1.4, 0.85), IN, "right")
    _words(ax, (3.05, 0.85), IN)
    _words(ax, (right + 0.1, 1.92), "(N, r)")
    _words(ax, (right + 0.1, 2.79), OUT)
    _words(ax, (1.35, 3.3), OUT, "right")
    _words(ax, (3.15, 3.58), OUT)


def _merged(ax: Axes, x: float) -> None:
    _words(ax, (x, 4.36), "after merging", "center")
    _box(ax, (x, 0.3), "tokens $x$", SOFT, 1.6)
    _box(ax, (x, 2.0), r"$W_0+\frac{\alpha}{r}BA$", BLUE, 1.7, 1.6)
    _box(ax, (x, 3.95), "$h$", SOFT, 1.6)
    _arrow(ax, (x, 0.53), (x, 1.2))
    _arrow(ax, (x, 2.8), (x, 3.95 - TALL / 2))
    _words(ax, (x + 0.1, 0.85), IN)
    _words(ax, (x + 0.1, 3.3), OUT)


def _trapezium(
    ax: Axes, x: float, y: float, low: float, high: float, words: str, colour: str, tall: float = 0.5
) -> None:
    corners = [(x - low / 2, y), (x + low / 2, y), (x + high / 2, y + tall), (x - high / 2, y + tall)]
    ax.add_patch(Polygon(corners, facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3))
    ax.text(x, y + tall / 2, words, ha="center", va="center", fontsize=9, color=INK, zorder=4)


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
    ax.text(x, y, words, ha="center", va="center", fontsize=10, color=INK, zorder=4)


def _words(ax: Axes, at: tuple[float, float], words: str, side: str = "left") -> None:
    ax.text(*at, words, fontsize=9, color=INK, va="center", ha=side)  # type: ignore[arg-type]


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)
