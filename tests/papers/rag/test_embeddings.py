"""The cache of embeddings encodes nothing twice, and never trusts a file that is not what it wrote."""

import numpy as np
import pytest

from foundations.errors import ShapeError
from papers.rag import EmbeddingCache, RebuiltCache


def encode(texts):
    return np.array([[len(text), text.count("a"), 1] for text in texts], dtype=np.float32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "vectors.safetensors"


def test_known_texts_are_not_encoded_again(path):
    cache = EmbeddingCache(encode, path, name="toy")
    first = cache(["banana", "fig", "banana"])
    np.testing.assert_array_equal(first, encode(["banana", "fig", "banana"]))
    assert cache.encoded == 2
    other = EmbeddingCache(encode, path, name="toy")
    np.testing.assert_array_equal(other(["fig", "pear"]), encode(["fig", "pear"]))
    assert other.encoded == 1
    assert EmbeddingCache(encode, path, name="toy")([]).shape[0] == 0


@pytest.mark.parametrize("how", ["cut", "flipped", "foreign", "other encoder"])
def test_a_file_that_is_not_what_was_written_is_rebuilt_and_said(path, how):
    EmbeddingCache(encode, path, name="toy")(["banana", "fig"])
    content, name = path.read_bytes(), "toy"
    if how == "cut":
        path.write_bytes(content[:-7])
    elif how == "flipped":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif how == "foreign":
        path.write_bytes(b"not safetensors at all")
    else:
        name = "another"
    cache = EmbeddingCache(encode, path, name=name)
    with pytest.warns(RebuiltCache, match="cannot be used .*: they are rebuilt"):
        np.testing.assert_array_equal(cache(["fig"]), encode(["fig"]))
    assert cache.encoded == 1
    again = EmbeddingCache(encode, path, name=name)  # no warning: warnings are errors here
    np.testing.assert_array_equal(again(["fig"]), encode(["fig"]))
    assert again.encoded == 0


def test_an_encoder_that_gives_other_shapes_is_refused(path):
    with pytest.raises(ShapeError, match="for 2 texts"):
        EmbeddingCache(lambda texts: np.zeros((1, 3)), path, name="toy")(["a", "b"])
    assert not path.exists()
