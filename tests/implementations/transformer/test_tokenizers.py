"""Characters and byte pairs: nothing of a text is lost, and what is learned is what a slow count says."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from implementations.transformer import BytePair, Characters
from implementations.transformer.byte_pair import _CHUNKS

TEXT = (
    "the cat sat on the mat, the cat ate the rat; and the 22 rats_sat 22 mats.\n\n  Then:\tthe end...  " * 3
)
PAIRS = BytePair.train(TEXT, 300)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def slow_pairs(text, count):
    """Learn pairs by counting all chunks anew after every join."""
    chunks = [list(chunk.encode()) for chunk in _CHUNKS.findall(text)]
    merges = []
    while len(merges) < count:
        pairs = Counter(pair for c in chunks for pair in pairwise(c))
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        chunks = [slow_join(c, best, 255 + len(merges)) for c in chunks]
    return merges


def slow_join(tokens, pair, joined):
    out = []
    for token in tokens:
        if out and (out[-1], token) == pair:
            out[-1] = joined
        else:
            out.append(token)
    return out


@given(ANY_TEXT)
def test_byte_pairs_lose_nothing(text):
    assert PAIRS.decode(PAIRS.encode(text)) == text
    assert "".join(_CHUNKS.findall(text)) == text


@given(st.text(st.sampled_from("aab 1\n.é"), min_size=1), st.integers(256, 280))
def test_what_is_learned_is_what_a_slow_count_learns(text, vocab_size):
    assert list(BytePair.train(text, vocab_size).merges) == slow_pairs(text, vocab_size - 256)


@given(st.text(st.sampled_from("aaabt hea1.")))
def test_pairs_are_joined_in_the_order_in_which_they_were_learned(text):
    trained = BytePair.train("aaaa aab aaa the heat tea 11 1.1 ... aaaaaaa", 290)
    tokens = []
    for chunk in _CHUNKS.findall(text):
        slow = list(chunk.encode())
        for i, pair in enumerate(trained.merges):
            slow = slow_join(slow, pair, 256 + i)
        tokens += slow
    assert trained.encode(text).tolist() == tokens


def test_a_long_chunk_costs_little_more_than_its_length():
    trained = BytePair.train("-" * 2**12, 256 + 12)
    assert [len(piece) for piece in trained.pieces[256:]] == [2 ** (i + 1) for i in range(12)]
    line = "-" * 30_000  # joined pair by pair from the left, one search each, this would take minutes
    assert trained.decode(trained.encode(line)) == line
    assert len(trained.encode(line)) < 20


def test_a_vocabulary_ends_where_nothing_is_left_to_join():
    trained = BytePair.train("abc abc", 1000)
    assert trained.pieces[256:] == [b"ab", b"abc", b" abc"]
    assert trained.encode("abc abc").tolist() == [trained.pieces.index(b"abc"), trained.pieces.index(b" abc")]


def test_more_pairs_make_fewer_tokens():
    lengths = [len(BytePair.train(TEXT, size).encode(TEXT)) for size in (256, 270, 300)]
    assert lengths[0] == len(TEXT.encode())
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[2] < lengths[0] / 2


def test_pairs_given_are_the_tokenizer():
    again = BytePair(PAIRS.merges)
    assert again.pieces == PAIRS.pieces
    np.testing.assert_array_equal(again.encode(TEXT), PAIRS.encode(TEXT))


def test_bytes_that_are_no_text_are_marked():
    assert BytePair([]).decode([0xC3]) == "\N{REPLACEMENT CHARACTER}"
    assert BytePair([]).decode([0xC3, 0xA9]) == "é"


@given(ANY_TEXT.filter(bool))
def test_characters_lose_nothing(text):
    letters = Characters.train(text)
    assert letters.vocab_size == len(set(text))
    assert letters.decode(letters.encode(text)) == text


def test_characters_are_numbered_by_code_point():
    letters = Characters.train("banana")
    assert letters.characters == "abn"
    assert letters.encode("nab").tolist() == [2, 0, 1]
    assert letters.encode("").shape == (0,)
    assert letters.decode([]) == ""


@pytest.mark.parametrize("train", [Characters.train, lambda text: BytePair.train(text, 300)])
def test_training_text_is_text_and_not_empty(train):
    with pytest.raises(ValueRangeError, match="got an empty one"):
        train("")
    with pytest.raises(DTypeError, match="expects text, got b'x'"):
        train(b"x")


def test_foreign_characters_are_named():
    with pytest.raises(ValueRangeError, match="not 'x', 'ä': remove them, or use BytePair"):
        Characters.train("ab").encode("äabx")
    with pytest.raises(ValueRangeError, match="each character once"):
        Characters("aa")
    with pytest.raises(ValueRangeError, match="each character once"):
        Characters("")


@pytest.mark.parametrize("tokenizer", [Characters.train("ab"), BytePair([(97, 98)])])
def test_foreign_tokens_are_refused(tokenizer):
    last = tokenizer.vocab_size - 1
    for bad in ([0, last + 1], [-1]):
        with pytest.raises(ValueRangeError, match=f"expects tokens 0 to {last}, got"):
            tokenizer.decode(bad)
    with pytest.raises(DTypeError, match="whole numbers, got float64"):
        tokenizer.decode([0.0])
    with pytest.raises(ShapeError, match=r"shape \(n,\), got \(1, 2\)"):
        tokenizer.decode(np.zeros((1, 2), int))
    with pytest.raises(DTypeError, match="expects text, got None"):
        tokenizer.encode(None)


def test_bad_pairs_and_sizes_are_refused():
    with pytest.raises(ValueRangeError, match="pair 0 joins tokens 256 and 1"):
        BytePair([(256, 1)])
    with pytest.raises(ValueRangeError, match=r"\(1, 2\) is there twice"):
        BytePair([(1, 2), (1, 2)])
    with pytest.raises(ValueRangeError, match="vocab_size as a whole number of at least 256, got 255"):
        BytePair.train("a", 255)
    for tokenizer in (lambda t: BytePair.train(t, 256), BytePair([]).encode):
        with pytest.raises(ValueRangeError, match=r"valid Unicode, got '\\ud800' at 1"):
            tokenizer("a\ud800")
