"""Images as the networks take them, and how they are varied while a network learns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.data import load
from foundations.errors import DTypeError, ShapeError, ValueRangeError


class Pictures(NamedTuple):
    """Images and what is on them.

    Attributes:
        images: float32, shape (n, C, H, W).
        labels: Classes, int64, shape (n,).
    """

    images: np.ndarray
    labels: np.ndarray


class Standard(NamedTuple):
    """Mean and standard deviation of each channel, with which images are brought to mean 0 and variance 1.

    Attributes:
        mean: Shape (C,).
        std: Shape (C,).
    """

    mean: np.ndarray
    std: np.ndarray

    def apply(self, images: np.ndarray) -> np.ndarray:
        """Return images (n, C, H, W) standardised."""
        return (images - self.mean[:, None, None]) / self.std[:, None, None]


def as_images(images: np.ndarray) -> np.ndarray:
    """Return pixels as float32 in [0, 1], channels first.

    Args:
        images: Shape (n, H, W), or (n, H, W, C) with C of 1 or 3; floats in [0, 1], or uint8.

    Returns:
        Shape (n, C, H, W).

    Raises:
        ShapeError: If the shape is another.
        DTypeError: If they are neither floats nor uint8.
        ValueRangeError: If a float is not finite or lies outside [0, 1].
    """
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[3] not in (1, 3):
        raise ShapeError(
            f"images have shape (n, H, W), or (n, H, W, C) with 1 or 3 channels, got {images.shape}"
        )
    if images.dtype == np.uint8:
        images = images.astype(np.float32) / np.float32(255)
    elif images.dtype.kind != "f":
        raise DTypeError(f"pixels are uint8 or floats in [0, 1], got {images.dtype}: convert them")
    elif images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueRangeError(
            f"pixels lie in [0, 1], got {images.min():.4g} to {images.max():.4g}: divide by 255"
        )
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32)


def pictures(name: str) -> tuple[Pictures, Pictures]:
    """Return the training and the test pictures of a data set of images.

    Args:
        name: "mnist-small" (shipped), "mnist", "cifar10" or "cifar10-jpeg".

    Raises:
        DataError: If there is none of that name, or it can be neither found nor fetched.
    """
    splits = load(name)
    train, test = (Pictures(as_images(splits[s]["images"]), splits[s]["labels"]) for s in ("train", "test"))
    return train, test


def standard(images: np.ndarray) -> Standard:
    """Return mean and standard deviation of every channel of images (n, C, H, W)."""
    mean, std = images.mean(axis=(0, 2, 3)), images.std(axis=(0, 2, 3))
    return Standard(mean, np.where(std > 0, std, 1).astype(np.float32))


def shifted(images: np.ndarray, pixels: int, *, rng: np.random.Generator) -> np.ndarray:
    """Move every image by its own random number of pixels, zeros coming in at the edge.

    Args:
        images: Shape (n, C, H, W).
        pixels: Largest move in each direction.
        rng: Source of the moves.

    Returns:
        Shape of `images`.

    Example:
        >>> x = np.arange(1.0, 5.0).reshape(1, 1, 2, 2)
        >>> shifted(x, 0, rng=np.random.default_rng(0)).tolist() == x.tolist()
        True
    """
    if pixels < 0:
        raise ValueRangeError(f"images are moved by 0 pixels or more, got {pixels}")
    n, _, height, width = images.shape
    framed = np.pad(images, ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (height, width), axis=(2, 3))
    down, right = rng.integers(0, 2 * pixels + 1, (2, n))
    return windows[np.arange(n), :, down, right]  # (n, C, H, W)


def mirrored(images: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Turn every other image, by chance, left to right.

    Args:
        images: Shape (n, C, H, W).
        rng: Source of the choice.
    """
    turned = images.copy()
    chosen = rng.random(len(images)) < 0.5
    turned[chosen] = turned[chosen, :, :, ::-1]
    return turned
