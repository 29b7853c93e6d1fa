"""The figure that moves: vectors of a planted corpus that fall onto PMI - ln k, and a map of real vectors.

What the page's script computes is computed here as well, for its still twin and for the tests.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from foundations import plotting
from foundations.nn.serialization import SavedStateError, load_metadata
from foundations.nn.shipping import load_shipped
from papers.word_vectors.pmi import expected_step, pmi
from papers.word_vectors.vectors import WordVectors, analogy

FOLDER = Path(__file__).parent
WEIGHTS = FOLDER / "weights" / "map.safetensors"
SCRIPT = FOLDER / "interactive" / "words.js"
FRAMES, EACH, PACE = 61, 10, 2.0
"""Pictures, steps between two of them, and the rate times 1 + k."""
FIRST_K, FIRST_D, FIRST_RELATION = 5, 20, "capital"


class Line(NamedTuple):
    """How the cloud of w·c lies at one picture.

    Attributes:
        pmi: Of all pairs, shape (pairs,).
        products: w·c, shape (pairs,).
        slope: Of the line of least squares.
        fit: Squared correlation.
        shift: Mean of w·c minus that of the PMI.
    """

    pmi: np.ndarray
    products: np.ndarray
    slope: float
    fit: float
    shift: float


class Shipped(NamedTuple):
    """What the figure is made of.

    Attributes:
        arrays: `logs` of the probabilities, `first_w` and `first_c`, shape (V, V); `vectors` (words, 50), and
            `places` on the map, (words, 2).
        words: Those of the map.
        relations: Pairs of words by the name of the relation.
        record: How they came about.
    """

    arrays: dict[str, np.ndarray]
    words: list[str]
    relations: dict[str, list[list[str]]]
    record: dict[str, str]


def read_file(path: Path) -> Shipped:
    """Read what `demo_weights` wrote.

    Raises:
        SavedStateError: If the file is missing, broken, or another one.
    """
    arrays, record = load_shipped(path), load_metadata(path)
    try:
        about = json.loads(record["map"])
        words, relations = list(about["words"]), dict(about["relations"])
        fits = {word for pairs in relations.values() for pair in pairs for word in pair} == set(words)
    except (KeyError, TypeError, ValueError):
        raise SavedStateError(f"{path}: says nothing of words and relations: write the file again") from None
    size = len(arrays["logs"]) if "logs" in arrays else 0
    planted = dict.fromkeys(("logs", "first_w", "first_c"), (size, size))
    shapes = planted | {"vectors": (len(words), 50), "places": (len(words), 2)}
    if not fits or {name: array.shape for name, array in arrays.items()} != shapes:
        raise SavedStateError(f"{path}: holds other arrays than those of the figure: write the file again")
    return Shipped(arrays, words, relations, record)


@cache
def read() -> Shipped:
    """Return what ships."""
    return read_file(WEIGHTS)


@cache
def pictures(k: int, d: int) -> list[Line]:
    """Return the clouds of one number of negatives and dimensions, from the first vectors on."""
    arrays = read().arrays
    counts = np.exp(arrays["logs"].astype(float))
    w, c = arrays["first_w"].astype(float)[:, :d], arrays["first_c"].astype(float)[:, :d]
    target, made = pmi(counts).ravel(), []
    for frame in range(FRAMES):
        if frame:
            for _ in range(EACH):
                w, c = expected_step(w, c, counts, k, PACE / (1 + k))
        y = (w @ c.T).ravel()
        slope = float(np.cov(target, y, ddof=0)[0, 1] / target.var())
        fit = float(np.corrcoef(target, y)[0, 1] ** 2)
        made.append(Line(target, y, slope, fit, float(y.mean() - target.mean())))
    return made


def shipped_words() -> WordVectors:
    """Return the words of the map with their vectors, as the page has them."""
    return WordVectors(read().words, read().arrays["vectors"].astype(float))


def answers(relation: str, known: int, asked: int) -> list[tuple[str, float]]:
    """Return the best three answers to a question among the words of the map.

    Args:
        relation: Name of the relation.
        known: Number of the pair that is given whole.
        asked: Number of the pair of which the first word is given.
    """
    pairs = read().relations[relation]
    first, second = pairs[known]
    return analogy(shipped_words(), first, second, pairs[asked][0], n=3)


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first."""
    fig, (left, right) = plotting.figure("wide", cols=2, height=3.6)
    for frame, colour in ((0, plotting.SOFT), (12, plotting.COLOURS[1]), (FRAMES - 1, plotting.COLOURS[0])):
        line = pictures(FIRST_K, FIRST_D)[frame]
        left.scatter(line.pmi, line.products, s=4, color=colour, linewidths=0, label=f"step {frame * EACH}")
    ends = np.array([line.pmi.min(), line.pmi.max()])
    left.plot(ends, ends - math.log(FIRST_K), color=plotting.INK, linewidth=1, label="PMI − ln 5")
    left.set_xlabel("PMI, nats")
    left.set_ylabel("w·c")
    left.legend(fontsize=7, frameon=False, markerscale=2)
    draw_map(right, FIRST_RELATION)
    plotting.save(fig, path)


def draw_map(ax, relation: str) -> None:
    """Draw the words of a relation in the plane of their own PCA, each pair joined by an arrow."""
    place = dict(zip(read().words, read().arrays["places"], strict=True))
    for a, b in read().relations[relation]:
        start, end = place[a], place[b]
        ax.annotate(
            "", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", "color": plotting.COLOURS[1], "lw": 1}
        )
        upper = start[1] >= end[1]  # words stand beyond the ends of their arrow
        for word, (x, y), over in ((a, start, upper), (b, end, not upper)):
            ax.annotate(
                word, (x, y), xytext=(0, 3 if over else -3), textcoords="offset points", fontsize=7,
                color=plotting.INK, ha="center", va="bottom" if over else "top",
            )  # fmt: skip
    shown = np.array([place[word] for pair in read().relations[relation] for word in pair])
    for limits, values in ((ax.set_xlim, shown[:, 0]), (ax.set_ylim, shown[:, 1])):
        room = 0.12 * float(np.ptp(values))
        limits(values.min() - room, values.max() + room)
    ax.set_xlabel("first principal component")
    ax.set_ylabel("second")
