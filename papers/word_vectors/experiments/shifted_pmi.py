"""Levy & Goldberg 2014: skip-gram with negative sampling factorises PMI minus the logarithm of k."""

from __future__ import annotations

import math

import numpy as np

from foundations.experiment import (
    Budget,
    Claim,
    Contrast,
    Metrics,
    Scale,
    Verdict,
    all_of,
    at_least,
    at_most,
    between,
    by_budget,
    paired_interval,
)
from papers.word_vectors.pmi import pair_counts, pairs_corpus, planted, pmi
from papers.word_vectors.vocabulary import Corpus, Vocabulary
from papers.word_vectors.word2vec import SkipGram, Word2VecConfig

WORDS, STRENGTH, EXPECTED = 60, 0.7, 20.0
FEW, MANY, INDEPENDENT_K, NARROW = 1, 15, 5, 4
RATE = 0.1
SLOPE_LOW, SLOPE_HIGH = 0.9, 1.1
FIT_AT_LEAST = 0.95
SHIFT = -math.log(MANY)
TOLERANCE = 0.1
UNRELATED = 0.1
THRESHOLDS = {
    "slope_low": SLOPE_LOW,
    "slope_high": SLOPE_HIGH,
    "fit_at_least": FIT_AT_LEAST,
    "shift_low": SHIFT - TOLERANCE,
    "shift_high": SHIFT + TOLERANCE,
    "tolerance": TOLERANCE,
    "unrelated": UNRELATED,
}


class Drawn:
    """A planted corpus of one seed: its words by falling count, and the PMI of pairs expected 20 times."""

    def __init__(self, seed: int, strength: float, pairs: int) -> None:
        rng = np.random.default_rng([seed, round(10 * strength)])
        p = planted(WORDS, strength, rng=rng)
        corpus = pairs_corpus(p, pairs, rng=rng)
        counts = np.bincount(corpus.tokens, minlength=WORDS)
        self.vocabulary = Vocabulary({f"w{i}": int(n) for i, n in enumerate(counts)})
        order = np.array([int(word[1:]) for word in self.vocabulary.words])
        self.corpus = Corpus(np.argsort(order)[corpus.tokens], corpus.sentence)
        self.pmi = pmi(pair_counts(self.corpus, WORDS))
        expected = 2 * pairs * p[np.ix_(order, order)]
        self.often = (expected >= EXPECTED) & np.isfinite(self.pmi)


def pairs_of(budget: Budget) -> int:
    """Return the number of sentences of two words."""
    return by_budget(budget, quick=30_000, standard=80_000, full=1_000_000)


def epochs_of(budget: Budget) -> int:
    """Return the passes over them, after which the loss no longer moves."""
    return by_budget(budget, quick=2, standard=10, full=20)


def products(drawn: Drawn, k: int, d: int, seed: int, budget: Budget) -> np.ndarray:
    """Train skip-gram and return w·c of the pairs that are expected often, shape (pairs,)."""
    rng = np.random.default_rng([seed, k, d])
    config = Word2VecConfig(
        dimension=d, window=1, negatives=k, noise_power=1.0, skip_positives=False, sample=math.inf, blocks=8
    )
    model = SkipGram(drawn.vocabulary, config, rng=rng)
    model.train(drawn.corpus, epochs=epochs_of(budget), learning_rate=RATE, rng=rng)
    return (model.vectors @ model.output_vectors.T)[drawn.often]


def run(seed: int, budget: Budget) -> dict[str, float]:
    """Train with one and with fifteen negatives, with few dimensions, and on words that are independent."""
    related = Drawn(seed, STRENGTH, pairs_of(budget))
    target = related.pmi[related.often]
    few = products(related, FEW, WORDS, seed, budget)
    many = products(related, MANY, WORDS, seed, budget)
    narrow = products(related, FEW, NARROW, seed, budget)
    apart = Drawn(seed, 0.0, pairs_of(budget))
    independent = products(apart, INDEPENDENT_K, WORDS, seed, budget)
    return {
        "slope": slope(target, few),
        "fit": fit(target, few),
        "slope_many": slope(target, many),
        "fit_many": fit(target, many),
        "shift": float(many.mean() - few.mean()),
        "fit_narrow": fit(target, narrow),
        "independent_off": float(independent.mean() + math.log(INDEPENDENT_K)),
        "independent_spread": float(independent.std()),
    }


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Return the slope of the line of least squares."""
    return float(np.cov(x, y, ddof=0)[0, 1] / x.var())


def fit(x: np.ndarray, y: np.ndarray) -> float:
    """Return the squared correlation."""
    return float(np.corrcoef(x, y)[0, 1] ** 2)


def holds(m: Metrics) -> Verdict:
    """The slope is 1 and the fit close, with one negative and with fifteen, and the shift is -ln 15."""
    return all_of(
        between(m["slope"], SLOPE_LOW, SLOPE_HIGH),
        between(m["slope_many"], SLOPE_LOW, SLOPE_HIGH),
        at_least(m["fit"], FIT_AT_LEAST),
        at_least(m["fit_many"], FIT_AT_LEAST),
        between(m["shift"], SHIFT - TOLERANCE, SHIFT + TOLERANCE),
    )


def independent(m: Metrics) -> Verdict:
    """Of independent words every w·c is -ln k to within 0.1 on average, and spreads by less than 0.2."""
    return all_of(
        between(m["independent_off"], -TOLERANCE, TOLERANCE),
        at_most(m["independent_spread"], 2 * TOLERANCE),
    )


def narrow(m: Metrics) -> Verdict:
    """With 4 dimensions the fit falls: the theorem needs as many as the matrix has ranks."""
    return at_most(paired_interval(m["fit_narrow"]), FIT_AT_LEAST)


def scale(budget: Budget) -> Scale:
    """Return our sizes beside those of NIPS 2013, Table 1."""
    return {
        "parameters": (2.0 * WORDS * WORDS, 2.0 * 692_000 * 300),
        "examples": (2.0 * pairs_of(budget) * epochs_of(budget), 1e9),
    }


CLAIM = Claim(
    id="shifted-pmi",
    where="Levy & Goldberg 2014, section 3.1; not in these papers",
    says="The objective of skip-gram with negative sampling is at its best where $w \\cdot c$ is the "
    "pointwise mutual information minus $\\ln k$.",
    estimand="On a planted log-linear corpus of 60 words, $d = 60$, noise from the unigram distribution: "
    "slope and $R^2$ of $w \\cdot c$ on the PMI of the corpus, over pairs expected 20 times or more; and "
    "the change of the mean of $w \\cdot c$ from $k = 1$ to $k = 15$.",
    predicts="Slopes in [0.9, 1.1], $R^2$ of 0.95 or more, and a change of $-\\ln 15 = -2.71 \\pm 0.1$.",
    refuted="One of these lies outside with its whole interval.",
    control="Independent words: every $w \\cdot c$ is $-\\ln k$, to within 0.1. With $d = 4$ the fit falls "
    "below 0.95. Ten passes over 80,000 sentences of two words; measured 9 seconds a seed.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"independent": independent, "narrow": narrow},
    scale=scale,
    plots={
        "slope": Contrast(
            values="slope",
            axis="slope of w·c on PMI, one negative",
            left="w·c varies less",
            right="w·c varies more",
            thresholds=("slope_low", "slope_high"),
            supports="between",
        ),
        "shift": Contrast(
            values="shift",
            axis="change of the mean of w·c from k = 1 to k = 15",
            left="a larger shift",
            right="a smaller shift",
            thresholds=("shift_low", "shift_high"),
            supports="between",
        ),
        "fit": Contrast(
            values="fit_many",
            axis="R² of w·c on PMI, fifteen negatives",
            left="scattered",
            right="on the line",
            thresholds=("fit_at_least",),
            supports="above",
        ),
        "narrow": Contrast(
            values="fit_narrow",
            axis="R² with 4 dimensions",
            left="scattered",
            right="on the line",
            thresholds=("fit_at_least",),
        ),
    },
)
