"""The figures of the demo: softened answers, the limit of high temperature, the missing three."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.plotting import COLOURS
from papers.distillation.demo_runs import MISSING, digits
from papers.distillation.demo_weights import read_figure, teacher
from papers.distillation.distillation import expanded_gradient, matched_gradient, soft_gradient, soften

TEMPERATURES = (1.0, 4.0, 20.0)
FIRST, FIRST_T = 12, 4.0
"""The digit and the temperature that the page's figure shows first."""


def lookalike(digit: int, like: int) -> int:
    """Return the test digit which the teacher reads right and takes most for another one."""
    logits, labels = teacher().test, digits().test.labels
    right = (labels == digit) & (logits.argmax(axis=1) == digit)
    return int(np.flatnonzero(right)[np.argmax(soften(logits[right])[:, like])])


def draw_dark(path: Path) -> None:
    """Draw two twos, one like a 3 and one like a 7, and what the teacher answers at three temperatures."""
    fig, axes = plotting.figure("wide", 2, 4, height=3.6)
    for row, like in zip(axes, (3, 7), strict=True):
        chosen = lookalike(2, like)
        plotting.image_grid(row[0], digits().test.images[chosen][None])
        row[0].set_title(f"a 2, a little like a {like}")
        for ax, t in zip(row[1:], TEMPERATURES, strict=True):
            _bars(ax, soften(teacher().test[chosen], t), highlight=(2, like))
            ax.set_title(f"T = {t:g}")
    plotting.save(fig, path)


def _bars(ax, probabilities: np.ndarray, *, highlight: tuple[int, ...]) -> None:
    colours = [COLOURS[1] if digit in highlight else COLOURS[0] for digit in range(10)]
    ax.bar(np.arange(10), probabilities, color=colours)
    ax.set(ylim=(0, 1), xticks=range(10))


def draw_limit(path: Path, seed: int) -> None:
    """Draw how far equations 3 and 4 are from 2, relatively, as the temperature rises."""
    z, v = 3 * np.random.default_rng(seed).standard_normal((2, 200, 10))
    temperatures = np.geomspace(2, 400, 40)
    fig, ax = plotting.figure("column", height=2.7)
    for name, approximate in (("equation (3)", expanded_gradient), ("equation (4)", matched_gradient)):
        off = [
            np.linalg.norm(approximate(z, v, t) - soft_gradient(z, v, t))
            / np.linalg.norm(soft_gradient(z, v, t))
            for t in temperatures
        ]
        ax.plot(temperatures, off, label=name)
    ax.set(xscale="log", yscale="log", xlabel="temperature T", ylabel="relative error", ylim=(5e-3, 10))
    plotting.label_lines(ax)
    plotting.save(fig, path)


def draw_missing(logits: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """Draw errors and missed threes of a student without threes as its bias of 3 moves."""
    shifts = np.linspace(-4, 14, 73)
    moved = logits[None] + shifts[:, None, None] * (np.arange(10) == MISSING)
    wrong = moved.argmax(axis=2) != labels
    fig, ax = plotting.figure("column", height=2.7)
    ax.plot(shifts, wrong.sum(axis=1), label="all errors")
    ax.plot(shifts, wrong[:, labels == MISSING].sum(axis=1), label="threes missed")
    ax.axvline(0, color=plotting.SOFT, linewidth=0.8)
    ax.set(xlabel="added to the bias of 3", ylabel="of 1,000 test digits", ylim=(0, None))
    plotting.label_lines(ax)
    plotting.save(fig, path)


def confusion(shift: float) -> np.ndarray:
    """Return how many test digits of each class (rows) are read as each (columns) under a shift of 3."""
    logits = read_figure().missing + np.float32(shift) * (np.arange(10) == MISSING)
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (digits().test.labels, logits.argmax(axis=1)), 1)
    return counts


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first: a digit, its soft targets, gradients, the confusion."""
    shown = read_figure()
    fig, axes = plotting.figure("wide", 1, 4, height=2.5)
    plotting.image_grid(axes[0], shown.images[FIRST].reshape(1, 28, 28))
    probabilities = soften(shown.teacher[FIRST], FIRST_T)
    _bars(axes[1], probabilities, highlight=(int(digits().test.labels[shown.rows[FIRST]]),))
    axes[1].set_title(f"teacher, T = {FIRST_T:g}")
    temperatures = np.geomspace(1, 40, 40)
    z, v = shown.student[FIRST], shown.teacher[FIRST]
    for one, style in ((soft_gradient, "-"), (matched_gradient, "--")):
        axes[2].plot(temperatures, [np.linalg.norm(one(z, v, t)) for t in temperatures], style)
    axes[2].set(xscale="log", yscale="log", xlabel="T")
    axes[2].set_title("size of the gradient")
    plotting.heatmap(axes[3], confusion(0.0) / 100, low=0, high=1)
    axes[3].set(xticks=range(10), yticks=range(10))
    axes[3].set_title("read as; no 3 was seen")
    plotting.save(fig, path)
