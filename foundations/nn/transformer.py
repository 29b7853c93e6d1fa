"""The two layers a Transformer is stacked from, with the normalisation after or before each sublayer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.nn import functional as F
from foundations.nn.arguments import choice, flag
from foundations.nn.attention import MultiHeadAttention
from foundations.nn.layers import Dropout, Linear
from foundations.nn.module import Module
from foundations.nn.normalization import LayerNorm

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": F.relu, "gelu": F.gelu, "silu": F.silu}


class FeedForward(Module):
    """Two linear maps with an activation between, the same at every position: f(x W1 + b1) W2 + b2.

    Args:
        d_model: Width of input and output.
        d_ff: Width between.
        activation: "relu", "gelu" or "silu".
        dropout: Probability of dropping an inner activation.
        rng: Source of the initial weights and of the dropout noise.

    Source: Vaswani et al. 2017, arXiv:1706.03762, equation 2.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        activation: str = "relu",
        dropout: float = 0.0,
        *,
        rng: np.random.Generator | None = None,
    ) -> None:
        choice("FeedForward", "activation", activation, list(ACTIVATIONS))
        self.inner = Linear(d_model, d_ff, rng=rng)
        self.outer = Linear(d_ff, d_model, rng=rng)
        self.dropout = Dropout(dropout, rng=rng)
        self.activation = activation

    def forward(self, x: Array) -> Any:
        """Map every position of (..., d_model) on its own."""
        return self.outer(self.dropout(ACTIVATIONS[self.activation](self.inner(x))))


class _Layer(Module):
    """What both layers share: their parts, and a residual connection around each, normalised after or before.

    `crosses` says whether there is attention to another sequence.
    """

    crosses: bool

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_ff: int,
        dropout: float = 0.1,
        activation: str = "relu",
        norm_first: bool = False,
        inner_dropout: float | None = None,
        *,
        rng: np.random.Generator | None = None,
    ) -> None:
        inner = dropout if inner_dropout is None else inner_dropout
        self.attention = MultiHeadAttention(d_model, num_heads, inner, rng=rng)
        if self.crosses:
            self.cross_attention = MultiHeadAttention(d_model, num_heads, inner, rng=rng)
        self.feed_forward = FeedForward(d_model, d_ff, activation, inner, rng=rng)
        self.attention_norm = LayerNorm(d_model)
        if self.crosses:
            self.cross_attention_norm = LayerNorm(d_model)
        self.feed_forward_norm = LayerNorm(d_model)
        self.dropout = Dropout(dropout, rng=rng)
        self.norm_first = flag(type(self).__name__, "norm_first", norm_first)

    def residual(self, x: Array, norm: LayerNorm, sublayer: Callable[[Any], Any]) -> Any:
        """Add what the sublayer makes of x to x; normalise the sum, or with norm_first the input."""
        if self.norm_first:
            return x + self.dropout(sublayer(norm(x)))
        return norm(x + self.dropout(sublayer(x)))


class TransformerEncoderLayer(_Layer):
    """Self-attention, then a feed-forward network, each inside a residual connection.

    Args:
        d_model: Width.
        num_heads: Number of attention heads; divides d_model.
        d_ff: Inner width of the feed-forward network.
        dropout: Probability of dropping, in each sublayer's output.
        activation: "relu", "gelu" or "silu".
        norm_first: Normalise the input of each sublayer (pre-LN) instead of the sum (post-LN, the paper).
        inner_dropout: Probability of dropping attention weights and inner activations; `dropout` by default.
        rng: Source of the initial weights and of the dropout noise.

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.1; pre-LN: Xiong et al. 2020, arXiv:2002.04745.
    """

    crosses = False

    def forward(self, x: Array, *, mask: Array | None = None, causal: bool = False) -> Any:
        """Transform (B, T, d_model), looking where the mask allows.

        Args:
            x: Shape (B, T, d_model).
            mask: True where a position may look, or numbers to add; broadcastable to (B, h, T, T).
            causal: Whether position i sees only positions 0 to i.

        Returns:
            Shape of x.
        """
        x = self.residual(x, self.attention_norm, lambda h: self.attention(h, mask=mask, causal=causal))
        return self.residual(x, self.feed_forward_norm, self.feed_forward)


class TransformerDecoderLayer(_Layer):
    """Causal self-attention, attention to the encoder's output, then a feed-forward network.

    Args:
        d_model: Width.
        num_heads: Number of attention heads; divides d_model.
        d_ff: Inner width of the feed-forward network.
        dropout: Probability of dropping, in each sublayer's output.
        activation: "relu", "gelu" or "silu".
        norm_first: Normalise the input of each sublayer (pre-LN) instead of the sum (post-LN, the paper).
        inner_dropout: Probability of dropping attention weights and inner activations; `dropout` by default.
        rng: Source of the initial weights and of the dropout noise.

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.1; pre-LN: Xiong et al. 2020, arXiv:2002.04745.
    """

    crosses = True

    def forward(
        self,
        x: Array,
        memory: Array,
        *,
        mask: Array | None = None,
        memory_mask: Array | None = None,
        causal: bool = True,
    ) -> Any:
        """Transform the target, looking back at itself and over the whole source.

        Args:
            x: Target, shape (B, T, d_model).
            memory: The encoder's output, shape (B, S, d_model).
            mask: Where a target position may look in the target; broadcastable to (B, h, T, T).
            memory_mask: Where it may look in the source; broadcastable to (B, h, T, S).
            causal: Whether target position i sees only target positions 0 to i.

        Returns:
            Shape of x.
        """
        x = self.residual(x, self.attention_norm, lambda h: self.attention(h, mask=mask, causal=causal))
        x = self.residual(
            x, self.cross_attention_norm, lambda h: self.cross_attention(h, memory, mask=memory_mask)
        )
        return self.residual(x, self.feed_forward_norm, self.feed_forward)
