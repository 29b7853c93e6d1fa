"""Batch normalisation on arrays, and its gradients."""

from __future__ import annotations

import math

import numpy as np

from foundations.nn.kernels.layout import as_image_rows, from_image_rows
from foundations.runtime import map_rows

Statistics = tuple[np.ndarray, np.ndarray]  # a number a channel each


def forward(
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    mean: np.ndarray,
    var: np.ndarray,
    of_batch: bool,
    eps: float,
) -> tuple[np.ndarray, Statistics]:
    """Return the standardised channels, scaled and shifted, and mean and 1 / deviation in the type of x.

    Args:
        x: Shape (batch, channels, ...).
        weight: Shape (channels,), or None.
        bias: Shape (channels,), or None.
        mean: Shape (channels,).
        var: Shape (channels,).
        of_batch: Whether mean and variance are those of x, and not constants.
        eps: Added to the variance.
    """
    channels = x.shape[1]
    rows = _rows(x)
    mean, inverse = (v.astype(x.dtype) for v in (mean, 1 / np.sqrt(var + eps)))
    repeat = rows.shape[1] // max(1, channels)
    scale = inverse if weight is None else inverse * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    scale, shift = np.tile(scale, repeat), np.tile(shift, repeat)

    def standardise(x: np.ndarray, y: np.ndarray) -> None:
        np.multiply(x, scale, out=y)
        y += shift

    y = np.empty(rows.shape, x.dtype)
    map_rows(standardise, rows, y)
    return from_image_rows(y, x.shape), (mean, inverse)


_LITTLE_LOST = 4.0  # mean^2 / variance up to which the difference of sums keeps all digits but one


def moments(x: np.ndarray) -> Statistics:
    """Return mean and variance of every channel of (batch, channels, ...), in double precision.

    Each block gives its own count, mean and squared deviations; those of the whole follow from them (Chan,
    Golub & LeVeque 1979). Within a block the deviations are the difference of two sums wherever little is
    lost by it; where a mean is large against its deviations, they are summed themselves.
    """
    rows, channels = _rows(x), x.shape[1]

    def of_block(x: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
        n = x.size // channels
        mean = _by_channel(np.ones(len(x), x.dtype) @ x, channels) / n
        squares = _by_channel(np.einsum("ij,ij->j", x, x), channels) - n * mean**2
        if not (n * mean**2 <= _LITTLE_LOST * squares).all():
            deviation = x - np.tile(mean, x.shape[1] // channels)
            squares = _by_channel(np.einsum("ij,ij->j", deviation, deviation), channels)
        return n, mean, squares

    counts, means, squares = (np.array(v, np.float64) for v in zip(*map_rows(of_block, rows), strict=True))
    n = counts.sum()
    mean = counts @ means / n
    return mean, (squares.sum(0) + counts @ (means - mean) ** 2) / n


def _by_channel(row: np.ndarray, channels: int) -> np.ndarray:
    return row.reshape(-1, channels).sum(0)


def backward(
    g: np.ndarray,
    statistics: Statistics,
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray | None,
    _bias: np.ndarray | None,
    mean: np.ndarray,
    var: np.ndarray,
    of_batch: bool,
    eps: float,
) -> tuple[np.ndarray | None, ...]:
    """Return the gradients, with h the standardised values, s = w / sqrt(var + eps), means over the batch.

    dx = s (g - mean(g) - h mean(g h)); where the statistics are constants, dx = s g.
    """
    mean, inverse = statistics
    channels = x.shape[1]
    x_rows, g_rows = _rows(x), _rows(g)
    repeat = x_rows.shape[1] // max(1, channels)

    def sums(x: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total, along = np.ones(len(g), g.dtype) @ g, np.einsum("ij,ij->j", x, g)
        return _by_channel(total, channels), _by_channel(along, channels)

    if x.size:
        parts = map_rows(sums, x_rows, g_rows)
        total, along = (np.sum(v, 0, dtype=np.float64) for v in zip(*parts, strict=True))
    else:
        total = along = np.zeros(channels)
    along = along - mean * total  # sums of g (x - mean)
    dw, db = (along * inverse).astype(g.dtype), total.astype(g.dtype)
    if not needs[0]:
        return None, dw, db

    s = inverse if weight is None else inverse * weight
    n = x.size / channels if of_batch and channels else math.inf
    slope = -s * along * inverse**2 / n
    scale, slope, constant = (
        np.tile(v.astype(g.dtype), repeat) for v in (s, slope, -s * total / n - slope * mean)
    )

    def send_back(x: np.ndarray, g: np.ndarray, dx: np.ndarray) -> None:
        np.multiply(g, scale, out=dx)
        if of_batch:
            dx += x * slope
            dx += constant

    dx = np.empty(g_rows.shape, g.dtype)
    map_rows(send_back, x_rows, g_rows, dx)
    return from_image_rows(dx, x.shape), dw, db


def _rows(x: np.ndarray) -> np.ndarray:
    rows = as_image_rows(x)
    return rows.reshape(-1, rows.shape[2])
