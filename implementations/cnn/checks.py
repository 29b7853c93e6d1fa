"""Images are looked at before a network is."""

from __future__ import annotations

import numpy as np

from foundations.errors import ShapeError, ValueRangeError
from implementations.cnn.pictures import Pictures, Standard


def check_images(images: np.ndarray, standard: Standard) -> None:
    """Refuse what are no images for a network that learned with these means and deviations.

    Args:
        images: Pixels in [0, 1], shape (n, C, H, W).
        standard: Mean and deviation of the C channels.

    Raises:
        ShapeError: If the shape is another, or the channels are more or fewer.
        ValueRangeError: If a pixel is not finite or lies outside [0, 1].
    """
    channels = len(standard.mean)
    if images.ndim != 4 or images.shape[1] != channels:
        raise ShapeError(
            f"expected images (n, {channels}, H, W), got {images.shape}: bring them to that with as_images"
        )
    if images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueRangeError(
            f"pixels lie in [0, 1], got {images.min():.4g} to {images.max():.4g}: divide by 255, and do not "
            "standardise them beforehand"
        )


def check_pictures(pictures: Pictures, standard: Standard) -> None:
    """Refuse images as `check_images` does, and labels that are more or fewer.

    Raises:
        ShapeError: As said there, or if there is not one label an image.
        ValueRangeError: As said there.
    """
    check_images(pictures.images, standard)
    if pictures.labels.shape != (len(pictures.images),):
        raise ShapeError(
            f"expected a label for each of {len(pictures.images)} images, got {pictures.labels.shape}"
        )
