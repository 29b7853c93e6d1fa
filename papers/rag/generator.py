"""The generator: a small Transformer that reads one document with the question and writes the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from foundations import nn
from foundations.autodiff import ops
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init

PAD, START = 0, 1


class Generator(Protocol):
    """What `RagSequence` and `RagToken` ask of a generator."""

    def encode(self, contexts: np.ndarray) -> Any:
        """Read document and question, (n, S) tokens; return what `next_log_probs` takes, n rows of it."""
        ...

    def next_log_probs(self, memory: Any, contexts: np.ndarray, prefix: np.ndarray) -> Any:
        """Return log p(y_i | x, z, y_<i) for all tokens, after every prefix: (n, T) to (n, T + 1, V)."""
        ...


@dataclass(frozen=True)
class ReaderConfig:
    """Sizes of the generator.

    Attributes:
        vocabulary: Tokens, 0 the padding and 1 the start of every answer.
        d_model: Width.
        num_heads: Attention heads; divides d_model.
        d_ff: Inner width of the feed-forward networks.
        layers: Layers of the encoder and of the decoder.
        max_length: Most tokens of document and question together.
    """

    vocabulary: int
    d_model: int = 32
    num_heads: int = 2
    d_ff: int = 64
    layers: int = 1
    max_length: int = 16


class Reader(nn.Module):
    """Encoder and decoder with one table of tokens; document first, then question, as in the paper.

    Args:
        config: Sizes.
        rng: Source of the initial weights.

    Source: Lewis et al. 2020, section 2.3, with a Transformer of our own size in the place of BART.
    """

    def __init__(self, config: ReaderConfig, *, rng: np.random.Generator) -> None:
        d = config.d_model
        self.config = config
        self.tokens = nn.Parameter(init.normal((config.vocabulary, d), d**-0.5, rng=rng))
        self.positions = nn.Parameter(init.normal((config.max_length, d), d**-0.5, rng=rng))
        sizes: Any = {"dropout": 0.0, "norm_first": True, "rng": rng}
        shape = (d, config.num_heads, config.d_ff)
        self.encoder = nn.ModuleList(
            nn.TransformerEncoderLayer(*shape, **sizes) for _ in range(config.layers)
        )
        self.decoder = nn.ModuleList(
            nn.TransformerDecoderLayer(*shape, **sizes) for _ in range(config.layers)
        )
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(d), nn.LayerNorm(d)

    def embed(self, tokens: np.ndarray) -> Any:
        """Look up tokens and add positions: (n, S) to (n, S, d)."""
        if tokens.ndim != 2 or tokens.shape[1] > self.config.max_length:
            raise ShapeError(
                f"Reader reads (n, at most {self.config.max_length}) tokens, got {tokens.shape}: "
                "shorten them or raise max_length"
            )
        if tokens.size and not (tokens.min() >= 0 and tokens.max() < self.config.vocabulary):
            raise ValueRangeError(
                f"Reader knows tokens 0 to {self.config.vocabulary - 1}, got {tokens.min()} to "
                f"{tokens.max()}: use the vocabulary it was made with"
            )
        scale = math.sqrt(self.config.d_model)
        return scale * (F.embedding(tokens, self.tokens) + self.positions[: tokens.shape[1]])

    def encode(self, contexts: np.ndarray) -> Any:
        """Read document and question: (n, S) tokens to (n, S, d)."""
        x, mask = self.embed(contexts), (contexts != PAD)[:, None, None, :]
        for layer in self.encoder:
            x = layer(x, mask=mask)
        return self.encoder_norm(x)

    def next_log_probs(self, memory: Any, contexts: np.ndarray, prefix: np.ndarray) -> Any:
        """Return log p(y_i | x, z, y_<i) for i up to T + 1.

        Args:
            memory: What `encode(contexts)` returned, shape (n, S, d).
            contexts: Its tokens, shape (n, S); padding is not looked at.
            prefix: y_1 to y_T, shape (n, T); T may be 0.

        Returns:
            Shape (n, T + 1, vocabulary).
        """
        target = np.concatenate([np.full((len(prefix), 1), START), prefix], axis=1)  # (n, T + 1)
        x, mask = self.embed(target), (contexts != PAD)[:, None, None, :]
        for layer in self.decoder:
            x = layer(x, memory, memory_mask=mask)
        return F.log_softmax(self.decoder_norm(x) @ self.tokens.T, axis=-1)


def answer_log_probs(generator: Generator, contexts: np.ndarray, answers: np.ndarray) -> Any:
    """Return log p(y_i | x, z, y_<i) of the tokens of given answers.

    Args:
        generator: Reads contexts.
        contexts: Document and question, shape (n, S).
        answers: Tokens, shape (n, T).

    Returns:
        Nats, shape (n, T).
    """
    memory = generator.encode(contexts)
    logs = generator.next_log_probs(memory, contexts, answers[:, :-1])  # (n, T, V)
    return ops.gather(logs, answers[:, :, None], axis=2)[:, :, 0]
