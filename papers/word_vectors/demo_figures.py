"""Figures of the notes: how words are thinned out and weighted, and a map of vectors trained here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from foundations.matrix_decomposition import pca_svd
from foundations.plotting import COLOURS, INK, SOFT, figure, label_lines, save
from papers.word_vectors.glove import glove_weight
from papers.word_vectors.vectors import WordVectors


def draw_weights(path: Path) -> None:
    """Draw how likely a word survives by its frequency, by both formulas, and GloVe's weight by the count."""
    fig, (left, right) = figure("wide", cols=2, height=2.8)
    f = np.geomspace(1e-6, 0.1, 200)
    ratio = 1e-4 / f
    left.plot(f, np.minimum(np.sqrt(ratio), 1), color=COLOURS[0], label="paper")
    left.plot(f, np.minimum(np.sqrt(ratio) + ratio, 1), color=COLOURS[1], label="program", linestyle="--")
    left.set_xscale("log")
    left.set_xlabel("frequency of the word, t = 0.0001")
    left.set_ylabel("probability to be kept")
    left.legend(frameon=False, fontsize=8)
    x = np.linspace(0, 150, 301)
    for number, x_max in enumerate((10, 100)):
        right.plot(x, glove_weight(x, x_max), color=COLOURS[number], label=f"x_max = {x_max}")
    right.set_xlabel("co-occurrence count")
    right.set_ylabel("GloVe's weight f")
    right.set_ylim(0, 1.1)
    label_lines(right)
    save(fig, path)


def draw_groups(vectors: WordVectors, groups: Sequence[Sequence[str]], path: Path) -> None:
    """Draw groups of words in the plane of the principal components of their vectors."""
    words = [word for group in groups for word in group]
    units = np.array([vectors.units[vectors.row(word)] for word in words], dtype=float)
    places = pca_svd(units, 2).transform(units)
    fig, ax = figure("column", height=3.8)
    at = 0
    for number, group in enumerate(groups):
        ax.scatter(*places[at : at + len(group)].T, s=6, color=COLOURS[number], linewidths=0)
        at += len(group)
    _write_words(ax, words, places)
    ax.axhline(0, color=SOFT, linewidth=0.4)
    ax.axvline(0, color=SOFT, linewidth=0.4)
    ax.set_xlabel("first principal component of the unit vectors")
    ax.set_ylabel("second")
    ax.margins(0.12)
    save(fig, path)


def _write_words(ax: Axes, words: Sequence[str], places: np.ndarray) -> None:
    """Write words beside their places, each on the first side where none stands in its way."""
    letter, line = np.ptp(places, axis=0) * (0.02, 0.035)
    taken: list[tuple[float, float, float]] = []  # middle and width of the words so far
    for word, (x, y) in zip(words, places, strict=True):
        width = letter * len(word)
        for up, side in ((0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
            u, v = x + side * (width + letter) / 2, y + up * line
            if all(abs(u - a) >= (width + w) / 2 or abs(v - b) >= line for a, b, w in taken):
                break
        taken.append((u, v, width))
        ax.annotate(
            word, (x, y), xytext=(3 * side, 7 * up), textcoords="offset points", fontsize=7, color=INK,
            ha="left" if side > 0 else "right", va="center",
        )  # fmt: skip
