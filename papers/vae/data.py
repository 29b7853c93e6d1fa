"""Digits as rows of zeros and ones: how grey pixels become binary, and smaller."""

from __future__ import annotations

from functools import cache

import numpy as np

from foundations.data import load
from foundations.errors import ShapeError, ValueRangeError


@cache
def grey_digits(name: str, split: str, side: int = 28) -> np.ndarray:
    """Return all digits of a split as rows of grey pixels in [0, 1], float32, shape (n, side²).

    Args:
        name: "mnist", or "mnist-small", which ships.
        split: "train" or "test".
        side: 28, or 14 for means of 2 × 2 pixels.

    Raises:
        ValueRangeError: If the side is neither.
        DataError: If there is no such data set, or it can be neither found nor fetched.
    """
    if side not in (14, 28):
        raise ValueRangeError(f"digits are 28 or 14 pixels wide, got {side}")
    images = np.asarray(load(name)[split]["images"], dtype=np.float32)
    if side == 14:
        images = images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))
    return images.reshape(len(images), side * side)


def binarised(pixels: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Return 1 with the probability that a pixel's grey says and 0 otherwise, float32, once for all.

    A Bernoulli decoder gives probabilities to zeros and ones. The paper does not say how MNIST was made
    binary.

    Args:
        pixels: Grey, in [0, 1], shape (n, D).
        rng: Source of the draws.

    Raises:
        ShapeError: If they are not rows.
        ValueRangeError: If one is not in [0, 1].
    """
    pixels = np.asarray(pixels)
    if pixels.ndim != 2:
        raise ShapeError(f"expected rows of pixels, shape (n, D), got {pixels.shape}: flatten images")
    if pixels.size and not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueRangeError(
            f"grey is a probability in [0, 1], got {pixels.min():.4g} to {pixels.max():.4g}: divide by 255"
        )
    return (rng.random(pixels.shape, dtype=np.float32) < pixels).astype(np.float32)
