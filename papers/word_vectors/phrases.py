"""Phrases: two words that stand together far more often than their own counts explain become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from foundations.errors import ValueRangeError
from papers.word_vectors.vocabulary import Formula, words_of

JOINT = "_"


class Phrases(NamedTuple):
    """Pairs of words that are phrases.

    Attributes:
        scores: (first word, second word) to its score, the highest first.
    """

    scores: Mapping[tuple[str, str], float]

    def join(self, sentence: Sequence[str]) -> list[str]:
        """Write the phrases of a sentence as one word each, from left to right.

        Args:
            sentence: A list of words.

        Example:
            >>> Phrases({("new", "york"): 1.0}).join(["in", "new", "york", "city"])
            ['in', 'new_york', 'city']
        """
        joined: list[str] = []
        words = iter(words_of(sentence))
        word = next(words, None)
        while word is not None:
            following = next(words, None)
            if following is not None and (word, following) in self.scores:
                word, following = f"{word}{JOINT}{following}", next(words, None)
            joined.append(word)
            word = following
        return joined


def find_phrases(
    sentences: Iterable[Sequence[str]],
    *,
    threshold: float,
    discount: float = 5.0,
    min_count: int = 5,
    formula: Formula = "code",
) -> Phrases:
    r"""Find the pairs of neighbours whose score exceeds a threshold.

    $$\mathrm{score}(a, b) = \frac{\mathrm{count}(ab) - \delta}{\mathrm{count}(a)\,\mathrm{count}(b)}$$

    The authors' program multiplies it by the number of words of the corpus, so that one threshold (100
    there) does for corpora of any size. Longer phrases come from further passes, with lower thresholds.

    Args:
        sentences: Lists of words, read once.
        threshold: Pairs with a score above it are phrases.
        discount: δ, which keeps rare pairs out.
        min_count: Words that occur less often are part of no phrase.
        formula: "paper" or "code", which has the factor.

    Returns:
        The phrases; `join` writes them into sentences.

    Raises:
        ValueRangeError: If the formula is unknown, δ is negative, or there is no word at all.

    Source: Mikolov et al. 2013b, equation (6); `word2phrase.c`.
    """
    if formula not in ("paper", "code"):
        raise ValueRangeError(f"the formula is 'paper' or 'code', got {formula!r}")
    if not discount >= 0:
        raise ValueRangeError(f"the discount is a count from 0 on, got {discount}")
    single: Counter[str] = Counter()
    double: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        words = words_of(sentence)
        single.update(words)
        double.update(pairwise(words))
    if not single:
        raise ValueRangeError("find_phrases expects sentences with words in them, got none")
    factor = sum(single.values()) if formula == "code" else 1
    scores = {
        (a, b): (count - discount) / (single[a] * single[b]) * factor  # (6)
        for (a, b), count in double.items()
        if min(single[a], single[b]) >= min_count
    }
    found = sorted(
        ((pair, score) for pair, score in scores.items() if score > threshold), key=lambda x: -x[1]
    )
    return Phrases(dict(found))
