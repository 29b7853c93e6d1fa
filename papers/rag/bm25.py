"""BM25: documents ranked by the words they share with a question, rare words first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from foundations.errors import DTypeError, ValueRangeError
from papers.rag.ranking import top_k, whole_k
from papers.rag.words import words


class Found(NamedTuple):
    """Documents, best first, and their scores; both shape (up to k,)."""

    documents: np.ndarray
    scores: np.ndarray


class BM25:
    r"""Rank documents by $\sum_{t \in x} \mathrm{idf}(t)\, \frac{f}{f + k_1(1 - b + b\,|z| / \bar l)}$.

    f is how often the word t stands in the document z, |z| how many words z has, $\bar l$ their mean, and
    $\mathrm{idf}(t) = \ln(1 + \frac{N - n_t + 1/2}{n_t + 1/2})$ with n_t of N documents holding t. A word
    that stands twice in the question counts twice.

    Args:
        documents: Texts, or lists of words where they are cut already; at least one.
        k1: How soon another occurrence of a word counts little; from 0.
        b: How much long documents are held back, in [0, 1].

    Raises:
        DTypeError: If a document is neither text nor words.
        ValueRangeError: If there is no document, or none has a word, or k1 or b is out of range.

    Example:
        >>> index = BM25(["the cat sat", "a dog ran", "cat and dog"])
        >>> index.search("cats cat", 2).documents.tolist()
        [0, 2]

    Source: Robertson & Zaragoza 2009, section 3; the idf is that of Lucene, never negative.

    Deviation: the constant factor k1 + 1 is left out: it changes no ranking.
    """

    def __init__(self, documents: Sequence[str | Sequence[str]], *, k1: float = 1.5, b: float = 0.75) -> None:
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueRangeError(f"BM25 takes k1 from 0 and b in [0, 1], got k1 = {k1!r}, b = {b!r}")
        counts = [Counter(_words(one, number)) for number, one in enumerate(documents)]
        lengths = np.array([count.total() for count in counts], dtype=np.float64)
        if lengths.sum() == 0:
            raise ValueRangeError(f"BM25 needs a document with a word, got {len(counts)} documents without")
        self.k1, self.b, self.size = k1, b, len(counts)
        held = k1 * (1 - b + b * lengths / lengths.mean())  # (N,)
        postings: dict[str, list[tuple[int, int]]] = {}
        for number, count in enumerate(counts):
            for word, f in count.items():
                postings.setdefault(word, []).append((number, f))
        self._postings: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for word, rows in postings.items():
            where, f = np.array(rows).T  # both (n_t,)
            idf = np.log(1 + (self.size - len(where) + 0.5) / (len(where) + 0.5))
            self._postings[word] = where, idf * f / (f + held[where])

    def scores(self, question: str | Sequence[str]) -> np.ndarray:
        """Return the score of every document, shape (N,); 0 where no word is shared."""
        total = np.zeros(self.size)
        for word in _words(question):
            if word in self._postings:
                where, weights = self._postings[word]
                total[where] += weights
        return total

    def search(self, question: str | Sequence[str], k: int = 10) -> Found:
        """Return the best documents, those that share no word with the question left out.

        Args:
            question: Text, or words.
            k: At most so many documents.

        Returns:
            Documents and scores; fewer than k, or none, where few share a word.

        Raises:
            ValueRangeError: If k is below 1, or the question has no word but stop words.
        """
        k = whole_k("BM25.search", k)
        if not _words(question):
            raise ValueRangeError(
                f"the question {_short(question)} has no word to search for: all are stop words; name it"
            )
        scores = self.scores(question)
        best = top_k(scores, k)
        best = best[scores[best] > 0]
        return Found(best, scores[best])


def _words(text: str | Sequence[str], number: int | None = None) -> list[str]:
    if isinstance(text, str):
        return words(text)
    if isinstance(text, Sequence) and all(isinstance(one, str) for one in text):
        return list(text)
    where = "" if number is None else f" at {number}"
    raise DTypeError(f"BM25 takes texts or lists of words, got {type(text).__name__}{where}")


def _short(question: str | Sequence[str]) -> str:
    text = question if isinstance(question, str) else " ".join(question)
    return repr(text if len(text) <= 60 else text[:57] + "…")
