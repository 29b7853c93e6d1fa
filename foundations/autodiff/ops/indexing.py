"""Indexing, and its transpose: putting values back where they came from and adding what meets."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from foundations.autodiff.ops.axes import axis_of, lengths_of
from foundations.autodiff.primitive import primitive
from foundations.autodiff.tensor import Tensor
from foundations.autodiff.tensor import values as array_of
from foundations.errors import ShapeError


def add_at_rows(values: np.ndarray, rows: np.ndarray, n_rows: int) -> np.ndarray:
    """Add rows of values into a zero array where their numbers say: the transpose of `table[rows]`.

    Sorting brings equal row numbers together so that one `reduceat` adds each group; six times faster than
    `np.add.at`.

    Args:
        values: Shape (n, ...).
        rows: Integer row numbers in [0, n_rows), shape (n,); repeats allowed.
        n_rows: Rows of the result.

    Returns:
        Array of shape (n_rows, ...).
    """
    out = np.zeros((n_rows, *values.shape[1:]), values.dtype)
    if rows.size:
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        out[ordered[starts]] = np.add.reduceat(values[order], starts, axis=0)
    return out


def _is_basic(index: Any) -> bool:
    items = index if isinstance(index, tuple) else (index,)
    return all(i is None or isinstance(i, int | np.integer | slice | EllipsisType) for i in items)


def _put(g: np.ndarray, index: Any, shape: tuple[int, ...]) -> np.ndarray:
    if isinstance(index, np.ndarray) and index.dtype.kind in "iu" and len(shape) > 1:
        rows = index.astype(np.intp, copy=False).ravel()
        rows = np.where(rows < 0, rows + shape[0], rows)
        g = np.broadcast_to(g, (*index.shape, *shape[1:])).reshape(rows.size, *shape[1:])
        return add_at_rows(g, rows, shape[0])
    g = np.asarray(g)
    if _is_basic(index) or (isinstance(index, np.ndarray) and index.dtype == bool):
        out = np.zeros(shape, g.dtype)  # every place is met at most once
        out[index] = g
        return out
    size = int(np.prod(shape))
    places = np.arange(size).reshape(shape)[index]
    total = np.bincount(places.ravel(), weights=np.broadcast_to(g, places.shape).ravel(), minlength=size)
    return total.astype(g.dtype, copy=False).reshape(shape)


_getitem = primitive(
    lambda x, index, shape: x[index], lambda g, _y, _x, index, shape: put(g, index, shape), name="indexing"
)
_put_at = primitive(
    _put,
    lambda h, _y, _g, index, shape: getitem(h, index),
    name="put",
)


def plain_index(index: Any) -> Any:
    """Return an index of plain arrays: Tensors and lists inside it converted."""
    if isinstance(index, Tensor):
        return index.data
    if isinstance(index, list):
        array = np.asarray(index)
        return array if array.size else array.astype(np.intp)
    if isinstance(index, tuple):
        return tuple(plain_index(i) for i in index)
    return index


def getitem(x: Any, index: Any) -> Any:
    """Select by anything NumPy indexes with: integers, slices, masks, integer arrays with repeats."""
    return _getitem(x, index=plain_index(index), shape=x.shape)


def put(values: Any, index: Any, shape: Sequence[int]) -> Any:
    """Place values into zeros of `shape` at `index`, adding those that meet: the transpose of `x[index]`.

    Args:
        values: Shape of `zeros(shape)[index]`.
        index: As for NumPy indexing.
        shape: Shape of the result.

    Returns:
        Array of the given shape.
    """
    return _put_at(values, index=plain_index(index), shape=lengths_of(shape))


def take(x: Any, indices: Any, axis: int = 0) -> Any:
    """Select whole slices along an axis by an integer array; repeats add up in the gradient."""
    axis = axis_of(axis, x.ndim, "take")
    rows = np.asarray(plain_index(indices))
    return getitem(x, (*(slice(None),) * axis, rows) if axis else rows)


def _along(indices: np.ndarray, axis: int, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    if indices.ndim != len(shape):
        raise ShapeError(
            f"indices along an axis have as many axes as the values, got {indices.ndim} for shape {shape}: "
            "use take() for whole slices"
        )
    grids = list(np.ogrid[tuple(slice(n) for n in indices.shape)])
    grids[axis] = indices
    return tuple(grids)


def gather(x: Any, indices: Any, axis: int) -> Any:
    """Pick one value per index along an axis: y[i, j] = x[i, indices[i, j]] for axis 1.

    Args:
        x: Values, n axes.
        indices: Integers, n axes; along every other axis no longer than x.
        axis: The axis the indices count along.

    Returns:
        Values in the shape of `indices`.
    """
    indices = np.asarray(plain_index(indices))
    return getitem(x, _along(indices, axis_of(axis, x.ndim, "gather"), x.shape))


def scatter(values: Any, indices: Any, axis: int, length: int) -> Any:
    """Add values into zeros along an axis: y[i, indices[i, j]] += values[i, j] for axis 1.

    Args:
        values: Values, n axes.
        indices: Integers of the same shape.
        axis: The axis the indices count along.
        length: Length of that axis in the result.

    Returns:
        The transpose of `gather`: shape of `values` with `length` along `axis`.
    """
    indices = np.asarray(plain_index(indices))
    axis = axis_of(axis, values.ndim, "scatter")
    shape = (*values.shape[:axis], length, *values.shape[axis + 1 :])
    return put(values, _along(indices, axis, shape), shape)


def sort(x: Any, axis: int = -1) -> Any:
    """Sort ascending along an axis; the gradient follows each value to where it came from."""
    return gather(x, np.argsort(array_of(x), axis=axis_of(axis, x.ndim, "sort"), kind="stable"), axis)


def topk(x: Any, k: int, axis: int = -1) -> tuple[Any, np.ndarray]:
    """Return the k largest values along an axis, descending, and their indices; the first of equals first.

    Raises:
        ShapeError: If the axis has fewer than k elements.
    """
    data, axis = array_of(x), axis_of(axis, x.ndim, "topk")
    if not 1 <= k <= data.shape[axis]:
        raise ShapeError(
            f"topk of an axis of length {data.shape[axis]} needs 1 <= k <= that, got k = {k}: take fewer"
        )
    backwards = np.argsort(np.flip(data, axis), axis=axis, kind="stable")  # the last of equals last
    best = data.shape[axis] - 1 - np.flip(backwards, axis)
    indices = np.take(best, np.arange(k), axis=axis)
    return gather(x, indices, axis), indices
