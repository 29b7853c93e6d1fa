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
    fig, axes = plotting.figure("wide", cols=len(images), height=3.6)
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
    for centre, colour in zip(CENTRES, (BLUE, ORANGE, TEAL), strict=True):
        axes[0].add_patch(Circle(tuple(centre), 2 * SPREAD, fill=False, edgecolor=colour))
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
    fig, ax = plotting.figure("wide", height=3.0)
    fig.set_layout_engine(None)
    ax.set_position((0, 0, 1, 1))
    ax.set_xlim(0, 10)
    ax.set_ylim(0, 4.1)
    ax.set_axis_off()
    _box(ax, (0.9, 2.0), "$x_t$", SOFT, 1.0)
    _box(ax, (3.2, 3.2), "U-Net: AdaGN,\nattention", BLUE, 2.0, 0.8)
    _box(ax, (3.2, 0.8), "classifier\nof noisy images", TEAL, 2.0, 0.8)
    _box(ax, (5.9, 3.2), r"mean $\mu$", BLUE, 1.3)
    _box(ax, (5.9, 2.2), r"variance $\Sigma$", BLUE, 1.3)
    _box(ax, (5.9, 0.8), r"$g=\nabla_{x_t}\log p_\phi(y|x_t)$", TEAL, 2.1)
    _box(ax, (8.7, 2.2), "$x_{t-1}\\sim$\n$N(\\mu+s\\,\\Sigma\\,g,\\;\\Sigma)$", PLUM, 2.1, 0.9)
    _arrow(ax, (1.4, 2.2), (2.2, 3.0))
    _arrow(ax, (1.4, 1.8), (2.2, 1.0))
    _arrow(ax, (3.2, 3.95), (3.2, 3.6))
    _words(ax, (3.3, 3.85), "time t, class y (B,)")
    _arrow(ax, (3.2, 0.12), (3.2, 0.4))
    _words(ax, (3.3, 0.2), "time t (B,)")
    _arrow(ax, (4.2, 3.2), (5.25, 3.2))
    _words(ax, (4.7, 3.38), r"$\epsilon$ (B, C, H, W)", "center")
    _arrow(ax, (4.2, 3.0), (5.25, 2.3))
    _words(ax, (4.35, 2.35), "v, the same", "center")
    _arrow(ax, (4.2, 0.8), (4.85, 0.8))
    _words(ax, (4.25, 0.3), "(B, classes)")
    _arrow(ax, (6.55, 3.2), (7.65, 2.5))
    _arrow(ax, (6.55, 2.2), (7.65, 2.2))
    _arrow(ax, (6.95, 0.95), (7.65, 1.9))
    _words(ax, (7.5, 1.2), "(B, C, H, W)")
    _words(ax, (0.9, 1.45), "(B, C, H, W)", "center")
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
    ax.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, zorder=4)


def _words(ax: Axes, at: tuple[float, float], words: str, side: str = "left") -> None:
    ax.text(*at, words, fontsize=7.5, color=INK, va="center", ha=side)  # type: ignore[arg-type]


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>,head_width=0.18,head_length=0.36", "color": SOFT, "linewidth": 1.1}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"shrinkA": 0, "shrinkB": 0}, zorder=2)
