"""The Transformer of Vaswani et al. 2017: an encoder and a decoder made of attention alone.

Sequences are integers, shape (batch, positions); 0 pads. The layers come from `foundations.nn`; here stand
what the paper adds around them: tied and scaled embeddings, positions, masks, and the loss.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init

PAD = 0


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes and choices of a model.

    Attributes:
        vocabulary: Number of tokens, shared by source and target; token 0 pads.
        d_model: Width of every position.
        num_heads: Attention heads; divides d_model.
        d_ff: Inner width of the feed-forward networks.
        num_layers: Layers in the encoder, and as many in the decoder.
        dropout: Probability of dropping, in sublayer outputs and after embedding + position.
        label_smoothing: Share of the target probability spread over the vocabulary.
        positions: "sinusoidal" (section 3.5), "learned" (Table 3, row E), or "none".
        max_length: Longest sequence.
        norm_first: Normalise before each sublayer (the later fix) instead of after (the paper).
    """

    vocabulary: int
    d_model: int = 512
    num_heads: int = 8
    d_ff: int = 2048
    num_layers: int = 6
    dropout: float = 0.1
    label_smoothing: float = 0.1
    positions: Literal["sinusoidal", "learned", "none"] = "sinusoidal"
    max_length: int = 512
    norm_first: bool = False


PAPER_CONFIGS: dict[str, TransformerConfig] = {
    "base": TransformerConfig(vocabulary=37_000),
    "big": TransformerConfig(vocabulary=37_000, d_model=1024, num_heads=16, d_ff=4096, dropout=0.3),
}
"""Table 3's `base` and `big`, with the vocabulary of section 5.1 for English-German, about 37,000."""


def sinusoidal_positions(length: int, d_model: int) -> np.ndarray:
    """Return a table of positions: sines and cosines of wavelengths from 2 pi to 10000 * 2 pi.

    PE(pos, 2i) = sin(pos / 10000^(2i / d_model)), PE(pos, 2i + 1) = cos(pos / 10000^(2i / d_model)).

    Args:
        length: Number of positions, counted from 0.
        d_model: Width; even.

    Returns:
        float32 array, shape (length, d_model).

    Raises:
        ShapeError: If d_model is odd.

    Source: Vaswani et al. 2017, section 3.5.
    """
    if d_model % 2:
        raise ShapeError(
            f"sines and cosines come in pairs: d_model is even, got {d_model}",
        )
    position = np.arange(length)[:, None]  # (length, 1)
    frequency = 10000.0 ** (-np.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
    table = np.empty((length, d_model))
    table[:, 0::2] = np.sin(position * frequency)
    table[:, 1::2] = np.cos(position * frequency)
    return table.astype(np.float32)


class Transformer(nn.Module):
    """Encoder and decoder, with one embedding for the source, the target and the output (section 3.4).

    Args:
        config: Sizes and choices.
        rng: Source of the initial weights and of the dropout noise.

    Raises:
        ValueRangeError: If `positions` is not one of the three.
    """

    def __init__(self, config: TransformerConfig, *, rng: np.random.Generator | None = None) -> None:
        d, size = config.d_model, (config.max_length, config.d_model)
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, d, rng=rng)
        self.embedding.weight.data = init.normal((config.vocabulary, d), d**-0.5, rng=rng)
        if config.positions == "sinusoidal":
            self.positions: nn.Buffer | nn.Parameter | None = nn.Buffer(sinusoidal_positions(*size))
        elif config.positions == "learned":
            self.positions = nn.Parameter(init.normal(size, rng=rng))
        elif config.positions == "none":
            self.positions = None
        else:
            raise ValueRangeError(f"positions are sinusoidal, learned or none, got {config.positions!r}")
        sizes: Any = {
            "d_model": d,
            "num_heads": config.num_heads,
            "d_ff": config.d_ff,
            "dropout": config.dropout,
            "norm_first": config.norm_first,
            "inner_dropout": 0.0,
            "rng": rng,
        }
        stack = range(config.num_layers)
        self.encoder = nn.ModuleList(nn.TransformerEncoderLayer(**sizes) for _ in stack)
        self.decoder = nn.ModuleList(nn.TransformerDecoderLayer(**sizes) for _ in stack)
        # pre-LN leaves the sum of the sublayers unnormalised: one norm ends each stack
        self.encoder_norm = nn.LayerNorm(d) if config.norm_first else nn.Identity()
        self.decoder_norm = nn.LayerNorm(d) if config.norm_first else nn.Identity()
        self.dropout = nn.Dropout(config.dropout, rng=rng)

    def embed(self, tokens: np.ndarray) -> Any:
        """Look up tokens, scale by sqrt(d_model), add positions: (B, T) to (B, T, d_model)."""
        length = tokens.shape[1]
        if length > self.config.max_length:
            raise ShapeError(
                f"sequences have at most {self.config.max_length} positions, got {length}: "
                "shorten them or raise max_length"
            )
        x = self.embedding(tokens) * math.sqrt(self.config.d_model)
        if self.positions is not None:
            x = x + self.positions[:length]
        return self.dropout(x)

    def encode(self, source: np.ndarray) -> Any:
        """Encode a source, each position looking at every other but the padding.

        Args:
            source: Tokens, shape (B, S).

        Returns:
            Memory, shape (B, S, d_model).
        """
        mask = padding_mask(source)
        x = self.embed(source)
        for layer in self.encoder:
            x = layer(x, mask=mask)
        return self.encoder_norm(x)

    def decode(self, target: np.ndarray, memory: Any, source: np.ndarray) -> Any:
        """Score the next token after every prefix of the target.

        Args:
            target: Tokens so far, shifted right (the first is the start token), shape (B, T).
            memory: What `encode(source)` returned, shape (B, S, d_model).
            source: The source's tokens, whose padding is hidden, shape (B, S).

        Returns:
            Logits, shape (B, T, vocabulary); those at position t depend on target[:, :t + 1] only.
        """
        memory_mask = padding_mask(source)
        x = self.embed(target)
        for layer in self.decoder:
            x = layer(x, memory, memory_mask=memory_mask)
        return self.decoder_norm(x) @ self.embedding.weight.T  # tied: section 3.4

    def forward(self, source: np.ndarray, target: np.ndarray) -> Any:
        """Return the logits of the next target token: (B, S), (B, T) to (B, T, vocabulary)."""
        return self.decode(target, self.encode(source), source)


def padding_mask(tokens: np.ndarray) -> np.ndarray:
    """Return where keys may be looked at, shape (B, 1, 1, S): everywhere but on the padding."""
    return (tokens != PAD)[:, None, None, :]


def label_smoothing_loss(
    logits: Any,
    targets: np.ndarray,
    smoothing: float = 0.1,
) -> Any:
    """Cross-entropy against (1 - eps) one-hot + eps / C, in nats a token, padding left out.

    Args:
        logits: Shape (B, T, C), C the number of tokens in the vocabulary.
        targets: Tokens, shape (B, T); those equal to the padding count nothing.
        smoothing: eps, the share spread evenly over all C tokens.

    Returns:
        One number: the mean over the tokens that are not padding.

    Source: Szegedy et al. 2016, arXiv:1512.00567, section 7; Vaswani et al. 2017, section 5.4.
    """
    return F.cross_entropy(logits, targets, ignore_index=PAD, label_smoothing=smoothing)


def shift_right(targets: np.ndarray, start: int) -> np.ndarray:
    """Return the decoder's input: the start token, then every target but the last. Shape kept."""
    return np.concatenate([np.full((len(targets), 1), start), targets[:, :-1]], axis=1)
