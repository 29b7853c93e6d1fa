"""Reading with a cache is reading without one; a rotary score depends on the distance alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor, gradcheck
from foundations.errors import ShapeError, ValueRangeError
from implementations.transformer import (
    KeyValueCache,
    LanguageModel,
    LanguageModelConfig,
    generate,
    next_probabilities,
    rotary_table,
    rotate,
    window_start,
)
from implementations.transformer.block import visible


def model(positions="learned", dtype=np.float64, **changes):
    sizes = {"vocab_size": 11, "context": 9, "d_model": 12, "num_layers": 3, "num_heads": 2, **changes}
    rng = np.random.default_rng(0)
    made = LanguageModel(LanguageModelConfig(**sizes, positions=positions), rng=rng)
    for p in made.parameters():
        p.data = p.data + 0.2 * rng.standard_normal(p.shape)
    return made.astype(dtype).eval()


TOKENS = np.random.default_rng(1).integers(0, 11, (2, 9))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("positions", ["learned", "rotary"])
@pytest.mark.parametrize("cuts", [[1] * 9, [9], [4, 1, 3, 1], [2, 7]], ids=str)
def test_logits_with_and_without_a_cache_are_equal(positions, cuts, dtype, tolerance):
    reader = model(positions, dtype)
    cache = reader.cache(2)
    assert cache.keys.dtype == dtype
    parts, at = [], 0
    for n in cuts:
        parts.append(reader(TOKENS[:, at : at + n], cache))
        at += n
        assert cache.length == at
    # float32: logits of magnitude 5 are rounded to 5e-7, and products are summed in another order
    expected = reader(TOKENS).numpy()
    np.testing.assert_allclose(np.concatenate(parts, axis=1), expected, atol=tolerance, rtol=tolerance)


def test_a_cleared_cache_is_a_new_one():
    reader = model()
    cache = reader.cache(2)
    reader(TOKENS, cache)
    cache.clear()
    np.testing.assert_allclose(reader(TOKENS[:, 3:7], cache), reader(TOKENS[:, 3:7]).numpy(), atol=1e-12)
    assert cache.keys.shape == (3, 2, 2, 9, 6)  # the room is taken once


def test_visible_positions_are_those_up_to_the_query():
    for queries, keys in ((2, 5), (3, 3), (1, 4)):
        seen = visible(queries, keys)
        seen = np.ones((queries, keys), bool) if seen is None else seen
        for i in range(queries):
            assert seen[i].tolist() == [j <= keys - queries + i for j in range(keys)]


def test_nothing_is_recorded_with_a_cache():
    assert isinstance(model()(TOKENS), Tensor)
    assert not getattr(model()(TOKENS, model().cache(2)), "requires_grad", False)


def test_a_full_or_foreign_cache_is_refused_and_left_as_it_was():
    reader = model()
    cache = reader.cache(2)
    reader(TOKENS[:, :6], cache)
    kept = cache.keys.copy()
    with pytest.raises(ShapeError, match=r"room for 9 positions, 6 are filled and 4 came: clear\(\)"):
        reader(TOKENS[:, :4], cache)
    with pytest.raises(ShapeError, match="made for 2 texts side by side, got 1"):
        reader(TOKENS[:1, :1], cache)
    with pytest.raises(ValueRangeError, match="tokens 0 to 10"):
        reader(np.full((2, 1), 11), cache)
    with pytest.raises(ShapeError, match="the cache is another model's"):
        model(num_layers=2)(TOKENS[:, :1], cache)
    assert cache.length == 6
    np.testing.assert_array_equal(cache.keys, kept)
    with pytest.raises(ValueRangeError, match="batch_size as a whole number of at least 1, got 0"):
        reader.cache(0)
    with pytest.raises(ValueRangeError, match="context as a whole number"):
        KeyValueCache(1, 1, 1, 0, 1)


@pytest.mark.parametrize("positions", ["learned", "rotary"])
@pytest.mark.parametrize("prompt", [1, 5, 14])
def test_what_is_written_does_not_depend_on_the_cache(positions, prompt):
    writer = model(positions)
    start = np.random.default_rng(2).integers(0, 11, (3, prompt))
    for options in ({"temperature": 0.0}, {"top_k": 5, "repetition_penalty": 1.3}):
        both = [
            generate(writer, start, 25, rng=np.random.default_rng(3), cached=cached, **options)
            for cached in (True, False)
        ]
        np.testing.assert_array_equal(*both)
        assert both[0].shape == (3, prompt + 25)
        np.testing.assert_array_equal(both[0][:, :prompt], start)


def test_beyond_the_context_the_window_is_all_that_is_read_and_penalised():
    writer, start = model(), np.array([4, 1])
    text = generate(writer, start, 28, temperature=0, repetition_penalty=1e6)
    expected = start
    for end in range(2, 30):
        window = expected[window_start(end, 9) :]
        p = next_probabilities(
            writer(window[None]).numpy()[0, -1], temperature=0, repetition_penalty=1e6, previous=window
        )
        expected = np.append(expected, p.argmax())
    np.testing.assert_array_equal(text, expected)
    assert len(set(text)) < len(text) - 11  # tokens come again once they have left the window


@given(st.integers(1, 200), st.integers(1, 30))
def test_the_window_holds_at_least_half_a_context_and_moves_by_half(length, context):
    start = window_start(length, context)
    step = max(1, context // 2)
    assert length - start <= context
    assert start == 0 if length <= context else length - start > context - step
    assert start % step == 0
    assert window_start(length + 1, context) - start in (0, step)


# ---------------------------------------------------------------------- rotary


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 40))
def test_a_rotary_score_depends_on_the_distance_alone(m, n, shift):
    rng = np.random.default_rng(4)
    q, k = rng.standard_normal((2, 1, 10))
    cos, sin = rotary_table(64, 10, np.float64)
    at = lambda x, position: rotate(x, cos[position : position + 1], sin[position : position + 1])
    score = (at(q, m) * at(k, n)).sum()
    moved = (at(q, m + shift) * at(k, n + shift)).sum()
    assert moved == pytest.approx(score, abs=1e-12)


def test_the_law_tells_distances_apart():
    q, k = np.random.default_rng(4).standard_normal((2, 1, 10))
    cos, sin = rotary_table(8, 10, np.float64)
    scores = [(rotate(q, cos[i : i + 1], sin[i : i + 1]) * k).sum() for i in range(8)]
    assert len(np.unique(np.round(scores, 6))) == 8


def test_a_turn_is_that_of_the_paper_s_matrix_up_to_the_order_of_the_features():
    d, m = 6, 5
    x = np.random.default_rng(5).standard_normal((8, d))
    neighbours = np.arange(d).reshape(d // 2, 2).T.reshape(-1)  # 0 2 4 1 3 5: pairs become halves
    matrix = np.zeros((d, d))
    for i in range(d // 2):  # Su et al. 2021, equation 15
        angle = m * 10000 ** (-2 * i / d)
        matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [
            [np.cos(angle), -np.sin(angle)],
            [np.sin(angle), np.cos(angle)],
        ]
    turned = rotate(x[:, neighbours], *rotary_table(8, d, np.float64))[m]
    np.testing.assert_allclose(turned, (matrix @ x[m])[neighbours], atol=1e-12)


def test_turns_keep_lengths_and_have_the_right_gradient():
    x = np.random.default_rng(6).standard_normal((2, 3, 5, 4))
    tables = rotary_table(5, 4, np.float64)
    np.testing.assert_allclose(np.linalg.norm(rotate(x, *tables), axis=-1), np.linalg.norm(x, axis=-1))
    gradcheck(lambda x: rotate(x, *tables), x, rng=np.random.default_rng(7), order=2)


def test_without_positions_past_tokens_are_a_set_to_one_layer_and_with_rotary_they_are_not():
    """The last logits of one layer change with the order of the past only where positions count."""
    order = [3, 0, 2, 1, 4]
    for positions in ("learned", "rotary"):
        reader = model(positions, num_layers=1)
        if positions == "learned":
            reader.positions.weight.data[...] = 0
        before = reader(TOKENS[:1, :5]).numpy()[0, -1]
        after = reader(TOKENS[:1, order]).numpy()[0, -1]
        assert np.allclose(before, after, atol=1e-10) == (positions == "learned")


def test_bad_tables_are_refused():
    with pytest.raises(ValueRangeError, match="even, got 5"):
        rotary_table(3, 5)
    with pytest.raises(ShapeError, match="as many rows of rotary_table as there are positions"):
        rotate(np.ones((2, 4)), *rotary_table(3, 4))
