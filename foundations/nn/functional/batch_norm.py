"""Batch normalisation: every channel standardised over the batch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff import Tensor, fused, ops
from foundations.autodiff.tensor import values
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.functional.images import as_image_rows, from_image_rows
from foundations.runtime import map_rows

Statistics = tuple[np.ndarray, np.ndarray]  # mean and 1 / standard deviation, a number a channel


def _forward(
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    running_mean: np.ndarray | None,
    running_var: np.ndarray | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[np.ndarray, Statistics]:
    channels = x.shape[1]
    rows = _rows(x)
    if training or running_mean is None or running_var is None:
        mean, var = _moments(rows, channels)
        n = x.size // channels
        if running_mean is not None:
            running_mean += momentum * (mean - running_mean)
        if running_var is not None:
            running_var += momentum * (var * (n / (n - 1)) - running_var)
    else:
        mean, var = running_mean, running_var
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


def _moments(rows: np.ndarray, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of every channel, of rows of pixels.

    Each block gives its own count, mean and squared deviations; those of the whole follow from them (Chan,
    Golub & LeVeque 1979). Within a block the deviations are the difference of two sums wherever little is
    lost by it; where a mean is large against its deviations, they are summed themselves.
    """

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


def _backward(
    g: np.ndarray,
    statistics: Statistics,
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray | None,
    _bias: np.ndarray | None,
    running_mean: np.ndarray | None,
    running_var: np.ndarray | None,
    training: bool,
    momentum: float,
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
    n = x.size / channels if training and channels else math.inf
    slope = -s * along * inverse**2 / n
    scale, slope, constant = (
        np.tile(v.astype(g.dtype), repeat) for v in (s, slope, -s * total / n - slope * mean)
    )

    def send_back(x: np.ndarray, g: np.ndarray, dx: np.ndarray) -> None:
        np.multiply(g, scale, out=dx)
        if training:
            dx += x * slope
            dx += constant

    dx = np.empty(g_rows.shape, g.dtype)
    map_rows(send_back, x_rows, g_rows, dx)
    return from_image_rows(dx, x.shape), dw, db


def _rows(x: np.ndarray) -> np.ndarray:
    rows = as_image_rows(x)
    return rows.reshape(-1, rows.shape[2])


def _definition(
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: np.ndarray | None,
    running_var: np.ndarray | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Any:
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if training:
        axes = (0, *range(2, x.ndim))
        centred = x - ops.mean(x, axes, keepdims=True)
        var = ops.mean(centred * centred, axes, keepdims=True)
    else:
        centred, var = (x - running_mean.reshape(shape), running_var.reshape(shape))  # type: ignore[union-attr]
    y = centred / ops.sqrt(var + eps)
    if weight is not None:
        y = y * ops.reshape(weight, shape)
    return y if bias is None else y + ops.reshape(bias, shape)


_batch_norm = fused(_forward, _backward, _definition, name="batch_norm")


def batch_norm(
    x: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Standardise every channel, then scale and shift it: (x - mean) / sqrt(var + eps) * w + b.

    In training, mean and variance are those of the batch, and the running ones, where given, move towards
    them in place: r + momentum (batch - r), with the variance divided by n - 1. Otherwise they are the
    running ones.

    Args:
        x: Shape (batch, channels, ...).
        running_mean: Shape (channels,); an array or a Tensor without a gradient, changed in training.
        running_var: Shape (channels,), likewise.
        weight: Shape (channels,), or None for 1.
        bias: Shape (channels,), or None for 0.
        training: Whether the statistics are those of the batch.
        momentum: Share of the batch in the new running statistics, in [0, 1].
        eps: Keeps the root from 0.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If a vector does not have one number a channel, or a channel one value in training.
        ValueRangeError: If there are no running statistics outside training.
        DTypeError: If x is not floating-point.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    Deviation: the running statistics are moving averages, where the paper averages over training batches.
    """
    x = x if isinstance(x, Tensor | np.ndarray) else np.asarray(x)
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    check_channels("batch_norm", x, vectors)
    if not training and (running_mean is None or running_var is None):
        raise ValueRangeError(
            "batch_norm expects running_mean and running_var outside training, got none: "
            "give them, or pass training=True for the statistics of the batch"
        )
    if training and x.size <= x.shape[1]:
        raise ShapeError(
            f"batch_norm in training expects more than one value a channel, got shape {x.shape}: "
            "their variance would be 0; use a larger batch, or training=False"
        )
    return _batch_norm(
        x,
        weight,
        bias,
        running_mean=None if running_mean is None else values(running_mean),
        running_var=None if running_var is None else values(running_var),
        training=training,
        momentum=momentum,
        eps=eps,
    )


def check_channels(name: str, x: Any, vectors: dict[str, Any]) -> None:
    """Check that x is (batch, channels, ...), and that every vector has one number a channel.

    Raises:
        ShapeError: If not.
        DTypeError: If x is not floating-point.
    """
    if x.ndim < 2:
        raise ShapeError(f"{name} expects x (batch, channels, ...), got shape {x.shape}: add the batch axis")
    if x.dtype.kind != "f":
        raise DTypeError(f"{name} expects floating-point x, got {x.dtype}: convert it, x.astype(np.float32)")
    for what, vector in vectors.items():
        if vector is not None and values(vector).shape != (x.shape[1],):
            raise ShapeError(
                f"{name} expects {what} ({x.shape[1]},), one number a channel of x {x.shape}, "
                f"got {values(vector).shape}: build the layer with that many channels"
            )
