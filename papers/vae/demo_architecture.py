"""The model as a drawing: from datapoint to bound, with a shape on every arrow."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from foundations.plotting import COLOURS, INK, PAPER, SOFT, figure, save

WIDTH, HEIGHT = 7.2, 3.1  # inches, and the units of everything below
BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]
TALL = 0.42


def draw_architecture(path: Path) -> None:
    """Draw encoder, decoder and the terms of the bound: B datapoints, D numbers, H units, J latents."""
    fig, ax = figure("wide", height=HEIGHT)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    ax.set_axis_off()
    high, low, middle, right = 2.05, 1.2, 1.62, TALL / 2

    _box(ax, (1.22, middle), "tanh layer", BLUE, 0.92)
    _box(ax, (2.55, high), r"linear: $\mu$", BLUE, 0.98)
    _box(ax, (2.55, low), r"linear: $\log\sigma^2$", BLUE, 0.98)
    _box(ax, (4.0, middle), r"$z=\mu+\sigma\odot\epsilon$", ORANGE, 1.12)
    _box(ax, (5.42, middle), "tanh layer", TEAL, 0.92)
    _box(ax, (6.62, middle), "linear", TEAL, 0.72)
    _box(ax, (2.55, 0.4), r"$-D_{KL}(q\,\|\,p)$", PLUM, 1.3)
    _box(ax, (6.2, 0.4), r"$\log p(x|z)$", PLUM, 1.3)
    _box(ax, (4.4, 0.4), "bound: their sum", PLUM, 1.3)

    _arrow(ax, (0.12, middle), (0.76, middle))
    _words(ax, (0.42, middle + 0.16), "x\n(B, D)", "bottom")
    for y in (high, low):
        _arrow(ax, (1.68, middle), (2.06, y))
        _arrow(ax, (3.04, y), (3.44, middle))
    _words(ax, (1.76, middle + 0.46), "(B, H)", "bottom")
    _words(ax, (3.3, high + 0.06), "(B, J)", "bottom")
    _words(ax, (3.3, low - 0.06), "(B, J)", "top")
    _arrow(ax, (4.0, 2.62), (4.0, middle + right), ORANGE)
    _words(ax, (4.0, 2.66), r"noise $\epsilon\sim N(0,I)$, (L, B, J)", "bottom")
    _arrow(ax, (4.56, middle), (4.96, middle))
    _words(ax, (4.76, middle + 0.3), "(L, B, J)", "bottom")
    _arrow(ax, (5.88, middle), (6.26, middle))
    _words(ax, (6.07, middle + 0.3), "(L, B, H)", "bottom")
    _arrow(ax, (6.62, middle - right), (6.4, 0.4 + right))
    _words(ax, (6.38, 0.86), "logits (L, B, D)", "right")
    _arrow(ax, (2.55, low - right), (2.55, 0.4 + right))
    _arrow(ax, (3.2, 0.4), (3.75, 0.4))
    _words(ax, (3.47, 0.44), "(B,)", "bottom")
    _arrow(ax, (5.55, 0.4), (5.05, 0.4))
    _words(ax, (5.3, 0.44), "(L, B)", "bottom")
    _words(ax, (1.9, 2.72), r"encoder $q_\phi(z|x)$", "bottom", BLUE)
    _words(ax, (6.0, 2.72), r"decoder $p_\theta(x|z)$", "bottom", TEAL)
    save(fig, path)


def _box(ax: Axes, middle: tuple[float, float], words: str, colour: str, width: float) -> None:
    x, y = middle
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - TALL / 2), width, TALL, "round,pad=0,rounding_size=0.07",
            facecolor=PAPER, edgecolor=colour, linewidth=1.6, zorder=3,
        )
    )  # fmt: skip
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = SOFT) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": colour, "linewidth": 1.2}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)


def _words(ax: Axes, at: tuple[float, float], words: str, side: str, colour: str = INK) -> None:
    if side == "right":
        ax.text(*at, words, ha="right", va="center", fontsize=8, color=colour)
    else:
        ax.text(*at, words, ha="center", va=side, fontsize=8, color=colour)
