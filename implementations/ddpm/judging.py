"""What the network of `implementations/cnn` reads in digits: classes, confidence, features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.data.batching import batches
from foundations.errors import ShapeError
from implementations.cnn.demo_weights import load_model
from implementations.cnn.evaluation import probabilities

CONFIDENT = 0.9
"""A digit counts as read where the most probable class has at least this."""


class Reading(NamedTuple):
    """How digits are read.

    Attributes:
        confidence: Mean probability of the most probable class.
        read: Share of digits whose most probable class has at least `CONFIDENT`.
        classes: Share of each class among all, shape (10,).
    """

    confidence: float
    read: float
    classes: np.ndarray


def read_digits(images: np.ndarray) -> Reading:
    """Return what the network reads in images.

    Args:
        images: Pixels in [0, 1], shape (n, 1, 28, 28).

    Raises:
        ShapeError: If they have another shape, or there are none.
    """
    _check(images)
    model, standard, _ = load_model()
    found = probabilities(model, images, standard)
    largest = found.max(axis=1)
    counts = np.bincount(found.argmax(axis=1), minlength=10)
    return Reading(float(largest.mean()), float((largest >= CONFIDENT).mean()), counts / len(images))


@no_grad()
def digit_features(images: np.ndarray) -> np.ndarray:
    """Return what the network sees in images: the mean of each of its last feature maps.

    Args:
        images: Pixels in [0, 1], shape (n, 1, 28, 28).

    Returns:
        Shape (n, its last width), float32.

    Raises:
        ShapeError: If the images have another shape, or there are none.
    """
    _check(images)
    model, standard, _ = load_model()
    rows = []
    for chosen in batches(len(images), 250, rng=None):
        maps = model.features(standard.apply(images[chosen]))[-1]
        rows.append(values(maps).mean(axis=(2, 3)))
    return np.concatenate(rows)


def _check(images: np.ndarray) -> None:
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28) or not len(images):
        raise ShapeError(f"expected digits (n, 1, 28, 28) in [0, 1], got {images.shape}")
