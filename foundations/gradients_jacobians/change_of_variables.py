"""Integrals over the plane, and what a change of variables does to them."""

from __future__ import annotations

import numpy as np

from foundations.errors import ValueRangeError
from foundations.gradients_jacobians.checks import Function, as_count, value_at
from foundations.gradients_jacobians.fields import jacobian_field

Box = tuple[tuple[float, float], tuple[float, float]]


def integrate(f: Function, box: Box, *, cells: int = 200) -> float:
    r"""Integrate f over a rectangle by the midpoint rule, error $O(1/\text{cells}^2)$ for smooth f.

    Args:
        f: acts along the last axis, (..., 2) -> (...).
        box: ((x from, x to), (y from, y to)).
        cells: along each side.

    Raises:
        ValueRangeError: if the box is empty or infinite, or f not finite in it.

    Example:
        >>> round(integrate(lambda x: x[..., 0] * x[..., 1], ((0.0, 1.0), (0.0, 2.0))), 12)
        1.0
    """
    points, area = _midpoints(box, cells)
    return float(value_at(f, points, "integrate").sum() * area)


def integrate_through(f: Function, change: Function, box: Box, *, cells: int = 200) -> float:
    r"""Integrate f over the image of a rectangle under a map, $\int f(F(u))\,|\det J(u)|\,\mathrm du$.

    Args:
        f: acts along the last axis, (..., 2) -> (...).
        change: $F$, acts along the last axis, (..., 2) -> (..., 2); one-to-one inside the box.
        box: the rectangle of u.
        cells: along each side.

    Raises:
        ValueRangeError: if the box is empty or infinite, or f or F not finite in it.

    Example:
        >>> double = lambda u: 2 * u
        >>> integrate_through(lambda x: 0 * x[..., 0] + 1, double, ((0.0, 1.0), (0.0, 1.0)))
        4.0
    """
    points, area = _midpoints(box, cells)
    slopes = jacobian_field(change, points)  # (cells, cells, 2, 2)
    factor = np.abs(slopes[..., 0, 0] * slopes[..., 1, 1] - slopes[..., 0, 1] * slopes[..., 1, 0])
    inside = value_at(f, value_at(change, points, "integrate_through"), "integrate_through")
    return float((inside * factor).sum() * area)


def _midpoints(box: Box, cells: int) -> tuple[np.ndarray, float]:
    """Return the midpoints of a grid of cells, shape (cells, cells, 2), and the area of one."""
    cells = as_count(cells, "an integral", "cells")
    (left, right), (low, high) = box
    if not (-np.inf < left < right < np.inf and -np.inf < low < high < np.inf):
        raise ValueRangeError(
            f"an integral expects a finite box ((from, to), (from, to)), got {box}: cut off where f is "
            "negligible"
        )
    middle = (np.arange(cells) + 0.5) / cells
    x, y = np.meshgrid(left + (right - left) * middle, low + (high - low) * middle, indexing="ij")
    return np.stack([x, y], axis=-1), (right - left) * (high - low) / cells**2
