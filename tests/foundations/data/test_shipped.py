"""What comes with the package: complete, small, and what the cuts make of the originals."""

import gzip
import hashlib
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from foundations.data import (
    DataError,
    File,
    Source,
    Status,
    list_datasets,
    load,
    registry,
    shipping,
    status,
    store,
    verify,
)
from foundations.data.content import sha256
from foundations.data.source import Recipe

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
    splits = {
        "palace": {"photograph"},
        "glove-small": {"all"},
        "wiki-summaries": {"all"},
        "xquad-en-half": {"test"},
    }
    assert set(load(name).splits) == splits.get(name, {"train", "test"})


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
    wanted = {"digits", "mnist-small", "austen", "wiki-summaries", "xquad-en-half", "glove-small"}
    assert wanted <= set(SHIPPED)


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


def test_the_six_novels_are_whole():
    novels = load("austen")
    text = novels["train"]["text"] + novels["test"]["text"]
    at = [
        text.index(start) for start in ("EMMA\n", "MANSFIELD", "NORTHANGER", "Persuasion\n", "PRIDE", "SENSE")
    ]
    assert at == sorted(at)
    assert at[0] == 0
    assert 717_000 < len(text.split()) < 718_000
    pride = load("pride-and-prejudice")
    assert (pride["train"]["text"] + pride["test"]["text"]).strip() == text[at[4] : at[5]].strip()


def test_word_vectors_ship_for_the_most_frequent_words():
    vectors = load("glove-small")["all"]
    assert len(vectors["words"]) == len(set(vectors["words"])) == 10_000
    assert vectors["words"][:3] == ["the", ",", "."]
    assert vectors["vectors"].dtype == np.float32
    rows = vectors["vectors"] / np.linalg.norm(vectors["vectors"], axis=1, keepdims=True)
    index = {word: i for i, word in enumerate(vectors["words"])}
    near = np.argsort(rows @ rows[index["france"]])[-6:]
    assert "paris" in [vectors["words"][i] for i in near]


def test_questions_and_summaries_ship():
    questions = load("xquad-en-half")["test"]
    assert len(questions["questions"]) == 612
    for context, answer, start in zip(
        questions["contexts"], questions["answers"], questions["starts"], strict=True
    ):
        assert context[start : start + len(answer)] == answer
    summaries = load("wiki-summaries")["all"]
    assert {len(column) for column in summaries.values()} == {10_033}


def files() -> list[str]:
    found = [path for path in store.SHIPPED.rglob("*") if path.is_file()]
    return sorted(str(path.relative_to(store.SHIPPED)) for path in found)


def test_the_package_stays_small():
    assert sum((store.SHIPPED / path).stat().st_size for path in files()) < 10_000_000


def test_every_file_that_ships_is_listed_with_its_hash_and_the_text_of_its_licence():
    readme = (store.SHIPPED / "README.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in readme.splitlines() if line.startswith("| `")}
    data = [path for path in files() if path != "README.md" and not path.startswith("licences/")]
    assert sorted(rows) == data
    hashes = {file.path: file.sha256 for source in shipping.shipped() for file in source.files}
    for path, row in rows.items():
        assert hashes[path.removesuffix(".gz")] in row
        licences = [word for word in row.split("`") if word.startswith("licences/")]
        assert all(path in files() for path in licences)
        assert licences or "public domain" in row
    for licence in [path for path in files() if path.startswith("licences/")]:
        assert licence in readme


@pytest.fixture(scope="module")
def originals(need_data) -> Path:
    """Give the folder of originals."""
    need_data("mnist", "glove-50d")
    return Path(os.environ["ML_FOUNDATIONS_DATA"])


def test_what_ships_is_made_anew_from_the_originals(originals, tmp_path, capsys):
    assert shipping.main([str(originals)], tmp_path) == 0
    made = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert made == [path for path in files() if path != "README.md" and not path.startswith("licences/")]
    assert capsys.readouterr().out.count("\n") == len(made)
    for path in made:
        ours, new = (store.SHIPPED / path).read_bytes(), (tmp_path / path).read_bytes()
        assert content_of(new, path) == content_of(ours, path)  # packed alike with one build of zlib only


def content_of(raw: bytes, path: str) -> str:
    return sha256(gzip.decompress(raw) if path.endswith(".gz") else raw, path.removesuffix(".gz"))


ELSEWHERE = {"california-housing", "covertype"}
"""Sets that the folder of development has not: test_tabular.py reads small files in their formats."""


@pytest.mark.parametrize(
    "name",
    [
        source.name
        for source in list_datasets()
        if not source.shipped and not source.stand_in and source.name not in ELSEWHERE
    ],
)
def test_the_folder_of_data_is_what_the_table_says(name, need_data):
    need_data(name)
    verify(name)
    assert load(name).splits


@pytest.fixture
def tale(monkeypatch, tmp_path) -> Path:
    """Put a data set that ships into the table: half of an original."""
    whole = b"One.\nTwo.\n"
    digest = hashlib.sha256(whole).hexdigest()
    original = File("whole.txt", digest, len(whole))
    unknown = File("other.txt", "", 100)
    half = File(
        path="half.txt",
        sha256=hashlib.sha256(b"One.\n").hexdigest(),
        size=5,
        recipes=(Recipe((original,), lambda text: text[:5]), Recipe((unknown,), lambda text: text[-5:])),
    )
    words = dict.fromkeys(("description", "licence", "home", "citation"), "")
    monkeypatch.setattr(
        registry, "SOURCES", (Source(name="tale", read=dict, files=(half,), shipped=True, **words),)
    )
    return tmp_path / "originals"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("whole.txt", b"One.\nTwo.\n"),
        ("whole.txt.gz", gzip.compress(b"One.\nTwo.\n", mtime=0)),
        ("other.txt", b"A preface\nOne.\n"),
    ],
)
def test_shipping_takes_the_recipe_whose_originals_are_there(tale, tmp_path, name, content):
    tale.mkdir()
    (tale / name).write_bytes(content)
    assert shipping.main([str(tale)], tmp_path / "new") == 0
    first = (tmp_path / "new/half.txt.gz").read_bytes()
    assert gzip.decompress(first) == b"One.\n"
    assert shipping.main([str(tale), "tale"], tmp_path / "new") == 0
    assert (tmp_path / "new/half.txt.gz").read_bytes() == first


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("nothing.txt", b"", r"expected whole\.txt; or other\.txt"),
        ("whole.txt", b"One.\nTwo!\n", r"whole\.txt: not the file it should be"),
        ("whole.txt", b"One.\n", r"whole\.txt: not the file it should be"),
        ("other.txt", b"Another edition.\n", r"half\.txt, made from .*other\.txt: not the file it should be"),
    ],
)
def test_shipping_writes_nothing_that_differs(tale, tmp_path, capsys, name, content, message):
    tale.mkdir()
    (tale / name).write_bytes(content)
    assert shipping.main([str(tale)], tmp_path / "new") == 1
    err = capsys.readouterr().err
    assert re.search(message, err)
    assert err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_shipping_says_how_it_is_used(capsys):
    assert shipping.main([]) == 2
    assert "python -m foundations.data.shipping FOLDER" in capsys.readouterr().err
    assert shipping.main(["folder", "astuen"]) == 1
    assert "did you mean 'austen'" in capsys.readouterr().err
