"""Affine maps, table look-ups, and the noise of dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import SparseRows, Tensor, fused, ops, primitive
from foundations.autodiff.tensor import Array, ArrayT, values
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import (
    array,
    check_classes,
    dtype_of,
    flag,
    floats,
    generator,
    integers,
    number,
    whole,
)
from foundations.nn.kernels.rows import as_rows, ones


def _affine(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, None]:
    dtype, shape = x.dtype, weight.shape
    if (
        dtype is not weight.dtype
        or dtype is not bias.dtype
        or x.shape[-1:] != shape[:1]
        or bias.shape != shape[1:]
        or len(shape) != 2
        or dtype.char not in "fd"
    ):
        _check(x, weight, bias)  # the usual case is seen without a call
    if x.ndim == 2:
        y = x.dot(weight)
        y += bias
        return y, None
    y = as_rows(x).dot(weight)  # one large GEMM
    y += bias
    return y.reshape(*x.shape[:-1], weight.shape[1]), None


def _affine_backward(
    g: np.ndarray,
    _residuals: None,
    needs: tuple[bool, ...],
    x: np.ndarray,
    weight: np.ndarray,
    _bias: np.ndarray,
) -> tuple[np.ndarray | None, ...]:
    shape = x.shape
    if len(shape) != 2:
        x, g = as_rows(x), as_rows(g)
    dx = dw = db = None
    if needs[0]:
        dx = g.dot(weight.T)
        if len(shape) != 2:
            dx = dx.reshape(shape)
    if needs[1]:
        dw = x.T.dot(g)
    if needs[2]:
        db = ones(len(g), g.dtype).dot(g)  # the sum of the rows
    return dx, dw, db


_linear = fused(
    _affine, _affine_backward, lambda x, weight, bias: ops.matmul(x, weight) + bias, name="linear"
)


def linear(x: Array, weight: Array, bias: Array | None = None) -> Any:
    """Map the last axis: y = x W + b.

    With G the gradient of y, rows flattened: dx = G W^T, dW = x^T G, db = the sum of G's rows.

    Args:
        x: Shape (..., n_in).
        weight: Shape (n_in, n_out): inputs first, so that the code reads as the equation does.
        bias: Shape (n_out,), or None.

    Returns:
        Shape (..., n_out).

    Raises:
        ShapeError: If the last axis of x is not n_in, or the bias not n_out long.
        DTypeError: If one of the three is not floating-point.
    """
    if not (isinstance(x, Tensor) and isinstance(weight, Tensor)):
        x, weight = array("linear", "x", x), array("linear", "weight", weight)
    if bias is not None:
        return _linear(x, weight, bias if isinstance(bias, Tensor) else array("linear", "bias", bias))
    _check(values(x), values(weight))
    return ops.matmul(x, weight)


def _check(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> None:
    """Check that the arrays of a linear map fit each other; on arrays, where it takes the least time."""
    if weight.ndim != 2:
        raise ShapeError(f"linear expects a weight of shape (n_in, n_out), got {weight.shape}: reshape it")
    if x.shape[-1:] != weight.shape[:1]:
        raise _misfit(x, weight)
    if x.dtype.kind != "f" or weight.dtype.kind != "f":
        for what, given in (("x", x), ("weight", weight)):
            floats("linear", what, given)
    if bias is not None and (bias.shape != weight.shape[1:] or bias.dtype.kind != "f"):
        floats("linear", "bias", bias)
        raise ShapeError(
            f"linear expects a bias of shape {weight.shape[1:]}, one number an output, got {bias.shape}"
        )


def _misfit(x: Any, weight: Any) -> ShapeError:
    return ShapeError(
        f"linear expects (..., {weight.shape[0]}) for a weight of shape {weight.shape}, got {x.shape}: "
        f"transpose x, or build the weight with {x.shape[-1] if x.ndim else 1} rows"
    )


def embedding(indices: Array, weight: Array, padding_idx: int | None = None, *, sparse: bool = False) -> Any:
    """Look up rows of a table: y[...] = weight[indices[...]].

    Args:
        indices: Integers in [0, n), any shape.
        weight: Shape (n, d).
        padding_idx: Row that is looked up like the others and gets no gradient: it stands for no word.
        sparse: Whether `backward` leaves only the rows that were looked up in `weight.grad`, as
            `SparseRows`: a step then costs what the batch costs, not what the table costs. `SGD`, `AdaGrad`
            and `Adam` take them. Where the table is used in other ways too (tied to an output layer), was
            computed itself, or the pass is recorded or asked for by `gradients`, the gradient is dense.

    Returns:
        Shape (*indices.shape, d). A row that was looked up k times gets k gradients, added.

    Raises:
        DTypeError: If the indices are not integers, or the weight not floating-point.
        ShapeError: If the weight is not a table.
        ValueRangeError: If an index or padding_idx lies outside the table.
    """
    rows, weight = integers("embedding", "indices", indices), floats("embedding", "weight", weight)
    if weight.ndim != 2:
        raise ShapeError(f"embedding expects a weight of shape (n, d), got {weight.shape}: reshape it")
    remedy = "enlarge the table or map unknown tokens to one of its rows"
    check_classes("embedding", "rows", rows, weight.shape[0], remedy)
    if padding_idx is not None:
        padding_idx = whole("embedding", "padding_idx", padding_idx)
        check_classes("embedding", "padding_idx", np.asarray(padding_idx), weight.shape[0], "count from 0")
    if flag("embedding", "sparse", sparse):
        return _lookup(weight, rows=rows, shape=weight.shape, padding_idx=padding_idx)
    y = ops.getitem(weight, rows)
    if padding_idx is None:
        return y
    return ops.where((rows == padding_idx)[..., None], values(y), y)


def _rows_of(g: Any, rows: np.ndarray, shape: tuple[int, ...], padding_idx: int | None) -> Any:
    """Return the gradient of a table as its rows; dense, in primitives, where the pass is recorded.

    The row for padding is not among them: an optimiser leaves it alone.
    """
    if isinstance(g, Tensor):
        if padding_idx is not None:
            g = ops.where((rows == padding_idx)[..., None], 0.0, g)
        return ops.put(g, rows, shape)
    numbers, g = rows.astype(np.intp).reshape(-1), np.array(g).reshape(-1, *shape[1:])
    if padding_idx is not None:
        used = numbers != padding_idx
        numbers, g = numbers[used], g[used]
    return SparseRows(numbers, g, shape)


_lookup = primitive(
    lambda weight, rows, shape, padding_idx: weight[rows],
    lambda g, _y, _weight, rows, shape, padding_idx: _rows_of(g, rows, shape, padding_idx),
    name="embedding",
)


def one_hot(indices: Array, num_classes: int, dtype: Any = np.float32) -> np.ndarray:
    """Turn class numbers into rows that are 1 at that class and 0 elsewhere.

    Args:
        indices: Integers in [0, num_classes), any shape.
        num_classes: Length of the new last axis.
        dtype: Type of the result.

    Returns:
        Array of shape (*indices.shape, num_classes).

    Raises:
        DTypeError: If the indices are not integers, or dtype is no type of numbers.
        ValueRangeError: If an index is not a class.
    """
    rows, k = integers("one_hot", "indices", indices), whole("one_hot", "num_classes", num_classes, 0)
    check_classes("one_hot", "classes", rows, k, "give more classes, or map what is unknown to one of them")
    return np.eye(k, dtype=dtype_of("one_hot", dtype))[rows]


def dropout(
    x: ArrayT, p: float = 0.5, *, training: bool = True, rng: np.random.Generator | None = None
) -> ArrayT:
    """Set each element to 0 with probability p and divide the others by 1 - p.

    The division keeps the mean, so nothing changes when dropout is switched off.

    Args:
        x: Values, any shape.
        p: Probability of dropping, in [0, 1]; 1 leaves zeros.
        training: Return x itself when False.
        rng: Source of the noise; required when something is dropped.

    Returns:
        Shape of x.

    Raises:
        ValueRangeError: If p lies outside [0, 1], or there is no rng.
        DTypeError: If x is not floating-point.
        GraphError: If p requires gradients.

    Source: Srivastava et al. 2014, with the scaling moved to training time.
    """
    x, p = floats("dropout", "x", x), number("dropout", "p", p, 0, 1)
    generator("dropout", rng)
    if not flag("dropout", "training", training) or p == 0:
        return x
    return x * dropout_mask(x.shape, p, dtype=x.dtype, rng=rng)


def dropout_mask(
    shape: tuple[int, ...], p: float, *, dtype: Any, rng: np.random.Generator | None
) -> np.ndarray:
    """Return an array that is 0 with probability p and 1 / (1 - p) elsewhere."""
    if rng is None:
        raise ValueRangeError("dropout needs a source of noise: pass rng=np.random.default_rng(seed)")
    mask = (rng.random(shape, dtype=np.float32) >= p).astype(dtype)
    if p < 1:
        mask *= 1 / (1 - p)
    return mask
