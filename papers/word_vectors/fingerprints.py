"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from papers.word_vectors.experiments import (
    glove_weighting,
    negatives,
    shifted_pmi,
    skip_gram,
    subsampling,
    text,
)
from papers.word_vectors.glove import Counts, GloVe, GloVeConfig
from papers.word_vectors.vocabulary import Corpus, Vocabulary
from papers.word_vectors.word2vec import CBOW, SkipGram, Word2VecConfig

Losses = dict[str, list[float]]
STEPS = 20
RATE = 0.05


def losses(
    vocabulary: Vocabulary,
    corpus: Corpus,
    config: Word2VecConfig,
    model: type[SkipGram] | type[CBOW] = SkipGram,
    keep: np.ndarray | None = None,
) -> list[float]:
    """Return the mean loss of passes over the first words of a corpus, 20 of them."""
    few = Corpus(corpus.tokens[:2000], corpus.sentence[:2000])
    learner = model(vocabulary, config, rng=np.random.default_rng(0))
    return learner.train(few, epochs=STEPS, learning_rate=RATE, keep=keep, rng=np.random.default_rng(1))


def of_shifted_pmi() -> Losses:
    """Skip-gram with each number of negatives on related and on independent words."""
    found: Losses = {}
    for name, strength, k, d in (
        ("few", 0.7, 1, 60),
        ("many", 0.7, 15, 60),
        ("narrow", 0.7, 1, 4),
        ("independent", 0.0, 5, 60),
    ):
        drawn = shifted_pmi.Drawn(0, strength, 2000)
        config = Word2VecConfig(
            dimension=d, window=1, negatives=k, noise_power=1.0, skip_positives=False, sample=math.inf
        )
        found[name] = losses(drawn.vocabulary, drawn.corpus, config)
    return found


def _on_text(
    config: Word2VecConfig, model: type[SkipGram] | type[CBOW] = SkipGram, keep: np.ndarray | None = None
) -> list[float]:
    return losses(text.vocabulary("quick"), text.corpus_of(0, "quick"), config, model, keep)


def of_subsampling() -> Losses:
    """All words, subsampled, and thinned alike."""
    return {arm: _on_text(text.BASE, keep=subsampling.kept(arm, "quick")) for arm in subsampling.ARMS}


def of_negatives() -> Losses:
    """Each noise distribution."""
    return {arm: _on_text(replace(text.BASE, noise_power=power)) for arm, power in negatives.POWERS.items()}


def of_skip_gram() -> Losses:
    """Both models."""
    return {arm: _on_text(text.BASE, model) for arm, model in skip_gram.MODELS.items()}


def of_glove_weighting() -> Losses:
    """Both weights on the rates themselves."""
    found: Losses = {}
    rates = np.exp(glove_weighting.log_rates(0))
    rows, columns = np.nonzero(rates)
    words = Vocabulary({f"w{i}": 1 for i in range(glove_weighting.WORDS)})
    for arm, x_max in (("weighted", glove_weighting.X_MAX), ("flat", 0.0)):
        model = GloVe(words, GloVeConfig(dimension=8, x_max=x_max), rng=np.random.default_rng(0))
        counts = Counts(rows, columns, rates[rows, columns])
        found[arm] = model.train(counts, epochs=STEPS, rng=np.random.default_rng(1))
    return found


FINGERPRINTS: dict[str, Callable[[], Losses]] = {
    "shifted-pmi": of_shifted_pmi,
    "subsampling": of_subsampling,
    "negatives": of_negatives,
    "glove-weighting": of_glove_weighting,
    "skip-gram": of_skip_gram,
}
