"""The figures of the demo: the grid and its gradient, bits against loss, channels and their scales, ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.autodiff import Tensor
from foundations.plotting import COLOURS, SOFT
from papers.quantization.affine import AffineQuantizer
from papers.quantization.demo_weights import load_model
from papers.quantization.fake import fake_quantize
from papers.quantization.fixed_point import requantize
from papers.quantization.model import weight_quantizer

GRID = AffineQuantizer.affine(-1.0, 2.0, 2)


def draw_grid(path: Path) -> None:
    """Draw a quantiser of two bits, and the gradient that passes straight through it."""
    x = np.linspace(-2, 3, 1001)
    tensor = Tensor(x, requires_grad=True)
    y = fake_quantize(tensor, GRID)
    y.sum().backward()
    fig, axes = plotting.figure("wide", cols=2, height=2.9)
    axes[0].plot(x, x, color=SOFT, linewidth=0.8)
    axes[0].plot(x, y.numpy(), color=COLOURS[0])
    axes[0].set(xlabel="real number", ylabel="what the integer stands for", title="2 bits over −1 to 2")
    axes[1].plot(x, tensor.grad.numpy(), color=COLOURS[1])  # type: ignore[union-attr]
    axes[1].set(xlabel="real number", ylabel="gradient let through", ylim=(-0.1, 1.2))
    axes[1].set_title("straight through, inside the range")
    plotting.save(fig, path)


def draw_bits(bits: Sequence[int], lost: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw points lost against bits, with a scale a channel and a scale a layer."""
    fig, ax = plotting.figure(height=2.8)
    for (how, values), colour, mark in zip(lost.items(), COLOURS, "os", strict=False):
        ax.plot(
            bits, np.maximum(values, -0.5), marker=mark, color=colour, markersize=4, label=f"a scale {how}"
        )
    ax.set(xlabel="bits of weights and activations", ylabel="points of accuracy lost", xticks=bits)
    ax.set_yscale("symlog", linthresh=1)
    ax.legend(title="a scale")
    plotting.save(fig, path)


def draw_channels(path: Path) -> None:
    """Draw the largest weight of every channel, and the levels of 4 bits with one scale for all."""
    net = load_model().net
    fig, axes = plotting.figure("wide", cols=2, height=2.8)
    for ax, number in zip(axes, (1, 2), strict=True):
        weight = net.layers[number].weight
        largest = np.sort(np.abs(weight).reshape(len(weight), -1).max(axis=1))[::-1]
        step = float(weight_quantizer(weight, 4, per_channel=False).scale)
        ax.bar(np.arange(len(largest)), largest, color=COLOURS[0])
        for level in range(1, 8):
            ax.axhline(level * step, color=SOFT, linewidth=0.6)
        kind = "depthwise" if weight.shape[1] == 1 else "pointwise"
        ax.set(xlabel="channel, by size", title=f"layer {number + 1}, {kind}")
    axes[0].set(ylabel="largest |weight| of the channel")
    plotting.save(fig, path)


def draw_ties(path: Path) -> None:
    """Draw how often two roundings differ from one, beside 2**-(n + 1)."""
    rng = np.random.default_rng(0)
    shifts, shares = np.arange(0, 9), []
    for n in shifts:
        sums, m = rng.integers(-(2**30), 2**30, 200_000), int(rng.integers(2**30, 2**31))
        one = 1 << int(31 + n)
        once = np.sign(sums) * ((2 * np.abs(sums) * m + one) // (2 * one))
        shares.append((requantize(sums.astype(np.int32), m, int(n)) != once).mean())
    fig, ax = plotting.figure(height=2.6)
    ax.semilogy(shifts[1:], 2.0 ** -(shifts[1:] + 1), color=SOFT, label="$2^{-(n+1)}$")
    ax.semilogy(shifts[1:], shares[1:], "o", color=COLOURS[0], markersize=4, label="200,000 random sums")
    ax.set(xlabel="shift n", ylabel="share that differs by a unit", xticks=shifts[1:])
    ax.legend()
    plotting.save(fig, path)
