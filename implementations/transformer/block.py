"""One layer of a language model: causal attention and a feed-forward network, the norm before each."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array, values
from foundations.nn import functional as F
from implementations.transformer.cache import KeyValueCache
from implementations.transformer.config import LanguageModelConfig
from implementations.transformer.rotary import rotary_table, rotate


class CausalAttention(nn.MultiHeadAttention):
    """Let every position look at itself and at what came before, and at nothing else.

    Args:
        config: The sizes; `positions` says whether queries and keys are turned.
        layer: Number of the layer, its place in a cache.
        rng: Source of the initial weights and of the dropout noise.

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2; rotary: Su et al. 2021, arXiv:2104.09864.
    """

    def __init__(
        self, config: LanguageModelConfig, layer: int, *, rng: np.random.Generator | None = None
    ) -> None:
        super().__init__(config.d_model, config.num_heads, config.dropout, rng=rng)
        self.layer = layer
        self.rotary = config.positions == "rotary"
        self.context = config.context

    def forward(  # type: ignore[override]
        self, x: Array, cache: KeyValueCache | None = None
    ) -> Any:
        """Mix the values of the past into every position.

        Args:
            x: Shape (B, T, d_model); with a cache, the T positions after those that it holds.
            cache: What was read before; it is extended.

        Returns:
            Shape (B, T, d_model).
        """
        q, k, v = self.heads(x, 0 if cache is None else cache.length)  # (B, h, T, d_head)
        mask = None
        if cache is not None:
            k, v = cache.extend(self.layer, values(k), values(v))  # (B, h, past + T, .)
            mask = visible(x.shape[1], k.shape[2])
        heads = F.scaled_dot_product_attention(
            q,
            k,
            v,
            mask=mask,
            causal=cache is None,
            dropout_p=self.dropout if self.training else 0.0,
            rng=self.rng,
        )
        return self.output(self.join_heads(heads))

    def heads(self, x: Array, past: int = 0) -> tuple[Any, Any, Any]:
        """Return queries, keys and values of every head, the first two turned where positions are rotary.

        Args:
            x: Shape (B, T, d_model).
            past: Positions before the first of x.

        Returns:
            Three times shape (B, h, T, d_head).
        """
        projections = (self.query, self.key, self.value)
        q, k, v = (self.split_heads(project(x)) for project in projections)
        if self.rotary:
            tables = rotary_table(self.context, q.shape[-1], q.dtype)
            here = slice(past, past + x.shape[1])
            cos, sin = (table[here] for table in tables)  # (T, d_head / 2)
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        return q, k, v

    def maps(self, x: Array) -> np.ndarray:
        """Return how much each position looks at each other, shape (B, h, T, T): rows sum to 1."""
        q, k, _ = self.heads(x)
        ones = np.broadcast_to(np.eye(k.shape[-2], dtype=k.dtype), (*k.shape[:-1], k.shape[-2]))
        return values(F.scaled_dot_product_attention(q, k, ones, causal=True))


def visible(queries: int, keys: int) -> np.ndarray | None:
    """Return which keys each of the last `queries` positions may see: (queries, keys), None where all.

    Example:
        >>> visible(2, 4)
        array([[ True,  True,  True, False],
               [ True,  True,  True,  True]])
    """
    return None if queries == 1 else np.tri(queries, keys, keys - queries, dtype=bool)


class Block(nn.Module):
    """Add to the residual stream what attention makes of it, then what the feed-forward network makes of it.

    x <- x + attention(norm(x)); x <- x + W2 gelu(W1 norm(x) + b1) + b2. Because the norm stands inside the
    branch, the sum x passes every layer unchanged, and so does its gradient.

    Args:
        config: The sizes.
        layer: Number of the layer, from 0.
        rng: Source of the initial weights and of the dropout noise.

    Source: Radford et al. 2019, section 2.3; Xiong et al. 2020, arXiv:2002.04745.
    """

    def __init__(
        self, config: LanguageModelConfig, layer: int, *, rng: np.random.Generator | None = None
    ) -> None:
        d = config.d_model
        self.attention_norm = nn.LayerNorm(d)
        self.attention = CausalAttention(config, layer, rng=rng)
        self.feed_forward_norm = nn.LayerNorm(d)
        self.inner = nn.Linear(d, config.inner, rng=rng)
        self.outer = nn.Linear(config.inner, d, rng=rng)
        self.dropout = nn.Dropout(config.dropout, rng=rng)
        self.gelu = config.gelu

    def forward(self, x: Array, cache: KeyValueCache | None = None) -> Any:
        """Transform (B, T, d_model)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), cache))
        h = self.inner(self.feed_forward_norm(x))  # (B, T, d_ff)
        return x + self.dropout(self.outer(F.gelu(h, self.gelu)))
