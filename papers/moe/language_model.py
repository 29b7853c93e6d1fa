"""A character model: ten characters in, one hidden layer, the experts with a residual, the next character."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import Array, ops
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn.arguments import check_classes, integers
from papers.moe.config import MoEConfig
from papers.moe.moe import MoE, Routed


@dataclass(frozen=True)
class CharacterModelConfig:
    """Sizes of a character model.

    Attributes:
        vocabulary: Characters there are.
        context: Characters it sees.
        embedding: Width of a character.
        width: Hidden units, the width of the layer of experts.
        experts: The layer of experts; None for a dense layer in its place.
        dense_hidden: Hidden units of the dense layer; with k times those of an expert it costs the same.

    Raises:
        ValueRangeError: If a size is no whole number from 1, or the experts are of another width.
    """

    vocabulary: int = 80
    context: int = 10
    embedding: int = 16
    width: int = 96
    experts: MoEConfig | None = field(default_factory=lambda: MoEConfig(96, 48, n_experts=16, k=2))
    dense_hidden: int = 96

    def __post_init__(self) -> None:
        for name in ("vocabulary", "context", "embedding", "width", "dense_hidden"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueRangeError(
                    f"CharacterModelConfig expects {name} to be a whole number from 1, got {value!r}"
                )
        if self.experts is not None and self.experts.d_model != self.width:
            raise ValueRangeError(
                f"CharacterModelConfig expects experts of its width {self.width}, got "
                f"{self.experts.d_model}: they read the hidden layer"
            )

    def multiply_adds(self, *, gate: bool = True) -> int:
        """Return the multiply-adds of a prediction; the gate's logits count unless left out."""
        inner = 2 * self.width * self.dense_hidden
        if self.experts is not None:
            inner = self.experts.multiply_adds(gate=gate)
        return self.context * self.embedding * self.width + inner + self.width * self.vocabulary


class CharacterModel(nn.Module):
    """Predict the next character from the last few.

    h = ReLU(W e(x) + b);  z = h + σ(MoE(h));  logits = V z + c

    The sigmoid is the paper's (appendix C.1), which then applies dropout; we see no position twice and need
    none.

    Args:
        config: Sizes.
        rng: Source of the initial weights and of the gate's noise.

    Attributes:
        table: Embeddings.
        hidden: The hidden layer.
        mixture: The layer of experts, or None.
        dense: The dense layer in its place, or None.
        head: The output.
    """

    def __init__(self, config: CharacterModelConfig, *, rng: np.random.Generator | None = None) -> None:
        c = self.config = config
        self.table = nn.Embedding(c.vocabulary, c.embedding, rng=rng)
        self.hidden = nn.Linear(c.context * c.embedding, c.width, rng=rng)
        self.head = nn.Linear(c.width, c.vocabulary, rng=rng)
        self.mixture = self.dense = None
        if c.experts is None:
            self.dense = nn.Sequential(
                nn.Linear(c.width, c.dense_hidden, bias=False, rng=rng),
                nn.ReLU(),
                nn.Linear(c.dense_hidden, c.width, bias=False, rng=rng),
            )
        else:
            self.mixture = MoE(c.experts, rng=rng)

    def forward(self, tokens: Any) -> tuple[Any, Routed | None]:
        """Return logits of the next character, and what the gate decided.

        Args:
            tokens: Whole numbers from 0, shape (B, context).

        Returns:
            Shape (B, vocabulary), and the gating, None for the dense model.

        Raises:
            ShapeError: If the contexts are of another length.
            ValueRangeError: If a token is none of the vocabulary's.
        """
        h = self.features(tokens)
        if self.mixture is None:
            inner, gating = self.dense(h), None  # type: ignore[misc]
        else:
            inner, gating = self.mixture(h)
        return self.head(h + ops.sigmoid(inner)), gating

    def features(self, tokens: Any) -> Array:
        """Return the hidden layer, what the gate and the experts read, shape (B, width)."""
        tokens = integers("CharacterModel", "tokens", tokens)
        if tokens.ndim != 2 or tokens.shape[1] != self.config.context:
            raise ShapeError(
                f"CharacterModel expects contexts (n, {self.config.context}), got {tokens.shape}"
            )
        vocabulary = self.config.vocabulary
        check_classes(
            "CharacterModel", "tokens", tokens, vocabulary, "they are of another vocabulary: encode anew"
        )
        e = ops.reshape(self.table(tokens), (len(tokens), -1))  # (B, context · embedding)
        return ops.relu(self.hidden(e))  # (B, width)


def negative_log_likelihood(logits: Any, targets: np.ndarray) -> np.ndarray:
    """Return −log p of each character, nats, shape (B,)."""
    return np.asarray(F.cross_entropy(logits, targets, reduction="none"))
