"""From the bytes of a data set to its splits: one function for each layout, none of which touches a disk."""

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.data.dataset import Split
from foundations.data.idx import parse_idx
from foundations.data.safetensors import parse_safetensors
from foundations.errors import DataError

Splits = Mapping[str, Split]


def pixels(images: np.ndarray, *, white: int = 255) -> np.ndarray:
    """Scale whole-number pixels to [0, 1].

    Args:
        images: Shape (n, height, width), whole numbers from 0 to `white`.
        white: The brightest value.

    Returns:
        Float32 pixels in [0, 1], the same shape.
    """
    return images.astype(np.float32) / np.float32(white)


def stratified(labels: np.ndarray, per_class: int, *, rng: np.random.Generator) -> np.ndarray:
    """Choose as many of each class, at random, in the order in which they stand.

    Args:
        labels: Shape (n,), whole numbers.
        per_class: How many of each class.
        rng: Source of randomness.

    Returns:
        Increasing indices, shape (classes · per_class,).

    Raises:
        DataError: If a class has fewer.

    Examples:
        >>> stratified(np.array([0, 1, 0, 1, 1]), 1, rng=np.random.default_rng(0)).shape
        (2,)
    """
    chosen = []
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        if len(of_class) < per_class:
            raise DataError(f"class {label} has {len(of_class)} items, {per_class} were asked for")
        chosen.append(rng.choice(of_class, per_class, replace=False))
    return np.sort(np.concatenate(chosen))


def digits() -> Splits:
    """Split scikit-learn's digits: 36 of each class to test, always the same."""
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    images, labels = pixels(bunch.images, white=16), bunch.target.astype(np.int64)
    test = stratified(labels, 36, rng=np.random.default_rng(0))
    train = np.setdiff1d(np.arange(len(labels)), test)
    return {
        "train": {"images": images[train], "labels": labels[train]},
        "test": {"images": images[test], "labels": labels[test]},
    }


def diabetes() -> Splits:
    """Split scikit-learn's diabetes patients: 100 of 442 to test, always the same; columns in raw units."""
    from sklearn.datasets import load_diabetes

    bunch: Any = load_diabetes(scaled=False)
    order = np.random.default_rng(0).permutation(len(bunch.target))
    return {
        split: {
            "features": bunch.data[chosen].astype(np.float64),
            "targets": bunch.target[chosen].astype(np.float64),
            "names": tuple(bunch.feature_names),
        }
        for split, chosen in (("train", np.sort(order[100:])), ("test", np.sort(order[:100])))
    }


def photograph() -> Splits:
    """Read the photograph of a palace that scikit-learn ships, as shares of white."""
    from sklearn.datasets import load_sample_image

    return {"photograph": {"image": pixels(load_sample_image("china.jpg"))}}


def mnist(train_images: bytes, train_labels: bytes, test_images: bytes, test_labels: bytes) -> Splits:
    """Read the four idx files of MNIST."""
    splits = {}
    for split, images, labels in (("train", train_images, train_labels), ("test", test_images, test_labels)):
        x = parse_idx(images, name=f"{split} images", ndim=3)
        y = parse_idx(labels, name=f"{split} labels", ndim=1)
        if len(x) != len(y):
            raise DataError(f"{split}: {len(x)} images but {len(y)} labels: the files do not belong together")
        splits[split] = {"images": pixels(x), "labels": y.astype(np.int64)}
    return splits


def image_archive(content: bytes) -> Splits:
    """Read an .npz of whole-number images and labels for training and test."""
    arrays = _npz(content)
    return {
        split: {
            "images": pixels(arrays[f"{split}_images"]),
            "labels": arrays[f"{split}_labels"].astype(np.int64),
        }
        for split in ("train", "test")
    }


def text(content: bytes) -> Splits:
    """Read a text; the test split is the last tenth, from the start of a paragraph."""
    whole = _decoded(content)
    cut = whole.rfind("\n\n", 0, len(whole) * 9 // 10) + 2
    return {"train": {"text": whole[:cut]}, "test": {"text": whole[cut:]}}


def word_pairs(content: bytes) -> Splits:
    """Read pairs of words with the mean judgement of people."""
    rows = [line.split("\t") for line in _lines(content) if not line.startswith("#")]
    first, second, scores = zip(*rows, strict=True)
    return {
        "test": {"first": list(first), "second": list(second), "scores": np.array(scores, dtype=np.float32)}
    }


def analogies(content: bytes) -> Splits:
    """Read analogy questions; a line that starts with a colon opens a section."""
    questions, sections, section = [], [], ""
    for line in _lines(content):
        if line.startswith(":"):
            section = line[1:].strip()
        else:
            questions.append(tuple(line.split()))
            sections.append(section)
    return {"test": {"questions": questions, "sections": sections}}


def word_vectors(content: bytes) -> Splits:
    """Read words, the most frequent first, and their vectors, shape (words, dimensions)."""
    arrays = _npz(content)
    return {"all": {"words": arrays["words"].tolist(), "vectors": arrays["vectors"]}}


def polarity(negative: bytes, positive: bytes) -> Splits:
    """Read negative sentences (label 0) and positive ones (label 1)."""
    parts = _lines(negative), _lines(positive)
    labels = np.repeat(np.array([0, 1], dtype=np.int64), [len(part) for part in parts])
    return {"all": {"texts": [line.strip() for part in parts for line in part], "labels": labels}}


def questions(content: bytes) -> Splits:
    """Read questions with the paragraph and the span, in characters, that answers them."""
    rows = [
        (paragraph["context"], item["question"], answer["text"], answer["answer_start"])
        for article in json.loads(content)["data"]
        for paragraph in article["paragraphs"]
        for item in paragraph["qas"]
        for answer in item["answers"][:1]
    ]
    contexts, asked, answers, starts = zip(*rows, strict=True)
    return {
        "test": {
            "contexts": list(contexts),
            "questions": list(asked),
            "answers": list(answers),
            "starts": np.array(starts, dtype=np.int64),
        }
    }


def summaries(content: bytes) -> Splits:
    """Read titles, opening paragraphs and topics."""
    rows = [json.loads(line) for line in _lines(content)]
    names = {"titles": "title", "texts": "extract", "topics": "topic"}
    return {"all": {field: [row[name] for row in rows] for field, name in names.items()}}


def encoder(weights: bytes, vocabulary: bytes, config: bytes) -> Splits:
    """Read the weights of an encoder by name, its word pieces by number, and its configuration."""
    return {
        "weights": parse_safetensors(weights, name="model.safetensors"),
        "vocabulary": {"pieces": _decoded(vocabulary).split("\n")[:-1]},
        "config": json.loads(config),
    }


def _decoded(content: bytes) -> str:
    return content.decode().replace("\r\n", "\n")


def _lines(content: bytes) -> list[str]:
    """Split at line ends only: other separators of Unicode are part of the texts."""
    return [line for line in _decoded(content).split("\n") if line]


def _npz(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
