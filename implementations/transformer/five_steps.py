r"""From a table of pairs to attention in five small models; each step changes one thing.

1. `Bigram`: the last token alone says what comes next.
2. `PastMixture(weights="average")`: the mean of the past is added to it.
3. `PastMixture(weights="position")`: the mean is weighed by learned numbers, one a pair of positions.
4. `PastMixture(weights="attention")`: the weights depend on what stands there: one head.
5. A block of the `LanguageModel`: several heads, residual stream, norms and a feed-forward network.

Steps two to four compute $b(x_t) + \sum_{s \le t} A_{ts} v(x_s) W$ and differ in A only. With `bigram=False`
the average stands instead of the bigram, and what comes last no longer counts more than the rest.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from foundations import nn
from foundations.autodiff import ops
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError
from foundations.nn import functional as F
from foundations.nn import init
from foundations.nn.arguments import choice, flag, whole
from implementations.transformer.config import LanguageModelConfig
from implementations.transformer.language_model import LanguageModel

Weights = Literal["average", "position", "attention"]


class Bigram(nn.Module):
    """Look the logits of the next token up by the last one.

    Args:
        vocab_size: Tokens in the vocabulary.
        rng: Source of the initial table.

    Attributes:
        table: Row x holds the logits of what follows x, shape (V, V).
    """

    def __init__(self, vocab_size: int, *, rng: np.random.Generator | None = None) -> None:
        self.table = nn.Parameter(init.normal((vocab_size, vocab_size), 0.02, rng=rng))

    def forward(self, tokens: Array) -> Any:
        """Return logits, (B, T) to (B, T, V)."""
        return F.embedding(tokens, self.table)


class PastMixture(nn.Module):
    """Add a weighted mean of the past, turned into logits, to those of the bigram table.

    Args:
        vocab_size: Tokens in the vocabulary.
        context: Most positions.
        width: Of the vectors that are mixed, and of queries and keys.
        weights: "average": 1 / (t + 1) each; "position": the softmax over s of a learned number a pair
            (t, s); "attention": that of the scaled dot product of a query at t and a key at s.
        bigram: Whether the bigram's logits are added.
        rng: Source of the initial weights.

    Raises:
        ValueRangeError: If a size is below 1 or `weights` is unknown.
    """

    def __init__(
        self,
        vocab_size: int,
        context: int,
        width: int,
        weights: Weights,
        *,
        bigram: bool = True,
        rng: np.random.Generator | None = None,
    ) -> None:
        for name, size in (("vocab_size", vocab_size), ("context", context), ("width", width)):
            whole("PastMixture", name, size, 1)
        self.kind = choice("PastMixture", "weights", weights, ("average", "position", "attention"))
        self.context = context
        self.bigram = Bigram(vocab_size, rng=rng) if flag("PastMixture", "bigram", bigram) else None
        self.value = nn.Embedding(vocab_size, width, rng=rng)
        self.output = nn.Linear(width, vocab_size, rng=rng)
        if self.kind == "position":
            self.scores = nn.Parameter(init.zeros((context, context)))
        if self.kind == "attention":
            self.token = nn.Embedding(vocab_size, width, rng=rng)
            self.place = nn.Embedding(context, width, rng=rng)
            self.query = nn.Linear(width, width, bias=False, rng=rng)
            self.key = nn.Linear(width, width, bias=False, rng=rng)

    def forward(self, tokens: Array) -> Any:
        """Return logits, (B, T) to (B, T, V).

        Raises:
            ShapeError: If tokens are no rows, none, or more than the context.
        """
        tokens = values(tokens)
        if tokens.ndim != 2 or not 1 <= tokens.shape[1] <= self.context:
            raise ShapeError(
                f"PastMixture expects tokens (B, T), T from 1 to {self.context}, got {tokens.shape}"
            )
        mixed = self.weights(tokens) @ self.value(tokens)  # (B, T, T) or (T, T) with (B, T, width)
        logits = self.output(mixed)
        return logits if self.bigram is None else logits + self.bigram(tokens)

    def weights(self, tokens: np.ndarray) -> Any:
        """Return A: how much position t takes from each s <= t, (T, T) or (B, T, T); rows sum to 1."""
        length = tokens.shape[1]
        past = np.tri(length, dtype=bool)  # (T, T): s <= t
        dtype = self.output.weight.dtype
        if self.kind == "average":
            return (past / past.sum(axis=1, keepdims=True)).astype(dtype)
        if self.kind == "position":
            scores = self.scores[:length, :length]
        else:
            x = self.token(tokens) + self.place(np.arange(length))  # (B, T, width)
            scores = self.query(x) @ self.key(x).mT / math.sqrt(x.shape[-1])  # (B, T, T)
        return F.softmax(ops.where(past, scores, -np.inf))


def five_steps(
    vocab_size: int, context: int, width: int = 32, *, rng: np.random.Generator
) -> dict[str, nn.Module]:
    """Return the five models by name, in their order, and the average alone.

    Args:
        vocab_size: Tokens in the vocabulary.
        context: Most positions.
        width: Of what is mixed; a multiple of 4, the heads of the block.
        rng: Source of the initial weights.
    """

    def mixture(weights: Weights, *, bigram: bool = True) -> PastMixture:
        return PastMixture(vocab_size, context, width, weights, bigram=bigram, rng=rng)

    block = LanguageModelConfig(vocab_size, context, width, num_layers=1, num_heads=4)
    return {
        "bigram": Bigram(vocab_size, rng=rng),
        "average added": mixture("average"),
        "position weights": mixture("position"),
        "one head": mixture("attention"),
        "block": LanguageModel(block, rng=rng),
        "average instead": mixture("average", bigram=False),
    }
