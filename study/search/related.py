"""Words near to a word that is found nowhere, by word vectors that ship: what stands in for MiniLM."""

from __future__ import annotations

from functools import cache

import numpy as np

NEAREST = 5
"""Words that may stand in for another."""
LEAST = 0.65
"""The cosine of two words that may stand in for each other."""


@cache
def _vectors() -> tuple[dict[str, int], list[str], np.ndarray]:
    try:
        from foundations.data import load
    except ImportError:  # a base may be without it
        return {}, [], np.zeros((0, 50), np.float32)
    table = load("glove-small")["all"]
    words = list(table["words"])
    vectors = np.asarray(table["vectors"], dtype=np.float32)  # (words, 50)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return {word: number for number, word in enumerate(words)}, words, vectors


def is_word(word: str) -> bool:
    """Tell whether a word is among the ten thousand commonest: no slip of the finger.

    >>> is_word("doctor"), is_word("docktor")
    (True, False)
    """
    return word.lower() in _vectors()[0]


def related(word: str) -> tuple[str, ...]:
    """Return words that are used as `word` is, the nearest first; none where it is not among the vectors.

    >>> "physician" in related("doctor")
    True
    >>> related("xyzzy")
    ()
    """
    numbers, words, vectors = _vectors()
    number = numbers.get(word.lower())
    if number is None:
        return ()
    cosines = vectors @ vectors[number]
    order = np.argsort(-cosines, kind="stable")[: NEAREST + 1]
    return tuple(words[i] for i in order if i != number and cosines[i] >= LEAST)
