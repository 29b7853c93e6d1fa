"""The model to beat: counts of short sequences, each mixed with the counts of shorter ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff.tensor import values
from foundations.errors import NotFittedError, ValueRangeError
from foundations.nn.arguments import integers, whole
from implementations.transformer.evaluation import Evaluation


class NGrams:
    r"""Predict a token from how often it followed the n - 1 tokens before it, interpolated over all n.

    $$p_n(c \mid h) = \frac{N(h c) + T(h)\, p_{n-1}(c \mid h')}{N(h) + T(h)}$$

    N counts, T(h) is how many different tokens followed h, h' is h without its first token, and $p_0$ is
    uniform. A context of many continuations says less, and leaves more to the shorter one.

    Args:
        order: n, tokens of the longest sequence that is counted.
        vocab_size: Tokens in the vocabulary.

    Raises:
        ValueRangeError: If a size is below 1, or sequences of that order have no numbers in 63 bits.

    Example:
        >>> model = NGrams(2, vocab_size=2).fit(np.array([0, 1, 0, 1, 0]))
        >>> model.probabilities(np.array([0, 1, 1])).round(3)
        array([0.571, 0.81 , 0.143])

    Source: Witten & Bell 1991, The zero-frequency problem, method C, in the recursive form of Chen & Goodman
        1998, An empirical study of smoothing techniques for language modeling.
    """

    def __init__(self, order: int, vocab_size: int) -> None:
        self.order = whole("NGrams", "order", order, 1)
        self.vocab_size = whole("NGrams", "vocab_size", vocab_size, 1)
        if order * math.log2(max(2, vocab_size)) > 63:
            raise ValueRangeError(
                f"NGrams numbers sequences in 63 bits, got {order} tokens of {vocab_size}: lower the order"
            )
        self._counts: list[tuple[np.ndarray, ...]] = []

    def fit(self, tokens: Any) -> NGrams:
        """Count the sequences of a text.

        Args:
            tokens: Shape (n,), at least `order` of them.

        Returns:
            Itself.

        Raises:
            ValueRangeError: If the text is too short, or has tokens of another vocabulary.
        """
        tokens = self._checked("fit", tokens)
        if len(tokens) < self.order:
            raise ValueRangeError(
                f"NGrams of order {self.order} count sequences of so many tokens, got {len(tokens)}: "
                "give a longer text"
            )
        self._counts = []
        for n in range(1, self.order + 1):
            sequences, counts = np.unique(self._numbers(tokens, n), return_counts=True)
            contexts, first = np.unique(sequences // self.vocab_size, return_index=True)
            followed = np.add.reduceat(counts, first)  # N(h)
            kinds = np.diff(np.append(first, len(sequences)))  # T(h)
            self._counts.append((sequences, counts, contexts, followed, kinds))
        return self

    def probabilities(self, tokens: Any) -> np.ndarray:
        """Return the probability of every token of a text given those before it, the first few by less.

        Args:
            tokens: Shape (n,).

        Returns:
            float64, shape (n,).

        Raises:
            NotFittedError: If nothing was counted.
            ValueRangeError: If there are tokens of another vocabulary.
        """
        if not self._counts:
            raise NotFittedError("NGrams has counted nothing yet: call fit(tokens) first")
        tokens = self._checked("probabilities", tokens)
        p = np.full(len(tokens), 1 / self.vocab_size)
        for n, (sequences, counts, contexts, followed, kinds) in enumerate(self._counts, 1):
            if len(tokens) < n:
                break
            asked = self._numbers(tokens, n)
            count = _looked_up(asked, sequences, counts)
            total = _looked_up(asked // self.vocab_size, contexts, followed)
            types = _looked_up(asked // self.vocab_size, contexts, kinds)
            shorter = p[n - 1 :]
            mixed = (count + types * shorter) / np.maximum(total + types, 1)
            p[n - 1 :] = np.where(total > 0, mixed, shorter)
        return p

    def evaluate(self, tokens: Any) -> Evaluation:
        """Return the mean negative log-probability of the tokens of a text, in nats a token.

        Args:
            tokens: Shape (n,), n at least 1.

        Raises:
            NotFittedError: If nothing was counted yet.
            ValueRangeError: If there is no token, or one of another vocabulary.
        """
        p = self.probabilities(tokens)
        if not len(p):
            raise ValueRangeError("NGrams predicts a text of at least one token, got none")
        return Evaluation(float(-np.log(p).mean()), len(p))

    def _numbers(self, tokens: np.ndarray, n: int) -> np.ndarray:
        """Return a number for each sequence of n tokens, sum_i t_i V^(n - 1 - i): shape (len - n + 1,)."""
        numbers = np.zeros(len(tokens) - n + 1, np.int64)
        for i in range(n):
            numbers = numbers * self.vocab_size + tokens[i : i + len(numbers)]
        return numbers

    def _checked(self, owner: str, tokens: Any) -> np.ndarray:
        tokens = integers(f"NGrams.{owner}", "tokens", values(tokens))
        if tokens.ndim != 1:
            raise ValueRangeError(f"NGrams.{owner} expects tokens of shape (n,), got {tokens.shape}")
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.vocab_size:
            raise ValueRangeError(
                f"NGrams.{owner} expects tokens 0 to {self.vocab_size - 1}, got {tokens.min()} to "
                f"{tokens.max()}: they were made by another tokenizer"
            )
        return tokens


def _looked_up(asked: np.ndarray, known: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the number of each key in a sorted table, 0 where it is not there."""
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[at] == asked, numbers[at], 0)
