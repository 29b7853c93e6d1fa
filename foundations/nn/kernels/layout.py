"""How images lie in memory, and sums over their channels.

At the interface images are (batch, channels, height, width), as in PyTorch. In memory the results lie with
the channels side by side, (batch, height, width, channels), and are handed out as a transposed view:
elementwise functions keep that order, so a chain of layers never copies one layout into the other.
"""

from __future__ import annotations

import math

import numpy as np

Pair = tuple[int, int]


def channels_last(x: np.ndarray) -> np.ndarray:
    """Return (batch, channels, height, width) seen as (batch, height, width, channels)."""
    return x.transpose(0, 2, 3, 1)


def channels_first(x: np.ndarray) -> np.ndarray:
    """Return (batch, height, width, channels) seen as (batch, channels, height, width)."""
    return x.transpose(0, 3, 1, 2)


def channel_sums(x: np.ndarray) -> np.ndarray:
    """Sum (batch, height, width, channels) over everything but the channels."""
    if not x.flags.c_contiguous:
        return x.sum((0, 1, 2))
    batch, height, width, channels = x.shape  # rows of a whole image row are added faster than single pixels
    return x.reshape(batch * height, width * channels).sum(0).reshape(width, channels).sum(0)


def as_image_rows(x: np.ndarray) -> np.ndarray:
    """Return (batch, channels, ...) as rows of pixels, (batch, rows, pixels in a row * channels), contiguous.

    A vector with a number a channel is repeated for the pixels of a row to match them: NumPy is slow where
    the axis that lies side by side in memory is short.
    """
    batch, channels, *axes = x.shape
    width = axes[-1] if axes else 1
    rows = math.prod(axes[:-1])
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)).reshape(batch, rows, width * channels)


def from_image_rows(rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return what `as_image_rows` made rows of, with the channels side by side in memory."""
    return np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)
