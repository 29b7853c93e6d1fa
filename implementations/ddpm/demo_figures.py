"""The pictures of the demo: a digit in time, samples, the weights of both losses."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from implementations.ddpm.demo_paths import noisy_digit, read
from implementations.ddpm.demo_weights import load_model
from implementations.ddpm.diffusion import Diffusion
from implementations.ddpm.images import unscaled

SHOWN = (0, 50, 100, 200, 300, 500, 700, 1000)
"""Times at which the digit is drawn."""


def draw_chain(path: Path) -> None:
    """Draw the recorded digit at some times, and below each what the network takes it to be."""
    arrays, about = read()
    kept = load_model().diffusion.alpha_bar
    guessed = [arrays["guesses"][about["times"].index(t)] for t in SHOWN]
    images = unscaled(np.stack([*map(noisy_digit, SHOWN), *guessed])).reshape(-1, 28, 28)
    fig, ax = plotting.figure("wide", height=2.2)
    labels = [f"t = {t}\n{np.sqrt(kept[t]):.2f}" for t in SHOWN]
    plotting.image_grid(ax, images, columns=len(SHOWN), x_labels=labels, y_labels=["noisy", "guess"])
    plotting.save(fig, path)


def draw_samples(images: np.ndarray, path: Path) -> None:
    """Draw generated digits, none left out.

    Args:
        images: In [-1, 1], shape (n, 1, 28, 28).
        path: The figure.
    """
    fig, ax = plotting.figure("wide", height=2.9)
    plotting.image_grid(ax, unscaled(images)[:, 0], columns=16)
    plotting.save(fig, path)


def draw_weights(diffusion: Diffusion, path: Path) -> None:
    """Draw how much an error of the noise counts at each time: in the bound, and in the simple loss."""
    fig, ax = plotting.figure("column", height=2.6)
    times = np.arange(1, diffusion.steps + 1)
    weight = diffusion.bound_weight()[1:]
    ax.plot(times, weight, label="the bound")
    ax.axhline(weight.mean(), label="simple, same mean", color=plotting.COLOURS[1])
    ax.set(xscale="log", yscale="log", xlabel="time t", ylabel="weight, nats")
    plotting.label_lines(ax)
    plotting.save(fig, path)
