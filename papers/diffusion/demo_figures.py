"""The figures of the demo: digits by class and scale, the plane, and one guided step with its shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from foundations import plotting
from foundations.plotting import COLOURS, INK, PAPER, SOFT
from papers.diffusion.live import CENTRES, SPREAD, Live

BLUE, ORANGE, TEAL, PLUM = COLOURS[:4]
REACH = 2.2
TALL = 0.5


def draw_digits(images: np.ndarray, titles: list[str], path: Path) -> None:
    """Draw digits by scale (a panel each) and class (a row each); images (scales, 10, each, side, side)."""
    fig, axes = plotting.figure("wide", cols=len(images), height=2.7)
    for number, (ax, panel) in enumerate(zip(np.atleast_1d(axes), images, strict=True)):
        _digits(ax, panel, titles[number])
    plotting.save(fig, path)


def draw_plane(path: Path, panel: np.ndarray) -> None:
    """Draw the plane as the page's figure shows it at first, and beside it digits at the largest scale."""
    live = Live()
    fig, axes = plotting.figure("wide", cols=2, height=3.3)
    axes[0].plot(*live.path[-1].T, ".", color=INK, markersize=4)
    axes[0].plot(*live.path[:, 0].T, color=PLUM, linewidth=1.2)
    axes[0].plot(*live.path[-1, 0], "o", color=PLUM)
    for (x, y), name, colour in zip(CENTRES, ("left", "right", "top"), (BLUE, ORANGE, TEAL), strict=True):
        axes[0].add_patch(Circle((x, y), 2 * SPREAD, fill=False, edgecolor=colour))
        axes[0].text(x, y - 2.4 * SPREAD, name, color=colour, ha="center", va="top", fontsize=9)
    axes[0].set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal")
    axes[0].set(xlabel="$x_1$", ylabel="$x_2$", title="20 steps, no guidance")
    _digits(axes[1], panel, "digits, scale 30")
    plotting.save(fig, path)


def _digits(ax: Axes, panel: np.ndarray, title: str) -> None:
    """Draw digits of shape (10, each, side, side), a row a class."""
    rows, each, side, _ = panel.shape
    flat = (panel.reshape(rows * each, side, side) + 1) / 2
    plotting.image_grid(ax, flat, columns=each, y_labels=[str(row) for row in range(rows)])
    ax.set(title=title)


def draw_architecture(path: Path) -> None:
    """Draw one guided step, read from left to right, with its shapes."""
    fig, ax = plotting.figure("wide", height=3.3)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, 10)
    ax.set_ylim(0, 4.2)
    ax.set_axis_off()
    _box(ax, (0.75, 2.05), "$x_t$", SOFT, 1.0)
    _box(ax, (3.0, 3.15), "U-Net\nwith AdaGN", BLUE, 1.9, 0.9)
    _box(ax, (3.0, 0.95), "classifier of\nnoisy images", TEAL, 1.9, 0.9)
    _box(ax, (6.0, 3.15), r"mean $\mu$", BLUE, 1.5)
    _box(ax, (6.0, 2.05), r"variance $\Sigma$", BLUE, 1.5)
    _box(ax, (6.0, 0.95), r"gradient $g$ of $\log p_\phi(y|x_t)$", TEAL, 2.3, 0.62)
    _box(ax, (8.75, 2.05), "$x_{t-1}\\sim$\n$N(\\mu+s\\,\\Sigma\\,g,\\;\\Sigma)$", PLUM, 2.2, 1.0)
    _arrow(ax, (1.25, 2.25), (2.05, 2.95))
    _arrow(ax, (1.25, 1.85), (2.05, 1.15))
    _words(ax, (0.75, 1.5), "(B, C, H, W)", "center")
    _arrow(ax, (3.0, 4.0), (3.0, 3.6))
    _words(ax, (3.12, 3.86), "time, class (B,)")
    _arrow(ax, (3.0, 0.1), (3.0, 0.5))
    _words(ax, (3.12, 0.22), "time (B,)")
    _arrow(ax, (3.95, 3.15), (5.25, 3.15))
    _words(ax, (4.6, 3.36), r"$\epsilon$ (B, C, H, W)", "center")
    _arrow(ax, (3.95, 2.9), (5.25, 2.15))
    _words(ax, (4.4, 2.15), "v (B, C, H, W)", "right")
    _arrow(ax, (3.95, 0.95), (4.85, 0.95))
    _words(ax, (4.4, 1.3), "(B, classes)", "center")
    _arrow(ax, (6.0, 0.1), (6.0, 0.64))
    _words(ax, (6.12, 0.22), "class y (B,)")
    _arrow(ax, (6.75, 3.15), (7.65, 2.4))
    _words(ax, (7.3, 2.95), "(B, C, H, W)")
    _arrow(ax, (6.75, 2.05), (7.65, 2.05))
    _arrow(ax, (7.15, 1.1), (7.65, 1.65))
    _words(ax, (7.5, 1.2), "(B, C, H, W)")
    plotting.save(fig, path)


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
