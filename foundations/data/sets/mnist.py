"""MNIST, whole and in part."""

import numpy as np

from foundations.data.idx import parse_idx
from foundations.data.npz import pack_npz, parse_npz
from foundations.data.readers import Splits, pixels, stratified
from foundations.data.source import File, Recipe, Source
from foundations.errors import DataError

HOME = "https://yann.lecun.com/exdb/mnist/"
CITATION = "LeCun, Cortes and Burges 1998, The MNIST Database of Handwritten Digits"
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)


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
    arrays = parse_npz(content, name="mnist-small.npz")
    return {
        split: {
            "images": pixels(arrays[f"{split}_images"]),
            "labels": arrays[f"{split}_labels"].astype(np.int64),
        }
        for split in ("train", "test")
    }


def part(*originals: bytes) -> bytes:
    """Choose 500 training and 100 test digits of each class from MNIST, with seed 0.

    Args:
        originals: The four idx files: training images and labels, test images and labels.

    Returns:
        An .npz: `train_images` (5000, 28, 28), `train_labels` (5000,), `test_images` (1000, 28, 28) and
        `test_labels` (1000,), uint8.

    Raises:
        DataError: If an original is no idx file or a class is too small.
    """
    rng = np.random.default_rng(0)
    arrays = [parse_idx(content) for content in originals]
    chosen = {}
    for split, images, labels, per_class in (("train", *arrays[:2], 500), ("test", *arrays[2:], 100)):
        index = stratified(labels, per_class, rng=rng)
        chosen[f"{split}_images"], chosen[f"{split}_labels"] = images[index], labels[index]
    return pack_npz(chosen, compress=True)


FILES = tuple(
    File(f"mnist/{name}", sha256, size, tuple(f"{mirror}{name}.gz" for mirror in MIRRORS))
    for name, sha256, size in (
        (
            "train-images-idx3-ubyte",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            47_040_016,
        ),
        (
            "train-labels-idx1-ubyte",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            60_008,
        ),
        (
            "t10k-images-idx3-ubyte",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            7_840_016,
        ),
        (
            "t10k-labels-idx1-ubyte",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            10_008,
        ),
    )
)

SOURCES = (
    Source(
        name="mnist",
        description="60,000 training and 10,000 test digits of 28 × 28 pixels",
        licence="CC BY-SA 3.0",
        home=HOME,
        citation=CITATION,
        read=mnist,
        files=FILES,
    ),
    Source(
        name="mnist-small",
        description="5,000 training and 1,000 test digits of MNIST, as many of each class",
        licence="CC BY-SA 3.0",
        home=HOME,
        citation=CITATION,
        read=image_archive,
        files=(
            File(
                path="mnist-small.npz",
                sha256="3146bcb69529a2312ce90a91c7007645930b2e224e8f158d4354e3a3d2c5ca28",
                size=4_710_512,
                recipes=(Recipe(FILES, part),),
            ),
        ),
        shipped=True,
    ),
)
