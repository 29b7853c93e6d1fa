"""The language model as a drawing: from tokens to logits, with a shape on every arrow."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, LINE, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 5.6, 6.6  # inches, and the units of everything below
STREAM, BRANCH = 1.3, 3.55  # middles of the residual stream and of the branches
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]
STREAM_SHAPE = "(B, T, $d$)"


def draw_architecture(path: Path) -> None:
    """Draw a decoder-only model of L pre-norm blocks: B texts of T tokens, width d, h heads, V tokens."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    ax.set_axis_off()

    ax.text(STREAM, 0.13, "tokens", ha="center", va="center", fontsize=9, color=INK)
    _arrow(ax, (STREAM, 0.26), (STREAM, 0.6))
    _words(ax, (STREAM + 0.08, 0.41), "(B, T)")
    _box(ax, (STREAM, 0.78), "embedding $E$ (V, $d$)", PLUM)
    _arrow(ax, (STREAM, 0.96), (STREAM, 2.28))
    _words(ax, (STREAM - 0.08, 1.25), STREAM_SHAPE, right=True)
    _branch(ax, 1.55, 2.4, "norm", [("causal self-attention, h heads", BLUE)], ORANGE)
    words = f"q, k turned by position, v {STREAM_SHAPE}\nscores (B, h, T, T)"
    ax.text(BRANCH, 2.78, words, ha="center", va="center", fontsize=8, color=INK)
    _arrow(ax, (STREAM, 2.52), (STREAM, 4.28))
    _words(ax, (STREAM - 0.08, 3.0), STREAM_SHAPE, right=True)
    _branch(ax, 3.45, 4.4, "norm", [("linear, GELU, linear", TEAL)], ORANGE)
    ax.text(BRANCH, 4.78, "inside (B, T, 4$d$)", ha="center", va="center", fontsize=8, color=INK)
    _arrow(ax, (STREAM, 4.52), (STREAM, 5.24))
    _words(ax, (STREAM - 0.08, 4.88), STREAM_SHAPE, right=True)
    frame = FancyBboxPatch(
        (0.25, 1.42), 5.1, 3.62, "round,pad=0,rounding_size=0.1", facecolor="none", edgecolor=LINE,
        linewidth=1.4, zorder=0,
    )  # fmt: skip
    ax.add_patch(frame)
    ax.text(5.2, 1.52, "L ×", fontsize=9, color=SOFT, ha="right", va="bottom")
    _box(ax, (STREAM, 5.42), "norm", SOFT)
    _arrow(ax, (STREAM, 5.6), (STREAM, 5.84))
    _words(ax, (STREAM + 0.08, 5.72), STREAM_SHAPE)
    _box(ax, (STREAM, 6.02), "linear: $E$, transposed", PLUM)
    _arrow(ax, (STREAM + 0.95, 6.02), (BRANCH - 0.75, 6.02))
    _words(ax, (STREAM + 1.0, 6.17), "(B, T, V)")
    ax.text(BRANCH - 0.65, 6.02, "logits of the next token", ha="left", va="center", fontsize=9, color=INK)
    save(fig, path)


def _branch(ax: Axes, low: float, plus: float, first: str, then: list[tuple[str, str]], norm: str) -> None:
    """Draw a branch that leaves the stream at `low` and is added to it at `plus`."""
    (words, colour), *_ = then
    _line(ax, [(STREAM, low + 0.1), (BRANCH - 1.0, low + 0.1)])
    _arrow(ax, (BRANCH - 1.0, low + 0.1), (BRANCH - 0.45, low + 0.1))
    _words(ax, (STREAM + 0.2, low + 0.24), STREAM_SHAPE)
    _box(ax, (BRANCH, low + 0.1), first, norm, 0.9)
    _arrow(ax, (BRANCH, low + 0.28), (BRANCH, plus - 0.18))
    _words(ax, (BRANCH + 0.08, (low + 0.1 + plus) / 2), STREAM_SHAPE)
    _box(ax, (BRANCH, plus), words, colour, 2.5)
    _arrow(ax, (BRANCH - 1.25, plus), (STREAM + 0.14, plus))
    _words(ax, (STREAM + 0.22, plus + 0.14), STREAM_SHAPE)
    ax.text(
        STREAM, plus, "+", ha="center", va="center_baseline", fontsize=11, color=INK,
        bbox={"boxstyle": "circle,pad=0.12", "facecolor": PAPER, "edgecolor": SOFT, "linewidth": 1},
    )  # fmt: skip


def _box(ax: Axes, middle: tuple[float, float], words: str, colour: str, width: float = 1.9) -> None:
    x, y = middle
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - 0.18), width, 0.36, "round,pad=0,rounding_size=0.07", facecolor=PAPER,
            edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4)


def _line(ax: Axes, points: list[tuple[float, float]]) -> None:
    ax.plot(*zip(*points, strict=True), color=SOFT, linewidth=1.1, solid_capstyle="butt", zorder=1)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)


def _words(ax: Axes, at: tuple[float, float], words: str, *, right: bool = False) -> None:
    ax.text(*at, words, ha="right" if right else "left", va="center", fontsize=8, color=INK)
