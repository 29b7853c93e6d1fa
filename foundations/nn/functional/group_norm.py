"""Group normalisation: every group of channels of an image standardised by itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff import Tensor, fused, ops
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.functional.batch_norm import check_channels
from foundations.nn.functional.images import as_image_rows, from_image_rows
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


def _forward(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, num_groups: int, eps: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
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


def _backward(
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


def _definition(x: Any, weight: Any, bias: Any, num_groups: int, eps: float) -> Any:
    groups = ops.reshape(x, (x.shape[0], num_groups, math.prod(x.shape[1:]) // num_groups))
    centred = groups - ops.mean(groups, -1, keepdims=True)
    y = centred / ops.sqrt(ops.mean(centred * centred, -1, keepdims=True) + eps)
    y = ops.reshape(y, x.shape)
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if weight is not None:
        y = y * ops.reshape(weight, shape)
    return y if bias is None else y + ops.reshape(bias, shape)


_group_norm = fused(_forward, _backward, _definition, name="group_norm")


def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Standardise every group of channels of every image, then scale and shift each channel.

    One group normalises whole images, as many groups as channels each channel by itself (instance
    normalisation); nothing depends on the rest of the batch.

    Args:
        x: Shape (batch, channels, ...).
        num_groups: Number of groups of neighbouring channels; divides the channels.
        weight: Shape (channels,), or None for 1.
        bias: Shape (channels,), or None for 0.
        eps: Keeps the root from 0.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If a vector does not have one number a channel.
        ValueRangeError: If the groups do not divide the channels.
        DTypeError: If x is not floating-point.

    Source: Wu & He 2018, arXiv:1803.08494, equations 1, 2 and 7.
    """
    x = x if isinstance(x, Tensor | np.ndarray) else np.asarray(x)
    check_channels("group_norm", x, {"weight": weight, "bias": bias})
    if not isinstance(num_groups, int) or num_groups < 1 or x.shape[1] % num_groups:
        raise ValueRangeError(
            f"group_norm expects num_groups that divides the {x.shape[1]} channels of x {x.shape}, "
            f"got {num_groups!r}: use a divisor"
        )
    if 0 in x.shape[1:]:
        raise ShapeError(f"group_norm expects images with at least one value, got shape {x.shape}")
    return _group_norm(x, weight, bias, num_groups=num_groups, eps=eps)
