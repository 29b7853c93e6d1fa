"""Training: what is learnt, what is refused, what stays as it was."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from papers.word_vectors import (
    CBOW,
    PAPER_CONFIGS,
    Corpus,
    GloVe,
    GloVeConfig,
    SkipGram,
    Vocabulary,
    Word2VecConfig,
    cbow_cost,
    cooccurrence,
    most_similar,
    pair_counts,
    pmi,
    skip_gram_cost,
)
from papers.word_vectors.pmi import pairs_corpus, planted

INF = math.inf


def two_topics(sentences: int = 400) -> list[list[str]]:
    rng = np.random.default_rng(0)
    topics = (["sun", "rain", "wind", "snow"], ["bread", "milk", "salt", "rice"])
    return [rng.choice(topics[i % 2], 6).tolist() for i in range(sentences)]


@pytest.mark.parametrize("model", [SkipGram, CBOW])
@pytest.mark.parametrize("negatives", [5, 0])
def test_words_of_one_topic_become_neighbours(model, negatives: int) -> None:
    text = two_topics()
    v = Vocabulary.of(text)
    config = Word2VecConfig(dimension=8, window=3, negatives=negatives, sample=INF)
    learner = model(v, config, rng=np.random.default_rng(1))
    losses = learner.train(v.encode(text), epochs=30, learning_rate=0.05, rng=np.random.default_rng(2))
    assert losses[-1] < 0.95 * losses[0]
    near = [word for word, _ in most_similar(learner.word_vectors, "sun", 3)]
    assert sorted(near) == ["rain", "snow", "wind"]


def test_the_same_seed_gives_the_same_vectors() -> None:
    text = two_topics(60)
    v = Vocabulary.of(text)
    made = []
    for _ in range(2):
        m = SkipGram(v, Word2VecConfig(dimension=5), rng=np.random.default_rng(1))
        m.train(v.encode(text), epochs=2, rng=np.random.default_rng(2))
        made.append(m.vectors)
    np.testing.assert_array_equal(*made)


def test_a_part_of_an_epoch_sees_a_part_of_the_words() -> None:
    text = two_topics(600)
    v = Vocabulary.of(text)
    m = SkipGram(v, Word2VecConfig(dimension=5, sample=INF, blocks=8), rng=np.random.default_rng(1))
    rates = []
    step = m._step
    m._step = lambda block, tables, rate, rng, measure: (
        rates.append(rate)
        or step(  # type: ignore[method-assign]
            block, tables, rate, rng, measure=measure
        )
    )
    losses = m.train(v.encode(text), epochs=1.5, learning_rate=0.001, rng=np.random.default_rng(2))
    assert len(losses) == 2
    assert abs(len(rates) - 1.5 * 3600 / 128) <= 2
    assert rates[0] == 0.001
    np.testing.assert_allclose(np.diff(rates[:20]), -0.001 * 128 / 3600 / 1.5)


def test_what_grows_beyond_all_bounds_is_refused_and_changes_nothing() -> None:
    text = two_topics(300)
    v = Vocabulary.of(text)
    m = SkipGram(v, Word2VecConfig(dimension=5), rng=np.random.default_rng(1))
    before = m.vectors.copy()
    with pytest.raises(ValueRangeError, match="grew beyond all bounds at learning_rate 1e\\+30"):
        m.train(v.encode(text), learning_rate=1e30, rng=np.random.default_rng(2))
    np.testing.assert_array_equal(m.vectors, before)


def test_sampling_factorises_shifted_pmi() -> None:
    rng = np.random.default_rng(7)
    p = planted(12, 0.6, rng=rng)
    corpus = pairs_corpus(p, 20_000, rng=rng)
    v = Vocabulary({f"{i:02}": int(n) for i, n in enumerate(np.bincount(corpus.tokens, minlength=12))})
    order = np.array([int(word) for word in v.words])
    corpus = Corpus(np.argsort(order)[corpus.tokens], corpus.sentence)
    target = pmi(pair_counts(corpus, 12))
    for k in (1, 7):
        config = Word2VecConfig(
            dimension=12, window=1, negatives=k, noise_power=1, skip_positives=False, sample=INF
        )
        m = SkipGram(v, config, rng=rng)
        m.train(corpus, epochs=10, learning_rate=0.1, rng=rng)
        seen = m.vectors @ m.output_vectors.T
        assert np.corrcoef(seen.ravel(), target.ravel())[0, 1] > 0.97
        assert (seen - target).mean() == pytest.approx(-math.log(k), abs=0.05)


def test_pmi_of_independent_words_is_zero_and_by_hand() -> None:
    np.testing.assert_allclose(pmi(np.outer([1, 2, 3], [4, 5, 6])), 0, atol=1e-12)
    assert pmi(np.array([[2.0, 0.0], [1.0, 1.0]]))[0, 0] == pytest.approx(math.log(2 * 4 / (2 * 3)))
    assert pmi(np.array([[2.0, 0.0], [1.0, 1.0]]))[0, 1] == -INF
    with pytest.raises(ValueRangeError, match="above it"):
        pmi(np.zeros((2, 2)))


@pytest.mark.parametrize("negatives", [5, 0])
def test_sizes_are_those_of_the_tables(negatives: int) -> None:
    v = Vocabulary.of(two_topics())
    small = SkipGram(v, Word2VecConfig(dimension=7, negatives=negatives), rng=np.random.default_rng(0))
    name = "neg-5" if negatives else "hs"
    stated = type(PAPER_CONFIGS[name])(where="here", vocabulary=len(v), config=small.config)
    assert stated.parameters == small.parameters == 8 * 7 + (8 if negatives else 7) * 7


def test_the_papers_sizes() -> None:
    assert PAPER_CONFIGS["neg-15"].parameters == 2 * 692_000 * 300
    assert PAPER_CONFIGS["hs-subsampled"].parameters == (2 * 692_000 - 1) * 300
    assert PAPER_CONFIGS["glove-6b"].parameters == 2 * 400_000 * 301
    v = Vocabulary.of(two_topics())
    glove = GloVe(v, GloVeConfig(dimension=7), rng=np.random.default_rng(0))
    assert glove.parameters == 2 * 8 * 8
    assert cbow_cost(8, 500, 2**20) == 8 * 500 + 500 * 20
    assert skip_gram_cost(10, 500, 2**20) == 10 * (500 + 500 * 20)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dimension": 0}, "dimension is a whole number from 1 on, got 0"),
        ({"window": 0}, "window"),
        ({"negatives": -1}, "negatives"),
    ],
)
def test_settings_out_of_range_are_named(change: dict[str, int], says: str) -> None:
    with pytest.raises(ValueRangeError, match=says):
        Word2VecConfig(**change)  # type: ignore[arg-type]


def test_nothing_to_learn_from_is_said() -> None:
    rng = np.random.default_rng(0)
    one = Vocabulary({"alone": 9})
    for model in (SkipGram, CBOW, GloVe):
        with pytest.raises(ValueRangeError, match="two words to tell apart, got 1"):
            model(one, rng=rng)
    v = Vocabulary({"a": 9, "b": 9})
    lonely = v.encode([["a"], ["b"], ["b"]])
    with pytest.raises(ValueRangeError, match="no two words stand in one window"):
        SkipGram(v, rng=rng).train(lonely, rng=rng)
    with pytest.raises(ValueRangeError, match="no two of 3 words"):
        cooccurrence(lonely, 2)
    with pytest.raises(ValueRangeError, match="epochs and learning_rate"):
        SkipGram(v, rng=rng).train(lonely, epochs=0, rng=rng)
