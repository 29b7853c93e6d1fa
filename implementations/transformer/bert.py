"""The encoder of BERT: embeddings, a stack of Transformer layers, one vector a piece."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array, values
from foundations.errors import DataError, ShapeError


@dataclass(frozen=True)
class BertConfig:
    """Sizes of an encoder.

    Attributes:
        vocab_size: Pieces in the vocabulary.
        d_model: Width of the vectors; `num_heads` divides it.
        num_layers: Layers.
        num_heads: Attention heads of each.
        d_ff: Inner width of the feed-forward networks.
        max_positions: Most pieces of a text.
        num_types: Kinds of segment (first and second sentence).
        epsilon: What is added to the variance in each layer norm.
    """

    vocab_size: int
    d_model: int
    num_layers: int
    num_heads: int
    d_ff: int
    max_positions: int = 512
    num_types: int = 2
    epsilon: float = 1e-12

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Read the `config.json` that published weights of this kind come with.

        Raises:
            DataError: If it is of another kind of model, or a size is missing or no whole number.
        """
        kinds = {
            "model_type": "bert",
            "hidden_act": "gelu",
            "position_embedding_type": "absolute",
        }
        for key, expected in kinds.items():
            if config.get(key, expected) != expected:
                raise DataError(
                    f"the configuration says {key} {config[key]!r}: this encoder computes {expected!r} only"
                )
        names = {
            "vocab_size": "vocab_size",
            "hidden_size": "d_model",
            "num_hidden_layers": "num_layers",
            "num_attention_heads": "num_heads",
            "intermediate_size": "d_ff",
            "max_position_embeddings": "max_positions",
            "type_vocab_size": "num_types",
        }
        sizes: dict[str, Any] = {}
        for theirs, ours in names.items():
            size = config.get(theirs)
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                raise DataError(f"the configuration needs {theirs}, a whole number from 1, got {size!r}")
            sizes[ours] = size
        return cls(**sizes, epsilon=float(config.get("layer_norm_eps", 1e-12)))


class BertEncoder(nn.Module):
    """Turn the numbers of a text's pieces into one vector a piece, each seeing the whole text.

    The sum of three embeddings (piece, position, segment) is normalised; then layers of self-attention and
    feed-forward network follow, the norm after each sublayer, with the exact GELU.

    Args:
        config: The sizes.
        rng: Source of the initial weights.

    Raises:
        ValueRangeError: If `num_heads` does not divide `d_model`.

    Source: Devlin et al. 2019, arXiv:1810.04805, section 3.
    """

    def __init__(self, config: BertConfig, *, rng: np.random.Generator | None = None) -> None:
        self.config = config
        d_model = config.d_model
        self.pieces = nn.Embedding(config.vocab_size, d_model, rng=rng)
        self.positions = nn.Embedding(config.max_positions, d_model, rng=rng)
        self.types = nn.Embedding(config.num_types, d_model, rng=rng)
        self.norm = nn.LayerNorm(d_model, config.epsilon)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(d_model, config.num_heads, config.d_ff, 0.1, "gelu", rng=rng)
            for _ in range(config.num_layers)
        )
        for layer in self.layers:
            layer.attention_norm.eps = layer.feed_forward_norm.eps = config.epsilon
        self.dropout = nn.Dropout(0.1, rng=rng)

    def forward(self, numbers: Array, visible: Array | None = None) -> Any:
        """Return the vector of every piece.

        Args:
            numbers: Numbers of the pieces, shape (B, T), T up to `max_positions`.
            visible: True where a piece is none of the padding, shape (B, T); all by default.

        Returns:
            Shape (B, T, d_model). What stands at the padding means nothing.

        Raises:
            ShapeError: If the shapes do not fit, or a text is too long.
            ValueRangeError: If a number is no piece's.
        """
        numbers = values(numbers)
        if numbers.ndim != 2 or numbers.shape[1] > self.config.max_positions:
            raise ShapeError(
                f"the encoder expects numbers of shape (B, T), T at most {self.config.max_positions}, "
                f"got {numbers.shape}: encode the texts with WordPiece.encode_batch"
            )
        mask = None
        if visible is not None:
            visible = values(visible)
            if visible.shape != numbers.shape:
                raise ShapeError(
                    f"the encoder expects visible of shape {numbers.shape}, as the numbers, "
                    f"got {visible.shape}"
                )
            if not visible.all():
                mask = visible.astype(bool)[:, None, None, :]  # (B, 1, 1, T): every query, every head
        place = self.positions(np.arange(numbers.shape[1])) + self.types(np.zeros(1, dtype=np.int64))
        x = self.dropout(self.norm(self.pieces(numbers) + place))  # (B, T, d_model)
        for layer in self.layers:
            x = layer(x, mask=mask)
        return x

    @classmethod
    def from_weights(cls, config: BertConfig, weights: Mapping[str, np.ndarray]) -> Self:
        """Build an encoder of published weights, under the names that PyTorch's BERT gives them.

        Args:
            config: Their sizes.
            weights: Arrays by name; linear maps as (out, in), as PyTorch has them. What belongs to the pooler
                and the list of positions is not used.

        Raises:
            StateError: If arrays are missing, foreign or of another shape: all are named.
        """
        model = cls(config, rng=np.random.default_rng(0))
        model.load_state_dict({
            name: value.T if _is_map(name) else value
            for name, value in ((_ours(theirs), value) for theirs, value in weights.items())
            if name not in _UNUSED
        })  # fmt: skip
        return model.eval()


_NAMES = {
    "embeddings.word_embeddings": "pieces",
    "embeddings.position_embeddings": "positions",
    "embeddings.token_type_embeddings": "types",
    "embeddings.LayerNorm": "norm",
    "attention.self.query": "attention.query",
    "attention.self.key": "attention.key",
    "attention.self.value": "attention.value",
    "attention.output.dense": "attention.output",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "feed_forward.inner",
    "output.dense": "feed_forward.outer",
    "output.LayerNorm": "feed_forward_norm",
}
"""What PyTorch's BERT calls a part, and what we do."""

_UNUSED = frozenset({"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"})


def _ours(name: str) -> str:
    """Return our name of one of PyTorch's parameters; a name that is none of them stays as it is.

    >>> _ours("encoder.layer.3.attention.self.query.weight")
    'layers.3.attention.query.weight'
    """
    part, _, kind = name.rpartition(".")
    layer = re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)", part)
    if layer and layer[2] in _NAMES:
        return f"layers.{layer[1]}.{_NAMES[layer[2]]}.{kind}"
    return f"{_NAMES[part]}.{kind}" if part in _NAMES and not layer else name


def _is_map(name: str) -> bool:
    """Return whether a parameter of ours is a linear map, which PyTorch stores as (out, in)."""
    return name.startswith("layers.") and name.endswith(".weight") and "norm" not in name
