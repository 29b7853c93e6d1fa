"""A decoder-only Transformer that gives every next token a probability."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init
from foundations.nn.arguments import integers
from implementations.transformer.block import Block
from implementations.transformer.cache import KeyValueCache
from implementations.transformer.config import LanguageModelConfig

INITIAL_STD = 0.02


class LanguageModel(nn.Module):
    r"""Read tokens from left to right and score what comes next after each of them.

    Embeddings and positions make the residual stream; every block adds to it; a last norm and the output
    table turn each position into logits. Position t sees tokens 0 to t, so one pass gives T predictions.

    The weights start normal with standard deviation 0.02, biases at 0. What a block adds to the stream starts
    smaller by $1/\sqrt{2L}$: the stream sums 2L branches, and its variance would grow with their number.

    Args:
        config: Sizes and choices.
        rng: Source of the initial weights and of the dropout noise.

    Attributes:
        config: As given.
        rng: As given.

    Source: Radford et al. 2019, Language Models are Unsupervised Multitask Learners, sections 2 and 2.3.
    """

    def __init__(self, config: LanguageModelConfig, *, rng: np.random.Generator | None = None) -> None:
        d = config.d_model
        self.config = config
        self.rng = rng
        self.embedding = nn.Embedding(config.vocab_size, d, rng=rng)
        self.positions = nn.Embedding(config.context, d, rng=rng) if config.positions == "learned" else None
        self.dropout = nn.Dropout(config.dropout, rng=rng)
        self.blocks = nn.ModuleList(Block(config, layer, rng=rng) for layer in range(config.num_layers))
        self.norm = nn.LayerNorm(d)
        self.output = None if config.tied else nn.Linear(d, config.vocab_size, bias=False, rng=rng)
        self._initialise(rng)

    def _initialise(self, rng: np.random.Generator | None) -> None:
        added = INITIAL_STD / math.sqrt(2 * self.config.num_layers)  # two branches a block
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                std = added if name.endswith(("attention.output", "outer")) else INITIAL_STD
                module.weight.data = init.normal(module.weight.shape, std, rng=rng)
            if isinstance(module, nn.Linear) and module.bias is not None:
                module.bias.data = init.zeros(module.bias.shape)

    def forward(self, tokens: Array, cache: KeyValueCache | None = None) -> Any:
        """Score the next token after every token.

        Args:
            tokens: Shape (B, T); with a cache, those after what it holds.
            cache: Of this model, see `cache`; it is extended, and nothing is recorded for gradients.

        Returns:
            Logits, shape (B, T, vocab_size).

        Raises:
            ShapeError: If tokens are no rows, none, or more than the context or the cache has room for.
            ValueRangeError: If a token is none of the vocabulary's.
        """
        if cache is None:
            return self.logits(self.stream(tokens)[-1])
        with no_grad():
            return self.logits(self.stream(tokens, cache)[-1])

    def stream(self, tokens: Array, cache: KeyValueCache | None = None) -> list[Any]:
        """Return the residual stream before the first block and after each.

        Args:
            tokens: Shape (B, T).
            cache: As in `forward`.

        Returns:
            num_layers + 1 times shape (B, T, d_model).
        """
        tokens = self._checked(tokens, cache)
        past, length = 0 if cache is None else cache.length, tokens.shape[1]
        x = self.embedding(tokens)  # (B, T, d_model)
        if self.positions is not None:
            x = x + self.positions(np.arange(past, past + length))  # (T, d_model) for every text
        states = [self.dropout(x)]
        for block in self.blocks:
            states.append(block(states[-1], cache))
        if cache is not None:
            cache.advance(length)
        return states

    def logits(self, x: Array) -> Any:
        """Turn the residual stream, (B, T, d_model), into scores of tokens, (B, T, vocab_size)."""
        x = self.norm(x)
        return x @ self.embedding.weight.T if self.output is None else self.output(x)

    def loss(self, tokens: Array, targets: Array) -> Any:
        """Return the mean cross-entropy of the targets, in nats a token.

        Args:
            tokens: Shape (B, T).
            targets: The token that follows each, shape (B, T).
        """
        return F.cross_entropy(self(tokens), targets)

    def cache(self, batch_size: int = 1) -> KeyValueCache:
        """Return an empty cache for so many texts side by side."""
        c = self.config
        dtype = self.embedding.weight.dtype
        return KeyValueCache(c.num_layers, batch_size, c.num_heads, c.context, c.d_head, dtype)

    def _checked(self, tokens: Array, cache: KeyValueCache | None) -> np.ndarray:
        tokens = integers("LanguageModel", "tokens", values(tokens))
        if tokens.ndim != 2 or not tokens.shape[1]:
            raise ShapeError(
                f"LanguageModel expects tokens of shape (B, T), T at least 1, got {tokens.shape}: "
                "add a batch axis, tokens[None], and begin with some token"
            )
        if tokens.shape[1] > self.config.context:
            raise ShapeError(
                f"the context has {self.config.context} positions, got {tokens.shape[1]}: cut the text, as "
                "generate and evaluate do"
            )
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.config.vocab_size:
            raise ValueRangeError(
                f"LanguageModel expects tokens 0 to {self.config.vocab_size - 1}, got {tokens.min()} to "
                f"{tokens.max()}: encode the text with the tokenizer that it was trained with"
            )
        if cache is not None:
            c = self.config
            expected = (c.num_layers, c.num_heads, c.context, c.d_head)
            got = (cache.keys.shape[0], *cache.keys.shape[2:])
            if got != expected:
                raise ShapeError(
                    f"the cache is another model's: (layers, heads, context, d_head) {got}, "
                    f"expected {expected}: make one with model.cache(batch_size)"
                )
            cache.check_room(*tokens.shape)
        return tokens


def attention_maps(model: LanguageModel, tokens: np.ndarray) -> np.ndarray:
    """Return how much each position looks at each other in every head.

    Args:
        model: In evaluation mode.
        tokens: Shape (B, T).

    Returns:
        Shape (num_layers, B, num_heads, T, T); rows sum to 1, and nothing above the diagonal.
    """
    with no_grad():
        states = model.stream(tokens)
        return np.stack([
            block.attention.maps(block.attention_norm(x))
            for block, x in zip(model.blocks, states, strict=False)
        ])  # fmt: skip


def logit_lens(model: LanguageModel, tokens: np.ndarray) -> np.ndarray:
    """Return what each state of the residual stream would predict if it were the last.

    Args:
        model: In evaluation mode.
        tokens: Shape (B, T).

    Returns:
        Logits, shape (num_layers + 1, B, T, vocab_size); the last are the model's own.

    Source: nostalgebraist 2020, Interpreting GPT: the logit lens.
    """
    with no_grad():
        return np.stack([values(model.logits(x)) for x in model.stream(tokens)])
