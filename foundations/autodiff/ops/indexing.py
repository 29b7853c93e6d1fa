"""Indexing, and its transpose: putting values back where they came from and adding what meets."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from foundations.autodiff.operands import as_array
from foundations.autodiff.ops.axes import axis_of, integer_of, lengths_of
from foundations.autodiff.primitive import primitive
from foundations.autodiff.tensor import Array, ArrayT, Tensor
from foundations.errors import DTypeError, ShapeError, ValueRangeError

_ARRAYS = (np.ndarray, Tensor)


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
        try:
            array = np.asarray(index)
        except (ValueError, TypeError) as error:
            raise ShapeError(
                f"an index that is a list needs rows of one length, got {index!r}: pad them"
            ) from error
        return array if array.size else array.astype(np.intp)
    if isinstance(index, tuple):
        return tuple(plain_index(i) for i in index)
    return index


def integer_indices(indices: Any, name: str) -> np.ndarray:
    """Return indices as an integer array.

    Raises:
        DTypeError: If they are not integers: nothing is rounded.
    """
    array = np.asarray(plain_index(indices))
    if array.dtype.kind not in "iu":
        raise DTypeError(
            f"{name} needs integer indices, got {array.dtype}: convert with astype(int), or nonzero() a mask"
        )
    return array


def getitem(x: ArrayT, index: Any) -> ArrayT:
    """Select by anything NumPy indexes with: integers, slices, masks, integer arrays with repeats."""
    if not isinstance(x, _ARRAYS):
        x = as_array(x)
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
    return _put_at(as_array(values), index=plain_index(index), shape=lengths_of(shape, "put"))


def take(x: ArrayT, indices: Any, axis: int = 0) -> ArrayT:
    """Select whole slices along an axis by an integer array; repeats add up in the gradient."""
    x = as_array(x)
    axis = axis_of(axis, x.ndim, "take")
    rows = integer_indices(indices, "take")
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


def gather(x: ArrayT, indices: Any, axis: int) -> ArrayT:
    """Pick one value per index along an axis: y[i, j] = x[i, indices[i, j]] for axis 1.

    Args:
        x: Values, n axes.
        indices: Integers, n axes; along every other axis no longer than x.
        axis: The axis the indices count along.

    Returns:
        Values in the shape of `indices`.
    """
    x, indices = as_array(x), integer_indices(indices, "gather")
    return getitem(x, _along(indices, axis_of(axis, x.ndim, "gather"), x.shape))


def scatter(values: ArrayT, indices: Any, axis: int, length: int) -> ArrayT:
    """Add values into zeros along an axis: y[i, indices[i, j]] += values[i, j] for axis 1.

    Args:
        values: Values, n axes.
        indices: Integers of the same shape.
        axis: The axis the indices count along.
        length: Length of that axis in the result.

    Returns:
        The transpose of `gather`: shape of `values` with `length` along `axis`.
    """
    values, indices = as_array(values), integer_indices(indices, "scatter")
    axis = axis_of(axis, values.ndim, "scatter")
    length = integer_of(length, "scatter", "a length")
    if indices.shape != values.shape:
        raise ShapeError(
            f"scatter needs one index a value, values {values.shape}, got indices {indices.shape}: "
            "broadcast them, or use put()"
        )
    shape = (*values.shape[:axis], length, *values.shape[axis + 1 :])
    return put(values, _along(indices, axis, shape), shape)


def scatter_add(x: Array, indices: Any, values: Array, axis: int) -> Any:
    """Add values to a copy of x along an axis: y[i, indices[i, j]] += values[i, j] for axis 1.

    What a mixture of experts needs to bring its tokens back.

    Args:
        x: Values, n axes.
        indices: Integers, the shape of `values`; repeats add up.
        values: Values, n axes; along every other axis no longer than x.
        axis: The axis the indices count along.

    Returns:
        The shape of x. PyTorch's `x.scatter_add(axis, indices, values)`.
    """
    x, values, indices = as_array(x), as_array(values), integer_indices(indices, "scatter_add")
    axis = axis_of(axis, x.ndim, "scatter_add")
    if indices.shape != values.shape:
        raise ShapeError(
            f"scatter_add needs one index a value, values {values.shape}, got indices {indices.shape}: "
            "broadcast them, or use index_add() for whole slices"
        )
    return x + put(values, _along(indices, axis, x.shape), x.shape)


def index_add(x: Array, indices: Any, values: Array, axis: int = 0) -> Any:
    """Add whole slices to a copy of x along an axis: y[indices[i]] += values[i] for axis 0.

    Args:
        x: Values, n axes.
        indices: Integers, shape (k,); repeats add up.
        values: Slices: the shape of x with k along `axis`.
        axis: The axis the indices count along.

    Returns:
        The shape of x. PyTorch's `x.index_add(axis, indices, values)`.
    """
    x, values, indices = as_array(x), as_array(values), integer_indices(indices, "index_add")
    axis = axis_of(axis, x.ndim, "index_add")
    expected = (*x.shape[:axis], indices.size, *x.shape[axis + 1 :])
    if indices.ndim != 1 or values.shape != expected:
        raise ShapeError(
            f"index_add needs indices (k,) and values {expected} for x {x.shape}, got indices "
            f"{indices.shape} and values {values.shape}: use scatter_add() for single elements"
        )
    return x + put(values, (*(slice(None),) * axis, indices) if axis else indices, x.shape)


def bincount(indices: Any, weights: Any = None, length: int | None = None) -> Any:
    """Count how often each integer from 0 occurs, or add up the weights of its occurrences.

    Args:
        indices: Integers of 0 and above, shape (n,).
        weights: What each adds, shape (n,); differentiable. 1 by default.
        length: Length of the result; the largest integer and one more by default.

    Returns:
        Shape (length,): a Tensor where one came in. Integers without weights, else the type of the weights.

    Raises:
        ValueRangeError: If an integer is negative or does not fit the length.
    """
    tracked = isinstance(indices, Tensor) or isinstance(weights, Tensor)
    places = integer_indices(indices, "bincount")
    weights = None if weights is None else as_array(weights)
    needed = int(places.max()) + 1 if places.size else 0
    n = needed if length is None else integer_of(length, "bincount", "a length")
    if places.ndim != 1 or (weights is not None and weights.shape != places.shape):
        raise ShapeError(
            f"bincount needs indices (n,) and as many weights, got {places.shape} and "
            f"{None if weights is None else weights.shape}: flatten them"
        )
    if n < needed or (places.size and places.min() < 0):
        raise ValueRangeError(
            f"bincount needs indices in [0, {n}), got {places.min()} to {places.max()}: raise the length, "
            "or drop what is outside"
        )
    if weights is not None:
        return put(weights, places, (n,))
    counts = np.bincount(places, minlength=n)
    return Tensor(counts) if tracked else counts
