"""Arrays made in the likeness of another: constants of its shape and type, and its triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from foundations.autodiff.operands import as_array
from foundations.autodiff.ops.axes import dtype_of, integer_of, number_of
from foundations.autodiff.primitive import constant, primitive
from foundations.autodiff.tensor import ArrayT
from foundations.errors import DTypeError, ShapeError

_filled = constant(lambda x, value, dtype: np.full(x.shape, value, dtype), name="full_like")


def full_like(x: ArrayT, value: Any, dtype: DTypeLike | None = None) -> ArrayT:
    """Return a constant of the shape and type of x, filled with one number.

    Args:
        x: Values, any shape; only shape and type matter.
        value: The number.
        dtype: Another type.

    Returns:
        New memory of the shape of x, without a gradient.

    Raises:
        GraphError: If the value requires a gradient.
    """
    x, value = as_array(x), number_of(value, "full_like")
    to = x.dtype if dtype is None else dtype_of(dtype, "full_like")
    if not np.can_cast(np.asarray(value).dtype, to, "same_kind"):
        raise DTypeError(f"full_like of {to} cannot hold {value!r}: pass dtype=np.float32, or another value")
    return _filled(x, value=value, dtype=to)


def zeros_like(x: ArrayT, dtype: DTypeLike | None = None) -> ArrayT:
    """Return zeros of the shape and type of x, or of another type; without a gradient."""
    return full_like(x, 0, dtype)


def ones_like(x: ArrayT, dtype: DTypeLike | None = None) -> ArrayT:
    """Return ones of the shape and type of x, or of another type; without a gradient."""
    return full_like(x, 1, dtype)


_tril = primitive(np.tril, lambda g, _y, _x, k: _tril(g, k=k), name="tril")
_triu = primitive(np.triu, lambda g, _y, _x, k: _triu(g, k=k), name="triu")


def tril(x: ArrayT, k: int = 0) -> ArrayT:
    """Keep the lower triangles of matrices (..., n, m), up to diagonal k (0 the main one, -1 below it)."""
    return _tril(_matrices(x, "tril"), k=integer_of(k, "tril", "a diagonal"))


def triu(x: ArrayT, k: int = 0) -> ArrayT:
    """Keep the upper triangles of matrices (..., n, m), from diagonal k (0 the main one, 1 above it)."""
    return _triu(_matrices(x, "triu"), k=integer_of(k, "triu", "a diagonal"))


def _matrices(x: Any, name: str) -> Any:
    x = as_array(x)
    if x.ndim < 2:
        raise ShapeError(f"{name} needs matrices (..., n, m), got shape {x.shape}: insert an axis")
    return x
