"""The figures of the demo: losses, GELU, turned pairs, distributions, gradients, the lens, the cache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.nn import functional as F
from foundations.plotting import COLOURS, INK, PAPER, SOFT, label_lines
from implementations.transformer.corpus import Tokenizer
from implementations.transformer.depth import last_gradient
from implementations.transformer.evaluation import gelu_error
from implementations.transformer.language_model import LanguageModel, logit_lens
from implementations.transformer.rotary import rotary_table, rotate
from implementations.transformer.sampling import next_probabilities

WORDS = ("cat", "dog", "sun", "sea", "tea")
EXAMPLE = np.array([2.0, 1.2, 0.4, -0.3, -1.5])
"""Five tokens and their logits, which return in the notes."""


def draw_steps(steps: Mapping[str, float], counts: Mapping[int, float], path: Path) -> None:
    """Draw the validation losses of the five small models as bars, those of counts as lines."""
    fig, ax = plotting.figure(height=3.0)
    names = list(steps)
    places = np.arange(len(names))
    kinds = {"average instead": COLOURS[1], "two blocks, wider": COLOURS[2]}
    colours = [kinds.get(name, COLOURS[0]) for name in names]
    ax.barh(places, list(steps.values()), color=colours)
    for place, nats in zip(places, steps.values(), strict=True):
        ax.text(nats + 0.02, place, f"{nats:.2f}", va="center", size=9)
    ax.set_ylim(len(names) - 0.4, -1.3)
    for n, name in ((2, "counts of 2"), (5, "of 5")):
        ax.axvline(counts[n], color=SOFT, linestyle="--", linewidth=1)
        ax.text(
            counts[n] - 0.03, -0.9, f"{name}: {counts[n]:.2f}", size=8.5, color=SOFT, ha="right", va="center"
        )
    ax.set_yticks(places, names)
    ax.set(xlim=(0, max(steps.values()) + 0.25), xlabel="validation loss, nats a character")
    plotting.save(fig, path)


def draw_loss(losses: Sequence[float], validation: float, counts: float, path: Path) -> None:
    """Draw the training loss of every step, smoothed, with the validation loss and that of counts."""
    fig, ax = plotting.figure(height=2.8)
    steps = np.arange(1, len(losses) + 1)
    ax.plot(steps, losses, color=SOFT, linewidth=0.6)
    window = max(1, len(losses) // 30)
    smooth = np.convolve(losses, np.ones(window) / window, "valid")
    ax.plot(steps[window - 1 :], smooth, color=COLOURS[0], label="training")
    ax.plot([steps[-1]], [validation], "o", color=COLOURS[1], markersize=5)
    ax.text(
        steps[-1], validation + 0.12, f"validation {validation:.2f}", color=COLOURS[1], size=9, ha="right"
    )
    ax.axhline(counts, color=SOFT, linestyle="--", linewidth=1)
    ax.text(1, counts + 0.04, f"counts of five: {counts:.2f}", color=SOFT, size=9)
    ax.set(xlabel="step", ylabel="nats a character")
    plotting.save(fig, path)


def draw_gelu(path: Path) -> None:
    """Draw GELU beside ReLU, and what its approximation by tanh adds."""
    x = np.linspace(-4, 4, 801)
    fig, axes = plotting.figure("wide", cols=2, height=2.9)
    axes[0].plot(x, np.maximum(x, 0), color=SOFT, linestyle="--", label="ReLU")
    axes[0].plot(x, F.gelu(x), color=COLOURS[0], label="GELU")
    axes[0].set(xlabel="x", ylabel="value", xlim=(-4, 4), ylim=(-0.4, 3))
    axes[0].legend(loc="upper left")
    axes[1].plot(x, 1e4 * gelu_error(x), color=COLOURS[1])
    axes[1].axhline(0, color=SOFT, linewidth=0.8)
    axes[1].set(xlabel="x", ylabel="error, units of 0.0001", title="approximation by tanh minus exact")
    plotting.save(fig, path)


def draw_rotary(path: Path, width: int = 8, length: int = 24) -> None:
    """Draw a query turned by its position, pair by pair, and the score of a query and a key by distance."""
    cos, sin = rotary_table(length, width, np.float64)
    fig, axes = plotting.figure("wide", cols=2, height=3.3)
    one = np.zeros((length, width))
    one[:, : width // 2] = 1.0  # every pair starts at (1, 0)
    turned = rotate(one, cos, sin)
    for pair in range(3):
        x, y = turned[:, pair], turned[:, pair + width // 2]
        radius = 1 - 0.25 * pair
        axes[0].plot(radius * x[:8], radius * y[:8], "o", color=COLOURS[pair], markersize=4)
        for m in (0, 1, 2, 3, 4, 5, 6, 7) if pair == 0 else (0, 7):
            at = (radius + 0.12) * np.array([x[m], y[m]])
            axes[0].text(*at, str(m), size=8, color=COLOURS[pair], ha="center", va="center")
    axes[0].set(
        xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal", xlabel="feature i", ylabel="feature i + 4"
    )
    axes[0].set_title("positions 0 to 7 of pairs 0, 1, 2")
    rng = np.random.default_rng(3)
    for k, colour in enumerate(COLOURS[:3]):
        q, key = rng.standard_normal((2, width))
        if k == 0:
            q = key = np.ones(width)
        rows_q, rows_k = (rotate(np.tile(v, (length, 1)), cos, sin) for v in (q, key))
        scores = rows_q @ rows_k.T / np.sqrt(width)  # (m, n)
        axes[1].plot(np.arange(length), scores[-1, ::-1], color=colour)
        axes[1].plot(np.arange(length - 8), scores[-9, length - 9 :: -1], "o", color=colour, markersize=3)
    axes[1].set(xlabel="distance m − n", ylabel="score $q_m^\\top k_n/\\sqrt{d}$")
    axes[1].set_title("lines: m = 23, dots: m = 15")
    plotting.save(fig, path)


def draw_sampling(path: Path) -> None:
    """Draw what each setting does to the distribution of the five tokens."""
    settings: tuple[tuple[str, dict[str, float]], ...] = (
        ("as it is", {}),
        ("temperature 0.5", {"temperature": 0.5}),
        ("temperature 2", {"temperature": 2.0}),
        ("top-k 3", {"top_k": 3}),
        ("top-p 0.8", {"top_p": 0.8}),
        ("penalty 2, cat was there", {"repetition_penalty": 2.0}),
    )
    plain = next_probabilities(EXAMPLE)
    fig, axes = plotting.figure("wide", rows=2, cols=3, height=3.9, sharey=True)
    for ax, (name, choices) in zip(axes.ravel(), settings, strict=True):
        p = next_probabilities(EXAMPLE, previous=np.array([0]), **choices)  # type: ignore[arg-type]
        ax.bar(range(5), p, color=COLOURS[0])
        ax.step(np.arange(-1, 6) - 0.5, [0, *plain, 0], where="post", color=SOFT, linewidth=1)
        for i, share in enumerate(p):
            ax.text(i, share + 0.03, f"{share:.2f}" if share else "0", ha="center", size=8)
        ax.set(ylim=(0, 1), title=name)
        ax.set_xticks(range(5), WORDS)
    for ax in axes[:, 0]:
        ax.set_ylabel("probability")
    plotting.save(fig, path)


def draw_norms(path: Path, seed: int) -> None:
    """Draw the gradient at the last layer by depth, with the norm in the branch and after the sum."""
    depths = np.array([1, 2, 4, 8, 16, 32, 64])
    fig, ax = plotting.figure(height=2.8)
    found = {
        first: np.array(
            [last_gradient(n, norm_first=first, rng=np.random.default_rng([seed, n])) for n in depths]
        )
        for first in (True, False)
    }
    for colour, first, name in ((COLOURS[0], True, "in the branch"), (COLOURS[1], False, "after the sum")):
        theory = found[False].mean() * (np.sqrt(2 / (1 + depths)) if first else np.ones(len(depths)))
        ax.loglog(depths, theory, color=colour, label=name)
        ax.loglog(depths, found[first], "o", color=colour, markersize=4)
    ax.set(xlabel="layers", ylabel="gradient at the last layer")
    ax.set_xticks(depths, [str(n) for n in depths])
    ax.minorticks_off()
    label_lines(ax)
    plotting.save(fig, path)


def draw_lens(model: LanguageModel, tokenizer: Tokenizer, text: str, path: Path) -> None:
    """Draw what each state of the residual stream would write next, and how probable that is to it."""
    tokens = tokenizer.encode(text)[None]
    p = np.exp(F.log_softmax(logit_lens(model, tokens)[:, 0].astype(np.float64)))  # (L + 1, T, V)
    best, share = p.argmax(-1), p.max(-1)
    names = [_shown(character) for character in text]
    states = ["embedding", *(f"after block {layer + 1}" for layer in range(len(p) - 1))]
    fig, ax = plotting.figure("wide", height=0.42 * len(p) + 1.3)
    plotting.heatmap(
        ax, share[::-1], x_labels=names, y_labels=states[::-1], low=0, high=1, square=False,
        scale="probability",
    )  # fmt: skip
    for row, state in enumerate(best[::-1]):
        for column, token in enumerate(state):
            dark = share[::-1][row, column] > 0.55
            colour = PAPER if dark else INK
            written = _shown(tokenizer.decode(np.array([token])))
            ax.text(column, row, written, ha="center", va="center", size=8.5, color=colour)
    plotting.save(fig, path)


def draw_cache(
    places: np.ndarray,
    clock: Mapping[bool, Sequence[float]],
    counts: Mapping[bool, Sequence[int]],
    path: Path,
) -> None:
    """Draw multiply-adds and milliseconds of one more token, with and without a cache."""
    fig, axes = plotting.figure("wide", cols=2, height=2.9)
    for cached, name in ((False, "without"), (True, "with a cache")):
        colour = COLOURS[0] if cached else COLOURS[1]
        axes[0].plot(places, np.array(counts[cached]) / 1e6, "o-", color=colour, markersize=3, label=name)
        axes[1].plot(places, 1e3 * np.array(clock[cached]), "o-", color=colour, markersize=3, label=name)
    axes[0].set(xlabel="position of the token", ylabel="million multiply-adds", title="by formula")
    axes[1].set(xlabel="position of the token", ylabel="milliseconds", title="by the clock")
    for ax in axes:
        ax.set_ylim(bottom=0)
        label_lines(ax)
    plotting.save(fig, path)


def _shown(character: str) -> str:
    return {"\n": "¶", " ": "·"}.get(character, character)
