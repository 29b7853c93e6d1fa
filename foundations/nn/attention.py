"""Multi-head attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init
from foundations.nn.arguments import number, whole
from foundations.nn.layers import Linear
from foundations.nn.module import Module


class MultiHeadAttention(Module):
    """Several attentions side by side, each in its own projection of the width, then mixed.

    MultiHead(Q, K, V) = Concat(head_1, ..., head_h) W^O, head_i = Attention(Q W_i^Q, K W_i^K, V W_i^V). The
    heads' projections stand side by side in one matrix: columns i d_head to (i + 1) d_head belong to head i.

    Args:
        d_model: Width of inputs and output.
        num_heads: Number of heads; divides d_model.
        dropout: Probability of dropping an attention weight.
        bias: Whether the four projections add a bias.
        scale: Factor of the scores; 1 / sqrt(d_head) by default.
        kdim: Width of the keys; d_model by default.
        vdim: Width of the values; d_model by default.
        rng: Source of the initial weights and of the dropout noise.

    Raises:
        ValueRangeError: If num_heads does not divide d_model, or dropout is not a probability.

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        scale: float | None = None,
        *,
        kdim: int | None = None,
        vdim: int | None = None,
        rng: np.random.Generator | None = None,
    ) -> None:
        name = "MultiHeadAttention"
        d_model, num_heads = whole(name, "d_model", d_model, 1), whole(name, "num_heads", num_heads)
        if num_heads < 1 or d_model % num_heads:
            raise ValueRangeError(
                f"num_heads divides d_model, got {num_heads} heads for a width of {d_model}: change one"
            )
        self.query = Linear(d_model, d_model, bias, rng=rng)
        self.key = Linear(d_model if kdim is None else whole(name, "kdim", kdim, 1), d_model, bias, rng=rng)
        self.value = Linear(d_model if vdim is None else whole(name, "vdim", vdim, 1), d_model, bias, rng=rng)
        self.output = Linear(d_model, d_model, bias, rng=rng)
        for layer in (self.query, self.key, self.value, self.output):
            layer.weight.data = init.xavier_uniform(layer.weight.shape, rng=rng)
            if layer.bias is not None:
                layer.bias.data = init.zeros((d_model,))
        self.num_heads = num_heads
        self.dropout = number(name, "dropout", dropout, 0, 1)
        self.scale = None if scale is None else number(name, "scale", scale)
        self.rng = rng

    def forward(
        self,
        q: Array,
        k: Array | None = None,
        v: Array | None = None,
        *,
        mask: Array | None = None,
        causal: bool = False,
    ) -> Any:
        """Let every query look at every key it may see.

        Args:
            q: Shape (B, T, d_model).
            k: Shape (B, S, kdim); q by default (self-attention).
            v: Shape (B, S, vdim); k by default.
            mask: True where a query may look, or numbers to add, which are learned where they are a Tensor
                that requires gradients; broadcastable to (B, h, T, S).
            causal: Whether position i sees only positions 0 to i.

        Returns:
            Shape (B, T, d_model).
        """
        k = q if k is None else k
        v = k if v is None else v
        heads = F.scaled_dot_product_attention(
            self.split_heads(self.query(q)),  # (B, h, T, d_head)
            self.split_heads(self.key(k)),  # (B, h, S, d_head)
            self.split_heads(self.value(v)),
            mask=mask,
            causal=causal,
            dropout_p=self.dropout if self.training else 0.0,
            scale=self.scale,
            rng=self.rng,
        )
        return self.output(self.join_heads(heads))

    def weights(
        self, q: Array, k: Array | None = None, *, mask: Array | None = None, causal: bool = False
    ) -> np.ndarray:
        """Return how much each query looks at each key: softmax(q k^T / sqrt(d_head)), shape (B, h, T, S)."""
        queries = self.split_heads(self.query(q))
        keys = self.split_heads(self.key(q if k is None else k))
        n = keys.shape[-2]
        everything = ops.broadcast_to(np.eye(n, dtype=keys.dtype), (*keys.shape[:-1], n))
        heads = F.scaled_dot_product_attention(
            queries, keys, everything, mask=mask, causal=causal, scale=self.scale
        )
        return heads.numpy()

    def split_heads(self, x: Array) -> Any:
        """Cut the width into heads: (B, T, d_model) to (B, h, T, d_head)."""
        if x.ndim != 3:
            raise ShapeError(f"attention expects (batch, positions, width), got {x.shape}: add a batch axis")
        batch, length, width = x.shape
        return x.reshape(batch, length, self.num_heads, width // self.num_heads).swapaxes(1, 2)

    def join_heads(self, x: Array) -> Any:
        """Put the heads side by side again: (B, h, T, d_head) to (B, T, d_model)."""
        batch, heads, length, width = x.shape
        return x.swapaxes(1, 2).reshape(batch, length, heads * width)

    def describe(self) -> str:
        """Return the width and the number of heads."""
        return f"{self.query.weight.shape[0]}, num_heads={self.num_heads}"
