"""Retrieval over real texts: by words, by meaning, or by both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from foundations.errors import ValueRangeError
from implementations.transformer.sentence_encoder import SentenceEncoder
from papers.rag.bm25 import BM25
from papers.rag.dense import DenseIndex
from papers.rag.embeddings import EmbeddingCache
from papers.rag.ranking import reciprocal_rank_fusion, whole_k

DEPTH = 100
"""Documents of each ranking that are fused."""


class Passage(NamedTuple):
    """A document that was found.

    Attributes:
        number: Which document.
        text: Its text.
        score: Of BM25, the inner product, or the sum of reciprocal ranks.
    """

    number: int
    text: str
    score: float


class Library:
    """Texts that are found by BM25, by vectors where there is an encoder, or by both, ranks fused.

    Args:
        texts: At least one.
        encode: Texts to vectors (n, d), such as `minilm()`; without one, words decide alone.

    Raises:
        ValueRangeError: If there is no text, or none has a word.

    Example:
        >>> library = Library(["The Normans settled in France.", "Oxygen is a gas."])
        >>> library.search("who settled in France?", 1)[0].number
        0
    """

    def __init__(
        self, texts: Sequence[str], *, encode: Callable[[Sequence[str]], np.ndarray] | None = None
    ) -> None:
        self.texts = list(texts)
        self.bm25 = BM25(self.texts)
        self.encode = encode
        self.index = None if encode is None else DenseIndex(encode(self.texts), self.texts)

    def search(self, question: str, k: int = 10, *, by: str | None = None) -> list[Passage]:
        """Return the best passages.

        Args:
            question: Text.
            k: At most so many.
            by: "bm25", "dense" or "fused"; by default fused where there is an encoder, else BM25.

        Returns:
            Passages, best first. BM25 finds fewer than k, or none, where few share a word with the question.

        Raises:
            ValueRangeError: If k is below 1, `by` is unknown or needs an encoder, or the question has no word
                but stop words.
        """
        k = whole_k("Library.search", k)
        by = by or ("bm25" if self.index is None else "fused")
        if by not in ("bm25", "dense", "fused"):
            raise ValueRangeError(f"search goes by 'bm25', 'dense' or 'fused', got {by!r}")
        if by != "bm25" and self.index is None:
            raise ValueRangeError(f"search by {by!r} needs vectors: give Library an encoder")
        if by == "bm25":
            found = self.bm25.search(question, k)
            return self._passages(zip(found.documents, found.scores, strict=True))
        depth = k if by == "dense" else max(k, DEPTH)
        words = self.bm25.search(question, depth)  # says so where the question has no word
        scores, numbers = self._dense(question, depth)
        if by == "dense":
            return self._passages(zip(numbers, scores, strict=True))
        return self._passages(reciprocal_rank_fusion([words.documents.tolist(), numbers.tolist()])[:k])

    def _dense(self, question: str, k: int) -> tuple[np.ndarray, np.ndarray]:
        assert self.index is not None
        assert self.encode is not None
        return self.index.search(self.encode([question])[0], min(k, len(self.index)))

    def _passages(self, found: Any) -> list[Passage]:
        return [Passage(int(number), self.texts[number], float(score)) for number, score in found]


def minilm(cache: Any = None) -> Callable[[Sequence[str]], np.ndarray]:
    """Return the encoder all-MiniLM-L6-v2: texts to vectors of length one, shape (n, 384).

    Args:
        cache: A file for the vectors, so that no text is encoded twice; None keeps nothing.

    Raises:
        DataError: If the weights are not there and cannot be fetched.
    """
    encode = SentenceEncoder.from_pretrained().encode
    return encode if cache is None else EmbeddingCache(encode, cache, name="minilm")
