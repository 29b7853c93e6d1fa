"""Sentences of film reviews, cut into pieces once, in parts that do not meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from foundations.data import load
from foundations.errors import ExperimentError
from foundations.experiment import Budget, by_budget
from papers.lora.encoders import WORDS, encoder

MOST_PIECES = 24
FOLDS, FOLD = 8, 400
FIRST_PILOT_SEED = 100


class Batch(NamedTuple):
    """Sentences of about the same length.

    Attributes:
        numbers: Numbers of the pieces, padded, shape (B, T).
        visible: True where a piece is none of the padding, shape (B, T).
        labels: 1 for positive, shape (B,).
    """

    numbers: np.ndarray
    visible: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Sentences:
    """Encoded sentences with labels.

    Attributes:
        pieces: Numbers of each sentence's pieces.
        labels: 1 for positive, shape (n,).
    """

    pieces: tuple[list[int], ...]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, rows: np.ndarray) -> Sentences:
        """Return some of them."""
        return Sentences(tuple(self.pieces[i] for i in rows), self.labels[rows])

    def batches(self, size: int, *, rng: np.random.Generator | None = None) -> Iterator[Batch]:
        """Yield each sentence once, in batches of similar length; with an rng, batches in random order."""
        lengths = np.array([len(one) for one in self.pieces])
        ties = rng.random(len(lengths)) if rng else np.zeros(len(lengths))
        order = np.lexsort((ties, lengths))
        starts = np.arange(0, len(order), size)
        for start in rng.permutation(starts) if rng else starts:
            rows = order[start : start + size]
            yield padded([self.pieces[i] for i in rows], self.labels[rows])


def padded(pieces: list[list[int]], labels: np.ndarray) -> Batch:
    """Return sentences as one array, zeros behind the shorter ones."""
    longest = max(map(len, pieces))
    numbers = np.zeros((len(pieces), longest), dtype=np.int64)
    visible = np.zeros((len(pieces), longest), dtype=bool)
    for i, one in enumerate(pieces):
        numbers[i, : len(one)], visible[i, : len(one)] = one, True
    return Batch(numbers, visible, labels)


@lru_cache(maxsize=2)
def sentences(budget: Budget) -> Sentences:
    """Return the sentences of at most 24 pieces, in a fixed random order, without duplicates.

    Two sentences are the same if their sets of lower-cased words are.
    """
    rows = made_up() if budget == "quick" else load("sentence-polarity")["all"]
    tokenizer = encoder(budget).tokenizer
    seen: set[frozenset[str]] = set()
    pieces, labels = [], []
    for text, label in zip(rows["texts"], rows["labels"], strict=True):
        words = frozenset(text.lower().split())
        one = tokenizer.encode(text)
        if words not in seen and len(one) <= MOST_PIECES:
            seen.add(words)
            pieces.append(one)
            labels.append(label)
    order = np.random.default_rng(2106).permutation(len(labels))
    return Sentences(tuple(pieces), np.array(labels)).of(order)


def made_up() -> dict[str, list]:
    """Return sentences of two kinds in the language of the tiny encoder, which need no data set."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 2, 600)
    texts = [" ".join(WORDS[20 * c + i] for i in rng.integers(0, 40, rng.integers(5, 12))) for c in labels]
    return {"texts": texts, "labels": labels.tolist()}


class Parts(NamedTuple):
    """What a seed learns from, chooses by and is tested on; no test for a pilot seed."""

    train: Sentences
    validation: Sentences
    test: Sentences | None

    def tested_on(self) -> Sentences:
        """Return the test sentences.

        Raises:
            ExperimentError: If these are parts of a pilot seed.
        """
        if self.test is None:
            raise ExperimentError("a pilot seed has no test fold")
        return self.test


def parts(seed: int, budget: Budget) -> Parts:
    """Return the sentences of a seed.

    Seed s below 8 is tested on fold s, 400 sentences that no other seed is tested on, and draws the others
    from all the rest; pilot seeds draw from what is in no fold.
    """
    known = sentences(budget)
    n_train = by_budget(budget, quick=64, standard=1000, full=3000)
    n_validation = by_budget(budget, quick=32, standard=200, full=300)
    rng = np.random.default_rng([seed, 1])
    everything, size = np.arange(len(known)), by_budget(budget, quick=32, standard=FOLD, full=FOLD)
    if seed >= FIRST_PILOT_SEED:
        rest, test = everything[FOLDS * size :], None
    else:
        fold = everything[seed % FOLDS * size :][:size]
        rest, test = np.setdiff1d(everything, fold), known.of(fold)
    drawn = rng.permutation(rest)
    validation = drawn[:n_validation]
    return Parts(
        known.of(drawn[n_validation : n_validation + n_train]),
        known.of(validation),
        test,
    )
