"""Batches of matrix products, cut so small that BLAS need not rearrange its operands first.

A large product is packed into another order before it is multiplied, which for the tall and narrow matrices
of convolutions costs up to as much as multiplying them. OpenBLAS leaves it out below a million
multiplications (105 GFLOP/s measured, where whole products ran at 60 to 90); to other libraries it is all the
same. NumPy loops over the parts, so a cut costs no time in Python.
"""

from __future__ import annotations

import numpy as np

_SMALL = 1_000_000
_FEWEST_ROWS = 8


def multiply(a: np.ndarray, b: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return a @ b.

    Args:
        a: Shape (..., n, k).
        b: Shape (..., k, m); the leading axes broadcast to those of a.
        out: Where to put the result; contiguous.

    Returns:
        Shape (..., n, m).
    """
    *batch, n, k = a.shape
    m = b.shape[-1]
    if out is None:
        out = np.empty((*batch, n, m), a.dtype)  # by itself NumPy would order it as `a` lies in memory
    parts = _parts(n, _SMALL // max(1, k * m), _FEWEST_ROWS)
    if parts == 1:
        return np.matmul(a, b, out=out)
    split = (*batch, parts, n // parts)
    np.matmul(a.reshape(*split, k), b[..., None, :, :], out=out.reshape(*split, m))
    return out


def multiply_transposed(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a.mT @ b.

    Args:
        a: Shape (..., n, k).
        b: Shape (..., n, m); the leading axes broadcast to those of a.

    Returns:
        Shape (..., k, m).
    """
    *batch, n, k = a.shape
    m = b.shape[-1]
    parts = _parts(k, _SMALL // max(1, n * m), _FEWEST_ROWS)
    if parts > 1:  # some of the result's rows at a time
        columns = np.moveaxis(a.reshape(*batch, n, parts, k // parts), -3, -1)
        return (columns @ b[..., None, :, :]).reshape(*batch, k, m)
    parts = _parts(n, _SMALL // max(1, k * m), max(64, k))
    if parts > 1:  # some of the terms at a time, where the results are small to add up
        terms = b.reshape(*b.shape[:-2], parts, n // parts, m)
        return (a.reshape(*batch, parts, n // parts, k).mT @ terms).sum(-3)
    return a.mT @ b


def _parts(n: int, most: int, least: int) -> int:
    """Return the smallest number of equal parts of n that are between `least` and `most` long; 1 if none."""
    if n <= most or most < least:
        return 1
    return next((parts for parts in range(-(-n // most), n // least + 1) if n % parts == 0), 1)
