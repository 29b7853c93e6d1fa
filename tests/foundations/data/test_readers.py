"""Readers: from bytes to splits, on contents small enough to see through."""

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.data import DataError, pixels, readers, stratified
from foundations.data.safetensors import parse_safetensors
from foundations.data.sets import glove, minilm, mnist, sentence_polarity, wikipedia, word_similarity, xquad


def idx(array: np.ndarray) -> bytes:
    return (
        bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()
    )


IMAGES, LABELS = np.arange(30, dtype=np.uint8).reshape(2, 3, 5), np.array([7, 3], np.uint8)


def test_mnist_is_pixels_and_labels():
    splits = mnist.mnist(idx(IMAGES), idx(LABELS), idx(IMAGES[:1]), idx(LABELS[:1]))
    assert splits["train"]["images"].dtype == np.float32
    np.testing.assert_allclose(splits["train"]["images"] * 255, IMAGES, rtol=1e-6)
    assert splits["train"]["labels"].tolist() == [7, 3]
    assert splits["test"]["images"].shape == (1, 3, 5)


def test_images_and_labels_that_do_not_belong_together_are_noticed():
    with pytest.raises(DataError, match="test: 2 images but 1 labels"):
        mnist.mnist(idx(IMAGES), idx(LABELS), idx(IMAGES), idx(LABELS[:1]))
    with pytest.raises(DataError, match="train images: has 1 dimensions, expected 3"):
        mnist.mnist(idx(LABELS), idx(LABELS), idx(IMAGES), idx(LABELS))


def test_pixels_end_at_one():
    assert pixels(np.array([[[0, 255]]], np.uint8)).ravel().tolist() == [0.0, 1.0]
    assert pixels(np.array([[[0, 16]]]), white=16).ravel().tolist() == [0.0, 1.0]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(0, 99))
def test_a_stratified_choice_has_as_many_of_each_class(labels, seed):
    labels = np.array(labels)
    per_class = int(np.unique(labels, return_counts=True)[1].min())
    index = stratified(labels, per_class, rng=np.random.default_rng(seed))
    assert np.all(np.diff(index) > 0)
    classes, counts = np.unique(labels[index], return_counts=True)
    assert classes.tolist() == np.unique(labels).tolist()
    assert set(counts) == {per_class}


def test_a_class_that_is_too_small_is_named():
    with pytest.raises(DataError, match="class 1 has 1 items, 2 were asked for"):
        stratified(np.array([0, 0, 1]), 2, rng=np.random.default_rng(0))


@given(st.lists(st.text("ab\n", max_size=12), min_size=1, max_size=12))
def test_a_text_is_cut_between_paragraphs_and_loses_nothing(paragraphs):
    whole = "\n\n".join(paragraphs)
    splits = readers.text(whole.encode())
    train, test = splits["train"]["text"], splits["test"]["text"]
    assert train + test == whole
    assert train.endswith("\n\n") or train == whole[:1]


def test_word_pairs_leave_out_the_header():
    content = b"# The test\r\n# Word 1\tWord 2\tMean\r\nlove\tsex\t6.77\r\ntiger\tcat\t7.35\r\n"
    pairs = word_similarity.word_pairs(content)["test"]
    assert pairs["first"] == ["love", "tiger"]
    assert pairs["second"] == ["sex", "cat"]
    np.testing.assert_allclose(pairs["scores"], [6.77, 7.35], rtol=1e-6)


def test_analogies_know_their_section():
    found = word_similarity.analogies(
        b": capitals\nAthens Greece Oslo Norway\n: family\nboy girl man woman\n"
    )["test"]
    assert found["questions"] == [("Athens", "Greece", "Oslo", "Norway"), ("boy", "girl", "man", "woman")]
    assert found["sections"] == ["capitals", "family"]


def test_sentences_split_at_line_ends_only():
    # U+2028 and \x85 separate lines for str.splitlines, but belong to the sentence here.
    found = sentence_polarity.polarity("dull\x85grey\n".encode(), "a\u2028b \nfine\n".encode())["all"]
    assert found["texts"] == ["dull\x85grey", "a\u2028b", "fine"]
    assert found["labels"].tolist() == [0, 1, 1]


def test_questions_point_into_their_paragraph():
    answered = {"question": "How many?", "answers": [{"text": "308", "answer_start": 7}, {"text": "x"}]}
    paragraph = {"context": "It was 308.", "qas": [answered, {"question": "None?", "answers": []}]}
    record = {"data": [{"paragraphs": [paragraph]}]}
    found = xquad.questions(json.dumps(record).encode())["test"]
    assert found["questions"] == ["How many?"]
    start, answer = found["starts"][0], found["answers"][0]
    assert found["contexts"][0][start : start + len(answer)] == answer


def test_summaries_are_texts_with_topics():
    rows = [{"title": "A", "extract": "α", "topic": "Arts", "description": "d"}] * 2
    found = wikipedia.summaries("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode())[
        "all"
    ]
    assert found == {"titles": ["A", "A"], "texts": ["α", "α"], "topics": ["Arts", "Arts"]}


def test_word_vectors_are_words_and_rows():
    buffer = io.BytesIO()
    np.savez(buffer, words=np.array(["the", "of"]), vectors=np.eye(2, dtype=np.float32))
    found = glove.word_vectors(buffer.getvalue())["all"]
    assert found["words"] == ["the", "of"]
    assert found["vectors"].shape == (2, 2)


def safetensors(arrays: dict[str, np.ndarray], **changes) -> bytes:
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in arrays.items():
        kind = {"f": "F", "i": "I", "u": "U"}[array.dtype.kind] + str(8 * array.itemsize)
        offsets = [len(data), len(data) + array.nbytes]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": offsets} | changes
        data += array.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


ARRAYS = {
    "w": np.arange(6, dtype=np.float32).reshape(2, 3),
    "i": np.array([5], np.int64),
    "e": np.zeros((0, 2)),
}


def test_an_encoder_is_weights_pieces_and_configuration():
    found = minilm.encoder(safetensors(ARRAYS), b"[PAD]\n[UNK]\nthe\n", b'{"hidden_size": 384}')
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found["weights"][name], array)
        assert found["weights"][name].dtype == array.dtype
    assert found["vocabulary"]["pieces"] == ["[PAD]", "[UNK]", "the"]
    assert found["config"]["hidden_size"] == 384


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a safetensors file"),
        (b"\xff" * 12, "its header would be"),
        ((4).to_bytes(8, "little") + b"nope", "its header cannot be read"),
        ((2).to_bytes(8, "little") + b"[]", "its header cannot be read"),
        (safetensors(ARRAYS)[:-9], "array 'w' of shape .* does not fit"),
        (safetensors({"w": ARRAYS["w"]}, shape=[2, 4]), "array 'w' of shape .* does not fit"),
        (safetensors({"w": ARRAYS["w"]}, dtype="BF16"), "has type 'BF16', expected one of F64"),
    ],
)
def test_broken_safetensors_are_named(content, message):
    with pytest.raises(DataError, match=f"weights: .*{message}"):
        parse_safetensors(content, name="weights")
