"""What the functions of images share: the checks of their arguments, and maps along the axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import floats, shown
from foundations.nn.kernels.layout import Pair


def as_images(name: str, x: Any, axes: tuple[str, ...] = ("height", "width")) -> Any:
    """Return x, checked to be floating-point images (batch, channels, *axes).

    Raises:
        ShapeError: If x has another number of axes.
        DTypeError: If x is not floating-point.
    """
    x = floats(name, "x", x)
    if x.ndim != 2 + len(axes):
        raise ShapeError(
            f"{name} expects x (batch, channels, {', '.join(axes)}), got shape {x.shape}: "
            + ("add the batch axis with x[None]" if x.ndim == 1 + len(axes) else "reshape it")
        )
    return x


def as_row(name: str, x: Any) -> Any:
    """Return sequences (batch, channels, length) as images of height 1."""
    x = as_images(name, x, ("length",))
    return ops.reshape(x, (*x.shape[:2], 1, x.shape[2]))


def as_sequence(y: Any) -> Any:
    """Return images of height 1 as sequences."""
    return ops.reshape(y, (*y.shape[:2], y.shape[3]))


def pair(name: str, what: str, value: Any, least: int) -> Pair:
    """Return a whole number, or one per axis, as (vertical, horizontal).

    Raises:
        ValueRangeError: If it is neither, or less than `least`.
    """
    both = tuple(value) if isinstance(value, tuple | list) else (value, value)
    fits = [isinstance(v, int | np.integer) and not isinstance(v, bool) and v >= least for v in both]
    if len(both) != 2 or not all(fits):
        raise ValueRangeError(
            f"{name} expects {what} as a whole number of at least {least}, or a pair of them, "
            f"got {shown(value)}"
        )
    return int(both[0]), int(both[1])


def window_counts(
    name: str,
    size: Sequence[int],
    kernel: Sequence[int],
    stride: Pair,
    padding: tuple[Pair, Pair],
    dilation: Pair,
) -> Pair:
    """Return how many windows fit into images of a size, per axis: (n + p - d (k - 1) - 1) // s + 1.

    Raises:
        ShapeError: If the window is larger than the padded image.
    """
    padded = tuple(n + sum(p) for n, p in zip(size, padding, strict=True))
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True))
    if any(r > n for r, n in zip(reach, padded, strict=True)):
        raise ShapeError(
            f"{name} expects images of at least {reach[0]} x {reach[1]}, the reach of its window, got "
            f"{padded[0]} x {padded[1]} with the padding: pad more, or use a smaller kernel_size or dilation"
        )
    counts = [(n - r) // s + 1 for n, r, s in zip(padded, reach, stride, strict=True)]
    return counts[0], counts[1]


def along_axes(x: Any, rows: np.ndarray, columns: np.ndarray) -> Any:
    """Apply one matrix along the height of images and another along their width.

    Args:
        x: Shape (batch, channels, height, width).
        rows: Shape (height', height).
        columns: Shape (width', width).

    Returns:
        Shape (batch, channels, height', width').
    """
    batch, channels, height, _ = x.shape
    y = ops.matmul(columns, ops.transpose(x, (0, 2, 3, 1)))  # (batch, height, width', channels)
    y = ops.matmul(rows, ops.reshape(y, (batch, height, len(columns) * channels)))
    y = ops.reshape(y, (batch, len(rows), len(columns), channels))
    return ops.transpose(y, (0, 3, 1, 2))
