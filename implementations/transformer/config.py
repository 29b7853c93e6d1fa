"""Sizes of language models: the choices, those of GPT-2, and counts of parameters and work by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foundations.errors import ValueRangeError
from foundations.nn.arguments import choice, flag, number, whole


@dataclass(frozen=True)
class LanguageModelConfig:
    """Sizes and choices of a decoder-only model.

    Attributes:
        vocab_size: Tokens in the vocabulary.
        context: Most positions that are read at once.
        d_model: Width of the residual stream; `num_heads` divides it.
        num_layers: Blocks.
        num_heads: Attention heads of each.
        d_ff: Inner width of the feed-forward networks; 4 d_model where it is 0.
        dropout: Probability of dropping: embeddings, attention weights, and what every sublayer adds.
        positions: "learned" vectors added to the embeddings, or "rotary" turns of queries and keys.
        tied: Whether the table that embeds tokens makes the logits as well.
        gelu: "none" for the exact function, "tanh" for the approximation that GPT-2 uses.

    Raises:
        ValueRangeError: If a size is below 1, num_heads does not divide d_model, dropout is no probability,
            or a choice is unknown; rotary positions need heads of even width.
    """

    vocab_size: int
    context: int
    d_model: int
    num_layers: int
    num_heads: int
    d_ff: int = 0
    dropout: float = 0.0
    positions: Literal["learned", "rotary"] = "learned"
    tied: bool = True
    gelu: Literal["none", "tanh"] = "none"

    def __post_init__(self) -> None:
        owner = type(self).__name__
        for name in ("vocab_size", "context", "d_model", "num_layers", "num_heads"):
            whole(owner, name, getattr(self, name), 1)
        whole(owner, "d_ff", self.d_ff, 0)
        number(owner, "dropout", self.dropout, 0, 1)
        choice(owner, "positions", self.positions, ("learned", "rotary"))
        choice(owner, "gelu", self.gelu, ("none", "tanh"))
        flag(owner, "tied", self.tied)
        if self.d_model % self.num_heads:
            raise ValueRangeError(
                f"num_heads divides d_model, got {self.num_heads} heads for a width of {self.d_model}: "
                "change one"
            )
        if self.positions == "rotary" and self.d_head % 2:
            raise ValueRangeError(
                f"rotary positions turn pairs of features: the width of a head is even, got {self.d_head}: "
                "change num_heads, or use learned positions"
            )

    @property
    def d_head(self) -> int:
        """Width of a head."""
        return self.d_model // self.num_heads

    @property
    def inner(self) -> int:
        """Inner width of the feed-forward networks."""
        return self.d_ff or 4 * self.d_model


def gpt2(d_model: int, num_layers: int, num_heads: int) -> LanguageModelConfig:
    """Return a model of GPT-2's kind: 50,257 tokens, 1,024 positions, heads of width 64."""
    return LanguageModelConfig(50_257, 1024, d_model, num_layers, num_heads, dropout=0.1, gelu="tanh")


PAPER_CONFIGS: dict[str, LanguageModelConfig] = {
    "small": gpt2(768, 12, 12),
    "medium": gpt2(1024, 24, 16),
    "large": gpt2(1280, 36, 20),
    "xl": gpt2(1600, 48, 25),
}
"""The four sizes of GPT-2: widths and layers of Radford et al. 2019, Table 2; heads of the released models.

Deviation: Table 2 prints 117M, 345M, 762M and 1542M parameters. The released models have 124M, 355M, 774M and
1558M, which is what these sizes make when they are counted.
"""


def parameters_by_hand(config: LanguageModelConfig) -> dict[str, int]:
    r"""Count parameters from the sizes alone.

    A layer has 4 d^2 + 4 d in attention, 2 d f + f + d in the feed-forward network and 4 d in its two norms;
    with f = 4 d that is 12 d^2 + 13 d.

    Returns:
        By part: "embedding" V d, "positions" C d or 0, "attention", "feed_forward", "norms" (those of the
        layers and the last one), "output" 0 where it is tied to the embedding, else V d.

    Example:
        >>> sum(parameters_by_hand(PAPER_CONFIGS["small"]).values())
        124439808
    """
    d, f, layers = config.d_model, config.inner, config.num_layers
    return {
        "embedding": config.vocab_size * d,
        "positions": config.context * d if config.positions == "learned" else 0,
        "attention": layers * (4 * d * d + 4 * d),
        "feed_forward": layers * (2 * d * f + f + d),
        "norms": (2 * layers + 1) * 2 * d,
        "output": 0 if config.tied else config.vocab_size * d,
    }


def multiply_adds_by_hand(config: LanguageModelConfig, length: int) -> dict[str, int]:
    r"""Count the multiply-adds of one forward pass over a text, from the sizes alone.

    Every weight of a matrix is used once a token, and the scores and their use cost 2 T d a token and layer:
    T (12 L d^2 + V d) + 2 L T^2 d, with f = 4 d. A multiply-add is two floating-point operations.

    Args:
        config: The sizes.
        length: Tokens T of the text.

    Returns:
        By part: "attention" (its four projections), "scores" (q k^T and the weighted sum, hidden positions
        included, because they are computed), "feed_forward", "output".

    Example:
        >>> tiny = LanguageModelConfig(vocab_size=5, context=3, d_model=2, num_layers=1, num_heads=1)
        >>> multiply_adds_by_hand(tiny, 3)
        {'attention': 48, 'scores': 36, 'feed_forward': 96, 'output': 30}
    """
    d, layers = config.d_model, config.num_layers
    return {
        "attention": length * layers * 4 * d * d,
        "scores": layers * 2 * length * length * d,
        "feed_forward": length * layers * 2 * d * config.inner,
        "output": length * config.vocab_size * d,
    }


def training_flops_per_token(config: LanguageModelConfig) -> float:
    """Return the floating-point operations of one training step a token, at full context.

    The forward pass takes two a multiply-add, the backward pass twice as many: for every matrix product two,
    one for each factor. Close to 6 times the parameters in matrices, where the context is short beside d.

    Example:
        >>> f"{training_flops_per_token(PAPER_CONFIGS['small']) / 124439808:.2f}"
        '6.87'
    """
    return 3 * 2 * sum(multiply_adds_by_hand(config, config.context).values()) / config.context


def cached_multiply_adds(config: LanguageModelConfig, past: int) -> int:
    """Return the multiply-adds of one more token whose past is in a cache.

    L (12 d^2 + 2 (past + 1) d) + V d, with f = 4 d: only the scores grow with the past.
    Without a cache the whole text is read again, `multiply_adds_by_hand(config, past + 1)`.

    Args:
        config: The sizes.
        past: Tokens in the cache.
    """
    d, layers = config.d_model, config.num_layers
    layer = 4 * d * d + 2 * d * config.inner + 2 * (past + 1) * d
    return layers * layer + config.vocab_size * d


def cache_numbers(config: LanguageModelConfig) -> int:
    """Return how many numbers a cache of one text holds: a key and a value a layer and position, 2 L C d."""
    return 2 * config.num_layers * config.context * config.d_model
