"""The still figure that stands where the interactive one does not: the deepest networks that ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS
from papers.resnet.demo_weights import EVERY, load

DEPTH, NORM = 32, True
"""What the figure shows at first."""


def runs_of(depth: int = DEPTH, norm: bool = NORM) -> dict[str, dict[str, Any]]:
    """Return the records of the plain and the residual network of a depth."""
    return {run["kind"]: run for run in load()[1] if (run["depth"], run["norm"]) == (depth, norm)}


def draw_live(path: Path) -> None:
    """Draw curve, responses, gradients and the error without each block, plain and residual."""
    fig, axes = plotting.figure("wide", rows=2, cols=2, height=5.0)
    for (kind, run), colour in zip(runs_of().items(), COLOURS, strict=False):
        at = EVERY * (np.arange(len(run["curve"])) + 0.5)
        axes[0, 0].plot(at, run["curve"], color=colour, label=kind)
        layers = np.arange(1, len(run["responses"]) + 1)
        axes[0, 1].plot(layers, run["responses"], color=colour)
        axes[1, 0].semilogy(layers, run["start"], "--", color=colour)
        axes[1, 0].semilogy(layers, run["end"], color=colour)
        without = np.array([np.nan if one is None else one for one in run["without"]])
        axes[1, 1].plot(np.arange(1, len(without) + 1), 100 * without, "o-", color=colour, markersize=3)
        axes[1, 1].axhline(100 * run["error"], color=colour, linewidth=0.8, linestyle=":")
    axes[0, 0].set(xlabel="step", ylabel="training loss, nats", ylim=(0, None), title="training")
    axes[0, 0].legend()
    axes[0, 1].set(xlabel="layer", ylabel="deviation", ylim=(0, None), title="responses")
    axes[1, 0].set(xlabel="layer", ylabel="norm of the gradient", title="gradients: start (dashed), end")
    axes[1, 1].set(xlabel="block left out", ylabel="error, %", ylim=(0, 100), title="without one block")
    plotting.save(fig, path)
