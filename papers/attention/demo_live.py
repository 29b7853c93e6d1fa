"""The still twin of the figure that moves: heat maps and the beam as a tree, as the page first shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch

from foundations.autodiff import no_grad
from foundations.nn import functional as F
from foundations.plotting import COLOURS, INK, LINE, PAPER, SOFT, figure, heatmap, save
from papers.attention.decoding import length_penalty
from papers.attention.demo_maps import attention_maps
from papers.attention.demo_weights import load_model, tasks
from papers.attention.tasks import END, START
from papers.attention.transformer import Transformer

DIGITS, TASK, BEAM, ALPHA = "31415926", "reverse", 3, 0.6


@dataclass(frozen=True)
class Candidate:
    """A prefix that the search weighed.

    Attributes:
        tokens: Without the start token.
        total: Log-probability, nats.
        parent: The prefix that it continues; None where that is empty.
        fate: "kept", "ended" or "dropped".
    """

    tokens: tuple[int, ...]
    total: float
    parent: Candidate | None
    fate: str

    @property
    def score(self) -> float:
        """Log-probability over the length penalty."""
        return self.total / length_penalty(len(self.tokens), ALPHA)


@no_grad()
def search_steps(
    model: Transformer, source: np.ndarray, *, beam_size: int, max_length: int
) -> list[list[Candidate]]:
    """Run `beam_search` with everything it weighs kept.

    Args:
        model: In evaluation mode.
        source: Tokens of one sequence, shape (S,).
        beam_size: Number of prefixes kept.
        max_length: Most tokens to write, the end token included.

    Returns:
        Up to 2 beam_size candidates a step, the most probable first.
    """
    memory = model.encode(source[None])
    steps: list[list[Candidate]] = []
    opened: list[Candidate | None] = [None]
    finished: list[Candidate] = []
    for length in range(1, max_length + 1):
        prefixes = np.array([[START, *(one.tokens if one else ())] for one in opened])  # (n, length)
        n = len(prefixes)
        logits = model.decode(
            prefixes, memory.broadcast_to((n, *memory.shape[1:])), np.repeat(source[None], n, axis=0)
        )
        before = np.array([one.total if one else 0.0 for one in opened])
        totals = before[:, None] + F.log_softmax(logits.numpy()[:, -1].astype(np.float64))  # (n, K)
        best = np.argsort(-totals, axis=None, kind="stable")[: 2 * beam_size]
        step: list[Candidate] = []
        kept: list[Candidate | None] = []
        for rank, (row, token) in enumerate(zip(*np.unravel_index(best, totals.shape), strict=True)):
            ends = token == END or length == max_length
            fate = "ended" if ends and rank < beam_size else "dropped"
            if not ends and len(kept) < beam_size:
                fate = "kept"
            parent = opened[row]
            tokens = (*(parent.tokens if parent else ()), int(token))
            step.append(Candidate(tokens, float(totals[row, token]), parent, fate))
            if fate == "kept":
                kept.append(step[-1])
        steps.append(step)
        finished += [one for one in step if one.fate == "ended"]
        bound = max((one.total for one in kept if one), default=-np.inf) / length_penalty(max_length, ALPHA)
        if not kept or (finished and max(one.score for one in finished) >= bound):
            break
        opened = kept
    return steps


def draw_live(path: Path) -> None:
    """Draw what the page's figure shows at first: cross-attention of every head, and the beam."""
    task, model = tasks()[TASK], load_model(TASK)
    source = task.encode([tuple(DIGITS)], len(DIGITS) + 1)
    steps = search_steps(model, source[0], beam_size=BEAM, max_length=task.target_length)
    best = max((one for step in steps for one in step if one.fate == "ended"), key=lambda one: one.score)
    weights, queries, keys = attention_maps(model, source, np.array([best.tokens]), task)["cross"]

    width, height = 7.8, 5.6
    fig, (tops, bottoms) = figure("wide", 2, weights.shape[1], height=height)
    for head, ax in enumerate(tops):
        heatmap(ax, weights[0, head], x_labels=keys, y_labels=queries, low=0.0, high=1.0)
        ax.set_title(f"head {head + 1}", fontsize=9)
    fig.set_layout_engine(None)
    for head, ax in enumerate(tops):
        ax.set_position((0.035 + 0.2475 * head, 0.62, 0.21, 0.21 * width / height))
    for ax in bottoms[1:]:
        ax.remove()
    names = {END: "$"}
    bottoms[0].set_position((0, 0, 1, 0.56))
    _draw_tree(bottoms[0], steps, best, lambda token: names.get(token) or task.symbols[token - 3])
    save(fig, path)


def _draw_tree(ax: Axes, steps: list[list[Candidate]], best: Candidate, name: Callable[[int], str]) -> None:
    """Draw a column a step, the most probable at the top, the way to the best in full ink."""
    chosen = []
    one: Candidate | None = best
    while one is not None:
        chosen.append(one)
        one = one.parent
    places: dict[Candidate | None, tuple[float, float]] = {None: (0.0, 0.0)}
    _node(ax, (0, 0), "^", "", "kept", chosen=True)
    for column, step in enumerate(steps, 1):
        for rank, candidate in enumerate(step):
            x, y = places[candidate] = (float(column), -0.8 * rank)
            u, v = places[candidate.parent]
            on = candidate in chosen
            t = np.linspace(0, 1, 25)
            bend = t * t * (3 - 2 * t)
            ax.plot(
                u + 0.22 + t * (x - u - 0.44), v + bend * (y - v),
                color=COLOURS[0] if on else LINE, linewidth=2.4 if on else 1.1, zorder=2 if on else 1,
                linestyle=(0, (2, 2)) if candidate.fate == "dropped" else "solid",
            )  # fmt: skip
            total = f"{candidate.total:.2f}".replace("-0.00", "0.00").replace("-", "−")
            _node(ax, (x, y), name(candidate.tokens[-1]), total, candidate.fate, chosen=on)
    ax.set_xlim(-0.4, len(steps) + 0.4)
    ax.set_ylim(-0.8 * (2 * BEAM - 1) - 0.65, 0.4)
    ax.set_aspect("equal")
    ax.set_axis_off()


def _node(ax: Axes, at: tuple[float, float], words: str, total: str, fate: str, *, chosen: bool) -> None:
    x, y = at
    faint = fate == "dropped"
    style = {
        "facecolor": PAPER, "linewidth": 2.2 if chosen else 1.1, "zorder": 3,
        "edgecolor": COLOURS[0] if chosen else LINE if faint else SOFT,
    }  # fmt: skip
    if fate == "ended":
        ax.add_patch(
            FancyBboxPatch((x - 0.16, y - 0.16), 0.32, 0.32, "round,pad=0.04,rounding_size=0.06", **style)
        )
    else:
        ax.add_patch(Circle(at, 0.2, **style))
    colour = SOFT if faint else INK
    ax.text(x, y, words, ha="center", va="center_baseline", fontsize=9, color=colour, zorder=4)
    ax.text(x, y - 0.36, total, ha="center", va="center", fontsize=7.5, color=colour, zorder=4)
