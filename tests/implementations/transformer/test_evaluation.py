"""Nats, perplexity and bits; the counts to beat; and the five steps, one change at a time."""

from collections import Counter

import numpy as np
import pytest

from foundations.autodiff.tensor import values
from foundations.errors import NotFittedError, ShapeError, ValueRangeError
from foundations.nn import functional as F
from implementations.transformer import (
    Bigram,
    BytePair,
    Corpus,
    Evaluation,
    LanguageModel,
    LanguageModelConfig,
    NGrams,
    PastMixture,
    evaluate,
    five_steps,
    sample_batch,
)

MODEL = LanguageModel(
    LanguageModelConfig(7, context=5, d_model=8, num_layers=1, num_heads=2, dropout=0.3),
    rng=np.random.default_rng(0),
).astype(np.float64)
for parameter in MODEL.parameters():
    parameter.data = parameter.data + 0.3 * np.random.default_rng(1).standard_normal(parameter.shape)
TEXT = np.random.default_rng(2).integers(0, 7, 23)


def slow(tokens, context, stride):
    """Predict the tokens one by one, each from the window that is the first to reach it."""
    MODEL.eval()
    n, total, at = len(tokens) - 1, 0.0, 0
    windows = [(s, s + context) for s in range(0, n - context + 1, stride)]
    if not windows or windows[-1][1] < n:
        windows.append((max(0, n - context), n))
    for start, end in windows:
        for t in range(at, end):
            logits = MODEL(tokens[None, start : t + 1]).numpy()[0, -1]
            total -= F.log_softmax(logits)[tokens[t + 1]]
        at = end
    MODEL.train()
    return total / n


@pytest.mark.parametrize("length", [2, 4, 6, 11, 12, 23])
@pytest.mark.parametrize("stride", [1, 2, 5])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_every_token_is_predicted_once_from_its_window(length, stride, batch_size):
    MODEL.train()
    found = evaluate(MODEL, TEXT[:length], context=5, stride=stride, batch_size=batch_size)
    assert found.nats == pytest.approx(slow(TEXT[:length], 5, stride), rel=1e-12)
    assert found.tokens == length - 1
    assert MODEL.training  # it was in evaluation mode meanwhile, without dropout


def test_perplexity_and_bits_are_what_a_uniform_guess_costs():
    class Uniform(Bigram):
        def forward(self, tokens):
            return np.zeros((*tokens.shape, 8))

    found = evaluate(Uniform(8, rng=np.random.default_rng(0)), TEXT, context=4)
    assert found.perplexity == pytest.approx(8)
    assert found.bits_per_character() == pytest.approx(3)
    assert found.bits_per_character(44) == pytest.approx(1.5)  # two characters a token


def test_texts_that_cannot_be_predicted_are_refused():
    with pytest.raises(ValueRangeError, match="at least two tokens"):
        evaluate(MODEL, np.array([1]), context=5)
    with pytest.raises(ValueRangeError, match="a stride above the context of 5 skips tokens, got 6"):
        evaluate(MODEL, TEXT, context=5, stride=6)
    with pytest.raises(ShapeError, match="has 5 positions, got 6"):
        evaluate(MODEL, TEXT, context=6)
    with pytest.raises(ValueRangeError, match="characters as a whole number of at least 1"):
        Evaluation(1.0, 3).bits_per_character(0)


# ---------------------------------------------------------------------- counts


def slow_probability(train, history, token, order, vocab_size):
    """Mix counts recursively, as the formula says, by looking for them in the text."""
    if order == 0:
        return 1 / vocab_size
    past = tuple(history[len(history) - order + 1 :])
    shorter = slow_probability(train, history, token, order - 1, vocab_size)
    grams = Counter(tuple(train[i : i + order]) for i in range(len(train) - order + 1))
    followed = {gram[-1]: n for gram, n in grams.items() if gram[:-1] == past}
    if not followed:
        return shorter
    kinds = len(followed)
    return (followed.get(token, 0) + kinds * shorter) / (sum(followed.values()) + kinds)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_interpolated_counts_are_the_recursion(order):
    rng = np.random.default_rng(3)
    train, text = rng.integers(0, 3, 40), rng.integers(0, 4, 15)  # 3 is never seen in training
    found = NGrams(order, vocab_size=4).fit(train).probabilities(text)
    for t in range(len(text)):
        n = min(order, t + 1)
        expected = slow_probability(train.tolist(), text[:t].tolist(), text[t], n, 4)
        assert found[t] == pytest.approx(expected, rel=1e-12)
    assert (found > 0).all()


def test_probabilities_of_all_next_tokens_sum_to_1():
    rng = np.random.default_rng(4)
    model = NGrams(3, vocab_size=5).fit(rng.integers(0, 5, 100))
    for history in ([], [4], [0, 1], [3, 3, 3]):
        total = sum(model.probabilities(np.array([*history, c]))[-1] for c in range(5))
        assert total == pytest.approx(1)


def test_five_grams_reach_1_67_nats_on_shakespeare(need_data):
    need_data("tinyshakespeare")
    corpus = Corpus.shakespeare()
    assert corpus.tokenizer.vocab_size == 65
    found = NGrams(5, 65).fit(corpus.train).evaluate(corpus.validation)
    assert found.nats == pytest.approx(1.669, abs=5e-4)


def test_bad_counts_are_refused():
    with pytest.raises(NotFittedError, match="call fit"):
        NGrams(2, 3).probabilities([0, 1])
    with pytest.raises(ValueRangeError, match="63 bits"):
        NGrams(11, 65)
    with pytest.raises(ValueRangeError, match="order 3 count sequences of so many tokens, got 2"):
        NGrams(3, 3).fit([0, 1])
    with pytest.raises(ValueRangeError, match="tokens 0 to 2, got 0 to 3"):
        NGrams(2, 3).fit([0, 3])
    with pytest.raises(ValueRangeError, match=r"shape \(n,\)"):
        NGrams(2, 3).fit([[0, 1]])
    with pytest.raises(ValueRangeError, match="at least one token"):
        NGrams(1, 3).fit([0]).evaluate(np.zeros(0, int))


# ---------------------------------------------------------------------- the five steps

STEPS = five_steps(7, 5, 8, rng=np.random.default_rng(5))


@pytest.mark.parametrize("name", [name for name in STEPS if name not in ("bigram", "block")])
def test_weights_of_the_past_are_a_distribution_over_it(name):
    model = STEPS[name].astype(np.float64)
    if hasattr(model, "scores"):
        model.scores.data = np.random.default_rng(6).standard_normal((5, 5))
    tokens = TEXT[:15].reshape(3, 5)
    weights = np.broadcast_to(values(model.weights(tokens)), (3, 5, 5))
    np.testing.assert_allclose(weights.sum(-1), 1)
    assert (np.triu(weights, 1) == 0).all()
    assert (weights[:, np.tri(5, dtype=bool)] > 0).all()
    logits = np.zeros((3, 5, 7))
    for b in range(3):
        for t in range(5):
            mixed = sum(weights[b, t, s] * model.value.weight.data[tokens[b, s]] for s in range(t + 1))
            logits[b, t] = mixed @ model.output.weight.data + model.output.bias.data
            if name != "average instead":
                logits[b, t] += model.bigram.table.data[tokens[b, t]]
    np.testing.assert_allclose(model(tokens).numpy(), logits, atol=1e-12)


def test_where_the_weights_come_from_is_what_the_steps_change():
    tokens = TEXT[:5][None]
    other = (tokens + 1) % 7
    for name, depends in {"average added": False, "position weights": False, "one head": True}.items():
        model = STEPS[name]
        a, b = (values(model.weights(x)) for x in (tokens, other))
        assert (a.shape != b.shape or not np.allclose(a, b, atol=1e-7)) == depends, name
    np.testing.assert_allclose(values(STEPS["average added"].weights(tokens))[3], [0.25] * 4 + [0])


@pytest.mark.parametrize("name", list(STEPS))
def test_no_step_looks_ahead_and_the_bigram_sees_one_token(name):
    model = STEPS[name]
    tokens = TEXT[:5][None]
    for position in range(5):
        changed = tokens.copy()
        changed[0, position] = (changed[0, position] + 1) % 7
        moved = np.abs(values(model(tokens)) - values(model(changed)))[0].max(-1) > 0
        assert not moved[:position].any()
        assert moved[position]
        if name == "bigram":
            assert moved.sum() == 1


def test_bad_steps_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueRangeError, match="'average', 'position' or 'attention', got 'sum'"):
        PastMixture(3, 3, 3, "sum", rng=rng)
    with pytest.raises(ShapeError, match="T from 1 to 5, got"):
        STEPS["one head"](np.zeros((1, 6), int))
    with pytest.raises(ValueRangeError, match="rows 0 to 6"):
        STEPS["bigram"](np.array([[7]]))


# ---------------------------------------------------------------------- batches


def test_batches_are_windows_of_the_text_and_what_follows():
    text = np.arange(100, 109)
    seen = set()
    rng = np.random.default_rng(0)
    for _ in range(40):
        tokens, targets = sample_batch(text, 3, 5, rng=rng)
        assert tokens.shape == targets.shape == (3, 5)
        np.testing.assert_array_equal(targets, tokens + 1)
        seen |= set(tokens[:, 0].tolist())
    assert seen == {100, 101, 102, 103}  # every place where a window and its next token fit
    with pytest.raises(ShapeError, match=r"need a text of 10, got \(9,\)"):
        sample_batch(text, 3, 9, rng=rng)


def test_a_corpus_refuses_empty_texts_and_foreign_characters():
    for texts in (("", "a"), ("a", "")):
        with pytest.raises(ValueRangeError, match="two texts that are not empty"):
            Corpus.of(*texts)
    with pytest.raises(ValueRangeError, match="not 'c'"):
        Corpus.of("ab", "abc")
    corpus = Corpus.of("abab", "ba")
    assert (corpus.validation.tolist(), corpus.characters) == ([1, 0], 1)
    assert evaluate(Bigram(2, rng=np.random.default_rng(0)), corpus.train, context=3).tokens == 3
    pairs = Corpus.of("abab", "abba", BytePair.train("abab", 257))
    assert (pairs.validation.tolist(), pairs.characters) == ([256, 98, 97], 2)
