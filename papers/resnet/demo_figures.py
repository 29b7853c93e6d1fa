"""The figures of the demo: training curves by depth, responses by layer, noise through first weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS, label_lines
from papers.resnet.variance import propagate

KINDS = ("plain", "residual")
WINDOW = 10


def depth_of(arm: str) -> int:
    """Return the layers of an arm such as `plain-20`."""
    return int(arm.split("-")[1])


def draw_curves(curves: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw training losses by step, means of 10 steps: plain networks beside residual ones."""
    fig, axes = plotting.figure("wide", cols=2, height=2.9, sharey=True)
    depths = sorted({depth_of(arm) for arm in curves})
    for ax, kind in zip(axes, KINDS, strict=True):
        for depth, colour in zip(depths, COLOURS, strict=False):
            losses = np.asarray(curves[f"{kind}-{depth}"])
            means = losses[: len(losses) // WINDOW * WINDOW].reshape(-1, WINDOW).mean(axis=1)
            at = WINDOW * (np.arange(len(means)) + 0.5)
            ax.plot(at, means, color=colour, label=f"{depth} layers")
        ax.set(xlabel="step", title=kind)
        label_lines(ax)
    axes[0].set(ylabel="training loss, nats an image", ylim=(0, None))
    plotting.save(fig, path)


def draw_responses(deviations: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw the deviation of the responses by layer, as Figure 7 (top) does."""
    fig, ax = plotting.figure(height=2.9)
    depths = sorted({depth_of(arm) for arm in deviations})
    for depth, colour in zip(depths, COLOURS, strict=False):
        for kind in KINDS:
            found = deviations[f"{kind}-{depth}"]
            style = "--" if kind == "plain" else "-"
            ax.plot(np.arange(1, len(found) + 1), found, style, color=colour, label=f"{kind}-{depth}")
    ax.set(xlabel="layer", ylabel="deviation of the response", ylim=(0, None))
    ax.legend(ncols=2)
    plotting.save(fig, path)


def draw_variance(path: Path, seed: int, depth: int = 20, channels: int = 32) -> None:
    """Draw the mean square of noise by layer: measured, and as the variance argument says."""
    fig, ax = plotting.figure(height=2.9)
    layers = np.arange(1, depth + 1)
    cases = (("1/n, plain", 1.0, False), ("2/n, plain", 2.0, False), ("2/n, residual", 2.0, True))
    for (name, gain, residual), colour in zip(cases, COLOURS, strict=False):
        found = propagate(depth, channels, gain=gain, residual=residual, rng=np.random.default_rng(seed))
        factor = gain / 2 + residual
        ax.semilogy(layers, (gain / 2 + residual) * factor ** (layers - 1.0), color=colour, label=name)
        ax.semilogy(layers, found.forward, "o", color=colour, markersize=3)
    ax.set(xlabel="layer", ylabel="mean square of the sums")
    ax.legend(title="variance of a weight")
    plotting.save(fig, path)
