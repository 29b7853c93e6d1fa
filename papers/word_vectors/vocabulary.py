"""Words and how often they occur: which are kept, which are thinned out, and which serve as noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from foundations.errors import DTypeError, ValueRangeError

Formula = Literal["paper", "code"]
"""Where the paper's formula and that of the authors' program differ: which of the two."""


class Corpus(NamedTuple):
    """Sentences as numbers, end to end.

    Attributes:
        tokens: Numbers of words, int64, shape (n,).
        sentence: Number of the sentence that each belongs to, never falling, shape (n,).
    """

    tokens: np.ndarray
    sentence: np.ndarray


class Vocabulary:
    """The words that occur often enough, the most frequent first.

    Args:
        counts: Word to number of occurrences.
        min_count: Words that occur less often are left out.

    Attributes:
        words: The words, by falling count; equal counts in the order they were given.
        counts: Their counts, int64, shape (V,).
        index: Word to its number.

    Raises:
        ValueRangeError: If min_count is below 1, a count is, or no word is left.

    Example:
        >>> v = Vocabulary.of([["a", "rose", "is", "a", "rose"]], min_count=2)
        >>> v.words, v.counts.tolist()
        (['a', 'rose'], [2, 2])
    """

    def __init__(self, counts: dict[str, int], min_count: int = 1) -> None:
        if min_count < 1:
            raise ValueRangeError(f"min_count is a number of occurrences from 1 on, got {min_count}")
        if low := [word for word, count in counts.items() if count < 1]:
            raise ValueRangeError(
                f"a word of the vocabulary occurs once at least, got {counts[low[0]]} for {low[0]!r}"
            )
        kept = sorted((item for item in counts.items() if item[1] >= min_count), key=lambda item: -item[1])
        if not kept:
            most = max(counts.values(), default=0)
            raise ValueRangeError(
                f"the vocabulary is empty: no word occurs {min_count} times, the most frequent {most} times; "
                "give more text or a smaller min_count"
            )
        self.words = [word for word, _ in kept]
        self.counts = np.array([count for _, count in kept], dtype=np.int64)
        self.index = {word: number for number, word in enumerate(self.words)}

    @classmethod
    def of(cls, sentences: Iterable[Sequence[str]], *, min_count: int = 5) -> Vocabulary:
        """Count the words of sentences.

        Args:
            sentences: Lists of words.
            min_count: Words that occur less often are left out.

        Raises:
            DTypeError: If a sentence is one text instead of a list of words.
            ValueRangeError: If no word is left.
        """
        counts: Counter[str] = Counter()
        for sentence in sentences:
            counts.update(words_of(sentence))
        return cls(counts, min_count)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words, {self.counts.sum()} occurrences)"

    def encode(self, sentences: Iterable[Sequence[str]]) -> Corpus:
        """Turn sentences into numbers; words that the vocabulary lacks vanish, before any window is drawn.

        Args:
            sentences: Lists of words.

        Returns:
            The sentences end to end.

        Raises:
            DTypeError: If a sentence is one text instead of a list of words.
            ValueRangeError: If no word of any sentence is known.
        """
        known = [[self.index[w] for w in words_of(one) if w in self.index] for one in sentences]
        lengths = [len(one) for one in known]
        if not sum(lengths):
            raise ValueRangeError(
                f"none of the words of {len(known)} sentences is in the vocabulary of {len(self)}: "
                "was it made from other text, or in another case?"
            )
        tokens = np.concatenate([np.array(one, dtype=np.int64) for one in known])
        return Corpus(tokens, np.repeat(np.arange(len(known)), lengths))

    @property
    def frequency(self) -> np.ndarray:
        """Share of each word among all occurrences, f(w), shape (V,)."""
        return self.counts / self.counts.sum()

    def keep_probability(
        self,
        sample: float,
        formula: Formula = "code",
    ) -> np.ndarray:
        r"""Return how likely an occurrence of each word survives subsampling, shape (V,).

        $\sqrt{t/f}$ in the paper, $\sqrt{t/f} + t/f$ in the authors' program, at most 1.

        Args:
            sample: t, a frequency above 0, about 1e-5 for a billion words; `inf` keeps everything.
            formula: Which of the two.

        Raises:
            ValueRangeError: If t is not above 0 or there is no such formula.

        Source: Mikolov et al. 2013b, equation (5); `word2vec.c`.
        """
        if not sample > 0:
            raise ValueRangeError(
                f"sample is a frequency above 0, got {sample}: inf keeps every word",
            )
        if formula not in ("paper", "code"):
            raise ValueRangeError(f"the formula is 'paper' or 'code', got {formula!r}")
        ratio = sample / self.frequency  # t / f
        keep = np.sqrt(ratio)
        if formula == "code":
            keep = keep + ratio
        return np.minimum(keep, 1.0)

    def noise(self, power: float = 0.75) -> np.ndarray:
        """Return the distribution of negative samples, proportional to count ** power, shape (V,).

        Args:
            power: 1 for the unigram distribution, 0 for the uniform one; the paper's choice is 3/4.

        Source: Mikolov et al. 2013b, section 2.2.
        """
        weights = self.counts.astype(np.float64) ** power
        return weights / weights.sum()


def words_of(sentence: Sequence[str]) -> Sequence[str]:
    """Return the sentence, refused where it is one text: its letters would pass for words."""
    if isinstance(sentence, str):
        raise DTypeError(f"a sentence is a list of words, got the text {sentence[:30]!r}: split it")
    return sentence
