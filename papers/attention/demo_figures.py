"""The figures of the demo beside the attention maps: losses, positions, saturation, learning rates."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.optimization import noam_schedule
from foundations.plotting import COLOURS, figure, heatmap, label_lines, save
from papers.attention.saturation import saturation
from papers.attention.transformer import sinusoidal_positions


def draw_losses(curves: dict[str, list[float]], path: Path) -> None:
    """Draw the loss of every task while it is learned, a running mean over ten steps."""
    fig, ax = figure()
    for name, losses in curves.items():
        smooth = np.convolve(losses, np.ones(10) / 10, mode="valid")
        ax.plot(np.arange(len(smooth)) + 10, smooth, label=name)
    ax.set_yscale("log")
    ax.set_xlabel("training step")
    ax.set_ylabel("loss, nats a token")
    label_lines(ax)
    save(fig, path)


def draw_positions(path: Path) -> None:
    """Draw the table of positions, and the dot products of three of them with all others."""
    d_model, length = 64, 64
    table = sinusoidal_positions(length, d_model).astype(np.float64)
    fig, (left, right) = figure("wide", cols=2)
    heatmap(left, table, kind="diverging", low=-1.0, high=1.0, square=False)
    left.set_xlabel("dimension")
    left.set_ylabel("position")
    left.set_title("the table")
    for position, colour in zip((8, 32, 56), COLOURS, strict=False):
        right.plot(np.arange(length), table @ table[position], color=colour, label=f"with {position}")
    right.set_xlabel("position")
    right.set_ylabel("dot product")
    right.set_title("products depend on the distance only")
    label_lines(right)
    save(fig, path)


def draw_saturation(path: Path) -> None:
    """Draw how sharp the softmax of random dot products is, with and without the scale, by width."""
    widths = [2**i for i in range(1, 10)]
    fig, (left, right) = figure("wide", cols=2)
    for scaled, name in ((False, "q·k"), (True, "q·k / √d_k")):
        measured = [saturation(d, scaled, np.random.default_rng(0), n=400) for d in widths]
        left.plot(widths, [m["max_probability"] for m in measured], label=name)
        right.plot(widths, [m["jacobian"] for m in measured], label=name)
    for ax, title in ((left, "largest of 16 weights"), (right, "norm of the softmax's Jacobian")):
        ax.set_xscale("log", base=2)
        ax.set_xlabel("d_k")
        ax.set_title(title)
        ax.set_ylim(bottom=0)
        label_lines(ax)
    save(fig, path)


def draw_schedule(path: Path) -> None:
    """Draw the learning rate of the paper for two widths and two lengths of warmup."""
    steps = np.arange(1, 20_001, 20)
    fig, ax = figure()
    for d_model, warmup in ((512, 4000), (512, 8000), (256, 4000)):
        rate = noam_schedule(d_model, warmup)
        ax.plot(steps, [1e3 * rate(int(t)) for t in steps], label=f"width {d_model}, warmup {warmup}")
    ax.set_xlabel("training step")
    ax.set_ylabel("learning rate, thousandths")
    ax.set_ylim(bottom=0)
    label_lines(ax)
    save(fig, path)
