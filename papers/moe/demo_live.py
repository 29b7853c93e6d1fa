"""The still twin of the figure in which eight experts train: who has the plane, and who got points."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS, INK
from papers.moe.live import EXPERTS, Live

FIRST, REACH = 200, 3.2
"""Steps that the figure shows first, and half the width of the plane."""


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first: no loss on balance, k = 2."""
    net = Live().run(FIRST)
    fig, axes = plotting.figure("wide", cols=2, height=3.1)
    grid = np.linspace(-REACH, REACH, 81)
    points = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    owner = net.favourite(points).reshape(81, 81)
    for j in range(EXPERTS):
        if (owner == j).any():
            alpha = 0.35 if j < 4 else 0.18
            axes[0].contourf(grid, grid, owner == j, levels=[0.5, 1.5], colors=[COLOURS[j % 4]], alpha=alpha)
            at = points[(owner == j).ravel()].mean(axis=0)
            axes[0].text(*at, str(j + 1), ha="center", va="center", weight=600, color=INK, zorder=5)
    axes[0].plot(*net.x[:, :2].T, ".", color=INK, markersize=3)
    axes[0].set(xlabel="$x_1$", ylabel="$x_2$", title="largest logit, by expert", aspect="equal")
    load = net.balance.load
    axes[0].grid(False)
    axes[1].bar(np.arange(1, EXPERTS + 1), load, color=[COLOURS[j % 4] for j in range(EXPERTS)])
    axes[1].axhline(load.mean(), color=INK, linewidth=0.8)
    axes[1].set(xlabel="expert", ylabel="points of 128, k = 2", xticks=range(1, EXPERTS + 1))
    axes[1].set_title(f"CV of importance {net.balance.cv_importance:.2f}")
    plotting.save(fig, path)
