"""y += a x in one pass over memory, which NumPy does in two."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from foundations.runtime.threads import look_for_blas_again


@functools.cache
def _routine(dtype: np.dtype) -> Any:
    from scipy.linalg import get_blas_funcs  # takes a while to load: only for those who take steps

    look_for_blas_again()
    return get_blas_funcs("axpy", dtype=dtype) if dtype.char in "fd" else None


def axpy(a: float, x: np.ndarray, y: np.ndarray) -> None:
    """Add a x to y, in place, by the routine of BLAS of that name.

    Args:
        a: Factor.
        x: Shape (n,).
        y: Shape (n,), of the type of x.
    """
    routine = _routine(y.dtype)
    if routine is None or x.dtype != y.dtype or not (x.flags.c_contiguous and y.flags.c_contiguous):
        y += a * x
    elif y.size:
        routine(x, y, a=a)
