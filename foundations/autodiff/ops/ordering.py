"""Sorting: values move, and the gradient follows each to where it came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff.operands import as_array
from foundations.autodiff.ops.axes import axis_of, integer_of
from foundations.autodiff.ops.indexing import gather
from foundations.autodiff.primitive import constant
from foundations.autodiff.tensor import ArrayT
from foundations.autodiff.tensor import values as array_of
from foundations.errors import ShapeError

_argsort = constant(lambda x, axis: np.argsort(x, axis=axis, kind="stable"), name="argsort")


def argsort(x: ArrayT, axis: int = -1) -> ArrayT:
    """Indices that sort ascending along an axis, equals in their order; has no gradient."""
    x = as_array(x)
    return _argsort(x, axis=axis_of(axis, x.ndim, "argsort"))


def sort(x: ArrayT, axis: int = -1) -> ArrayT:
    """Sort ascending along an axis; the gradient follows each value to where it came from."""
    x = as_array(x)
    axis = axis_of(axis, x.ndim, "sort")
    return gather(x, np.argsort(array_of(x), axis=axis, kind="stable"), axis)


def topk(x: ArrayT, k: int, axis: int = -1) -> tuple[ArrayT, np.ndarray]:
    """Return the k largest values along an axis, descending, and their indices; the first of equals first.

    Raises:
        ShapeError: If the axis has fewer than k elements.
    """
    x = as_array(x)
    data: Any = array_of(x)
    axis, k = axis_of(axis, x.ndim, "topk"), integer_of(k, "topk", "a number k")
    if not 1 <= k <= data.shape[axis]:
        raise ShapeError(
            f"topk of an axis of length {data.shape[axis]} needs 1 <= k <= that, got k = {k}: take fewer"
        )
    backwards = np.argsort(np.flip(data, axis), axis=axis, kind="stable")  # the last of equals last
    best = data.shape[axis] - 1 - np.flip(backwards, axis)
    indices = np.take(best, np.arange(k), axis=axis)
    return gather(x, indices, axis), indices
