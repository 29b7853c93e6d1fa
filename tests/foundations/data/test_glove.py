"""The loader of GloVe vectors on files of its own: the right one, and wrong, truncated and missing ones."""

from __future__ import annotations

import numpy as np
import pytest

from foundations.data import DataError, File, Status, fetch, load, status
from foundations.data.content import sha256
from foundations.data.npz import pack_npz
from foundations.data.sets.glove import word_vectors

WORDS, VECTORS = np.array(["the", "été", "ice"]), np.array([[0.5, -1], [2, 3.25], [4, 5]], np.float16)
RIGHT = pack_npz({"words": WORDS, "vectors": VECTORS}, compress=True)
NAME = "tiny-glove"


@pytest.fixture
def tiny(register, own):
    """A data set like GloVe's, whose file lies where the test puts it."""
    register(File("glove/tiny.npz", sha256(RIGHT, "x.npz"), len(RIGHT)), name=NAME, read=word_vectors)
    (own / "glove").mkdir()
    return own / "glove/tiny.npz"


def test_the_right_file_is_words_and_float32(tiny):
    tiny.write_bytes(RIGHT)
    found = load(NAME)["all"]
    assert found["words"] == ["the", "été", "ice"]
    assert found["vectors"].dtype == np.float32
    np.testing.assert_array_equal(found["vectors"], VECTORS)


@pytest.mark.parametrize(
    "content",
    [
        RIGHT[:-20],
        RIGHT[: len(RIGHT) // 2],
        RIGHT + bytes(6000),  # a few bytes of another frame around the arrays would do no harm
        b"",
        b"the 0.5 -1\nof 2 3.25\n",
        pack_npz({"words": WORDS, "vectors": VECTORS + np.float16(1)}, compress=True),
        pack_npz({"words": WORDS[::-1].copy(), "vectors": VECTORS}, compress=True),
    ],
    ids=["cut", "half", "longer", "empty", "text", "other numbers", "other words"],
)
def test_another_file_is_refused_and_left_alone(tiny, content):
    tiny.write_bytes(content)
    with pytest.raises(DataError, match=r"tiny\.npz"):
        load(NAME)
    assert tiny.read_bytes() == content
    tiny.write_bytes(RIGHT)
    assert load(NAME)["all"]["words"] == ["the", "été", "ice"]  # nothing of the wrong one was kept


def test_a_missing_file_is_named(tiny, cache):
    assert status(NAME) is not Status.PRESENT
    with pytest.raises(DataError, match=NAME):
        load(NAME)
    with pytest.raises(DataError, match=NAME):
        fetch(NAME)
    assert not tiny.exists()
    assert not list(cache.rglob("*.npz"))


@pytest.mark.parametrize("content", [b"", RIGHT[:-20], b"<html>moved</html>"])
def test_the_reader_itself_names_what_is_no_npz(content):
    with pytest.raises(DataError):
        word_vectors(content)
