"""Words with their vectors, and what they are judged by: neighbours, analogies, similarity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ShapeError, ValueRangeError


class WordVectors:
    """Words and their vectors, whoever made them.

    Args:
        words: V words, each once.
        vectors: Finite numbers, shape (V, d).

    Attributes:
        words: The words.
        vectors: Shape (V, d).
        index: Word to its row.

    Raises:
        ShapeError: If the two do not fit together or there is none.
        ValueRangeError: If a word comes twice, or a number is not finite.
    """

    def __init__(self, words: Sequence[str], vectors: ArrayLike) -> None:
        self.words, self.vectors = list(words), np.asarray(vectors)
        if self.vectors.ndim != 2 or len(self.words) != len(self.vectors) or not self.vectors.size:
            raise ShapeError(
                f"expected a vector for each of {len(self.words)} words, shape (words, d), "
                f"got {self.vectors.shape}"
            )
        self.index = {word: number for number, word in enumerate(self.words)}
        if len(self.index) < len(self.words):
            twice = next(word for number, word in enumerate(self.words) if self.index[word] != number)
            raise ValueRangeError(f"every word has one vector, got {twice!r} twice")
        if not np.isfinite(self.vectors).all():
            bad = self.words[int(np.argmin(np.isfinite(self.vectors).all(axis=1)))]
            raise ValueRangeError(f"vectors are finite numbers, got NaN or infinity for {bad!r}")

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str) -> np.ndarray:
        return self.vectors[self.row(word)]

    def row(self, word: str) -> int:
        """Return the row of a word.

        Raises:
            ValueRangeError: If the word is unknown.
        """
        if word not in self.index:
            hint = f"; {word.lower()!r} is there" if word.lower() in self.index else ""
            raise ValueRangeError(f"{word!r} is not among the {len(self)} words{hint}")
        return self.index[word]

    @cached_property
    def units(self) -> np.ndarray:
        """The vectors divided by their lengths, shape (V, d); zero stays zero."""
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        return self.vectors / np.where(lengths > 0, lengths, 1)


def most_similar(
    vectors: WordVectors, query: str | ArrayLike, n: int = 10, *, exclude: Iterable[str] = ()
) -> list[tuple[str, float]]:
    """Return the n words whose vectors have the largest cosine with a query.

    Args:
        vectors: Words and vectors.
        query: A word, which is left out of the answer, or a vector, shape (d,).
        n: How many, at least 1.
        exclude: Further words to leave out; unknown ones change nothing.

    Returns:
        Words with their cosines, the largest first.

    Raises:
        ShapeError: If the query has another length than the vectors.
        ValueRangeError: If the word is unknown, or n is below 1.
    """
    if n < 1:
        raise ValueRangeError(f"n is a number of words from 1 on, got {n}")
    left_out = [vectors.index[word] for word in exclude if word in vectors.index]
    if isinstance(query, str):
        left_out.append(vectors.row(query))
        unit = vectors.units[left_out[-1]]
    else:
        unit = np.asarray(query, dtype=float)
        if unit.shape != vectors.vectors.shape[1:]:
            raise ShapeError(f"a query has shape {vectors.vectors.shape[1:]}, got {unit.shape}")
        unit = unit / max(float(np.linalg.norm(unit)), np.finfo(float).tiny)
    cosines = vectors.units @ unit
    cosines[left_out] = -np.inf
    best = np.argsort(-cosines, kind="stable")[: min(n, len(vectors) - len(set(left_out)))]
    return [(vectors.words[i], float(cosines[i])) for i in best]


def analogy(vectors: WordVectors, a: str, b: str, c: str, n: int = 1) -> list[tuple[str, float]]:
    r"""Answer "a is to b as c is to …" by the words nearest to b - a + c, the three left out (3CosAdd).

    $$\arg\max_{x \notin \{a, b, c\}} \cos(x,\; \hat b - \hat a + \hat c)$$ with vectors of length one.

    Args:
        vectors: Words and vectors.
        a: First word of the known pair.
        b: Second word of the known pair.
        c: First word of the asked pair.
        n: How many answers.

    Returns:
        Words with their cosines, the best first.

    Raises:
        ValueRangeError: If a word is unknown.

    Source: Mikolov et al. 2013a, section 4; the name is Levy & Goldberg's.
    """
    rows = [vectors.row(word) for word in (a, b, c)]
    query = np.array([-1.0, 1.0, 1.0]) @ vectors.units[rows]  # b - a + c
    return most_similar(vectors, query, n, exclude=(a, b, c))


class Score(NamedTuple):
    """A test of word vectors.

    Attributes:
        value: Spearman's correlation, or the share of questions answered right.
        used: How many of the items have all their words in the vocabulary.
        given: How many there were.
    """

    value: float
    used: int
    given: int


def analogy_score(vectors: WordVectors, questions: Sequence[Sequence[str]], *, lower: bool = True) -> Score:
    """Return the share of analogy questions whose best answer is the expected word.

    Args:
        vectors: Words and vectors.
        questions: Four words each: a, b, c and the answer.
        lower: Whether questions are put in lower case first.

    Returns:
        The share, of the questions whose four words are known.

    Raises:
        ValueRangeError: If no question can be asked.
    """
    asked = [[word.lower() if lower else word for word in one] for one in questions]
    known = [[vectors.index[w] for w in one] for one in asked if all(w in vectors.index for w in one)]
    if not known:
        raise ValueRangeError(f"none of {len(asked)} questions has all four words among the {len(vectors)}")
    rows, right = np.array(known), 0
    for part in np.array_split(rows, -(-len(rows) // 256)):
        a, b, c, answer = part.T
        cosines = (vectors.units[b] - vectors.units[a] + vectors.units[c]) @ vectors.units.T  # (n, V)
        cosines[np.arange(len(part))[:, None], part[:, :3]] = -np.inf
        right += int((cosines.argmax(axis=1) == answer).sum())
    return Score(right / len(rows), len(rows), len(asked))


def similarity_score(
    vectors: WordVectors,
    first: Sequence[str],
    second: Sequence[str],
    scores: ArrayLike,
    *,
    lower: bool = True,
) -> Score:
    """Return Spearman's correlation between cosines and people's judgements of pairs of words.

    Args:
        vectors: Words and vectors.
        first: First word of each pair.
        second: Second word of each pair.
        scores: Judgement of each pair, shape (pairs,).
        lower: Whether the words are put in lower case first.

    Returns:
        The correlation, over the pairs whose two words are known.

    Raises:
        ShapeError: If the three have different lengths.
        ValueRangeError: If fewer than three pairs are known.
    """
    cosines, judged = similarities(vectors, first, second, scores, lower=lower)
    known = np.isfinite(cosines)
    if known.sum() < 3:
        raise ValueRangeError(
            f"a correlation needs three pairs of known words, got {known.sum()} of {len(known)}"
        )
    return Score(spearman(cosines[known], judged[known]), int(known.sum()), len(known))


def similarities(
    vectors: WordVectors,
    first: Sequence[str],
    second: Sequence[str],
    scores: ArrayLike,
    *,
    lower: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the cosine of every pair, NaN where a word is unknown, and the judgements, (pairs,) both."""
    judged = np.asarray(scores, dtype=float)
    if not len(first) == len(second) == len(judged):
        raise ShapeError(
            f"expected as many scores as pairs, got {len(first)}, {len(second)} and {len(judged)}"
        )
    cosines = np.full(len(judged), np.nan)
    for i, pair in enumerate(zip(first, second, strict=True)):
        rows = [vectors.index.get(word.lower() if lower else word) for word in pair]
        if None not in rows:
            cosines[i] = vectors.units[rows[0]] @ vectors.units[rows[1]]
    return cosines, judged


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks 1 … n of numbers; equal ones share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Return Spearman's correlation, that of the ranks; 0 where one of the two does not vary."""
    a, b = (one - one.mean() for one in (ranks(x), ranks(y)))
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0
