"""Which function of NumPy is which operation: the tables that `numpy_functions` looks in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.ops.axes import axis_of
from foundations.autodiff.primitive import identity
from foundations.errors import DTypeError

UFUNCS: Mapping[Any, Callable[..., Any]] = {
    getattr(np, name): getattr(ops, name)
    for name in ops.__all__
    if isinstance(getattr(np, name, None), np.ufunc)
} | {np.absolute: ops.abs, np.invert: ops.bitwise_not, np.rint: ops.round, np.positive: identity}

REDUCTIONS: Mapping[Any, Callable[..., Any]] = {
    np.add: ops.sum,
    np.multiply: ops.prod,
    np.maximum: ops.max,
    np.minimum: ops.min,
}


def _dot(a: Any, b: Any) -> Any:
    if not np.ndim(a) or not np.ndim(b):
        return a * b
    if np.ndim(a) > 2 or np.ndim(b) > 2:
        raise DTypeError("np.dot of Tensors is for vectors and matrices: write a @ b, or einsum")
    return ops.matmul(a, b)


def _flat(f: Callable[..., Any]) -> Callable[..., Any]:
    """Work along the elements in one row where no axis is named, as NumPy does."""
    return lambda x, axis: f(ops.reshape(x, -1), 0) if axis is None else f(x, axis)


def _cumsum(x: Any, axis: int | None = None) -> Any:
    return _flat(ops.cumsum)(x, axis)


def _cumprod(x: Any, axis: int | None = None) -> Any:
    return _flat(ops.cumprod)(x, axis)


def _sort(x: Any, axis: int | None = -1) -> Any:
    return _flat(ops.sort)(x, axis)


def _argsort(x: Any, axis: int | None = -1) -> Any:
    return _flat(ops.argsort)(x, axis)


def _clip(x: Any, low: Any = None, high: Any = None, minimum: Any = None, maximum: Any = None) -> Any:
    if not (low is None or minimum is None) or not (high is None or maximum is None):
        raise DTypeError("np.clip takes a_min or min, and a_max or max, got both: leave one out")
    return ops.clip(x, minimum if low is None else low, maximum if high is None else high)


def _take(x: Any, indices: Any, axis: int | None = None) -> Any:
    return ops.take(_ravel(x), indices) if axis is None else ops.take(x, indices, axis)


def _take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    x, axis = (_ravel(x), 0) if axis is None else (x, axis_of(axis, np.ndim(x), "take_along_axis"))
    if np.ndim(indices) == np.ndim(x):  # along the other axes NumPy repeats them to the length of x
        shape = [np.shape(indices)[i] if i == axis else n for i, n in enumerate(np.shape(x))]
        indices = ops.broadcast_to(indices, shape)
    return ops.gather(x, indices, axis)


def _ravel(x: Any) -> Any:
    return ops.reshape(x, -1)


def _matrix_transpose(x: Any) -> Any:
    return ops.swapaxes(x, -1, -2)


def _outer(a: Any, b: Any) -> Any:
    return ops.outer(_ravel(a), _ravel(b))


def _copy(x: Any) -> Any:
    return ops.multiply(x, 1)


def _diagonal(x: Any, axis1: int = 0, axis2: int = 1) -> Any:
    return ops.diagonal(ops.moveaxis(x, (axis1, axis2), (-2, -1)))


def _trace(x: Any, axis1: int = 0, axis2: int = 1) -> Any:
    return ops.sum(_diagonal(x, axis1, axis2), -1)


def _pad(array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    if mode != "constant":
        raise DTypeError(f"np.pad of a Tensor needs mode 'constant', got {mode!r}: build it with concatenate")
    if np.ndim(pad_width) < 2:
        pad_width = np.broadcast_to(pad_width, (np.ndim(array), 2)).tolist()
    return ops.pad(array, pad_width, constant_values)


def _norm(x: Any, kind: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    matrix = (np.ndim(x) if axis is None else np.size(axis)) > 1
    if kind == "fro" or kind is None:
        kind = 2
    elif matrix:
        raise DTypeError(f"np.linalg.norm of a matrix by ord {kind!r} is no operation: use ops.svd(x)[1]")
    return ops.norm(x, axis, keepdims, kind)


def _svd(a: Any, full_matrices: bool = True) -> Any:
    if full_matrices:
        raise DTypeError("np.linalg.svd of a Tensor is the thin one: pass full_matrices=False")
    return ops.svd(a)


# NumPy's function: the operation, and NumPy's names of its parameters in the operation's order
FUNCTIONS: Mapping[Any, tuple[Callable[..., Any], str]] = {
    np.sum: (ops.sum, "a axis keepdims"),
    np.mean: (ops.mean, "a axis keepdims"),
    np.prod: (ops.prod, "a axis keepdims"),
    np.max: (ops.max, "a axis keepdims"),
    np.amax: (ops.max, "a axis keepdims"),
    np.min: (ops.min, "a axis keepdims"),
    np.amin: (ops.min, "a axis keepdims"),
    np.var: (ops.var, "a axis keepdims ddof"),
    np.std: (ops.std, "a axis keepdims ddof"),
    np.any: (ops.any, "a axis keepdims"),
    np.all: (ops.all, "a axis keepdims"),
    np.argmax: (ops.argmax, "a axis"),
    np.argmin: (ops.argmin, "a axis"),
    np.cumsum: (_cumsum, "a axis"),
    np.cumprod: (_cumprod, "a axis"),
    np.sort: (_sort, "a axis"),
    np.argsort: (_argsort, "a axis"),
    np.clip: (_clip, "a a_min a_max min max"),
    np.round: (ops.round, "a decimals"),
    np.concatenate: (ops.concatenate, "arrays axis"),
    np.stack: (ops.stack, "arrays axis"),
    np.split: (ops.split, "ary indices_or_sections axis"),
    np.reshape: (ops.reshape, "a shape"),
    np.ravel: (_ravel, "a"),
    np.transpose: (ops.transpose, "a axes"),
    np.matrix_transpose: (_matrix_transpose, "x"),
    np.swapaxes: (ops.swapaxes, "a axis1 axis2"),
    np.moveaxis: (ops.moveaxis, "a source destination"),
    np.broadcast_to: (ops.broadcast_to, "array shape"),
    np.expand_dims: (ops.expand_dims, "a axis"),
    np.squeeze: (ops.squeeze, "a axis"),
    np.flip: (ops.flip, "m axis"),
    np.roll: (ops.roll, "a shift axis"),
    np.tile: (ops.tile, "A reps"),
    np.repeat: (ops.repeat, "a repeats axis"),
    np.pad: (_pad, "array pad_width mode constant_values"),
    np.take: (_take, "a indices axis"),
    np.take_along_axis: (_take_along_axis, "arr indices axis"),
    np.bincount: (ops.bincount, "x weights"),
    np.diag: (ops.diag, "v"),
    np.diagonal: (_diagonal, "a axis1 axis2"),
    np.trace: (_trace, "a axis1 axis2"),
    np.tril: (ops.tril, "m k"),
    np.triu: (ops.triu, "m k"),
    np.zeros_like: (ops.zeros_like, "a dtype"),
    np.ones_like: (ops.ones_like, "a dtype"),
    np.full_like: (ops.full_like, "a fill_value dtype"),
    np.copy: (_copy, "a"),
    np.dot: (_dot, "a b"),
    np.outer: (_outer, "a b"),
    np.linalg.norm: (_norm, "x ord axis keepdims"),
    np.linalg.inv: (ops.inv, "a"),
    np.linalg.det: (ops.det, "a"),
    np.linalg.slogdet: (ops.slogdet, "a"),
    np.linalg.solve: (ops.solve, "a b"),
    np.linalg.cholesky: (ops.cholesky, "a"),
    np.linalg.eigh: (ops.eigh, "a"),
    np.linalg.qr: (ops.qr, "a"),
    np.linalg.svd: (_svd, "a full_matrices"),
}

READERS = frozenset(
    {
        np.shape,
        np.ndim,
        np.size,
        np.result_type,
        np.can_cast,
        np.iscomplexobj,
        np.isrealobj,
        np.shares_memory,
        np.may_share_memory,
        np.array_repr,
        np.array_str,
        np.array2string,
        np.allclose,
        np.isclose,
        np.array_equal,
        np.array_equiv,
        np.nonzero,
        np.flatnonzero,
        np.argwhere,
        np.count_nonzero,
        np.searchsorted,
        np.digitize,
    }
)
"""Functions that look at values and return none of them: no gradient is lost."""

CHANGERS = frozenset({np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask})
"""Functions that change their first argument in place."""
