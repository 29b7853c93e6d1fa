"""The laws of the language model: causality, tying, counts, initial values, and what it refuses."""

import math

import numpy as np
import pytest
from scipy.special import erf

from foundations import nn
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn import functional as F
from implementations.transformer import (
    PAPER_CONFIGS,
    LanguageModel,
    LanguageModelConfig,
    attention_maps,
    cache_numbers,
    cached_multiply_adds,
    gelu_error,
    logit_lens,
    multiply_adds_by_hand,
    parameters_by_hand,
    training_flops_per_token,
)

SIZES = {"vocab_size": 11, "context": 7, "d_model": 12, "num_layers": 2, "num_heads": 3, "d_ff": 20}
CHOICES = [
    {"positions": positions, "tied": tied, "gelu": gelu}
    for positions in ("learned", "rotary")
    for tied, gelu in ((True, "none"), (False, "tanh"))
]


def config(**changes):
    return LanguageModelConfig(**{**SIZES, **changes})


def noisy(sizes, dtype=np.float64):
    """Return a model none of whose parameters is where it starts: biases and norms count too."""
    rng = np.random.default_rng(0)
    model = LanguageModel(sizes, rng=rng).astype(dtype)
    for p in model.parameters():
        p.data = (p.data + 0.2 * rng.standard_normal(p.shape)).astype(dtype)
    return model.eval()


@pytest.fixture
def tokens():
    return np.random.default_rng(1).integers(0, 11, (3, 7))


# ---------------------------------------------------------------------- laws


@pytest.mark.parametrize("positions", ["learned", "rotary"])
@pytest.mark.parametrize("position", range(7))
def test_no_logit_depends_on_a_later_token(tokens, position, positions):
    model = noisy(config(positions=positions))
    changed = tokens.copy()
    changed[:, position] = (changed[:, position] + 1) % 11
    before, after = model(tokens).numpy(), model(changed).numpy()
    np.testing.assert_array_equal(before[:, :position], after[:, :position])
    assert (np.abs(before[:, position:] - after[:, position:]).max(-1) > 1e-6).all()


def test_one_table_embeds_and_makes_the_logits_where_they_are_tied(tokens):
    tied, apart = noisy(config()), noisy(config(tied=False))
    assert [name for name, p in tied.named_parameters() if 11 in p.shape] == ["embedding.weight"]
    assert [name for name, p in apart.named_parameters() if 11 in p.shape] == [
        "embedding.weight",
        "output.weight",
    ]
    tied(tokens[:1, :1]).sum().backward()  # every row gets a gradient from the output
    assert (np.abs(tied.embedding.weight.grad.numpy()).sum(-1) > 0).all()


def test_the_weights_start_as_said():
    sizes = LanguageModelConfig(vocab_size=100, context=50, d_model=96, num_layers=8, num_heads=4)
    model = LanguageModel(sizes, rng=np.random.default_rng(0))
    for name, p in model.named_parameters():
        if p.ndim == 1:
            expected = 1.0 if name.endswith("norm.weight") else 0.0
            np.testing.assert_array_equal(p.data, expected, err_msg=name)
        else:
            added = name.endswith(("attention.output.weight", "outer.weight"))
            std = 0.02 / math.sqrt(16) if added else 0.02
            assert p.data.std() == pytest.approx(std, rel=0.05), name
    x = np.random.default_rng(1).integers(0, 100, (4, 50))
    loss = model.loss(x, np.roll(x, 1)).item()
    assert loss == pytest.approx(math.log(100), abs=0.1)  # it knows nothing yet


def test_dropout_acts_in_training_only(tokens):
    model = LanguageModel(config(dropout=0.5), rng=np.random.default_rng(0))
    assert not np.allclose(model(tokens).numpy(), model(tokens).numpy())
    model.eval()
    np.testing.assert_array_equal(model(tokens).numpy(), model(tokens).numpy())


@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_attention_maps_are_the_softmax_of_the_scores_of_the_past(tokens, positions):
    model = noisy(config(positions=positions))
    maps = attention_maps(model, tokens)
    assert maps.shape == (2, 3, 3, 7, 7)
    block = model.blocks[0]
    q, k, v = block.attention.heads(block.attention_norm(model.stream(tokens)[0]))
    for t in range(7):
        scores = (q.numpy()[:, :, t : t + 1] * k.numpy()[:, :, : t + 1]).sum(-1) / math.sqrt(4)
        expected = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
        np.testing.assert_allclose(maps[0, :, :, t, : t + 1], expected, atol=1e-12)
        np.testing.assert_array_equal(maps[:, :, :, t, t + 1 :], 0)
    mixed = F.linear(
        block.attention.join_heads(maps[0] @ v.numpy()),
        block.attention.output.weight.data,
        block.attention.output.bias.data,
    )
    direct = block.attention(block.attention_norm(model.stream(tokens)[0])).numpy()
    np.testing.assert_allclose(mixed, direct, atol=1e-12)


def test_the_logit_lens_ends_with_the_logits_and_adds_up(tokens):
    model = noisy(config())
    lens = logit_lens(model, tokens)
    assert lens.shape == (3, 3, 7, 11)
    np.testing.assert_array_equal(lens[-1], model(tokens).numpy())
    np.testing.assert_array_equal(lens[0], model.logits(model.stream(tokens)[0]).numpy())


# ---------------------------------------------------------------------- counts


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_counts_by_hand_are_those_of_what_is_computed(tokens, choices):
    sizes = config(**choices)
    model = noisy(sizes)
    assert nn.count_parameters(model) == sum(parameters_by_hand(sizes).values())
    for length in (1, 7):
        by_hand = multiply_adds_by_hand(sizes, length)
        assert nn.count_multiply_adds(model, tokens[:1, :length]) == sum(by_hand.values())
    assert multiply_adds_by_hand(sizes, 1)["scores"] == 2 * 2 * 12
    assert cached_multiply_adds(sizes, 0) == sum(multiply_adds_by_hand(sizes, 1).values())
    assert cached_multiply_adds(sizes, 5) - cached_multiply_adds(sizes, 4) == 2 * 2 * 12
    cache = model.cache()
    assert cache_numbers(sizes) == cache.keys.size + cache.values.size
    assert cache.nbytes == 8 * cache_numbers(sizes)


@pytest.mark.parametrize(
    ("name", "released", "count"),
    [
        ("small", 124e6, 124_439_808),
        ("medium", 355e6, 354_823_168),
        ("large", 774e6, 774_030_080),
        ("xl", 1558e6, 1_557_611_200),
    ],
)
def test_the_sizes_of_gpt_2_are_those_of_the_released_models(name, released, count):
    with nn.shapes_only():
        model = LanguageModel(PAPER_CONFIGS[name])
    assert nn.count_parameters(model) == count == sum(parameters_by_hand(PAPER_CONFIGS[name]).values())
    assert count == pytest.approx(released, rel=1e-2 / 2)
    d, layers = PAPER_CONFIGS[name].d_model, PAPER_CONFIGS[name].num_layers
    of_matrices = 6 * (12 * layers * d * d + 50_257 * d)
    assert training_flops_per_token(PAPER_CONFIGS[name]) == of_matrices + 12 * layers * 1024 * d


def test_gelu_by_tanh_is_off_by_at_most_5e_4():
    x = np.linspace(-8, 8, 16001)
    exact = x * 0.5 * (1 + erf(x / math.sqrt(2)))
    by_tanh = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    error = gelu_error(x)
    np.testing.assert_allclose(error, by_tanh - exact, atol=1e-12)
    np.testing.assert_allclose(error, error[::-1], atol=1e-12)  # even
    assert 4.7e-4 < np.abs(error).max() < 4.8e-4
    assert abs(x[np.abs(error).argmax()]) == pytest.approx(2.7, abs=0.1)


# ---------------------------------------------------------------------- bad input


def test_bad_tokens_say_what_fits(tokens):
    model = noisy(config())
    with pytest.raises(ShapeError, match="has 7 positions, got 8: cut the text"):
        model(np.zeros((1, 8), int))
    for bad in (np.zeros(3, int), np.zeros((2, 0), int), np.zeros((1, 1, 1), int)):
        with pytest.raises(ShapeError, match=r"shape \(B, T\), T at least 1"):
            model(bad)
    for bad in (11, -1):
        with pytest.raises(ValueRangeError, match=r"tokens 0 to 10, got"):
            model(np.array([[0, bad]]))
    with pytest.raises(DTypeError, match="integer tokens, got float64"):
        model(np.zeros((1, 2)))


def test_bad_sizes_say_what_fits():
    with pytest.raises(ValueRangeError, match="5 heads for a width of 12"):
        config(num_heads=5)
    with pytest.raises(ValueRangeError, match="width of a head is even, got 3"):
        config(num_heads=4, positions="rotary")
    with pytest.raises(ValueRangeError, match="positions as 'learned' or 'rotary', got 'sinusoidal'"):
        config(positions="sinusoidal")
    with pytest.raises(ValueRangeError, match="gelu as 'none' or 'tanh', got 'erf'"):
        config(gelu="erf")
    with pytest.raises(ValueRangeError, match=r"dropout in \[0, 1\], got 2"):
        config(dropout=2)
    with pytest.raises(ValueRangeError, match="vocab_size as a whole number of at least 1, got 0"):
        config(vocab_size=0)
    with pytest.raises(DTypeError, match="tied as True or False, got 'no'"):
        config(tied="no")
