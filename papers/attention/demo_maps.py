"""The part of the demo that shows where the heads look: attention weights as maps over the tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations.autodiff import no_grad
from foundations.plotting import figure, heatmap, save
from papers.attention.tasks import END, START, Task
from papers.attention.transformer import PAD, Transformer, padding_mask, shift_right

Maps = tuple[np.ndarray, list[str], list[str]]  # (layers, heads, queries, keys), names of queries and of keys


@no_grad()
def attention_maps(model: Transformer, source: np.ndarray, target: np.ndarray, task: Task) -> dict[str, Maps]:
    """Return how every head looks, in every layer, at one pair.

    Args:
        model: In evaluation mode.
        source: Tokens, shape (1, S).
        target: Tokens, shape (1, T).
        task: Gives the tokens their names.

    Returns:
        For "encoder", "decoder" and "cross": weights of shape (layers, heads, queries, keys), and the names
        of queries and keys. A decoder position is named by the token it is about to write.
    """
    names = {PAD: "·", START: "^", END: "$"}
    of = [names.get(int(t)) or task.symbols[int(t) - 3] for t in source[0]]
    inputs = shift_right(target, START)
    seen = [names.get(int(t)) or task.symbols[int(t) - 3] for t in inputs[0]]
    written = [names.get(int(t)) or task.symbols[int(t) - 3] for t in target[0]]
    mask = padding_mask(source)
    encoder, decoder, cross = [], [], []
    x = model.embed(source)
    for layer in model.encoder:
        encoder.append(layer.attention.weights(x, mask=mask))
        x = layer(x, mask=mask)
    memory, x = x, model.embed(inputs)
    for layer in model.decoder:
        decoder.append(layer.attention.weights(x, causal=True))
        inner = layer.residual(x, layer.attention_norm, lambda h, at=layer.attention: at(h, causal=True))
        cross.append(layer.cross_attention.weights(inner, memory, mask=mask))
        x = layer(x, memory, memory_mask=mask)
    return {
        "encoder": (np.concatenate(encoder), of, of),
        "decoder": (np.concatenate(decoder), written, seen),
        "cross": (np.concatenate(cross), written, of),
    }


def draw_maps(maps: Maps, path: Path) -> None:
    """Draw the weights of every head, a row of panels a layer, a query a row."""
    weights, queries, keys = maps
    layers, heads = weights.shape[:2]
    width, height = 7.6, layers * (0.75 + 1.65 * len(queries) / len(keys))
    fig, axes = figure("wide", layers, heads, height=height)
    for layer, row in enumerate(np.atleast_2d(axes)):
        for head, ax in enumerate(row):
            labels = queries if head == 0 else [""] * len(queries)  # the same in every panel of a row
            heatmap(ax, weights[layer, head], x_labels=keys, y_labels=labels, low=0.0, high=1.0)
            name = f"head {head + 1}" if layers == 1 else f"layer {layer + 1}, head {head + 1}"
            ax.set_title(name, fontsize=8)
    # square cells and short labels: the room they need is known, and measuring it took longer than drawing
    fig.set_layout_engine(None)
    fig.subplots_adjust(
        0.2 / width, 0.05 / height, 1 - 0.05 / width, 1 - 0.5 / height, wspace=0.08, hspace=0.35
    )
    save(fig, path)
