"""The still twin of the figure of updates: singular values, accuracy by rank, gradients of first steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS, SOFT
from papers.lora.demo_weights import CUTS, load_updates

PLACE, RANK = 11, 8
"""What the figure shows first: W_v of the last layer, cut to rank 8."""


def share_kept(s: np.ndarray, rank: int) -> float:
    """Return the share of the squared singular values that the first `rank` of them have."""
    return float(np.sum(s[:rank] ** 2) / np.sum(s**2))


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first."""
    found = load_updates()
    fig, axes = plotting.figure("wide", cols=3, height=2.9)
    for name, words, colour in (("full", "all weights", COLOURS[1]), ("lora", "LoRA", COLOURS[0])):
        s = found[name][PLACE]
        axes[0].plot(np.arange(1, len(s) + 1), s / s[0], color=colour, label=words)
    axes[0].axvline(RANK + 0.5, color=SOFT, linewidth=0.8, linestyle=":")
    axes[0].set(xlabel="singular value", ylabel="size, largest 1", title="update of $W_v$, last layer")
    axes[0].legend()
    axes[1].plot(range(len(CUTS)), 100 * found["accuracy"], "o-", color=COLOURS[0])
    axes[1].axhline(100 * found["accuracy_full"][0], color=COLOURS[1], linewidth=0.8, linestyle=":")
    axes[1].set(xlabel="rank left of 64", ylabel="accuracy, %", title="dotted: all weights")
    axes[1].set_xticks(range(len(CUTS)), [str(rank) for rank in CUTS])
    for row, colour, label in zip(found["gradients"], COLOURS[2:4], "AB", strict=True):
        axes[2].plot(range(len(row)), row, "o-", color=colour, label=f"of {label}")
    axes[2].set(xlabel="step of training", ylabel="norm of the gradient", title="the first steps")
    axes[2].set_xticks(range(3))
    axes[2].legend()
    plotting.save(fig, path)
