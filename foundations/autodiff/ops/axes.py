"""How an axis is named: from the front or from the end, one or several, and never one that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from foundations.errors import ShapeError

Axes = int | Sequence[int]

_SEVERAL = (tuple, list, range)


def axis_of(axis: int, ndim: int, name: str) -> int:
    """Return an axis counted from the front.

    Args:
        axis: Place in [-ndim, ndim).
        ndim: Number of axes there are.
        name: Operation to name in the error.

    Raises:
        ShapeError: If there is no such axis.
    """
    if 0 <= axis < ndim:
        return axis
    if -ndim <= axis < 0:
        return axis + ndim
    expected = f"an axis in [{-ndim}, {ndim})" if ndim else "an axis"
    raise ShapeError(
        f"{name} needs {expected} for {ndim} axes, got {axis}: count from 0, or from the end with -1"
    )


def axes_of(axes: Axes, ndim: int, name: str) -> tuple[int, ...]:
    """Return one axis or several as a tuple, counted from the front.

    Raises:
        ShapeError: If there is no such axis, or one is named twice.
    """
    several = axes if isinstance(axes, _SEVERAL) else (index(axes),)  # type: ignore[arg-type]
    places = []
    for a in several:
        if not -ndim <= a < ndim:
            axis_of(a, ndim, name)
        places.append(a if a >= 0 else a + ndim)
    if len(set(places)) < len(places):
        raise ShapeError(f"{name} needs every axis once, got {tuple(several)} for {ndim} axes: drop one")
    return tuple(places)


def lengths_of(shape: Axes) -> tuple[int, ...]:
    """Return a shape as a tuple; one number is the shape of one axis."""
    return tuple(shape) if isinstance(shape, _SEVERAL) else (index(shape),)  # type: ignore[arg-type]


def shape_of(x: Any) -> tuple[int, ...]:
    """Return the shape of an array or Tensor, or of what NumPy makes of a number or list."""
    return x.shape if hasattr(x, "shape") else np.shape(x)
