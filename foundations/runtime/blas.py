"""y += a x in one pass over memory, which NumPy does in two."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from foundations.runtime.threads import blas_has_one_thread, look_for_blas_again

_WORTH_A_CALL = 1 << 13  # elements; two passes over fewer stay in the nearest cache


@functools.cache
def _routine(dtype: np.dtype) -> Any:
    from scipy.linalg import get_blas_funcs  # takes a while to load: only for those who take steps

    look_for_blas_again()
    return get_blas_funcs("axpy", dtype=dtype) if dtype.char in "fd" else None


def axpy(a: float, x: np.ndarray, y: np.ndarray) -> None:
    """Add a x to y, in place, by the routine of BLAS of that name where that is faster.

    Args:
        a: Factor.
        x: Shape (n,).
        y: Shape (n,), of the type of x.
    """
    if y.size >= _WORTH_A_CALL and x.dtype == y.dtype and x.flags.c_contiguous and y.flags.c_contiguous:
        routine = _routine(y.dtype)
        if routine is not None and blas_has_one_thread():  # waking others costs more than the sum
            routine(x, y, a=a)
            return
    y += a * x
