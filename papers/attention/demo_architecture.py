"""The model as a drawing: encoder and decoder from the bottom up, with a shape on every arrow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, LINE, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 5.6, 8.35  # inches, and the units of everything below
BOX, PITCH = (1.72, 0.4), 0.74
ENCODER, DECODER = 1.32, 4.18  # middles of the two columns
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]

SELF, NORM, FEED = (
    "multi-head\nself-attention",
    "add and normalise",
    "feed-forward\n$d_{model}$ → $d_{ff}$ → $d_{model}$",
)
MASKED, CROSS = "masked multi-head\nself-attention", "multi-head\ncross-attention"
EMBED = r"embedding × $\sqrt{d_{model}}$"
KINDS = {SELF: BLUE, MASKED: BLUE, CROSS: ORANGE, FEED: TEAL, NORM: SOFT}


def draw_architecture(path: Path) -> None:
    """Draw the encoder-decoder of section 3: B sequences, S source and T target tokens, a vocabulary of C."""
    fig, ax = figure("column", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()

    source, target = "(B, S, $d_{model}$)", "(B, T, $d_{model}$)"
    bottom = _embedding(ax, ENCODER, "source tokens", "(B, S)", source, "positions\n(S, $d_{model}$)", -1)
    memory = _layers(ax, ENCODER, bottom, [SELF, NORM, FEED, NORM], source, side=-1)
    bottom = _embedding(
        ax, DECODER, "target tokens, shifted right", "(B, T)", target, "positions\n(T, $d_{model}$)", 1
    )
    top = _layers(ax, DECODER, bottom, [MASKED, NORM, CROSS, NORM, FEED, NORM], target, side=1)

    # the encoder's output is read by every layer of the decoder
    across, cross = (ENCODER + DECODER) / 2, bottom + 2 * PITCH
    corner = memory + 0.42
    _line(ax, [(ENCODER, memory), (ENCODER, corner), (across, corner), (across, cross)])
    _arrow(ax, (across, cross), (DECODER - BOX[0] / 2, cross))
    _words(ax, (ENCODER + 0.06, corner + 0.13), f"keys and values {source}", side=1)

    y = top + PITCH - BOX[1] / 2 + 0.08
    _arrow(ax, (DECODER, top), (DECODER, y - BOX[1] / 2))
    _words(ax, (DECODER - 0.08, top + 0.25), target, side=-1)
    _box(ax, (DECODER, y), "linear: the embedding, transposed", PLUM, width=2.35)
    for label, words in (("logits (B, T, C)", "softmax"), ("probabilities (B, T, C)", None)):
        start, y = y + BOX[1] / 2, y + PITCH
        _arrow(ax, (DECODER, start), (DECODER, y - BOX[1] / 2))
        _words(ax, (DECODER - 0.08, (start + y - BOX[1] / 2) / 2), label, side=-1)
        if words:
            _box(ax, (DECODER, y), words, SOFT)
    save(fig, path)


def _embedding(ax: Axes, x: float, name: str, tokens: str, shape: str, added: str, side: int) -> float:
    """Draw tokens, embedding and positions; return the height of the first sublayer's middle."""
    ax.text(x, 0.12, name, ha="center", va="center", fontsize=9, color=INK)
    y = 0.12 + PITCH
    _arrow(ax, (x, 0.24), (x, y - BOX[1] / 2))
    _words(ax, (x - side * 0.08, (0.24 + y - BOX[1] / 2) / 2), tokens, side=-side)
    _box(ax, (x, y), EMBED, PLUM)
    plus = y + PITCH * 0.84
    _arrow(ax, (x, y + BOX[1] / 2), (x, plus - 0.12))
    _words(ax, (x - side * 0.08, (y + BOX[1] / 2 + plus - 0.12) / 2), shape, side=-side)
    ax.text(
        x, plus, "+", ha="center", va="center_baseline", fontsize=11, color=INK,
        bbox={"boxstyle": "circle,pad=0.12", "facecolor": PAPER, "edgecolor": SOFT, "linewidth": 1},
    )  # fmt: skip
    _arrow(ax, (x + side * 0.55, plus), (x + side * 0.14, plus))
    _words(ax, (x + side * 0.6, plus), added, side=side)
    first = plus + PITCH * 1.12
    _arrow(ax, (x, plus + 0.12), (x, first - BOX[1] / 2))
    _words(ax, (x - side * 0.08, plus + 0.25), shape, side=-side)
    return first


def _layers(ax: Axes, x: float, first: float, parts: Sequence[str], shape: str, *, side: int) -> float:
    """Draw the sublayers of one layer inside a frame; return the height at which it ends."""
    out = x + side * (BOX[0] / 2 + 0.17)
    for number, part in enumerate(parts):
        y = first + number * PITCH
        _box(ax, (x, y), part, KINDS[part])
        if part == NORM:  # past the sublayer: a copy of what went in
            below = y - PITCH - BOX[1] / 2 - 0.13
            _line(ax, [(x, below), (out, below), (out, y)])
            _arrow(ax, (out, y), (x + side * BOX[0] / 2, y))
            ax.text(
                out + side * 0.03, y - PITCH / 2, shape, rotation=90, fontsize=7.5, color=SOFT, va="center",
                ha="left" if side > 0 else "right",
            )  # fmt: skip
        if number + 1 < len(parts):
            _arrow(ax, (x, y + BOX[1] / 2), (x, y + PITCH - BOX[1] / 2))
            _words(ax, (x - side * 0.08, y + PITCH / 2), shape, side=-side)
    top = first + (len(parts) - 1) * PITCH + BOX[1] / 2
    low = first - BOX[1] / 2 - 0.24
    left = x - BOX[0] / 2 - (0.4 if side < 0 else 0.14)
    frame = FancyBboxPatch(
        (left, low), BOX[0] + 0.54, top + 0.12 - low, "round,pad=0,rounding_size=0.1",
        facecolor="none", edgecolor=LINE, linewidth=1.4, zorder=0,
    )  # fmt: skip
    ax.add_patch(frame)
    ax.text(out, top + 0.04, "N ×", fontsize=9, color=SOFT, ha="center", va="top")
    return top


def _box(ax: Axes, middle: tuple[float, float], words: str, colour: str, width: float = BOX[0]) -> None:
    x, y = middle
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - BOX[1] / 2), width, BOX[1], "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4, linespacing=1.15)


def _line(ax: Axes, points: Sequence[tuple[float, float]]) -> None:
    ax.plot(*zip(*points, strict=True), color=SOFT, linewidth=1.1, solid_capstyle="butt", zorder=1)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)


def _words(ax: Axes, at: tuple[float, float], words: str, *, side: int) -> None:
    ax.text(*at, words, ha="left" if side > 0 else "right", va="center", fontsize=8, color=INK)
