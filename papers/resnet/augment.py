"""What is done to images of CIFAR-10 before a network sees them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.errors import ShapeError, ValueRangeError


class Standard(NamedTuple):
    """What is taken from every image: the mean of each pixel over the training images.

    Attributes:
        mean: Shape (C, H, W).
        std: One deviation for all, over the training images after the means are gone.
    """

    mean: np.ndarray
    std: float

    def apply(self, images: np.ndarray) -> np.ndarray:
        """Return images (n, C, H, W) without the mean, in units of the deviation."""
        return (images - self.mean) / np.float32(self.std)


def standard(images: np.ndarray) -> Standard:
    """Return the mean of every pixel of images (n, C, H, W), and the deviation from it.

    Source: section 4.2, "the per-pixel mean subtracted"; the division is ours, as pixels here lie in [0, 1].
    """
    if images.ndim != 4 or not len(images):
        raise ShapeError(f"expected images (n, C, H, W) with n of 1 or more, got {images.shape}")
    mean = images.mean(axis=0, dtype=np.float64).astype(np.float32)
    return Standard(mean, float(np.sqrt(np.mean((images - mean) ** 2, dtype=np.float64))) or 1.0)


def crop_and_flip(
    images: np.ndarray, *, pad: int = 4, flip: bool = True, rng: np.random.Generator
) -> np.ndarray:
    """Frame images with zeros, cut their size out at random, and turn half of them left to right.

    Args:
        images: Shape (n, C, H, W), the mean already gone, so that a zero is the mean.
        pad: Pixels of the frame.
        flip: Whether to turn; digits are better left as they are.
        rng: Source of places and turns.

    Returns:
        Shape of `images`.

    Raises:
        ShapeError: If they have another number of axes.
        ValueRangeError: If the frame is negative.

    Example:
        >>> x = np.arange(4.0).reshape(1, 1, 2, 2)
        >>> crop_and_flip(x, pad=0, rng=np.random.default_rng(1))[0, 0].tolist()
        [[0.0, 1.0], [2.0, 3.0]]

    Source: section 4.2.
    """
    if images.ndim != 4:
        raise ShapeError(f"expected images (n, C, H, W), got {images.shape}")
    if pad < 0:
        raise ValueRangeError(f"a frame has 0 pixels or more, got {pad}")
    n, _, height, width = images.shape
    framed = np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(framed, (height, width), axis=(2, 3))
    down, right = rng.integers(0, 2 * pad + 1, (2, n))
    cut = windows[np.arange(n), :, down, right]  # (n, C, H, W)
    if flip:
        turned = rng.random(n) < 0.5
        cut[turned] = cut[turned, :, :, ::-1]
    return cut
