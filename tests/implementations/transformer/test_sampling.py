"""Distributions of the next token, held to small cases by hand and to slow definitions."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from implementations.transformer import (
    LanguageModel,
    LanguageModelConfig,
    draw,
    generate,
    next_probabilities,
)

P = np.array([0.1, 0.4, 0.05, 0.2, 0.25])
LOGITS = np.log(P) + 3.0  # a constant changes nothing
MODEL = LanguageModel(
    LanguageModelConfig(5, context=6, d_model=8, num_layers=1, num_heads=2), rng=np.random.default_rng(0)
)


def test_without_options_it_is_the_softmax():
    np.testing.assert_allclose(next_probabilities(LOGITS), P)
    rows = next_probabilities(np.stack([LOGITS, LOGITS[::-1]])[None])
    np.testing.assert_allclose(rows, np.stack([P, P[::-1]])[None])


@pytest.mark.parametrize("temperature", [0.25, 0.5, 2.0])
def test_a_temperature_is_a_power_of_the_probabilities(temperature):
    powers = P ** (1 / temperature)
    found = next_probabilities(LOGITS, temperature=temperature)
    np.testing.assert_allclose(found, powers / powers.sum())


def test_temperature_0_takes_the_largest_and_of_equal_ones_the_first():
    assert next_probabilities(LOGITS, temperature=0).tolist() == [0, 1, 0, 0, 0]
    assert next_probabilities(np.array([1.0, 2.0, 2.0]), temperature=0).tolist() == [0, 1, 0]
    cold = next_probabilities(np.array([0.0, 900.0]), temperature=1e-300)
    assert cold.tolist() == [0, 1]
    assert next_probabilities(np.array([0.0, 9.0]), temperature=5e-324).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("top_k", "expected"),
    [
        (1, [0, 1, 0, 0, 0]),
        (2, [0, 0.4 / 0.65, 0, 0, 0.25 / 0.65]),
        (3, [0, 0.4 / 0.85, 0, 0.2 / 0.85, 0.25 / 0.85]),
        (5, P),
        (9, P),
    ],
)
def test_top_k_keeps_the_k_most_probable(top_k, expected):
    np.testing.assert_allclose(next_probabilities(LOGITS, top_k=top_k), expected)


def test_top_k_keeps_exactly_k_of_equal_ones():
    assert next_probabilities(np.zeros(4), top_k=3).tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


@pytest.mark.parametrize(
    ("top_p", "kept"),
    [(0.01, [1]), (0.39, [1]), (0.4, [1]), (0.41, [1, 4]), (0.66, [1, 4, 3]), (1, range(5))],
)
def test_top_p_keeps_the_smallest_set_that_holds_p(top_p, kept):
    expected = np.where(np.isin(np.arange(5), list(kept)), P, 0)
    np.testing.assert_allclose(next_probabilities(LOGITS, top_p=top_p), expected / expected.sum())


@given(
    st.lists(st.floats(-4, 4), min_size=1, max_size=7),
    st.integers(0, 8),
    st.floats(0.05, 1),
    st.sampled_from([0.5, 1.0, 3.0]),
)
def test_options_together_are_applied_in_their_order(logits, top_k, top_p, temperature):
    logits = np.array(logits)
    found = next_probabilities(logits, temperature=temperature, top_k=top_k, top_p=top_p)
    p = np.exp(logits / temperature)
    p /= p.sum()
    ranked = sorted(range(len(p)), key=lambda i: (-p[i], i))[: top_k or None]
    total, kept = sum(p[i] for i in ranked), []
    for i in ranked:
        if sum(p[j] for j in kept) / total >= top_p - 1e-9:
            break
        kept.append(i)
    assert found.sum() == pytest.approx(1)
    support = set(np.flatnonzero(found))
    # where the sum meets top_p within rounding, one more or less is as good
    assert support == set(kept) or len(support ^ set(kept)) == 1
    at = sorted(support)
    np.testing.assert_allclose(found[at], p[at] / p[at].sum(), rtol=1e-9)


def test_the_penalty_makes_previous_tokens_less_probable_each_once():
    logits = np.array([2.0, -1.0, 1.0, 0.0])
    lowered = np.array([1.0, -2.0, 1.0, 0.0])  # tokens 0 and 1 at penalty 2
    expected = np.exp(lowered) / np.exp(lowered).sum()
    for previous in ([0, 1], [1, 0, 0, 0, 1]):
        found = next_probabilities(logits, repetition_penalty=2.0, previous=np.array(previous))
        np.testing.assert_allclose(found, expected)
    rows = next_probabilities(
        np.stack([logits, logits]), repetition_penalty=2.0, previous=np.array([[0, 1], [2, 2]])
    )
    np.testing.assert_allclose(rows[0], expected)
    assert rows[1, 2] < next_probabilities(logits)[2]
    none = next_probabilities(logits, repetition_penalty=2.0, previous=np.zeros(0, int))
    np.testing.assert_allclose(none, next_probabilities(logits))


def test_a_draw_is_where_a_uniform_number_falls():
    class Given:
        def __init__(self, numbers):
            self.numbers = numbers

        def random(self, n):
            assert n == len(self.numbers)
            return np.array(self.numbers)

    rows = np.array([[0.0, 0.25, 0.0, 0.75]] * 5)
    drawn = draw(rows, rng=Given([0.0, 0.2499, 0.25, 0.6, np.nextafter(1, 0)]))
    assert drawn.tolist() == [1, 1, 3, 3, 3]  # never a token of probability 0


def test_draws_have_their_probabilities():
    n = 40_000
    drawn = draw(np.broadcast_to(P, (n, 5)), rng=np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=5)
    assert (np.abs(counts - n * P) < 4.5 * np.sqrt(n * P * (1 - P))).all()


def test_texts_have_the_probability_that_the_model_gives_them():
    """All texts of two more tokens: how often each is written against the product of probabilities."""
    n, prompt = 6000, 3
    rng = np.random.default_rng(0)
    model = LanguageModel(MODEL.config, rng=rng)
    for p in model.parameters():
        p.data = (p.data + 0.5 * rng.standard_normal(p.shape)).astype(np.float32)
    written = generate(model, np.full((n, 1), prompt), 2, rng=rng)[:, 1:]
    first = next_probabilities(model(np.array([[prompt]])).numpy()[0, -1])
    for a, b in itertools.product(range(5), repeat=2):
        second = next_probabilities(model(np.array([[prompt, a]])).numpy()[0, -1])
        p = first[a] * second[b]
        count = (written == [a, b]).all(axis=1).sum()
        assert abs(count - n * p) < 4.5 * np.sqrt(n * p * (1 - p)) + 1


def test_greedy_texts_follow_the_largest_logit():
    text = generate(MODEL, [1, 2], 4, temperature=0)
    assert text.shape == (6,)
    for end in range(2, 6):
        assert text[end] == MODEL(text[None, :end]).numpy()[0, -1].argmax()


def test_writing_leaves_the_mode_as_it_was_and_the_seed_decides():
    model = LanguageModel(
        LanguageModelConfig(5, 6, 8, 1, 2, dropout=0.5), rng=np.random.default_rng(0)
    ).train()
    texts = [generate(model, [0], 12, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(texts[0], texts[1])
    assert (texts[0] != texts[2]).any()
    assert model.training
    assert model.blocks[0].attention.training
    np.testing.assert_array_equal(generate(model, [3, 4], 0, temperature=0), [3, 4])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -1}, r"temperature in \[0"),
        ({"top_k": -1}, "top_k as a whole number of at least 0"),
        ({"top_p": 0}, r"top_p in \(0, 1\]"),
        ({"top_p": 1.5}, r"top_p in \(0, 1\]"),
        ({"repetition_penalty": 0.5}, "repetition_penalty in"),
        ({"repetition_penalty": np.inf}, "repetition_penalty in"),
        ({"repetition_penalty": 2.0}, "pass previous=tokens"),
        ({"repetition_penalty": 2.0, "previous": np.array([5])}, "previous tokens 0 to 4, got 5 to 5"),
        ({"repetition_penalty": 2.0, "previous": np.array([[1]])}, "expects previous of shape"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises((ValueRangeError, ShapeError), match=message):
        next_probabilities(LOGITS, **options)


def test_bad_logits_and_prompts_are_refused():
    with pytest.raises(ValueRangeError, match="finite logits"):
        next_probabilities(np.array([0.0, np.nan]))
    with pytest.raises(ShapeError, match="V at least 1"):
        next_probabilities(np.zeros((2, 0)))
    with pytest.raises(ValueRangeError, match="pass rng="):
        generate(MODEL, [0], 3)
    with pytest.raises(DTypeError, match="NumPy Generator"):
        generate(MODEL, [0], 3, rng=7)
    with pytest.raises(ShapeError, match="at least one token"):
        generate(MODEL, [], 3, temperature=0)
    with pytest.raises(ValueRangeError, match="tokens 0 to 4, got 9 to 9"):
        generate(MODEL, [9], 3, temperature=0)
    with pytest.raises(ValueRangeError, match="count as a whole number of at least 0, got -1"):
        generate(MODEL, [1], -1, temperature=0)
