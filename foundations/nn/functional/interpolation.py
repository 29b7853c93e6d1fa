"""Resizing images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import ArrayT
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import choice, flag, number, shown
from foundations.nn.functional.images import along_axes, as_images, pair
from foundations.nn.kernels.layout import Pair, channels_first, channels_last


def interpolate(
    x: ArrayT,
    size: int | Pair | None = None,
    scale_factor: float | tuple[float, float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> ArrayT:
    """Resize images.

    With `"nearest"`, pixel i of m takes the value of pixel floor(i n / m) of n. With `"bilinear"`, its centre
    lies at (i + 1/2) n / m - 1/2 among theirs, and it takes the mean of its neighbours, weighted by nearness,
    along each axis; beyond the outermost centres, the outermost value. `align_corners` puts it at
    i (n - 1) / (m - 1) instead, so that the corner pixels keep their values.

    Args:
        x: Images, shape (batch, channels, height, width).
        size: Height and width of the result; a number, or one per axis.
        scale_factor: Their ratio to those of x, in place of `size`; the result is rounded down, and positions
            are computed from the ratio itself.
        mode: `"nearest"` or `"bilinear"`.
        align_corners: For `"bilinear"` only; see above.

    Returns:
        Shape (batch, channels, *size).

    Raises:
        ShapeError: If x is not images, or has no pixels.
        ValueRangeError: If not exactly one of `size` and `scale_factor` is given, or an option is out of
            range.
    """
    x = as_images("interpolate", x)
    choice("interpolate", "mode", mode, ("nearest", "bilinear"))
    align_corners = None if align_corners is None else flag("interpolate", "align_corners", align_corners)
    if align_corners is not None and mode == "nearest":
        raise ValueRangeError(
            f"interpolate knows align_corners for mode 'bilinear' only, got {align_corners!r}: leave it out"
        )
    if min(x.shape[2:]) < 1:
        raise ShapeError(f"interpolate expects images of at least 1 x 1, got shape {x.shape}")
    sizes, steps = _sizes(x.shape[2:], size, scale_factor)
    if mode == "nearest":
        rows, columns = (
            _nearest_pixels(n, m, step, x.dtype) for n, m, step in zip(x.shape[2:], sizes, steps, strict=True)
        )
        return _nearest(x, rows=rows, columns=columns)
    matrices = [
        _weights(n, m, step, bool(align_corners), x.dtype)
        for n, m, step in zip(x.shape[2:], sizes, steps, strict=True)
    ]
    return along_axes(x, *matrices)


def _sizes(old: Sequence[int], size: Any, scale_factor: Any) -> tuple[Pair, list[float]]:
    """Return height and width of the result, and the steps between its pixels in pixels of x."""
    if (size is None) == (scale_factor is None):
        raise ValueRangeError(
            f"interpolate expects one of size and scale_factor, got {shown(size)} and {shown(scale_factor)}"
        )
    if size is not None:
        new = pair("interpolate", "size", size, 1)
        return new, [n / m for n, m in zip(old, new, strict=True)]
    factors = scale_factor if isinstance(scale_factor, tuple | list) else (scale_factor, scale_factor)
    if len(factors) != 2:
        raise ValueRangeError(
            f"interpolate expects scale_factor as a positive number, or a pair of them, got {factors!r}"
        )
    factors = [number("interpolate", "scale_factor", f, 0, above=True) for f in factors]
    if not all(map(math.isfinite, factors)):
        raise ValueRangeError(f"interpolate expects a finite scale_factor, got {factors}")
    new = (int(old[0] * factors[0]), int(old[1] * factors[1]))
    if min(new) < 1:
        raise ValueRangeError(f"interpolate of images {old} by {factors} leaves nothing: use a larger factor")
    return new, [1 / f for f in factors]


def _nearest_pixels(n: int, m: int, step: float, dtype: np.dtype) -> np.ndarray:
    """Return which of n pixels each of m takes its value from, rounded in the precision of x as PyTorch does.

    Where the size stays or doubles, PyTorch goes by the sizes even if a factor such as 1.2 led to them.
    """
    if m in (n, 2 * n):
        return np.arange(m) // (m // n)
    return np.minimum((np.arange(m, dtype=dtype) * dtype.type(step)).astype(int), n - 1)


def _weights(n: int, m: int, step: float, align_corners: bool, dtype: np.dtype) -> np.ndarray:
    """Return the (m, n) matrix of linear interpolation; where the size stays, nothing moves."""
    if m == n:
        return np.eye(n, dtype=dtype)
    if align_corners:
        at = np.arange(m) * ((n - 1) / (m - 1) if m > 1 else 0.0)
    else:
        at = np.maximum((np.arange(m) + 0.5) * step - 0.5, 0)
    below = np.minimum(at.astype(int), n - 1)
    above = np.minimum(below + 1, n - 1)
    weight = at - below
    matrix = np.zeros((m, n))
    matrix[np.arange(m), below] = 1 - weight
    matrix[np.arange(m), above] += weight  # where there is nothing above, both are the last pixel
    return matrix.astype(dtype)


def _nearest_forward(x: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, None]:
    return channels_first(channels_last(x)[:, rows].take(columns, axis=2)), None


def _nearest_backward(
    g: np.ndarray,
    _residuals: None,
    _needs: tuple[bool, ...],
    x: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
) -> tuple[np.ndarray]:
    def taken(indices: np.ndarray, n: int) -> np.ndarray:  # (n, m): 1 where pixel n gave its value to m
        return (np.arange(n)[:, None] == indices).astype(g.dtype)

    return (along_axes(g, taken(rows, x.shape[2]), taken(columns, x.shape[3])),)


def _nearest_definition(x: Any, rows: np.ndarray, columns: np.ndarray) -> Any:
    return ops.take(ops.take(x, rows, axis=2), columns, axis=3)


_nearest = fused(_nearest_forward, _nearest_backward, _nearest_definition, name="interpolate")
