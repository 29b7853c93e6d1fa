"""A text cut in two and turned into tokens: what is learned from, and what is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from foundations.data import load
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import whole
from implementations.transformer.characters import Characters


class Tokenizer(Protocol):
    """What turns text into tokens and back."""

    vocab_size: int

    def encode(self, text: str) -> np.ndarray:
        """Return the tokens of a text, shape (n,)."""
        ...

    def decode(self, tokens: np.ndarray) -> str:
        """Return the text of tokens."""
        ...


@dataclass(frozen=True)
class Corpus:
    """Tokens of a text, the last part held out.

    Attributes:
        train: Tokens to learn from, int64 of shape (n,).
        validation: Tokens held out, which follow in the text.
        tokenizer: What made them.
        characters: Of the text held out, those after its first token: those that are predicted.
    """

    train: np.ndarray
    validation: np.ndarray
    tokenizer: Tokenizer
    characters: int

    @classmethod
    def of(cls, train: str, validation: str, tokenizer: Tokenizer | None = None) -> Corpus:
        """Encode two texts.

        Args:
            train: To learn from.
            validation: Held out.
            tokenizer: One a character of the first text by default.

        Raises:
            ValueRangeError: If a text is empty, or has what the tokenizer does not know.
        """
        if not train or not validation:
            raise ValueRangeError("Corpus expects two texts that are not empty: cut the text elsewhere")
        tokenizer = Characters.train(train) if tokenizer is None else tokenizer
        held_out = tokenizer.encode(validation)
        characters = len(validation) - len(tokenizer.decode(held_out[:1]))
        return cls(tokenizer.encode(train), held_out, tokenizer, characters)

    @classmethod
    def shakespeare(cls, tokenizer: Tokenizer | None = None) -> Corpus:
        """Return the megabyte of Shakespeare's plays, the last tenth held out from the start of a paragraph.

        Raises:
            DataError: If it can be neither found nor fetched.
        """
        data = load("tinyshakespeare")
        return cls.of(data["train"]["text"], data["test"]["text"], tokenizer)


def sample_batch(
    tokens: np.ndarray, batch_size: int, context: int, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cut windows at random places of a text.

    Args:
        tokens: The text, shape (n,), n above the context.
        batch_size: Windows.
        context: Tokens in each.
        rng: Source of the places.

    Returns:
        Tokens and the tokens that follow each, both of shape (batch_size, context).

    Raises:
        ShapeError: If the text is too short.
    """
    batch_size = whole("sample_batch", "batch_size", batch_size, 1)
    context = whole("sample_batch", "context", context, 1)
    if tokens.ndim != 1 or len(tokens) <= context:
        raise ShapeError(
            f"windows of {context} tokens and the next need a text of {context + 1}, got {tokens.shape}: "
            "shorten the context or take a longer text"
        )
    starts = rng.integers(0, len(tokens) - context, batch_size)
    rows = starts[:, None] + np.arange(context)  # (B, T)
    return tokens[rows], tokens[rows + 1]
