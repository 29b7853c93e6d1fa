"""Counting, thinning out, noise, phrases and the Huffman tree."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import DTypeError, ValueRangeError
from papers.word_vectors import Vocabulary, find_phrases, huffman_codes

TEXT = [["the", "cat", "sat"], ["the", "dog", "sat", "the", "cat"], ["a", "dog"]]


def test_words_come_by_falling_count_and_equal_ones_as_they_came() -> None:
    v = Vocabulary.of(TEXT, min_count=1)
    assert v.words == ["the", "cat", "sat", "dog", "a"]
    assert v.counts.tolist() == [3, 2, 2, 2, 1]
    assert Vocabulary.of(TEXT, min_count=2).words == ["the", "cat", "sat", "dog"]


def test_unknown_words_vanish_and_sentences_stay_apart() -> None:
    corpus = Vocabulary.of(TEXT, min_count=2).encode([["a", "cat"], ["a"], ["dog", "a", "the"]])
    assert corpus.tokens.tolist() == [1, 3, 0]
    assert corpus.sentence.tolist() == [0, 2, 2]


def test_both_formulas_of_subsampling() -> None:
    v = Vocabulary({"often": 900, "seldom": 99, "once": 1})
    t = 0.01
    paper = [math.sqrt(t / 0.9), math.sqrt(t / 0.099), 1.0]
    code = [math.sqrt(t / 0.9) + t / 0.9, math.sqrt(t / 0.099) + t / 0.099, 1.0]
    np.testing.assert_allclose(v.keep_probability(t, "paper"), paper)
    np.testing.assert_allclose(v.keep_probability(t), code)
    # the program's own form: (sqrt(count / (t N)) + 1) t N / count
    n = t * 1000
    np.testing.assert_allclose(v.keep_probability(t)[:2], [(math.sqrt(c / n) + 1) * n / c for c in (900, 99)])
    assert v.keep_probability(math.inf).tolist() == [1, 1, 1]


def test_noise_lies_between_unigram_and_uniform() -> None:
    v = Vocabulary({"often": 16, "seldom": 1})
    np.testing.assert_allclose(v.noise(), [8 / 9, 1 / 9])  # 16 ** 0.75 = 8
    np.testing.assert_allclose(v.noise(1.0), v.frequency)
    np.testing.assert_allclose(v.noise(0.0), [0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: Vocabulary.of([["all", "words", "once"]]),
            ValueRangeError,
            "vocabulary is empty.*5 times.*1 times",
        ),
        (lambda: Vocabulary.of([]), ValueRangeError, "vocabulary is empty"),
        (lambda: Vocabulary.of(["one text"]), DTypeError, "split it"),
        (lambda: Vocabulary.of(TEXT, min_count=0), ValueRangeError, "min_count"),
        (lambda: Vocabulary({"a": 0}), ValueRangeError, "got 0 for 'a'"),
        (lambda: Vocabulary.of(TEXT, min_count=1).encode([["The"]]), ValueRangeError, "none of the words"),
        (lambda: Vocabulary.of(TEXT, min_count=1).encode(["the"]), DTypeError, "split it"),
        (lambda: Vocabulary.of(TEXT, min_count=1).keep_probability(0), ValueRangeError, "above 0"),
        (lambda: Vocabulary.of(TEXT, min_count=1).keep_probability(1, "both"), ValueRangeError, "'both'"),  # type: ignore[arg-type]
        (lambda: find_phrases([], threshold=1), ValueRangeError, "got none"),
        (lambda: find_phrases(TEXT, threshold=1, discount=-1), ValueRangeError, "from 0 on"),
        (lambda: huffman_codes([1]), ValueRangeError, "two words"),
        (lambda: huffman_codes([1, 0]), ValueRangeError, "above 0"),
    ],
)
def test_bad_input_is_named(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        call()


def test_phrases_by_both_formulas() -> None:
    text = [["new", "york"]] * 6 + [["new", "car"]] * 2 + [["the", "car"]] * 4
    paper = find_phrases(text, threshold=0, discount=1, min_count=1, formula="paper")
    assert paper.scores["new", "york"] == pytest.approx((6 - 1) / (8 * 6))
    assert list(paper.scores) == [("the", "car"), ("new", "york"), ("new", "car")]
    code = find_phrases(text, threshold=0, discount=1, min_count=1)
    assert code.scores["new", "york"] == pytest.approx((6 - 1) / (8 * 6) * 24)
    assert list(find_phrases(text, threshold=2.4, discount=1, min_count=1).scores) == [
        ("the", "car"),
        ("new", "york"),
    ]
    assert ("new", "york") not in find_phrases(text, threshold=0, discount=1, min_count=7).scores
    assert ("new", "car") not in find_phrases(text, threshold=0, discount=2, min_count=1).scores


def test_phrases_are_joined_from_left_to_right_and_again() -> None:
    text = [["x", "san", "jose", "city", "y"]] * 9
    once = find_phrases([["san", "jose"]] * 9, threshold=0)
    joined = [once.join(sentence) for sentence in text]
    assert joined[0] == ["x", "san_jose", "city", "y"]
    twice = find_phrases([["san_jose", "city"]] * 9, threshold=0)
    assert twice.join(joined[0]) == ["x", "san_jose_city", "y"]
    with pytest.raises(DTypeError, match="split it"):
        once.join("san jose")


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=40))
def test_a_huffman_code_is_within_one_of_the_entropy(counts: list[int]) -> None:
    codes = huffman_codes(counts)
    f = np.array(counts) / sum(counts)
    entropy, mean = -(f * np.log2(f)).sum(), (f * codes.lengths).sum()
    assert entropy - 1e-9 <= mean < entropy + 1
    assert (2.0**-codes.lengths).sum() == pytest.approx(1)  # Kraft: the tree is full
    words = {tuple(turns[:n].tolist()) for turns, n in zip(codes.turns, codes.lengths, strict=True)}
    assert len(words) == len(counts)
    assert not any(a != b and a == b[: len(a)] for a, b in product(words, words))  # none begins another
    assert (codes.nodes[:, 0] == len(counts) - 2).all()  # every path begins at the root


def test_no_tree_is_shorter() -> None:
    counts = (9, 5, 4, 3, 2)

    def best(parts: tuple[int, ...]) -> int:  # every way to join two, again and again
        if len(parts) == 1:
            return 0
        options = []
        for i in range(len(parts)):
            for j in range(i):
                rest = tuple(p for k, p in enumerate(parts) if k not in (i, j))
                options.append(parts[i] + parts[j] + best((*rest, parts[i] + parts[j])))
        return min(options)

    assert (huffman_codes(counts).lengths * counts).sum() == best(counts)
