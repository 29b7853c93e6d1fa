"""Neighbours, analogies, similarity, and the files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from foundations.errors import DataError, ShapeError, ValueRangeError
from papers.word_vectors import (
    WordVectors,
    analogy,
    analogy_score,
    load_word2vec,
    most_similar,
    save_word2vec,
    similarity_score,
)
from papers.word_vectors.vectors import ranks, spearman

RNG = np.random.default_rng(3)
ROYAL = WordVectors(
    ["man", "woman", "king", "queen", "bread", "nothing"],
    [[1, 0, 0], [1, 1.1, 0], [2, 0, 2], [2, 2, 2.1], [0, 0.1, -1], [0, 0, 0]],
)


def test_neighbours_by_cosine_without_the_word_itself() -> None:
    near = most_similar(ROYAL, "man", 2)
    assert [word for word, _ in near] == ["king", "woman"]
    assert near[0][1] == pytest.approx(2 / np.sqrt(8))
    assert [word for word, _ in most_similar(ROYAL, [0, 0, -9], 1)] == ["bread"]
    assert len(most_similar(ROYAL, "man", 99)) == 5
    assert most_similar(ROYAL, "man", 1, exclude=["king", "unheard"])[0][0] == "woman"


def test_an_analogy_leaves_its_own_words_out() -> None:
    assert analogy(ROYAL, "man", "woman", "king")[0][0] == "queen"
    units = ROYAL.units
    query = units[1] - units[0] + units[2]  # vectors of length one, not the raw ones
    (word, cosine), *_ = analogy(ROYAL, "man", "woman", "king", n=2)
    assert cosine == pytest.approx(query @ units[3] / np.linalg.norm(query))
    nearest = (ROYAL.units @ query).argmax()
    assert word == "queen" or ROYAL.words[nearest] in ("man", "woman", "king")


def test_a_score_of_analogies_counts_what_could_be_asked() -> None:
    score = analogy_score(
        ROYAL, [("Man", "Woman", "King", "Queen"), ("man", "woman", "king", "bread"), ("a", "b", "c", "d")]
    )
    assert score == (0.5, 2, 3)
    with pytest.raises(ValueRangeError, match="none of 1 questions"):
        analogy_score(ROYAL, [("Man", "Woman", "King", "Queen")], lower=False)


def test_similarity_is_spearman_of_the_known_pairs() -> None:
    first, second = ["man", "King", "man", "ghost", "queen"], ["woman", "queen", "bread", "man", "woman"]
    score = similarity_score(ROYAL, first, second, [8, 9, 1, 5, 3])
    cosines = [ROYAL.units[a] @ ROYAL.units[b] for a, b in ((0, 1), (2, 3), (0, 4), (3, 1))]
    assert score.value == pytest.approx(stats.spearmanr(cosines, [8, 9, 1, 3])[0])
    assert score[1:] == (4, 5)
    with pytest.raises(ValueRangeError, match="three pairs"):
        similarity_score(ROYAL, ["man"], ["king"], [1.0])
    with pytest.raises(ShapeError, match="as many scores"):
        similarity_score(ROYAL, ["man"], ["king"], [1.0, 2.0])


def test_ranks_share_ties() -> None:
    x, y = RNG.integers(0, 5, 40).astype(float), RNG.integers(0, 5, 40).astype(float)
    np.testing.assert_allclose(ranks(x), stats.rankdata(x))
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y)[0])
    assert spearman(x, np.ones(40)) == 0


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: WordVectors([], np.zeros((0, 3))), ShapeError, "0 words"),
        (lambda: WordVectors(["a"], np.zeros((2, 3))), ShapeError, "each of 1 words"),
        (lambda: WordVectors(["a", "a"], np.zeros((2, 3))), ValueRangeError, "'a' twice"),
        (lambda: WordVectors(["a", "b"], [[1.0], [np.nan]]), ValueRangeError, "NaN or infinity for 'b'"),
        (lambda: ROYAL["prince"], ValueRangeError, "'prince' is not among the 6 words"),
        (lambda: analogy(ROYAL, "Man", "woman", "king"), ValueRangeError, "'Man' is not.*'man' is there"),
        (lambda: most_similar(ROYAL, "man", 0), ValueRangeError, "from 1 on"),
        (lambda: most_similar(ROYAL, [1.0, 2.0]), ShapeError, "a query has shape"),
    ],
)
def test_bad_input_is_named(make, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()


@pytest.mark.parametrize("binary", [False, True])
def test_what_is_written_is_read_bit_for_bit(tmp_path: Path, binary: bool) -> None:
    made = WordVectors(["a", "Käse", "new_york"], RNG.standard_normal((3, 5)).astype(np.float32) * 1e-7)
    save_word2vec(made, tmp_path / "v", binary=binary)
    read = load_word2vec(tmp_path / "v", binary=binary)
    assert read.words == made.words
    np.testing.assert_array_equal(read.vectors, made.vectors)
    assert (tmp_path / "v").read_bytes().startswith(b"3 5\n")


def test_files_made_by_hand_are_read(tmp_path: Path) -> None:
    file = tmp_path / "v.txt"
    file.write_text("2 3\nthe 0.5 -1 2e-1 \ncat 1 2 3\n")  # word2vec.c leaves a blank at the end of a line
    assert load_word2vec(file)["the"].tolist() == pytest.approx([0.5, -1, 0.2])
    file.write_text("the 0.5 -1\ncat 1 2\n")  # GloVe's have no first line
    assert load_word2vec(file, header=False)["cat"].tolist() == [1, 2]
    row = np.array([1.5, -2], "<f4").tobytes()
    for between in (b"", b"\n"):  # gensim writes no end of line, word2vec.c does
        file.write_bytes(b"2 2\n" + b"a " + row + between + b"b " + row + between)
        assert load_word2vec(file, binary=True)["b"].tolist() == [1.5, -2]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("3 2\na 1.25 2.5\nb 3 4.125\n", "says it has 3 vectors, and has 2"),
        ("1 2\na 1 2\nb 3 4\n", "says it has 1 vectors, and has 2"),
        ("999999999999 300\na 1 2\n", "says it has 999999999999 vectors"),
        ("2 3\na 1 2\nb 3 4\n", "vector 1 has 2 numbers"),
        ("2 2\na 1 2\nb 3\n", "vector 2 has 1 numbers"),
        ("2 2\na 1 2\nb 3 x\n", "vector 2 is no word"),
        ("2 2\na 1 2\nb 3 nan\n", "NaN or infinity for 'b'"),
        ("2 2\na 1 2\na 3 4\n", "'a' twice"),
        ("0 2\n", "says it has 0 vectors"),
        ("the 0.5 -1\n", "header=False"),
        ("", "begins with b''"),
    ],
)
def test_a_text_file_that_lies_is_refused(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "v.txt").write_text(content)
    with pytest.raises(DataError, match=says):
        load_word2vec(tmp_path / "v.txt")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda b: b[:-3], "ends within vector 2"),
        (lambda b: b + b"more", "bytes more than the 2"),
        (lambda b: b.replace(b"2 2\n", b"9 2\n"), "first line is wrong"),
        (lambda b: b.replace(b"2 2\n", b"1 2\n"), "bytes more than the 1"),
        (lambda b: b.replace(b"a ", b"\xff "), "not in UTF-8"),
    ],
)
def test_a_binary_file_that_lies_is_refused(tmp_path: Path, change, says: str) -> None:
    row = np.array([1.5, -2], "<f4").tobytes()
    (tmp_path / "v").write_bytes(change(b"2 2\na " + row + b"\nb " + row + b"\n"))
    with pytest.raises(DataError, match=says):
        load_word2vec(tmp_path / "v", binary=True)


def test_files_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load_word2vec(tmp_path / "absent")
    (tmp_path / "empty").write_text("")
    with pytest.raises(DataError, match="no vectors in it"):
        load_word2vec(tmp_path / "empty", header=False)
    with pytest.raises(DataError, match="header is True"):
        load_word2vec(tmp_path / "empty", header=False, binary=True)
    with pytest.raises(DataError, match="white space in it, got 'new york'"):
        save_word2vec(WordVectors(["new york"], [[1.0]]), tmp_path / "v")
    with pytest.raises(DataError, match="float32"):
        save_word2vec(WordVectors(["a"], [[1e300]]), tmp_path / "v")
    assert not (tmp_path / "v").exists()


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_ours_and_we_read_gensims(tmp_path: Path, binary: bool) -> None:
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    made = WordVectors(["a", "b_c", "Käse"], RNG.standard_normal((3, 4)).astype(np.float32))
    save_word2vec(made, tmp_path / "ours", binary=binary)
    theirs = models.KeyedVectors.load_word2vec_format(str(tmp_path / "ours"), binary=binary)
    assert theirs.index_to_key == made.words
    np.testing.assert_array_equal(theirs.vectors, made.vectors)
    theirs.save_word2vec_format(str(tmp_path / "theirs"), binary=binary)
    read = load_word2vec(tmp_path / "theirs", binary=binary)
    assert read.words == made.words
    np.testing.assert_array_equal(read.vectors, made.vectors)


GENSIM = WordVectors(
    ["the", "Käse", "new_york"],
    np.array([[0.1, -2.5, 1e-7], [1 / 3, 4, -0.0], [1e6, -7.25, 65504]], np.float32),
)
GENSIM_TEXT = "3 3\nthe 0.1 -2.5 1e-07\nKäse 0.33333334 4.0 -0.0\nnew_york 1e+06 -7.25 65504.0\n".encode()
"""What gensim 4.4.0 writes of these vectors."""
GENSIM_BINARY = (
    b"3 3\nthe \xcd\xcc\xcc=\x00\x00 \xc0\x95\xbf\xd63K\xc3\xa4se \xab\xaa\xaa>\x00\x00\x80@\x00\x00\x00\x80"
    b"new_york \x00$tI\x00\x00\xe8\xc0\x00\xe0\x7fG"
)
"""The same in binary; there is no end of line after a vector."""


@pytest.mark.parametrize(("content", "binary"), [(GENSIM_TEXT, False), (GENSIM_BINARY, True)])
def test_what_gensim_wrote_is_read_bit_for_bit(tmp_path: Path, content: bytes, binary: bool) -> None:
    (tmp_path / "theirs").write_bytes(content)
    read = load_word2vec(tmp_path / "theirs", binary=binary)
    assert read.words == GENSIM.words
    assert read.vectors.tobytes() == GENSIM.vectors.tobytes()  # minus zero, too


def test_what_is_written_is_gensims_format(tmp_path: Path) -> None:
    save_word2vec(GENSIM, tmp_path / "ours", binary=True)  # with an end of line, as word2vec.c has it
    ours = (tmp_path / "ours").read_bytes()
    for word in (b"K\xc3\xa4se ", b"new_york "):
        ours = ours.replace(b"\n" + word, word)
    assert ours == GENSIM_BINARY + b"\n"
    save_word2vec(GENSIM, tmp_path / "ours")
    lines = [(tmp_path / "ours").read_bytes().split(b"\n"), GENSIM_TEXT.split(b"\n")]
    assert lines[0][0] == lines[1][0]
    for mine, theirs in zip(*(both[1:4] for both in lines), strict=True):
        (word, *numbers), (other, *others) = mine.split(b" "), theirs.split(b" ")
        assert word == other
        assert [np.float32(n) for n in numbers] == [np.float32(n) for n in others]


@pytest.mark.parametrize("binary", [False, True])
def test_wherever_a_file_is_cut_it_is_refused_or_has_lost_only_its_last_digits(
    tmp_path: Path, binary: bool
) -> None:
    content = GENSIM_BINARY if binary else GENSIM_TEXT
    last_number = len(content) - len("65504.0\n")
    for end in range(len(content)):
        (tmp_path / "cut").write_bytes(content[:end])
        if not binary and end > last_number:  # nothing in the format says that a number is whole
            assert load_word2vec(tmp_path / "cut").words == GENSIM.words
            continue
        with pytest.raises(DataError):
            load_word2vec(tmp_path / "cut", binary=binary)


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"3 3 3\n", "not with a number of words"),
        (b"3.0 3\n", "not with a number of words"),
        (b"-3 3\n", "says it has -3 vectors"),
        (b"4 3\n", "says it has 4 vectors, and has 3"),
        (b"3 2\n", "has 3 numbers after a word, expected 2"),
        (b"99999999999 3\n", "its first line is wrong"),
    ],
)
def test_a_first_line_that_lies_about_gensims_file_is_named(tmp_path: Path, head: bytes, says: str) -> None:
    (tmp_path / "lie").write_bytes(GENSIM_TEXT.replace(b"3 3\n", head))
    with pytest.raises(DataError, match=says):
        load_word2vec(tmp_path / "lie")
