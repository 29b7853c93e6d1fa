"""NIPS 2013, section 2.2: noise proportional to count to the power 3/4 beats unigram and uniform noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from foundations.experiment import Budget, Claim, Metrics, Verdict, all_of, at_least, at_most
from papers.word_vectors.experiments import text
from papers.word_vectors.pmi import pairs_corpus
from papers.word_vectors.vectors import WordVectors
from papers.word_vectors.vocabulary import Corpus, Vocabulary
from papers.word_vectors.word2vec import SkipGram, Word2VecConfig

EPOCHS = 7.0
POWERS = {"power": 0.75, "unigram": 1.0, "uniform": 0.0}
OVER_UNIFORM, OVER_UNIGRAM = 0.05, 0.0
LEARNT_AT_LEAST, SAME = 0.2, 1e-6
THRESHOLDS = {
    "over_uniform": OVER_UNIFORM,
    "over_unigram": OVER_UNIGRAM,
    "learnt_at_least": LEARNT_AT_LEAST,
    "same": SAME,
}
ARMS = tuple(POWERS)


def trained(arm: str, rate: float, seed: int, budget: Budget) -> WordVectors:
    """Return the vectors of one noise distribution, five draws a pair."""
    config = replace(text.BASE, noise_power=POWERS[arm])
    return text.train(seed, budget, rate, epochs=EPOCHS, config=config)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return minus the correlation with SimLex at one rate."""
    return text.tuning_score(lambda: trained(arm, rate, seed, budget), budget)


def alike(arm: str, seed: int) -> np.ndarray:
    """Return vectors learnt from words that are equally frequent, where all noise is the same."""
    size = 32
    rng = np.random.default_rng([seed, 14])
    pairs = pairs_corpus(np.full((size, size), 1 / size**2), 2_000, rng=rng)
    rounds = np.concatenate([rng.permutation(size) for _ in range(len(pairs.tokens) // size)])
    corpus = Corpus(rounds, pairs.sentence[: len(rounds)])  # every word as often as any other
    words = Vocabulary({f"w{i}": len(rounds) // size for i in range(size)})
    config = Word2VecConfig(dimension=8, window=1, noise_power=POWERS[arm], sample=math.inf)
    model = SkipGram(words, config, rng=rng)
    model.train(corpus, epochs=1, rng=rng)
    return model.vectors


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, Any]:
    """Train with each noise on text, and on words that are equally frequent."""
    vectors = {arm: trained(arm, best[arm], seed, budget) for arm in ARMS}
    same = [alike(arm, seed) for arm in ARMS]
    apart = max(float(np.abs(one - same[0]).max()) for one in same[1:])
    return text.measured(vectors, budget) | {"apart": apart}


def holds(m: Metrics) -> Verdict:
    """The power 3/4 is ahead of uniform noise by 0.05 and of unigram noise by anything."""
    return all_of(
        at_least(text.difference(m, "power", "uniform"), OVER_UNIFORM),
        at_least(text.difference(m, "power", "unigram"), OVER_UNIGRAM),
    )


def control(m: Metrics) -> Verdict:
    """On words that are equally frequent the three are one distribution, and give the same vectors."""
    return at_most(m["apart"], SAME)


def learnt(m: Metrics) -> Verdict:
    """With the power 3/4 the correlation with people's judgements is 0.2 or more."""
    return at_least(text.learnt(m, "power"), LEARNT_AT_LEAST)


CLAIM = Claim(
    id="negatives",
    where="NIPS 2013, section 2.2",
    says="Noise proportional to the unigram distribution to the power 3/4 does significantly better than "
    "the unigram and the uniform distribution; no numbers are given.",
    estimand="Spearman's correlation with WordSim, power 3/4 minus uniform and minus unigram, five "
    "negatives, mean over seeds, interval over 254 word pairs.",
    predicts="0.05 or more over uniform, about what 254 pairs resolve, and more than 0 over unigram. "
    "Effects below 0.06 end inconclusive.",
    refuted="One of the differences lies below its threshold with its whole interval.",
    control="A corpus of equally frequent words, where the three distributions are one: the same vectors "
    "from the same seed, to 1e-6. Seven passes, vectors of 50 numbers; the arms with 15 negatives were cut "
    "for time. Measured 55 seconds a seed.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"control": control, "learnt": learnt},
    scale=text.scale,
    arms=ARMS,
    grid=text.RATES,
    pilot=pilot,
    plots={
        other: text.contrast(
            "power",
            other,
            f"Spearman on WordSim, power 3/4 minus {other}",
            ("the power", other),
            f"over_{other}",
        )
        for other in ("uniform", "unigram")
    },
)
