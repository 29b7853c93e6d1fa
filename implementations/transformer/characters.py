"""One token a character: the smallest tokenizer that loses nothing of the text it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.arguments import shown


class Characters:
    """Number the characters of a text in the order of their code points.

    Args:
        characters: Every character once; its place is its token.

    Attributes:
        characters: As given.
        vocab_size: How many there are.

    Raises:
        DTypeError: If they are not text.
        ValueRangeError: If there are none, or one is there twice.

    Example:
        >>> letters = Characters.train("abba")
        >>> letters.encode("bab"), letters.decode([1, 0])
        (array([1, 0, 1]), 'ba')
    """

    def __init__(self, characters: str) -> None:
        check_text("Characters", characters)
        if not characters or len(set(characters)) < len(characters):
            raise ValueRangeError(
                f"Characters needs each character once and at least one, got {shown(characters)}: "
                "make it of a text with Characters.train(text)"
            )
        self.characters = characters
        self.vocab_size = len(characters)
        self._token = {character: token for token, character in enumerate(characters)}

    @classmethod
    def train(cls, text: str) -> Self:
        """Take the characters that a text has.

        Raises:
            ValueRangeError: If the text is empty.
        """
        check_text("Characters.train", text)
        if not text:
            raise ValueRangeError("Characters.train expects a text, got an empty one: it names no characters")
        return cls("".join(sorted(set(text))))

    def encode(self, text: str) -> np.ndarray:
        """Return the tokens of a text, int64 of shape (characters,).

        Raises:
            ValueRangeError: If a character is none of the vocabulary's; the first few are named.
        """
        check_text("Characters.encode", text)
        try:
            return np.array([self._token[character] for character in text], dtype=np.int64)
        except KeyError:
            foreign = sorted(set(text) - self._token.keys())[:5]
            raise ValueRangeError(
                f"Characters knows {self.vocab_size} characters and not {', '.join(map(repr, foreign))}: "
                "remove them, or use BytePair, which encodes any text"
            ) from None

    def decode(self, tokens: Iterable[int] | np.ndarray) -> str:
        """Return the text of tokens.

        Raises:
            ValueRangeError: If a token is none of the vocabulary's.
        """
        tokens = checked_tokens("Characters.decode", tokens, self.vocab_size)
        return "".join([self.characters[token] for token in tokens.tolist()])


def check_text(owner: str, text: Any) -> None:
    """Raise unless something is text."""
    if not isinstance(text, str):
        raise DTypeError(f"{owner} expects text, got {shown(text)}: pass a str")


def checked_tokens(owner: str, tokens: Any, vocab_size: int) -> np.ndarray:
    """Return tokens as int64 of shape (n,).

    Raises:
        DTypeError: If they are not whole numbers.
        ShapeError: If they stand in rows.
        ValueRangeError: If one lies outside the vocabulary.
    """
    if not isinstance(tokens, np.ndarray):
        tokens = np.array(list(tokens))
    if tokens.ndim != 1:
        raise ShapeError(f"{owner} expects tokens of shape (n,), got {tokens.shape}: take one row")
    if tokens.size and tokens.dtype.kind not in "iu":
        raise DTypeError(f"{owner} expects whole numbers, got {tokens.dtype}: convert with .astype(np.int64)")
    if tokens.size and not 0 <= tokens.min() <= tokens.max() < vocab_size:
        raise ValueRangeError(
            f"{owner} expects tokens 0 to {vocab_size - 1}, got {tokens.min()} to {tokens.max()}: "
            "they were made by another tokenizer"
        )
    return tokens.astype(np.int64)
