"""The still twin of the figure in which time is moved: a digit, two samples and their guesses."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from implementations.ddpm.demo_paths import noisy_digit, read

FIRST = 400
"""The time that the figure shows first."""
NAMES = ("a real digit", "sample A", "sample B")


def shown_at(t: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the three pictures at a recorded time, and the network's guesses from them, (28, 28) each."""
    arrays, about = read()
    row = about["times"].index(t)
    pictures = [noisy_digit(t), arrays["path_a"][row], arrays["path_b"][row]]
    guessed = [arrays[name][row] for name in ("guesses", "guesses_a", "guesses_b")]
    return [one.reshape(28, 28) for one in pictures], [one.reshape(28, 28) for one in guessed]


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first."""
    fig, axes = plotting.figure("wide", 2, 3, height=4.2)
    for row, images in zip(axes, shown_at(FIRST), strict=True):
        for ax, image in zip(row, images, strict=True):
            plotting.image_grid(ax, np.clip((image + 1) / 2, 0, 1)[None])
    for ax, name in zip(axes[0], NAMES, strict=True):
        ax.set_title(f"{name}, t = {FIRST}")
    for ax in axes[1]:
        ax.set_title("the network's guess")
    plotting.save(fig, path)
