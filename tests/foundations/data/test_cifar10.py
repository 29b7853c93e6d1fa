"""CIFAR-10 out of its canonical archive, and as JPEG: right, wrong, truncated and missing."""

import io
import tarfile

import numpy as np
import pytest

from foundations.data import DataError
from foundations.data.npz import pack_npz
from foundations.data.sets import cifar10


def cifar(batches: dict[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as files:
        for name, content in batches.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            files.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def record(label: int, red: int, green: int, blue: int) -> bytes:
    planes = np.full((3, 32, 32), [[[red]], [[green]], [[blue]]], np.uint8)
    planes[0, 2, 5] = 255  # row 2, column 5, red
    return bytes([label]) + planes.tobytes()


NAMES = [*cifar10.BATCHES["train"], *cifar10.BATCHES["test"]]
BATCHES = {name: record(i, 51, 102, 153) for i, name in enumerate(NAMES)}


def test_cifar_is_planes_of_colour_turned_into_pixels():
    splits = cifar10.binary(cifar({"cifar-10-batches-bin/readme.html": b"hello"} | BATCHES))
    assert splits["train"]["images"].shape == (5, 32, 32, 3)
    assert splits["train"]["images"].dtype == np.float32
    assert splits["train"]["labels"].tolist() == [0, 1, 2, 3, 4]
    assert splits["test"]["labels"].tolist() == [5]
    np.testing.assert_allclose(splits["test"]["images"][0, 0, 0], [0.2, 0.4, 0.6], rtol=1e-6)
    np.testing.assert_allclose(splits["test"]["images"][0, 2, 5], [1, 0.4, 0.6], rtol=1e-6)
    assert splits["train"]["classes"][9] == "truck"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not whole"),
        (b"not a tar", "not whole"),
        (cifar(BATCHES)[:200], "not whole|is missing"),
        (cifar({name: BATCHES[name] for name in NAMES[:-1]}), r"test_batch\.bin is missing"),
        (cifar(BATCHES | {NAMES[0]: bytes(3074)}), "3074 bytes are no whole number of records of 3073"),
        (cifar(BATCHES | {NAMES[0]: record(10, 0, 0, 0)}), "has label 10, expected 0 to 9"),
        (cifar(BATCHES | {NAMES[0]: bytes(cifar10.LARGEST_BATCH + 3073)}), "missing or too large"),
    ],
)
def test_another_cifar_is_refused(content, message):
    with pytest.raises(DataError, match=message):
        cifar10.binary(content)


def test_cifar_as_jpeg_has_the_form_of_the_canonical_one():
    from PIL import Image

    files = []
    for shade in (0, 255):
        buffer = io.BytesIO()
        Image.new("RGB", (32, 32), (shade, shade, shade)).save(buffer, "JPEG")
        files.append(buffer.getvalue())
    offsets = np.cumsum([0, *map(len, files)])
    arrays = {}
    for split in ("train", "test"):
        arrays[f"{split}_jpeg"] = np.frombuffer(b"".join(files), np.uint8)
        arrays[f"{split}_offsets"], arrays[f"{split}_labels"] = offsets, np.array([3, 7], np.uint8)
    splits = cifar10.jpeg(pack_npz(arrays))
    assert splits["test"]["images"].mean(axis=(1, 2, 3)).tolist() == pytest.approx([0, 1], abs=0.02)
    assert splits["train"].keys() == cifar10.binary(cifar(BATCHES))["train"].keys()
    assert splits["train"]["labels"].tolist() == [3, 7]
