"""Teacher, student and the two terms of the loss as a drawing, with a shape on every arrow."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 5.6, 5.5  # inches, and the units of everything below
TEACHER, STUDENT, LABELS = 1.15, 3.15, 4.85
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]


def draw_architecture(path: Path) -> None:
    """Draw how B digits become the loss of section 2."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    ax.set_axis_off()
    middle = (TEACHER + STUDENT) / 2
    _box(ax, (middle, 0.3), "transfer set x", SOFT)
    _box(ax, (LABELS, 0.3), "labels", SOFT, width=1.0)
    for x in (TEACHER, STUDENT):
        _arrow(ax, (middle, 0.5), (x, 1.12))
    _words(ax, (middle, 0.86), "(B, 784)")
    _box(ax, (TEACHER, 1.45), "teacher, fixed\n1200 – 1200, nothing dropped", BLUE, height=0.6)
    _box(ax, (STUDENT, 1.45), "student, learns\n800 – 800", ORANGE, height=0.6)
    for x, name, colour in ((TEACHER, "v", BLUE), (STUDENT, "z", ORANGE)):
        _arrow(ax, (x, 1.75), (x, 2.5))
        _words(ax, (x + 0.08, 2.12), f"logits {name} (B, 10)", left=True)
        _box(ax, (x, 2.72), f"softmax of {name} / T", colour)
        _arrow(ax, (x, 2.94), (middle if x == TEACHER else middle + 0.25, 3.72))
    _words(ax, (TEACHER - 0.05, 3.3), "q (B, 10)", right=True)
    _words(ax, (STUDENT - 0.55, 3.3), "p (B, 10)", left=True)
    _box(ax, (middle, 3.95), "soft term: $T^2$ × cross-entropy", TEAL, width=2.3)
    _arrow(ax, (STUDENT + 0.75, 1.75), (LABELS - 0.3, 2.5))
    _words(ax, (STUDENT + 1.02, 1.98), "z (B, 10)", left=True)
    _box(ax, (LABELS - 0.15, 2.72), "softmax, T = 1", PLUM, width=1.3)
    _arrow(ax, (LABELS - 0.15, 2.94), (LABELS - 0.15, 3.72))
    _words(ax, (LABELS - 0.2, 3.3), "(B, 10)", right=True)
    ax.plot([LABELS + 0.5, LABELS + 0.6, LABELS + 0.6], [0.3, 0.3, 3.72], color=SOFT, linewidth=1.1, zorder=1)
    _words(ax, (LABELS + 0.56, 1.0), "(B,)", right=True)
    _box(ax, (LABELS - 0.15, 3.95), "hard term:\ncross-entropy", PLUM, width=1.5)
    _box(ax, (STUDENT, 5.05), "loss: w × hard + (1 − w) × soft", SOFT, width=2.5)
    _arrow(ax, (middle, 4.17), (STUDENT - 0.5, 4.83))
    _arrow(ax, (LABELS - 0.15, 4.17), (STUDENT + 0.6, 4.83))
    _words(ax, (middle - 0.1, 4.5), "(B,)", right=True)
    _words(ax, (LABELS - 0.4, 4.5), "(B,)", left=True)
    save(fig, path)


def _box(
    ax: Axes, at: tuple[float, float], words: str, colour: str, width: float = 1.85, height: float = 0.44
) -> None:
    x, y = at
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4, linespacing=1.15)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)


def _words(ax: Axes, at: tuple[float, float], words: str, *, left: bool = False, right: bool = False) -> None:
    ha = "left" if left else "right" if right else "center"
    box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}
    ax.text(*at, words, ha=ha, va="center", fontsize=8, color=INK, bbox=box, zorder=2.5)
