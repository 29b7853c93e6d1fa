"""The part of the demo in which networks learn: to divide a plane, and to read digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from foundations import plotting
from foundations.autodiff import Tensor, gradients, no_grad
from foundations.autodiff.demo_mlp import MLP, train
from foundations.data import circles, load, moons, spirals
from foundations.data.synthetic import Labelled

BLUE, ORANGE = plotting.COLOURS[:2]
MOMENTS = (10, 60, 600)
"""Steps after which the boundaries are drawn."""
EPOCHS = 15
"""Passes over the digits."""


def boundaries(rng: np.random.Generator, path: Path) -> dict[str, float]:
    """Draw what a small network believes of the plane while it learns, on three sets of points.

    Args:
        rng: Source of points and weights.
        path: The figure.

    Returns:
        Per set: the share of 2,000 new points that are put in their class.
    """
    right = {}
    sets: tuple[tuple[str, Callable[[int], Labelled]], ...] = (
        ("moons", lambda n: moons(n, noise=0.12, rng=rng)),
        ("circles", lambda n: circles(n, noise=0.08, rng=rng)),
        ("spirals", lambda n: spirals(n, turns=1.6, rng=rng)),
    )
    fig, axes = plotting.figure("wide", rows=3, cols=3, height=8.1)
    for (name, make), row in zip(sets, axes, strict=True):
        right[name] = _learn_in_view(make(260), make(2000), row, rng)
        row[0].set_ylabel(name)
    for ax, steps in zip(axes[0], MOMENTS, strict=True):
        ax.set_title(f"after {steps} steps")
    plotting.save(fig, path)
    return right


def _learn_in_view(known: Labelled, new: Labelled, panels: Sequence[Axes], rng: np.random.Generator) -> float:
    """Train on known points, draw the belief at each of `MOMENTS`, and return the share of new ones right."""
    model = MLP([2, 32, 32, 2], rng=rng)

    def draw(step: int, loss: float) -> None:
        if step in MOMENTS:
            ax = panels[MOMENTS.index(step)]
            _draw_belief(ax, model, *known)
            ax.set_xlabel(f"loss {loss:.2g} nats")

    train(
        model,
        *known,
        steps=MOMENTS[-1],
        batch_size=len(known[0]),
        learning_rate=0.01,
        rng=rng,
        after_step=draw,
    )
    return _share_right(model, *new)


@no_grad()
def _share_right(model: MLP, x: np.ndarray, labels: np.ndarray) -> float:
    return float((model(x).numpy().argmax(1) == labels).mean())


def _draw_belief(ax: Axes, model: MLP, x: np.ndarray, y: np.ndarray) -> None:
    """Draw P(class 1) over the plane as colour on either side of paper, and the points on it."""
    cells = 90
    low, high = x.min(0) - 0.25, x.max(0) + 0.25
    middle, reach = (low + high) / 2, float((high - low).max()) / 2
    ticks = np.linspace(-reach, reach, cells)
    plane = np.stack(np.meshgrid(middle[0] + ticks, middle[1] - ticks), axis=-1)  # (cells, cells, 2)
    with no_grad():
        logits = model(plane.reshape(-1, 2).astype(np.float32)).numpy()
    belief = np.tanh((logits[:, 1] - logits[:, 0]) / 2).reshape(cells, cells)  # 2 P(class 1) - 1
    plotting.heatmap(ax, belief.round(2), kind="diverging", low=-2.4, high=2.4)
    at = ((x - middle) / reach * [1, -1] + 1) / 2 * (cells - 1)
    for label, colour in ((0, ORANGE), (1, BLUE)):
        ax.scatter(*at[y == label].T, s=8, color=colour, edgecolor=plotting.PAPER, linewidth=0.4)
    ax.set(xticks=[], yticks=[], xlim=(-0.5, cells - 0.5), ylim=(cells - 0.5, -0.5))


def digits(seeds: Sequence[int], out: Path) -> float:
    """Draw how networks learn the digits, and how little would correct the mistakes of the last.

    Args:
        seeds: Of the networks, one each.
        out: Folder of the figures.

    Returns:
        The share of new digits read right, mean over the networks.
    """
    data = load("digits")
    known, new = ((data[s]["images"].reshape(-1, 64), data[s]["labels"]) for s in ("train", "test"))
    runs = [_learn_digits(known, new, np.random.default_rng(seed)) for seed in seeds]
    losses, wrong = (np.array([run[i] for run in runs]) for i in (1, 2))  # (seeds, EPOCHS) each
    fig, (left, right) = plotting.figure("wide", cols=2)
    passes = np.arange(1, EPOCHS + 1)
    plotting.line_with_band(left, passes, losses, color=BLUE)
    plotting.line_with_band(right, passes, 100 * wrong, color=ORANGE)
    left.set(yscale="log", xlabel="pass over 1,437 digits", ylabel="loss while learning, nats")
    right.set(ylim=(0, None), xlabel="pass over 1,437 digits", ylabel="360 new digits read wrong, %")
    plotting.save(fig, out / "digits.svg")
    _draw_mistakes(runs[-1][0], *new, out / "mistakes.svg")
    return 1 - float(wrong[:, -1].mean())


def _learn_digits(
    known: Labelled, new: Labelled, rng: np.random.Generator
) -> tuple[MLP, np.ndarray, list[float]]:
    """Return a trained network, and for every pass its mean loss and the share of new digits read wrong."""
    model, batch = MLP([64, 64, 10], rng=rng), 64
    per_pass = -(-len(known[0]) // batch)
    wrong = []

    def count(step: int, _loss: float) -> None:
        if step % per_pass == 0:
            wrong.append(1 - _share_right(model, *new))

    losses = train(
        model,
        *known,
        steps=EPOCHS * per_pass,
        batch_size=batch,
        learning_rate=3e-3,
        rng=rng,
        after_step=count,
    )
    return model, np.reshape(losses, (EPOCHS, per_pass)).mean(1), wrong


def _draw_mistakes(model: MLP, x: np.ndarray, y: np.ndarray, path: Path) -> None:
    """Draw digits that were read wrong, the slope towards the truth, and the least correction."""
    with no_grad():
        read = model(x).numpy().argmax(1)
    chosen = np.flatnonzero(read != y)[:8]
    x, y, read = x[chosen], y[chosen], read[chosen]
    slope = _slope(model, x, y, read)
    slope /= np.abs(slope).max(1, keepdims=True)
    corrected = _least_correction(model, x, y, slope)
    fig, (top, middle, bottom) = plotting.figure("wide", rows=3, height=3.4)
    names = [f"{answer}, is {true}" for answer, true in zip(read, y, strict=True)]
    plotting.image_grid(top, x.reshape(-1, 8, 8), columns=len(x), x_labels=names)
    sheet = np.full((8, 9 * len(x) - 1), np.nan)
    for i, picture in enumerate(slope.reshape(-1, 8, 8)):
        sheet[:, 9 * i : 9 * i + 8] = picture
    plotting.heatmap(middle, sheet, kind="diverging", low=-1.0, high=1.0)
    middle.set(xticks=[], yticks=[])
    middle.spines[:].set_visible(False)
    plotting.image_grid(bottom, corrected.reshape(-1, 8, 8), columns=len(x))
    plotting.save(fig, path)


def _slope(model: MLP, x: np.ndarray, true: np.ndarray, read: np.ndarray) -> np.ndarray:
    """Return the gradient, by the pixels, of how much more the true digit gets than the one that was read."""
    pictures, rows = Tensor(x, requires_grad=True), np.arange(len(x))
    logits = model(pictures)  # (n, 10)
    lead = logits[rows, true] - logits[rows, read]
    return gradients(lead.sum(), [pictures])[0].numpy()  # (n, 64)


@no_grad()
def _least_correction(model: MLP, x: np.ndarray, y: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Return each picture after the first of many small steps along its slope that has it read right."""
    corrected = x.copy()
    for size in np.linspace(0, 2, 201, dtype=np.float32):
        wrong = model(corrected).numpy().argmax(1) != y
        corrected[wrong] = x[wrong] + size * slope[wrong]
    return corrected
