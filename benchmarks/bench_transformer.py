"""MiniLM beside PyTorch's Transformer on the same weights; writing 256 tokens with a cache and without.

Run from the repository root: python -m benchmarks.bench_transformer [--threads N] [--quick]

On one thread the time is the processor's, to which other work adds little; on more it is the clock's.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import torch

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.data import Status, load, status
from foundations.runtime import set_num_threads
from implementations.transformer import (
    BUDGET_CONFIGS,
    BertConfig,
    LanguageModel,
    SentenceEncoder,
    generate,
    mean_pooling,
)

SENTENCES, BATCH_SIZE = 256, 32
ROUNDS = 5  # in turns; the ratio is the median of those of the rounds
WRITTEN = 256  # tokens
AT_MOST, AT_LEAST = 1.5, 5.0  # what is aimed at: of PyTorch's time; times as fast with the cache


Clock = Callable[[], float]


def alternating(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int, clock: Clock
) -> tuple[float, float, float]:
    """Time two pieces of work in turns, each first in every other round, after one turn that does not count.

    Returns:
        Median seconds of both, and the median over the rounds of the ratio of the first to the second.
    """
    taken: dict[int, list[float]] = {0: [], 1: []}
    works = (ours, theirs)
    for i in range(rounds + 1):
        for k in (i % 2, 1 - i % 2):
            seconds = _seconds(works[k], clock)
            if i:
                taken[k].append(seconds)
    ratios = [a / b for a, b in zip(taken[0], taken[1], strict=True)]
    return median(taken[0]), median(taken[1]), median(ratios)


def sentences(count: int) -> list[str]:
    """Return the first sentences of so many summaries of Wikipedia articles."""
    texts = load("wiki-summaries")["all"]["texts"]
    return [text.split(". ")[0] for text in texts[:count]]


def by_length(
    encoder: SentenceEncoder, texts: list[str], batch_size: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return batches of pieces and of what is no padding, the longest texts first, as `encode` makes them."""
    encoded = sorted((encoder.tokenizer.encode(text) for text in texts), key=len, reverse=True)
    pad = encoder.tokenizer.pad
    return [pad(encoded[i : i + batch_size]) for i in range(0, len(encoded), batch_size)]


class Theirs(torch.nn.Module):
    """PyTorch's Transformer with the published weights, its fused path for inference included."""

    def __init__(self, config: BertConfig, weights: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        given = {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}
        layer = torch.nn.TransformerEncoderLayer(
            config.d_model, config.num_heads, config.d_ff, 0.0, "gelu", config.epsilon, batch_first=True
        )
        warnings.filterwarnings("ignore", message=".*nested tensors is in prototype")
        self.stack = torch.nn.TransformerEncoder(layer, config.num_layers)
        self.stack.load_state_dict(_layers(given, config.num_layers))
        self.tables = [
            given[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")
        ]
        self.scale, self.shift = given["embeddings.LayerNorm.weight"], given["embeddings.LayerNorm.bias"]
        self.epsilon = config.epsilon
        self.eval()

    def forward(self, numbers: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
        """Return the mean vector of every text, (B, T) to (B, d)."""
        words, places, types = self.tables
        x = words[numbers] + places[: numbers.shape[1]] + types[0]  # (B, T, d)
        x = torch.nn.functional.layer_norm(x, x.shape[-1:], self.scale, self.shift, self.epsilon)
        x = self.stack(x, src_key_padding_mask=~visible)
        kept = visible[..., None].to(x.dtype)  # (B, T, 1)
        return (x * kept).sum(1) / kept.sum(1)


def _layers(given: Mapping[str, torch.Tensor], count: int) -> dict[str, torch.Tensor]:
    names = {
        "self_attn.out_proj": "attention.output.dense",
        "linear1": "intermediate.dense",
        "linear2": "output.dense",
        "norm1": "attention.output.LayerNorm",
        "norm2": "output.LayerNorm",
    }
    state = {}
    for i in range(count):
        source, layer = f"encoder.layer.{i}", f"layers.{i}"
        for kind in ("weight", "bias"):
            parts = [given[f"{source}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            state[f"{layer}.self_attn.in_proj_{kind}"] = torch.cat(parts)
            for here, there in names.items():
                state[f"{layer}.{here}.{kind}"] = given[f"{source}.{there}.{kind}"]
    return state


def encoding(rounds: int, count: int, batch_size: int, clock: Clock) -> None:
    """Print the time of a sentence, ours and PyTorch's, on the same batches of the same pieces."""
    encoder = SentenceEncoder.from_pretrained("minilm")
    theirs = Theirs(encoder.encoder.config, load("minilm")["weights"])
    texts = sentences(count)
    batches = by_length(encoder, texts, batch_size)
    tensors = [(torch.from_numpy(numbers), torch.from_numpy(visible)) for numbers, visible in batches]

    def ours_run() -> list[np.ndarray]:
        with no_grad():
            return [values(mean_pooling(encoder.encoder(n, visible), visible)) for n, visible in batches]

    def theirs_run() -> list[np.ndarray]:
        with torch.no_grad():
            return [theirs(*batch).numpy() for batch in tensors]

    for a, b in zip(ours_run(), theirs_run(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
    ours_s, theirs_s, ratio = alternating(ours_run, theirs_run, rounds, clock)
    whole_s = _seconds(lambda: encoder.encode(texts, batch_size=batch_size), clock)
    length = sum(int(visible.sum()) for _, visible in batches) / len(texts)
    print(f"MiniLM, {len(texts)} sentences of {length:.0f} pieces, batches of {batch_size} by length")
    for name, seconds in (("ours", ours_s), ("PyTorch", theirs_s), ("ours from the text on", whole_s)):
        print(f"  {name:24s}{1e3 * seconds / len(texts):8.2f} ms a sentence")
    print(f"  ratio of the first two {ratio:8.2f}      aim: at most {AT_MOST}")


def writing(rounds: int, count: int, clock: Clock) -> None:
    """Print the time to write so many tokens with the cache and without."""
    sizes = replace(BUDGET_CONFIGS["standard"][0], context=count)
    model = LanguageModel(sizes, rng=np.random.default_rng(0)).eval()

    def write(cached: bool) -> np.ndarray:
        return generate(model, [0], count, cached=cached, temperature=0)

    np.testing.assert_array_equal(write(True)[:20], generate(model, [0], 19, cached=False, temperature=0))
    with_s, without_s, ratio = alternating(lambda: write(True), lambda: write(False), rounds, clock)
    print(f"{count} tokens, width {sizes.d_model}, {sizes.num_layers} layers, context {sizes.context}")
    for name, seconds in (("with the cache", with_s), ("without", without_s)):
        print(f"  {name:24s}{1e3 * seconds / count:8.2f} ms a token")
    print(f"  times as fast          {1 / ratio:8.2f}      aim: at least {AT_LEAST:g}")


def _seconds(work: Callable[[], Any], clock: Clock) -> float:
    start = clock()
    work()
    return clock() - start


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of both")
    parser.add_argument("--quick", action="store_true", help="two rounds of a quarter of the sentences")
    options = parser.parse_args()
    set_num_threads(options.threads)
    torch.set_num_threads(options.threads)
    clock = time.process_time if options.threads == 1 else time.perf_counter
    rounds, share = (2, 4) if options.quick else (ROUNDS, 1)  # as many batches, each as much shorter
    if status("minilm") in (Status.SHIPPED, Status.PRESENT):
        encoding(rounds, SENTENCES // share, BATCH_SIZE // share, clock)
    else:
        print("MiniLM is not here: study data fetch minilm", file=sys.stderr)
    writing(1 if options.quick else 3, WRITTEN, clock)


if __name__ == "__main__":
    main()
