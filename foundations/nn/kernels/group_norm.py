"""Group normalisation on arrays, and its gradients."""

from __future__ import annotations

import math

import numpy as np

from foundations.nn.kernels.layout import as_image_rows, from_image_rows
from foundations.runtime import map_rows


class _Groups:
    """Sums over groups of channels, and their spreading back, of images given as rows of pixels.

    Args:
        shape: Shape of the images, (batch, channels, ...).
        num_groups: Number of groups.
    """

    def __init__(self, shape: tuple[int, ...], num_groups: int) -> None:
        self.channels = shape[1]
        self.width = shape[-1] if len(shape) > 2 else 1
        self.num_groups = num_groups
        self.places = np.tile(np.arange(self.channels), self.width)
        self.size = math.prod(shape[1:]) // num_groups  # values in a group

    def channel_sums(self, row: np.ndarray) -> np.ndarray:
        """Sum (images, width * channels) to (images, channels)."""
        return row.reshape(len(row), self.width, self.channels).sum(1)

    def means(self, of_channels: np.ndarray) -> np.ndarray:
        """Average sums (images, channels) over each group, for each of its channels again."""
        in_group = self.channels // self.num_groups
        by_group = of_channels.reshape(len(of_channels), self.num_groups, in_group)
        return np.repeat(np.add.reduce(by_group, 2) / self.size, in_group, axis=1)

    def over_pixels(self, of_channels: np.ndarray) -> np.ndarray:
        """Repeat (images, channels) for the pixels of a row: (images, 1, width * channels)."""
        return of_channels.take(self.places, axis=1)[:, None]


def forward(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, num_groups: int, eps: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return the standardised groups, scaled and shifted; for each channel their mean and 1 / deviation."""
    rows, groups = as_image_rows(x), _Groups(x.shape, num_groups)
    y = np.empty(rows.shape, x.dtype)
    mean, inverse = np.empty((2, *x.shape[:2]), x.dtype)  # of the group of each channel
    shift = None if bias is None else groups.over_pixels(bias[None])

    def standardise(x: np.ndarray, y: np.ndarray, mean: np.ndarray, inverse: np.ndarray) -> None:
        mean[...] = groups.means(groups.channel_sums(np.add.reduce(x, 1)))
        np.subtract(x, groups.over_pixels(mean), out=y)
        squares = groups.channel_sums(np.einsum("nij,nij->nj", y, y))
        inverse[...] = 1 / np.sqrt(groups.means(squares) + eps)
        y *= groups.over_pixels(inverse if weight is None else inverse * weight)
        if shift is not None:
            y += shift

    map_rows(standardise, rows, y, mean, inverse)
    return from_image_rows(y, x.shape), (mean, inverse)


def backward(
    g: np.ndarray,
    statistics: tuple[np.ndarray, np.ndarray],
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray | None,
    _bias: np.ndarray | None,
    num_groups: int,
    eps: float,
) -> tuple[np.ndarray | None, ...]:
    """Return the gradients: with h the standardised values, d = g w and s = 1 / sqrt(var + eps).

    dx = s (d - mean(d) - h mean(d h)), with means over each group.
    """
    x_rows, g_rows, groups = as_image_rows(x), as_image_rows(g), _Groups(x.shape, num_groups)
    w = np.ones(x.shape[1], g.dtype) if weight is None else weight
    dx = np.empty(g_rows.shape, g.dtype)

    def send_back(
        x: np.ndarray, g: np.ndarray, dx: np.ndarray, mean: np.ndarray, s: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        total = groups.channel_sums(np.add.reduce(g, 1))
        along = groups.channel_sums(np.einsum("nij,nij->nj", x, g))
        along = (along - mean * total) * s  # sums of g h
        if needs[0]:
            slope = -s * s * groups.means(along * w)
            constant = -s * groups.means(total * w) - slope * mean
            np.multiply(g, groups.over_pixels(s * w), out=dx)
            dx += x * groups.over_pixels(slope)
            dx += groups.over_pixels(constant)
        return along.sum(0), total.sum(0)

    parts = map_rows(send_back, x_rows, g_rows, dx, *statistics)
    dw, db = (np.sum(v, 0, dtype=np.float64).astype(g.dtype) for v in zip(*parts, strict=True))
    return from_image_rows(dx, x.shape) if needs[0] else None, dw, db
