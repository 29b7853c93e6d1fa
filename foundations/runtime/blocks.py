"""Elementwise and row-wise kernels over large arrays, in blocks that stay in cache, on every core.

A chain of NumPy calls on a large array fetches it from memory once a call. On a block of a megabyte the calls
after the first find it in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from foundations.errors import ShapeError
from foundations.runtime.threads import parallel_map

_BLOCK_BYTES = 1 << 20
_PARALLEL_BYTES = 2 << 20  # passing over less takes no longer than waking a thread
_SPREAD_FROM = 1 << 18  # elements of an elementwise function's arguments
_PARALLEL_BLOCKS = 8  # at least so many to share, for threads that are not equally fast


def map_rows(
    kernel: Callable[..., Any], *arrays: np.ndarray, parallel_from: int = _PARALLEL_BYTES
) -> list[Any]:
    """Call a kernel on blocks of rows of the arrays; it writes into those that are its outputs.

    The blocks depend on the arrays only, never on the number of threads: neither do the results.

    Args:
        kernel: `kernel(*blocks)`, each a view of consecutive rows of its array. What is the same for every
            block (a weight vector, a mean) it takes from where it was defined.
        arrays: Inputs and outputs of any shape, all of the same length along their first axis.
        parallel_from: Total bytes from which on the blocks are shared among threads; lower it for kernels
            that compute long on every number.

    Returns:
        What the kernel returned, a value a block, in order: partial sums, for instance.

    Raises:
        ShapeError: If the arrays differ in length.

    Example:
        >>> x = np.linspace(0.0, 1.0, 5)
        >>> y = np.empty_like(x)
        >>> map_rows(lambda x, y: np.exp(-x, out=y), x, y)[0].round(2)
        array([1.  , 0.78, 0.61, 0.47, 0.37])
    """
    n = len(arrays[0])
    if any(len(a) != n for a in arrays):
        raise ShapeError(
            f"map_rows takes arrays of one length, got shapes {[a.shape for a in arrays]}: "
            "let the kernel refer to the others itself"
        )
    size = sum(a.nbytes for a in arrays)
    shared = size >= parallel_from
    rows = math.ceil(n / max(math.ceil(size / _BLOCK_BYTES), _PARALLEL_BLOCKS if shared else 1))
    if n <= rows:
        return [kernel(*arrays)]
    blocks = [slice(start, start + rows) for start in range(0, n, rows)]

    def one(block: slice) -> Any:
        return kernel(*[a[block] for a in arrays])

    return parallel_map(one, blocks) if shared else [one(block) for block in blocks]


def map_elements(
    kernel: Callable[..., Any], *arrays: np.ndarray, parallel_from: int = _PARALLEL_BYTES
) -> list[Any]:
    """Call an elementwise kernel on blocks of the arrays, whatever their shape.

    Arrays that lie in memory in the same order, without gaps, are seen as one long row each: a matrix of two
    rows is shared as well as one of a thousand. Others are taken row by row.

    Args:
        kernel: `kernel(*blocks)`, elementwise; the blocks have any shape, all the same.
        arrays: Inputs and outputs of one shape.
        parallel_from: As for `map_rows`.

    Returns:
        What the kernel returned, a value a block, in order.

    Raises:
        ShapeError: If the arrays differ in shape.
    """
    shape = arrays[0].shape
    if any(a.shape != shape for a in arrays):
        raise ShapeError(
            f"map_elements takes arrays of one shape, got {[a.shape for a in arrays]}: broadcast them first"
        )
    order = sorted(range(len(shape)), key=lambda axis: -arrays[0].strides[axis])
    laid_out = [a.transpose(order) for a in arrays]
    if all(a.flags.c_contiguous for a in laid_out):
        return map_rows(kernel, *[a.reshape(-1) for a in laid_out], parallel_from=parallel_from)
    return map_rows(kernel, *arrays, parallel_from=parallel_from)


def blockwise(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return an elementwise function of NumPy that shares large arrays among threads.

    Args:
        function: A ufunc, whose result has the type of its arguments.

    Returns:
        A function of arrays and numbers. What is small, broadcast, of different types or not floating-point
        is handed to `function` as it is.
    """
    ndarray = np.ndarray

    def apply(*arrays: Any) -> Any:
        first = arrays[0]
        if type(first) is not ndarray or first.size < _SPREAD_FROM or not _are_alike(arrays):
            return function(*arrays)
        out = np.empty_like(first)
        map_elements(lambda *blocks: function(*blocks[:-1], out=blocks[-1]), *arrays, out)
        return out

    apply.__name__ = apply.__qualname__ = function.__name__
    apply.__doc__ = function.__doc__
    return apply


def _are_alike(arrays: tuple[Any, ...]) -> bool:
    first = arrays[0]
    return first.dtype.kind == "f" and all(
        type(a) is np.ndarray and (a.shape, a.strides, a.dtype) == (first.shape, first.strides, first.dtype)
        for a in arrays
    )
