"""What comes with the package: complete, small, and what the cuts make of the originals."""

import gzip
import os
import sys

import numpy as np
import pytest

from foundations.data import DataError, Status, cuts, list_datasets, load, registry, status, store, verify
from foundations.data.content import sha256

SHIPPED = [source.name for source in list_datasets() if source.shipped]


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Take away the network, the cache and the folder of data."""
    monkeypatch.delenv("ML_FOUNDATIONS_DATA", raising=False)
    monkeypatch.setattr(store, "cache_folder", lambda: tmp_path)
    monkeypatch.setitem(sys.modules, "requests", None)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.usefixtures("offline")
def test_what_ships_needs_nothing_else(name):
    assert status(name) is Status.SHIPPED
    verify(name)
    assert set(load(name).splits) == ({"photograph"} if name == "palace" else {"train", "test"})


def test_the_photograph_is_one_in_colour():
    image = load("palace")["photograph"]["image"]
    assert image.shape == (427, 640, 3)
    assert image.dtype == np.float32
    assert 0 <= image.min() < 0.1 < 0.9 < image.max() <= 1


def test_the_patients_are_split_once_and_in_raw_units():
    dataset = load("diabetes")
    train, test = dataset["train"], dataset["test"]
    assert train["features"].shape == (342, 10)
    assert test["features"].shape == (100, 10)
    assert train["names"][:4] == ("age", "sex", "bmi", "bp")
    assert len(np.unique(np.concatenate([train["features"], test["features"]]), axis=0)) == 442
    assert 19 <= train["features"][:, 0].min() < train["features"][:, 0].max() <= 79  # years
    assert set(train["features"][:, 1]) == {1, 2}
    np.testing.assert_array_equal(load("diabetes")["test"]["targets"], test["targets"])


def test_demos_have_images_and_text_offline():
    assert {"digits", "mnist-small", "pride-and-prejudice"} <= set(SHIPPED)


@pytest.mark.parametrize(
    ("name", "counts", "side"), [("mnist-small", (500, 100), 28), ("digits", (None, 36), 8)]
)
def test_images_are_pixels_and_classes_are_even(name, counts, side):
    dataset = load(name)
    for split, count in zip(("train", "test"), counts, strict=True):
        images, labels = dataset[split]["images"], dataset[split]["labels"]
        assert images.shape == (len(labels), side, side)
        assert images.dtype == np.float32
        assert labels.dtype == np.int64
        assert (images.min(), images.max()) == (0, 1)
        assert count is None or np.bincount(labels).tolist() == [count] * 10


def test_no_test_digit_is_a_training_digit():
    dataset = load("mnist-small")
    train, test = ({image.tobytes() for image in dataset[split]["images"]} for split in ("train", "test"))
    assert not train & test


def test_digits_split_the_same_way_every_time():
    one, two = load("digits"), load("digits")
    np.testing.assert_array_equal(one["test"]["images"], two["test"]["images"])
    assert len(one["train"]["labels"]) + len(one["test"]["labels"]) == 1797


def test_the_novel_is_whole():
    novel = load("pride-and-prejudice")
    text = novel["train"]["text"] + novel["test"]["text"]
    assert text.startswith("PRIDE AND PREJUDICE")
    assert text.endswith("uniting them.\n")
    assert "Chapter 61" in text
    assert "gutenberg" not in text.lower()
    assert 0.09 < len(novel["test"]["text"]) / len(text) < 0.11


def test_a_split_that_is_not_there_is_named():
    with pytest.raises(DataError, match="data set 'digits' has no split 'valid': it has train, test"):
        load("digits")["valid"]


def test_a_data_set_is_not_changed_by_accident():
    with pytest.raises(TypeError):
        load("digits").splits["train"]["images"] = None  # type: ignore[index]


def test_the_package_stays_small():
    files = [path for path in store.SHIPPED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_500_000


def originals(name: str) -> None:
    if not os.environ.get("ML_FOUNDATIONS_DATA") or status(name) is not Status.PRESENT:
        pytest.skip(f"ML_FOUNDATIONS_DATA does not point at a folder with {name}")


def test_the_small_mnist_is_the_cut_of_the_large():
    originals("mnist")
    packed = cuts._packed(cuts.mnist_small())
    assert sha256(packed, "mnist-small.npz") == registry.find("mnist-small").files[0].sha256


def test_the_novel_is_the_cut_of_the_six():
    originals("austen")
    assert sha256(cuts.pride_and_prejudice(), "x.txt") == registry.find("pride-and-prejudice").files[0].sha256


@pytest.mark.parametrize("name", [source.name for source in list_datasets() if not source.shipped])
def test_the_folder_of_data_is_what_the_table_says(name):
    originals(name)
    verify(name)
    assert load(name).splits


def test_a_cut_of_glove_keeps_the_first_words(tmp_path):
    text = tmp_path / "glove.txt"
    text.write_text("the 0.5 -1\nof 2 3.25\nand 4 5\n", encoding="utf-8")
    arrays = cuts.glove(text, 2)
    assert arrays["words"].tolist() == ["the", "of"]
    np.testing.assert_array_equal(arrays["vectors"], np.array([[0.5, -1], [2, 3.25]], np.float32))
    assert cuts.main(["glove", str(text), str(tmp_path)]) == 0
    assert (tmp_path / "glove/glove-6b-50d-top50k.npz").is_file()


def test_a_cut_of_something_else_is_one_line(tmp_path, capsys):
    (tmp_path / "odd.txt").write_text("the 0.5\nof 2 3\n")
    assert cuts.main(["glove", str(tmp_path / "odd.txt"), str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert cuts.main(["glove"]) == 2


def test_cuts_are_the_same_bytes_every_time(monkeypatch, tmp_path):
    novels = b"EMMA\n\nPRIDE AND PREJUDICE\n\nIt is a truth.\n\nSENSE AND SENSIBILITY\n"
    monkeypatch.setattr(store, "contents", lambda source: (novels,))
    for name in ("one", "two"):
        assert cuts.main(["pride-and-prejudice", str(tmp_path / name)]) == 0
    one, two = ((tmp_path / name / "pride-and-prejudice.txt.gz").read_bytes() for name in ("one", "two"))
    assert one == two
    assert gzip.decompress(one) == b"PRIDE AND PREJUDICE\n\nIt is a truth.\n"
