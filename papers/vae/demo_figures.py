"""The pictures of the demo: curves, reconstructions, samples, the plane, and figure 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist

import numpy as np

from foundations import plotting
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.plotting import COLOURS
from papers.vae.demo_weights import load_models
from papers.vae.vae import VAE

GRID = 13
"""Digits along each side of the manifold."""


def draw_curve(
    samples: Sequence[float], curves: Mapping[str, list[float]], without: float, path: Path
) -> None:
    """Draw the bound while a model learns.

    Args:
        samples: Datapoints evaluated so far.
        curves: What it is of, to bounds in nats.
        without: log p(x) of the best model without latent variables, nats.
        path: The figure.
    """
    fig, ax = plotting.figure("column", height=2.8)
    for name, curve in curves.items():
        ax.plot(samples, curve, label=name)
    ends, soft = [samples[0], samples[-1]], plotting.SOFT
    ax.plot(ends, [without] * 2, color=soft, linestyle=plotting.DASHED, label="no latents")
    ax.set(xlabel="training images evaluated", ylabel="bound, nats an image")
    plotting.label_lines(ax)
    plotting.save(fig, path)


@no_grad()
def draw_reconstructions(path: Path) -> None:
    """Draw ten test digits, and what each of the shipped models makes of them."""
    shipped = load_models()
    x = shipped.examples
    rows = [x, *(model.means(values(model.encode(x)[0])) for model in shipped.models.values())]
    fig, ax = plotting.figure("wide", height=2.7)
    labels = ["x", "sum", "mean"]
    plotting.image_grid(ax, np.concatenate(rows).reshape(-1, 28, 28), columns=10, y_labels=labels)
    plotting.save(fig, path)


def draw_samples(path: Path, seed: int) -> None:
    """Draw the decoder's means at draws from the prior, the same for both shipped models."""
    z = np.random.default_rng(seed).standard_normal((40, 2), dtype=np.float32)
    fig, axes = plotting.figure("wide", cols=2, height=2.6)
    for ax, (kind, model) in zip(axes, load_models().models.items(), strict=True):
        plotting.image_grid(ax, model.means(z).reshape(-1, 28, 28), columns=8)
        ax.set_title(f"trained with the {kind} over pixels")
    plotting.save(fig, path)


def manifold(model: VAE, side: int = GRID) -> np.ndarray:
    """Return the decoder's means at a grid of the plane, (side², 28, 28), the highest z_2 first.

    The grid is even in probability: (i + ½) / side along each side of the unit square, through the inverse
    of the normal distribution function (figure 4).
    """
    quantiles = [NormalDist().inv_cdf((i + 0.5) / side) for i in range(side)]
    at = np.array(quantiles, dtype=np.float32)
    # rows: z_2 falls, columns: z_1 rises
    z = np.stack(np.meshgrid(at, at[::-1]), axis=-1).reshape(-1, 2)
    return model.means(z).reshape(-1, 28, 28)


def draw_manifold(path: Path) -> None:
    """Draw figure 4 (b) with the shipped model."""
    fig, ax = plotting.figure("column", height=5.4)
    plotting.image_grid(ax, manifold(load_models().models["sum"]), columns=GRID)
    plotting.save(fig, path)


def draw_figure2(curves: Mapping[str, Mapping[str, list[float]]], path: Path) -> None:
    """Draw bounds over samples with the axes of figure 2, a panel an N_z.

    Args:
        curves: "aevb-3", "wake-sleep-3", … to `samples`, `train` and `test`.
        path: The figure.
    """
    latents = sorted({int(name.rsplit("-", 1)[1]) for name in curves})
    fig, axes = plotting.figure("wide", cols=len(latents), height=2.6, sharey=True)
    for ax, n in zip(np.atleast_1d(axes), latents, strict=True):
        for colour, method, name in zip(
            COLOURS, ("aevb", "wake-sleep"), ("AEVB", "wake-sleep"), strict=False
        ):
            curve = curves[f"{method}-{n}"]
            for part, style in (("train", plotting.DASHED), ("test", "-")):
                ax.plot(curve["samples"], curve[part], color=colour, linestyle=style, label=f"{name}, {part}")
        ax.set(xscale="log", xlim=(1e5, 1e8), ylim=(-150, -100), xlabel="samples")
        ax.set_title(f"$N_z$ = {n}")
    first = np.atleast_1d(axes)[0]
    first.set_ylabel("bound, nats")
    fig.legend(*first.get_legend_handles_labels(), loc="outside upper center", ncols=4)
    plotting.save(fig, path)
