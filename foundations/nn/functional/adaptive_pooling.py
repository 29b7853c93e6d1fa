"""Pooling to a given size: windows that cover the image, as many as asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import ArrayT
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import shown, whole
from foundations.nn.functional.images import along_axes, as_images, as_row, as_sequence, pair
from foundations.nn.functional.pooling import first_largest, max_pool2d
from foundations.nn.kernels.layout import Pair


def adaptive_avg_pool2d(x: ArrayT, output_size: int | tuple[int | None, int | None]) -> ArrayT:
    """Take the means of a grid of windows that cover the images.

    Bin i of m goes from i n // m to (i + 1) n / m, rounded up: neighbours share pixels where m does not
    divide n.

    Args:
        x: Images, shape (batch, channels, height, width).
        output_size: Height and width of the grid; a number, or one per axis; None keeps that of the images.

    Returns:
        Shape (batch, channels, *output_size).

    Raises:
        ShapeError: If x is not images.
        ValueRangeError: If a size is less than 1.
    """
    x = as_images("adaptive_avg_pool2d", x)
    (height, width), (rows, columns) = x.shape[2:], _grid("adaptive_avg_pool2d", x, output_size)
    if height % rows == 0 and width % columns == 0:
        cells = (rows, height // rows, columns, width // columns)
        return ops.mean(ops.reshape(x, (*x.shape[:2], *cells)), (3, 5))
    return along_axes(x, _means(height, rows, x.dtype), _means(width, columns, x.dtype))


def adaptive_avg_pool1d(x: ArrayT, output_size: int) -> ArrayT:
    """Take the means of windows that cover a sequence, (batch, channels, length)."""
    name = "adaptive_avg_pool1d"
    x, length = as_row(name, x), whole(name, "output_size", output_size, 1)
    return as_sequence(adaptive_avg_pool2d(x, (1, length)))


def adaptive_max_pool2d(x: ArrayT, output_size: int | tuple[int | None, int | None]) -> ArrayT:
    """Take the largest value of each of a grid of windows that cover the images; see `adaptive_avg_pool2d`.

    Args:
        x: Images, shape (batch, channels, height, width).
        output_size: Height and width of the grid; a number, or one per axis; None keeps that of the images.

    Returns:
        Shape (batch, channels, *output_size).

    Raises:
        ShapeError: If x is not images.
        ValueRangeError: If a size is less than 1.
    """
    x = as_images("adaptive_max_pool2d", x)
    (height, width), (rows, columns) = x.shape[2:], _grid("adaptive_max_pool2d", x, output_size)
    if height % rows == 0 and width % columns == 0:
        return max_pool2d(x, (height // rows, width // columns))
    at_rows, at_columns = _members(height, rows), _members(width, columns)
    windows = x[:, :, at_rows[:, None, :, None], at_columns[None, :, None, :]]
    shape = (*x.shape[:2], rows, columns)
    return first_largest(ops.reshape(windows, (*shape, at_rows.shape[1] * at_columns.shape[1])), shape)


def adaptive_max_pool1d(x: ArrayT, output_size: int) -> ArrayT:
    """Take the largest values of windows that cover a sequence, (batch, channels, length)."""
    name = "adaptive_max_pool1d"
    x, length = as_row(name, x), whole(name, "output_size", output_size, 1)
    return as_sequence(adaptive_max_pool2d(x, (1, length)))


def _bins(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where the m bins of n elements begin and end."""
    i = np.arange(m)
    return i * n // m, -(-(i + 1) * n // m)


def _means(n: int, m: int, dtype: np.dtype) -> np.ndarray:
    """Return the (m, n) matrix whose rows average the bins."""
    starts, ends = _bins(n, m)
    at = np.arange(n)
    inside = (starts[:, None] <= at) & (at < ends[:, None])
    return (inside / (ends - starts)[:, None]).astype(dtype)


def _members(n: int, m: int) -> np.ndarray:
    """Return the elements of each bin, shape (m, largest bin); smaller ones repeat their last."""
    starts, ends = _bins(n, m)
    return np.minimum(starts[:, None] + np.arange((ends - starts).max()), ends[:, None] - 1)


def _grid(name: str, x: Any, output_size: Any) -> Pair:
    both = output_size if isinstance(output_size, tuple | list) else (output_size, output_size)
    if min(x.shape[2:]) < 1:
        raise ShapeError(f"{name} expects images of at least 1 x 1, got shape {x.shape}")
    if len(both) != 2:
        raise ValueRangeError(f"{name} expects output_size as a number or a pair, got {shown(output_size)}")
    return pair(
        name, "output_size", [n if m is None else m for n, m in zip(x.shape[2:], both, strict=True)], 1
    )
