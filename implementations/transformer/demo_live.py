"""Figures of the model that ships: how it learned, and the still twin of the one in which one types."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.nn.serialization import load_metadata
from foundations.plotting import COLOURS, label_lines
from implementations.transformer.demo_weights import WEIGHTS, load_demo_model
from implementations.transformer.language_model import attention_maps
from implementations.transformer.sampling import next_probabilities

PROMPT, TEMPERATURE = "JULIET:\nO Romeo, Romeo! wherefore art thou R", 0.8
LOOKS, BARS = 32, 8
"""What the page's figure begins with: text, temperature, characters looked back at, and bars."""


def draw_history(path: Path) -> None:
    """Draw the losses that were measured while the model that ships was trained."""
    history = json.loads(load_metadata(WEIGHTS)["history"])
    steps = [one["step"] for one in history]
    fig, ax = plotting.figure(height=2.8)
    for colour, kind in zip(COLOURS, ("train", "validation"), strict=False):
        name = {"train": "training", "validation": "validation"}[kind]
        ax.plot(steps, [one[kind] for one in history], "o-", color=colour, markersize=3, label=name)
    ax.set(xlabel="step", ylabel="nats a character")
    label_lines(ax)
    plotting.save(fig, path)


@no_grad()
def first_look() -> tuple[np.ndarray, np.ndarray]:
    """Return what the page's figure shows at first.

    Returns:
        Weights of every head from the last character of the prompt to the last 32, shape (layers, heads, 32),
        and the distribution of the next character, shape (V,).
    """
    model, tokenizer = load_demo_model()
    tokens = tokenizer.encode(PROMPT)[None]
    maps = attention_maps(model, tokens)[:, 0, :, -1, -LOOKS:]
    logits = values(model(tokens))[0, -1]
    return maps, next_probabilities(logits, temperature=TEMPERATURE)


def draw_writing(path: Path) -> None:
    """Draw what the page's figure shows at first: where every head looks, and what comes next."""
    maps, p = first_look()
    layers, heads = maps.shape[:2]
    characters = load_demo_model()[1].characters
    names = [f"{layer + 1}.{head + 1}" for layer in range(layers) for head in range(heads)]
    fig, axes = plotting.figure("wide", cols=2, height=4.2)
    fig.set_layout_engine(None)
    axes[0].set_position((0.06, 0.04, 0.62, 0.86))
    axes[1].set_position((0.76, 0.14, 0.22, 0.76))
    read = [_shown(one) for one in PROMPT[-LOOKS:]]
    plotting.heatmap(
        axes[0], maps.reshape(layers * heads, -1), x_labels=read, y_labels=names, low=0, high=1, square=False
    )
    order = np.argsort(-p)[:BARS]
    axes[1].barh(np.arange(BARS), p[order], color=COLOURS[0])
    axes[1].set(ylim=(BARS - 0.4, -0.6), xlabel="probability of the next")
    axes[1].set_yticks(range(BARS), [_shown(characters[token]) for token in order])
    plotting.save(fig, path)


def _shown(character: str) -> str:
    return {"\n": "¶", " ": "·"}.get(character, character)
