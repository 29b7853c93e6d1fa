"""What the claims on real text share: documents of a seed, people's judgements, and the paired interval."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from foundations.data import load
from foundations.errors import ValueRangeError
from foundations.experiment import Budget, Contrast, Interval, Metrics, Scale, bootstrap_interval, by_budget
from papers.word_vectors.vectors import WordVectors, similarities, spearman
from papers.word_vectors.vocabulary import Corpus, Vocabulary
from papers.word_vectors.word2vec import CBOW, SkipGram, Word2VecConfig

SHARE = 0.9
"""Of the documents that a seed trains on."""
DIMENSION = 50
TEST, TUNING = "wordsim353", "simlex999"
RESAMPLES = 1999
RATES = (0.0125, 0.025, 0.05, 0.1)
BASE = Word2VecConfig(dimension=DIMENSION)
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")


def words_of_text(text: str) -> list[str]:
    """Return the words of a text in lower case, numbers included."""
    return WORD.findall(text.lower())


@lru_cache(maxsize=2)
def documents(budget: Budget) -> list[list[str]]:
    """Return the opening paragraphs of Wikipedia as lists of words; a few hundred for `quick`."""
    texts = load("wiki-summaries")["all"]["texts"]
    return [words_of_text(text) for text in texts[: by_budget(budget, quick=400, standard=None, full=None)]]


@lru_cache(maxsize=2)
def vocabulary(budget: Budget) -> Vocabulary:
    """Return the words that occur five times in all documents: the same for every seed."""
    return Vocabulary.of(documents(budget), min_count=5)


@lru_cache(maxsize=2)
def corpus_of(seed: int, budget: Budget) -> Corpus:
    """Return the nine tenths of the documents that a seed trains on; a document is a sentence."""
    every = documents(budget)
    rng = np.random.default_rng([seed, 11])
    chosen = rng.permutation(len(every))[: round(SHARE * len(every))]
    return vocabulary(budget).encode([every[i] for i in sorted(chosen)])


@lru_cache(maxsize=4)
def judgements(name: str, budget: Budget) -> tuple[list[str], list[str], np.ndarray]:
    """Return the pairs of a test whose two words are in the vocabulary, with people's scores."""
    pairs, known = load(name)["test"], vocabulary(budget)
    kept = [
        (a.lower(), b.lower(), float(score))
        for a, b, score in zip(pairs["first"], pairs["second"], pairs["scores"], strict=True)
        if a.lower() in known and b.lower() in known
    ]
    first, second, scores = zip(*kept, strict=True)
    return list(first), list(second), np.array(scores)


def cosines(vectors: WordVectors, name: str, budget: Budget) -> np.ndarray:
    """Return the cosine of every pair of a test, shape (pairs,)."""
    return similarities(vectors, *judgements(name, budget))[0]


def tuning_score(learn: Callable[[], WordVectors], budget: Budget) -> float:
    """Return minus Spearman's correlation with SimLex, lower is better; infinite if learning diverged."""
    try:
        vectors = learn()
    except ValueRangeError:  # at this rate the vectors grow beyond all bounds
        return math.inf
    return -spearman(cosines(vectors, TUNING, budget), judgements(TUNING, budget)[2])


def train(
    seed: int,
    budget: Budget,
    rate: float,
    *,
    epochs: float,
    model: type[SkipGram] | type[CBOW] = SkipGram,
    config: Word2VecConfig = BASE,
    keep: np.ndarray | None = None,
) -> WordVectors:
    """Train on the documents of a seed; first vectors and draws follow from the seed."""
    learner = model(vocabulary(budget), config, rng=np.random.default_rng([seed, 12]))
    passes = by_budget(budget, quick=min(epochs, 2.0), standard=epochs, full=3 * epochs)
    learner.train(
        corpus_of(seed, budget),
        epochs=passes,
        learning_rate=rate,
        keep=keep,
        rng=np.random.default_rng([seed, 13]),
    )
    return learner.word_vectors


def difference(m: Metrics, first: str, second: str, *, rare: bool = False) -> Interval:
    """Return Spearman's correlation of one arm minus another's, mean over seeds, over word pairs.

    Args:
        m: Cosines by arm, `cosine_ARM`, shape (seeds, pairs); people's `scores`, and `rare`, 1 for pairs with
            a word seen less than 100 times, of the same shape.
        first: The arm.
        second: The other arm.
        rare: Whether only the rare pairs count.
    """
    items = np.stack([m["scores"][0], *m[f"cosine_{first}"], *m[f"cosine_{second}"]], axis=1)
    if rare:
        items = items[m["rare"][0] > 0]
    seeds = len(m["scores"])

    def statistic(rows: np.ndarray) -> float:
        found = [spearman(rows[:, 0], column) for column in rows.T[1:]]
        return float(np.mean(found[:seeds]) - np.mean(found[seeds:]))

    return bootstrap_interval(items, statistic, rng=np.random.default_rng(0), resamples=RESAMPLES)


def by_seed(m: Metrics, first: str, second: str, *, rare: bool = False) -> np.ndarray:
    """Return the same difference seed by seed, shape (seeds,)."""
    chosen = m["rare"][0] > 0 if rare else slice(None)
    return np.array(
        [
            spearman(scores[chosen], a[chosen]) - spearman(scores[chosen], b[chosen])
            for scores, a, b in zip(m["scores"], m[f"cosine_{first}"], m[f"cosine_{second}"], strict=True)
        ]
    )


def contrast(
    first: str, second: str, axis: str, named: tuple[str, str], threshold: str, *, rare: bool = False
) -> Contrast:
    """Return the picture of a difference in Spearman's correlation.

    Args:
        first: The arm.
        second: The arm it is compared with.
        axis: What is drawn.
        named: Both arms in words.
        threshold: Above which the claim is supported.
        rare: Whether only the rare pairs count.
    """
    return Contrast(
        values=lambda m: by_seed(m, first, second, rare=rare),
        interval=lambda m: difference(m, first, second, rare=rare),
        by="bootstrap over word pairs",
        axis=axis,
        left=f"{named[1]} is better",
        right=f"{named[0]} is better",
        thresholds=(threshold,),
        supports="above",
    )


def measured(vectors: Mapping[str, WordVectors], budget: Budget) -> dict[str, np.ndarray]:
    """Return cosines of every arm on WordSim, people's scores, and which pairs have a rare word."""
    first, second, scores = judgements(TEST, budget)
    words = vocabulary(budget)
    seen = [
        min(words.counts[words.index[a]], words.counts[words.index[b]])
        for a, b in zip(first, second, strict=True)
    ]
    found = {f"cosine_{arm}": cosines(one, TEST, budget) for arm, one in vectors.items()}
    return found | {"scores": scores, "rare": (np.array(seen) < 100).astype(float)}


def learnt(m: Metrics, arm: str) -> np.ndarray:
    """Return Spearman's correlation of an arm, seed by seed, shape (seeds,)."""
    return np.array([spearman(s, c) for s, c in zip(m["scores"], m[f"cosine_{arm}"], strict=True)])


def scale(budget: Budget) -> Scale:
    """Return our sizes beside those of NIPS 2013, section 3."""
    words = len(vocabulary(budget))
    return {
        "parameters": (2.0 * words * DIMENSION, 2.0 * 692_000 * 300),
        "examples": (SHARE * float(sum(map(len, documents(budget)))), 1e9),
    }
