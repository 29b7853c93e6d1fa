"""Mikolov et al. 2013a, Table 3: skip-gram makes better vectors than CBOW, of meaning above all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.experiment import Budget, Claim, Contrast, Metrics, Verdict, at_least, between, by_budget
from papers.word_vectors.experiments import text
from papers.word_vectors.experiments.shifted_pmi import Drawn
from papers.word_vectors.vectors import WordVectors, spearman
from papers.word_vectors.word2vec import CBOW, SkipGram, Word2VecConfig

EPOCHS = {"skip_gram": 7.0, "cbow": 14.0}
"""CBOW makes one prediction a word and wants more passes: untuned it would lose unfairly."""
MODELS: dict[str, type[SkipGram] | type[CBOW]] = {"skip_gram": SkipGram, "cbow": CBOW}
AHEAD_AT_LEAST, EXCHANGED, LEARNT_AT_LEAST = 0.05, 0.02, 0.2
THRESHOLDS = {"ahead_at_least": AHEAD_AT_LEAST, "exchanged": EXCHANGED, "learnt_at_least": LEARNT_AT_LEAST}
ARMS = tuple(MODELS)
GRIDS = {"skip_gram": text.RATES, "cbow": (*text.RATES, 0.2)}


def trained(arm: str, rate: float, seed: int, budget: Budget) -> WordVectors:
    """Return the vectors of one model, after its own number of passes."""
    return text.train(seed, budget, rate, epochs=EPOCHS[arm], model=MODELS[arm])


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return minus the correlation with SimLex at one rate."""
    return text.tuning_score(lambda: trained(arm, rate, seed, budget), budget)


def with_pmi(arm: str, seed: int, budget: Budget) -> float:
    """Return the rank correlation of w·c with PMI after training on sentences of two words."""
    drawn = Drawn(seed, 0.7, by_budget(budget, quick=30_000, standard=40_000, full=200_000))
    rng = np.random.default_rng([seed, 15])
    config = Word2VecConfig(dimension=16, window=1, noise_power=1.0, sample=math.inf, blocks=8)
    model = MODELS[arm](drawn.vocabulary, config, rng=rng)
    model.train(drawn.corpus, epochs=5, learning_rate=0.1, rng=rng)
    products = (model.vectors @ model.output_vectors.T)[drawn.often]
    return spearman(products, drawn.pmi[drawn.often])


def run(seed: int, budget: Budget, best: Mapping[str, float]) -> dict[str, Any]:
    """Train both on text, and both on sentences of two words."""
    vectors = {arm: trained(arm, best[arm], seed, budget) for arm in ARMS}
    return text.measured(vectors, budget) | {f"pmi_{arm}": with_pmi(arm, seed, budget) for arm in ARMS}


def holds(m: Metrics) -> Verdict:
    """Skip-gram is ahead by 0.05 or more."""
    return at_least(text.difference(m, "skip_gram", "cbow"), AHEAD_AT_LEAST)


def control(m: Metrics) -> Verdict:
    """On sentences of two words both have the same rank correlation with PMI, to within 0.02."""
    return between(m["pmi_skip_gram"] - m["pmi_cbow"], -EXCHANGED, EXCHANGED)


def learnt(m: Metrics) -> Verdict:
    """With skip-gram the correlation with people's judgements is 0.2 or more."""
    return at_least(text.learnt(m, "skip_gram"), LEARNT_AT_LEAST)


CLAIM = Claim(
    id="skip-gram",
    where="Mikolov et al. 2013a, Table 3",
    says="Skip-gram is better than CBOW on semantic questions (55 % against 24 %) and a little worse on "
    "syntactic ones (59 % against 64 %).",
    estimand="Spearman's correlation with WordSim, skip-gram minus CBOW, each at its own rate and number of "
    "passes (7 and 14), mean over seeds, interval over 254 word pairs. CBOW as in `word2vec.c`: the "
    "contexts averaged, the undivided error to each.",
    predicts="It is 0.05 or more. Effects below 0.06 end inconclusive; İrsoy et al. (2021) find a CBOW with "
    "the error divided level with skip-gram.",
    refuted="The whole interval lies below 0.05.",
    control="Sentences of two words, where the roles of the two words are exchanged and nothing else: rank "
    "correlations of $w \\cdot c$ with PMI within 0.02 of each other. Analogies were cut: at this size both "
    "models answer a few in a hundred. Measured 74 seconds a seed.",
    thresholds=THRESHOLDS,
    run=run,
    holds=holds,
    gates={"control": control, "learnt": learnt},
    scale=text.scale,
    arms=ARMS,
    grid=GRIDS,
    pilot=pilot,
    plots={
        "ahead": text.contrast(
            "skip_gram",
            "cbow",
            "Spearman on WordSim, skip-gram minus CBOW",
            ("skip-gram", "CBOW"),
            "ahead_at_least",
        ),
        "control": Contrast(
            values=lambda m: m["pmi_skip_gram"] - m["pmi_cbow"],
            axis="rank correlation with PMI, skip-gram minus CBOW, two-word sentences",
            left="CBOW is closer",
            right="skip-gram is closer",
            thresholds=("-exchanged", "exchanged"),
            supports="between",
        ),
    },
)
