"""CIFAR-10: the canonical binary files, and a copy as JPEG that serves development."""

import io
import tarfile
import zlib

import numpy as np

from foundations.data.npz import parse_npz
from foundations.data.readers import Splits
from foundations.data.source import File, Source
from foundations.errors import DataError

HOME = "https://www.cs.toronto.edu/~kriz/cifar.html"
CITATION = "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images"
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIDE, CHANNELS = 32, 3
RECORD = 1 + CHANNELS * SIDE * SIDE  # a label, then a plane of red, of green and of blue
BATCHES = {
    "train": tuple(f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)),
    "test": ("cifar-10-batches-bin/test_batch.bin",),
}
LARGEST_BATCH = 10_000 * RECORD


def binary(archive: bytes) -> Splits:
    """Read the canonical archive, `cifar-10-binary.tar.gz`.

    Args:
        archive: The whole file.

    Returns:
        `train` and `test`: `images`, float32 pixels of shape (n, 32, 32, 3), `labels` int64 of shape (n,),
        and `classes`, the ten names.

    Raises:
        DataError: If it is another archive, ends too early, or a batch is not of whole records.
    """
    found: dict[str, bytes] = {}
    wanted = {name for names in BATCHES.values() for name in names}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
            for info in files:
                if info.name in wanted and info.size <= LARGEST_BATCH:
                    stream = files.extractfile(info)
                    found[info.name] = stream.read() if stream else b""
    except (tarfile.TarError, EOFError, OSError, zlib.error) as reason:
        raise DataError(f"not the archive of CIFAR-10 or not whole ({reason}); get it again") from None
    absent = sorted(wanted - found.keys())
    if absent:
        raise DataError(f"not the archive of CIFAR-10: {absent[0]} is missing or too large; get it again")
    return {
        split: _split([_images_and_labels(found[name], name) for name in names])
        for split, names in BATCHES.items()
    }


def _images_and_labels(batch: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Take records apart: uint8 of shape (n, 32, 32, 3), and labels."""
    if len(batch) % RECORD:
        raise DataError(f"{name}: {len(batch)} bytes are no whole number of records of {RECORD}")
    records = np.frombuffer(batch, np.uint8).reshape(-1, RECORD)
    if records[:, 0].max(initial=0) >= len(CLASSES):
        raise DataError(f"{name}: has label {records[:, 0].max()}, expected 0 to {len(CLASSES) - 1}")
    planes = records[:, 1:].reshape(-1, CHANNELS, SIDE, SIDE)
    return planes.transpose(0, 2, 3, 1), records[:, 0]  # (n, 32, 32, 3)


def _split(parts: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, object]:
    """Put batches together, scaled as they are copied: the whole is held once."""
    labels = np.concatenate([labels for _, labels in parts]).astype(np.int64)
    images = np.empty((len(labels), SIDE, SIDE, CHANNELS), np.float32)
    start = 0
    for part, _ in parts:
        np.divide(part, np.float32(255), out=images[start : start + len(part)])
        start += len(part)
    return {"images": images, "labels": labels, "classes": CLASSES}


def jpeg(content: bytes) -> Splits:
    """Read the copy as JPEG: files end to end in `train_jpeg` and `test_jpeg`, cut at `…_offsets`."""
    from PIL import Image

    arrays = parse_npz(content, name="CIFAR-10 as JPEG")
    splits = {}
    for split in ("train", "test"):
        data, offsets = arrays[f"{split}_jpeg"].tobytes(), arrays[f"{split}_offsets"]
        images = np.empty((len(offsets) - 1, SIDE, SIDE, CHANNELS), np.uint8)
        for i, image in enumerate(images):
            with Image.open(io.BytesIO(data[offsets[i] : offsets[i + 1]])) as picture:
                image[:] = np.asarray(picture.convert("RGB"))
        splits[split] = _split([(images, arrays[f"{split}_labels"])])
    return splits


SOURCES = (
    Source(
        name="cifar10",
        description="60,000 colour photographs of 32 × 32 pixels in ten classes, 10,000 of them for test",
        licence="none stated",
        home=HOME,
        citation=CITATION,
        read=binary,
        files=(
            File(
                path="cifar10/cifar-10-binary.tar.gz",
                # as MLDatasets.jl and GoMLX pin it
                sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                size=170_052_171,
                urls=(
                    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                    "https://cave.cs.toronto.edu/kriz/cifar-10-binary.tar.gz",
                ),
            ),
        ),
        stand_in="cifar10-jpeg",
    ),
    Source(
        name="cifar10-jpeg",
        description="CIFAR-10 as JPEG: a re-encoded copy for development, with other pixels than 'cifar10'",
        licence="none stated",
        home=HOME,
        citation=CITATION,
        read=jpeg,
        files=(
            File(
                path="cifar10/cifar10-jpeg.npz",
                sha256="fe53608ec458d791879bc1397a5edac6d9d7395fe17f16383a600a6c42ec4078",
                size=55_792_225,
            ),
        ),
        instead="it is a copy for development; load 'cifar10'",
    ),
)
