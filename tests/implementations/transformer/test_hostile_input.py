"""What a reader may hand in by mistake: no text, a megabyte of it, files of something else."""

from pathlib import Path

import numpy as np
import pytest

from foundations.data import store
from foundations.errors import DataError, ShapeError, ValueRangeError
from foundations.nn import save_arrays
from foundations.nn.serialization import SavedStateError
from foundations.nn.state import StateError
from implementations.transformer import (
    BertConfig,
    BertEncoder,
    BytePair,
    Characters,
    Corpus,
    LanguageModel,
    LanguageModelConfig,
    SentenceEncoder,
    WordPiece,
    evaluate,
    generate,
    load_model,
)
from implementations.transformer.wordpiece import SPECIAL

PIECES = [*SPECIAL, *"abcdef", "東"]
MEGABYTE = 1_000_000
MODEL = LanguageModel(
    LanguageModelConfig(5, context=8, d_model=8, num_layers=2, num_heads=2), rng=np.random.default_rng(0)
)


@pytest.fixture(scope="module")
def encoder():
    config = BertConfig(len(PIECES), d_model=6, num_layers=1, num_heads=2, d_ff=8, max_positions=9)
    return SentenceEncoder(BertEncoder(config, rng=np.random.default_rng(0)), WordPiece(PIECES, max_tokens=9))


# ---------------------------------------------------------------------- no text


@pytest.mark.parametrize("text", ["", " \t\n", "\u200b\ufeff\x00", "\u0301"])
def test_a_text_without_a_word_has_the_vector_of_its_two_ends(encoder, text):
    assert encoder.tokenizer.encode(text) == [2, 3]
    vector = encoder.encode(text)
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(encoder.encode(["a b c", text])[1], vector, atol=1e-6)


def test_no_texts_have_no_vectors_and_an_empty_batch_is_refused_nowhere(encoder):
    assert encoder.encode([]).shape == (0, 6)
    assert BytePair([]).encode("").shape == Characters("ab").encode("").shape == (0,)


def test_a_language_model_begins_with_a_token_and_predicts_at_least_one():
    with pytest.raises(ShapeError, match=r"T at least 1, got .*begin with some token"):
        MODEL(np.zeros((1, 0), np.int64))
    with pytest.raises(ShapeError, match="begin with a line end"):
        generate(MODEL, Characters("abcde").encode(""), 3, temperature=0)
    with pytest.raises(ValueRangeError, match="at least two tokens"):
        evaluate(MODEL, np.array([1]), context=8)
    with pytest.raises(ValueRangeError, match="not empty"):
        Corpus.of("", "abc")


# ---------------------------------------------------------------------- a megabyte


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a " * (MEGABYTE // 2), [2, *[5] * 7, 3]),
        ("a" * MEGABYTE, [2, 1, 3]),  # one word of a megabyte is unknown as a whole
        ("東" * MEGABYTE, [2, *[11] * 7, 3]),
        ("," * MEGABYTE, [2, *[1] * 7, 3]),
        (" " * MEGABYTE, [2, 3]),
        ("e\u0301" * (MEGABYTE // 2), [2, 1, 3]),
        ("[SEP]" * (MEGABYTE // 5), [2, *[3] * 7, 3]),
    ],
    ids=["words", "one word", "ideographs", "commas", "spaces", "accents", "special pieces"],
)
def test_of_a_megabyte_the_encoder_reads_the_beginning(encoder, text, numbers):
    assert encoder.tokenizer.encode(text) == numbers


def test_what_the_encoder_does_not_read_changes_no_vector(encoder):
    np.testing.assert_allclose(
        encoder.encode("a b c d e f a " + "b " * MEGABYTE), encoder.encode("a b c d e f a"), atol=1e-6
    )


@pytest.mark.parametrize("cached", [True, False])
def test_of_a_prompt_of_a_megabyte_the_model_reads_the_end(cached):
    prompt = np.random.default_rng(0).integers(0, 5, MEGABYTE)
    options = {"temperature": 0, "cached": cached, "repetition_penalty": 1.3}
    text = generate(MODEL, prompt, 6, **options)
    assert text.shape == (MEGABYTE + 6,)
    np.testing.assert_array_equal(text[:MEGABYTE], prompt)
    # windows begin at multiples of half the context, so an end of as much over is read alike
    np.testing.assert_array_equal(text[MEGABYTE:], generate(MODEL, prompt[-800:], 6, **options)[800:])
    with pytest.raises(ShapeError, match="the context has 8 positions, got 1000000: cut the text"):
        MODEL(prompt[None])


def test_a_megabyte_is_encoded_and_comes_back():
    text = "to be, or not to be: " * (MEGABYTE // 21)
    for tokenizer in (Characters.train(text), BytePair.train(text[:200], 300)):
        assert tokenizer.decode(tokenizer.encode(text)) == text


# ---------------------------------------------------------------------- files


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of data that has MiniLM's files in name only, and nothing else anywhere."""
    own = tmp_path / "data" / "minilm"
    own.mkdir(parents=True)
    for name in ("model.safetensors", "vocab.txt", "config.json"):
        (own / name).write_bytes(b"{}")
    monkeypatch.setenv("ML_FOUNDATIONS_DATA", str(own.parent))
    monkeypatch.setattr(store, "cache_folder", lambda: tmp_path / "cache")
    return own


@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\0\0\0\0\0\0\0{}      ", b"<html>not found</html>"])
def test_damaged_weights_of_minilm_are_named_and_left_alone(folder: Path, content):
    path = folder / "model.safetensors"
    path.write_bytes(content)
    for ask in (SentenceEncoder, WordPiece):
        with pytest.raises(DataError, match="not the file it should be") as error:
            ask.from_pretrained("minilm")
        assert str(folder) in str(error.value)
        assert "delete it" in str(error.value)
    assert path.read_bytes() == content


def test_weights_of_another_model_leave_a_model_as_it_was():
    other = LanguageModel(
        LanguageModelConfig(5, context=8, d_model=12, num_layers=2, num_heads=2), rng=np.random.default_rng(1)
    )
    before = {name: array.copy() for name, array in MODEL.state_dict().items()}
    for arrays in (
        dict(other.state_dict()),  # every shape differs
        dict(MODEL.state_dict()) | {"norm.weight": np.ones(7, np.float32)},  # the last one does
        {name: array + 1 for name, array in before.items() if name != "norm.bias"},  # one is missing
    ):
        with pytest.raises(StateError, match=r"norm\."):
            MODEL.load_state_dict(arrays)
        for name, array in MODEL.state_dict().items():
            np.testing.assert_array_equal(array, before[name])


def test_a_file_of_arrays_is_no_checkpoint(tmp_path):
    path = tmp_path / "arrays.safetensors"
    save_arrays(path, dict(MODEL.state_dict()))
    with pytest.raises(SavedStateError, match="no checkpoint of a language model"):
        load_model(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SavedStateError, match=r"arrays\.safetensors"):
        load_model(path)
