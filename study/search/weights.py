"""How much a section counts, for what it is and for what its heading says."""

from __future__ import annotations

import math
import re

from study.search.meaning import Near
from study.search.vocabulary import STOP_WORDS

COLUMNS = (2.0, 5.0, 5.0, 1.0, 1.0, 0.5)
"""Weights of title, heading, terms, aliases, body and code in BM25."""

KIND_WEIGHT = {"notes": 1.0, "docs": 0.9, "api": 0.7, "reader": 0.9, "checklist": 0.4, "bibliography": 0.6}
ASIDE = re.compile(r"exercise|question|reference|symbols|checklist|pitfall|answer", re.IGNORECASE)
"""Sections that speak of an idea without being the place that explains it."""
ASIDE_WEIGHT = 0.6
SHORT = 15
"""Words of a short section: a formula or a line explains less than a paragraph, and counts less."""
EXACT_WEIGHT = 2.0
"""Of a section whose heading is what was typed, stop words aside."""

NAMED_WEIGHT = 1.5
"""Of a section of notes whose whole heading was typed beside other words: "gradient of inverse", Inverse."""


class Asked:
    """What the reader typed, to be held against headings.

    Args:
        typed: As it was typed.
    """

    def __init__(self, typed: str) -> None:
        self.typed = typed
        self.content = content(typed)
        self.stems = set(map(stem, words(typed)))

    def weight(self, kind: str, heading: str, length: int) -> float:
        """Return how much a section counts for what it is, whatever its words.

        Args:
            kind: One of `study.search.KINDS`.
            heading: Its own.
            length: Words of its text and code.
        """
        weight = KIND_WEIGHT[kind]
        if kind in ("notes", "docs"):
            weight *= (length + SHORT / 2) / (length + 1.5 * SHORT)
        weight *= aside(kind, heading)
        if content(heading) == self.content:
            weight *= EXACT_WEIGHT
        elif kind == "notes" and self.names(heading):
            weight *= NAMED_WEIGHT
        return weight * EXACT_WEIGHT if kind == "api" and heading.split(".")[-1] == self.typed else weight

    def names(self, heading: str) -> bool:
        """Tell whether the query has every word of a heading, whatever the endings."""
        named = {stem(word) for word in words(heading) if word not in STOP_WORDS}
        return bool(named) and named <= self.stems


def aside(kind: str, heading: str) -> float:
    """Return how much a section counts that speaks of an idea without being the place to read of it."""
    return ASIDE_WEIGHT if kind == "notes" and ASIDE.search(heading) else 1.0


def fused(scores: dict[int, tuple[float, float]], near: dict[int, Near], best: float) -> dict[int, float]:
    """Return the score of every row, of its words and of its meaning.

    The root of the score by words counts, that of the best as one, and so does each of the three kinds of
    nearness. Sums, because reciprocal ranks put fewer paraphrased questions right. The root, and the smaller
    weight of asides, were chosen on the entries' own questions.

    Args:
        scores: Of the rows that have some of the words: the share of what was asked, and the score.
        near: Of the rows that are compared by meaning; with none, words alone decide.
        best: The greatest share; rows with less than half of it are not found by their words.
    """
    kept = {row: score for row, (share, score) in scores.items() if 2 * share >= best}
    if not near:
        return kept
    most = max(kept.values(), default=0.0)
    by_words = {row: math.sqrt(score / most) for row, score in kept.items()} if most > 0 else {}
    return {row: by_words.get(row, 0.0) + (near[row].score if row in near else 0.0) for row in near | kept}


def words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return re.findall(r"[^\W_]+", text.lower())


def stem(word: str) -> str:
    """Return a word without the ending that its number or tense gives it, roughly.

    >>> {stem("divide"), stem("divided"), stem("divides"), stem("dividing")}
    {'divid'}
    """
    return re.sub(r"(?<=\w{3})(?:ing|ed|es|e|s)$", "", word)


def content(text: str) -> str:
    """Return the letters and digits of a text in lower case, without its stop words.

    >>> content("How are claims tested?") == content("How claims are tested")
    True
    """
    return "".join(word for word in words(text) if word not in STOP_WORDS)
