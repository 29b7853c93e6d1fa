"""California housing and covertype out of their canonical files: right, wrong, truncated and missing."""

import gzip
import hashlib
import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest

from foundations.data import DataError, load
from foundations.data import registry as registry_module
from foundations.data.sets import tabular

BLOCK = "-122.23,37.88,41.0,880.0,129.0,322.0,126.0,8.3252,452600.0\n"
PATCH = ",".join(["2596", "51", "3", "258", "0", "510", "221", "232", "148", "6279", *["1"] * 44])


def housing(content: str, name: str = tabular.HOUSING) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as files:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        files.addfile(info, io.BytesIO(content.encode()))
    return gzip.compress(buffer.getvalue(), mtime=0)


def forest(*rows: str) -> bytes:
    return gzip.compress("\n".join(rows).encode(), mtime=0)  # the same bytes in every process


def test_totals_of_a_block_become_means_by_household():
    split = tabular.california(housing(2 * BLOCK))["all"]
    assert split["features"].shape == (2, 8)
    assert split["features"].flags.c_contiguous
    np.testing.assert_allclose(
        split["features"][0], [8.3252, 41, 880 / 126, 129 / 126, 322, 322 / 126, 37.88, -122.23]
    )
    np.testing.assert_allclose(split["targets"], 4.526)
    assert len(split["names"]) == 8


def test_covers_are_numbered_from_zero():
    split = tabular.covertype(forest(f"{PATCH},5", f"{PATCH},1", f"{PATCH},7"))["all"]
    assert split["features"].shape == (3, 54)
    assert split["features"][0, :3].tolist() == [2596, 51, 3]
    assert split["labels"].tolist() == [4, 0, 6]
    assert len(split["names"]) == 54


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not whole"),
        (b"not a tar", "not whole"),
        (housing(BLOCK)[:60], "not whole|is missing"),
        (housing(BLOCK, "other.data"), "cal_housing.data is missing"),
        (housing("1,2,3\n"), "9 finite numbers"),
        (housing(""), "9 finite numbers|no data"),
        (housing(BLOCK.replace("880.0", "many")), "9 numbers"),
        (housing(BLOCK.replace("880.0", "nan")), "finite"),
        (housing(BLOCK.replace("126.0", "0.0")), "without households"),
    ],
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_another_housing_is_refused(content, message):
    with pytest.raises(DataError, match=message):
        tabular.california(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "finite numbers|not whole"),
        (b"no gzip", "not whole"),
        (forest(f"{PATCH},5")[:-12], "not whole"),
        (forest(PATCH), "55 finite numbers"),
        (forest(f"{PATCH},8"), "expected 1 to 7"),
        (forest(f"{PATCH},fir"), "55 numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_another_covertype_is_refused(content, message):
    with pytest.raises(DataError, match=message):
        tabular.covertype(content)


def test_nothing_larger_is_unpacked(monkeypatch):
    monkeypatch.setattr(tabular, "LARGEST", 50)
    with pytest.raises(DataError, match="more than 50 bytes"):
        tabular.covertype(forest(f"{PATCH},5"))
    with pytest.raises(DataError, match="is missing"):
        tabular.california(housing(BLOCK))


@pytest.mark.parametrize(
    ("name", "content"), [("california-housing", housing(BLOCK)), ("covertype", forest(f"{PATCH},5"))]
)
def test_a_folder_that_has_it_is_used_and_a_wrong_file_refused(name, content, tmp_path, monkeypatch):
    monkeypatch.setenv("ML_FOUNDATIONS_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = registry_module.find(name)
    (file,) = source.files
    path = tmp_path / file.path
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DataError, match="not the file it should be"):
        load(name)  # it is not the one scikit-learn pins

    known = replace(file, sha256=hashlib.sha256(content).hexdigest())
    table = tuple(replace(s, files=(known,)) if s.name == name else s for s in registry_module.SOURCES)
    monkeypatch.setattr(registry_module, "SOURCES", table)
    assert len(load(name)["all"]["features"]) == 1
    path.write_bytes(content[:-5])
    with pytest.raises(DataError, match="not the file it should be"):
        load(name)
