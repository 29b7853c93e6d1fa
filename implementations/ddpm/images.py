"""Images as a diffusion takes them, from -1 to 1, and back."""

from __future__ import annotations

import numpy as np

from foundations.errors import DTypeError, ShapeError, ValueRangeError

LEVELS = 256
"""Values a pixel can have."""


def scaled(images: np.ndarray) -> np.ndarray:
    """Return pixels from 0 to 1 as float32 from -1 to 1: the range in which the noise has its scale.

    Args:
        images: Pixels in [0, 1], any shape.

    Raises:
        DTypeError: If they are not floats.
        ValueRangeError: If one lies outside [0, 1] or is not finite.
    """
    images = np.asarray(images)
    if images.dtype.kind != "f":
        raise DTypeError(f"pixels are floats in [0, 1], got {images.dtype}: divide by 255")
    if images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueRangeError(
            f"pixels lie in [0, 1], got {images.min():.4g} to {images.max():.4g}: divide by 255"
        )
    return (2 * images - 1).astype(np.float32)


def unscaled(images: np.ndarray) -> np.ndarray:
    """Return pixels from -1 to 1 as float32 in [0, 1]; what a network put outside is cut off."""
    return ((np.clip(images, -1, 1) + 1) / 2).astype(np.float32)


def check_scaled(images: np.ndarray) -> np.ndarray:
    """Return images that are fit for a diffusion, or say what is wrong with them.

    Args:
        images: Shape (n, C, H, W), floats in [-1, 1].

    Raises:
        ShapeError: If they have other axes.
        DTypeError: If they are not floats.
        ValueRangeError: If a pixel lies outside [-1, 1], or none lies below 0: they are not scaled then.
    """
    images = np.asarray(images)
    if images.ndim != 4:
        raise ShapeError(f"expected images (n, C, H, W), got {images.shape}")
    if images.dtype.kind != "f":
        raise DTypeError(f"pixels are floats in [-1, 1], got {images.dtype}: use scaled(images / 255)")
    if images.size and not (images.min() >= -1 and images.max() <= 1):
        raise ValueRangeError(
            f"pixels lie in [-1, 1], got {images.min():.4g} to {images.max():.4g}: use scaled()"
        )
    if images.size and images.min() >= 0:
        raise ValueRangeError(
            f"pixels run from -1 to 1, and none of these is below 0 (least {images.min():.4g}): use scaled()"
        )
    return images
