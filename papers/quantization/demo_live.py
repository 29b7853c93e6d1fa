"""The still twin of the figure with sliders: a channel's weights on their grid, every channel's error."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS, LINE
from papers.quantization.affine import quantize
from papers.quantization.demo_weights import Shipped, load_model
from papers.quantization.model import QuantizedNet, quantize_model, weight_quantizer

BITS, PER_CHANNEL, LAYER, CHANNEL = 4, True, 4, 0
"""What the figure shows first."""


def rounded(shipped: Shipped, bits: int, per_channel: bool) -> QuantizedNet:
    """Return the network that ships with its weights in so many bits, as the page's figure has it."""
    return quantize_model(shipped.net, weight_bits=bits, per_channel=per_channel, ranges=shipped.ranges)


def errors(weight: np.ndarray, bits: int, per_channel: bool) -> np.ndarray:
    """Return the root mean square rounding error of every channel, as a share of its weights, shape (O,)."""
    net = weight_quantizer(weight, bits, per_channel=per_channel)
    scale, _ = net.spread(weight.ndim)
    off = (quantize(weight, net) * scale - weight).reshape(len(weight), -1)
    size = (weight.astype(np.float64) ** 2).reshape(len(weight), -1).sum(axis=1)
    return np.sqrt((off**2).sum(axis=1) / np.where(size > 0, size, 1))


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first."""
    weight = load_model().net.layers[LAYER].weight
    step = float(weight_quantizer(weight, BITS).scale[CHANNEL])
    end = float(np.abs(weight).max()) * 1.05
    fig, axes = plotting.figure("wide", cols=2, height=3.0)
    for level in range(-(2 ** (BITS - 1)) + 1, 2 ** (BITS - 1)):
        axes[0].axvline(level * step, color=LINE, linewidth=0.8)
    for part, colour, alpha in ((weight, COLOURS[0], 0.5), (weight[CHANNEL], COLOURS[1], 0.8)):
        counts, edges = np.histogram(part, bins=41, range=(-end, end))
        axes[0].stairs(counts / counts.max(), edges, fill=True, color=colour, alpha=alpha)
    axes[0].set(
        xlabel="weight", ylabel="count, largest 1", xlim=(-end, end), title="a layer, and one channel"
    )
    share = errors(weight, BITS, PER_CHANNEL)
    colours = [COLOURS[1] if one == CHANNEL else COLOURS[0] for one in range(len(share))]
    axes[1].bar(np.arange(1, len(share) + 1), 100 * share, color=colours)
    axes[1].set(
        xlabel="channel", ylabel="rounding error, % of the weights", title=f"{BITS} bits, a scale a channel"
    )
    plotting.save(fig, path)
