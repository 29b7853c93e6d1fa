r"""Rotary positions: queries and keys are turned by their position, so that a score depends on the distance.

Two features of a query form a point of the plane, which at position m is turned by m $\theta_i$. The dot
product of two turned points depends on the difference of their angles only: $q_m^\top k_n$ is a function of
m - n.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError


@lru_cache(maxsize=16)
def rotary_table(
    length: int,
    width: int,
    dtype: Any = np.float32,
) -> tuple[np.ndarray, np.ndarray]:
    """Return cosine and sine of the angles m theta_i, theta_i = 10000^(-2i / width), m from 0.

    Args:
        length: Number of positions.
        width: Width of a head; even.
        dtype: Type of the tables; the angles are computed in float64.

    Returns:
        Two arrays of shape (length, width / 2), not to be changed.

    Raises:
        ValueRangeError: If the width is odd.

    Source: Su et al. 2021, arXiv:2104.09864, equation 15.
    """
    if width % 2:
        raise ValueRangeError(
            "rotary positions turn pairs of features: the width of a head is even, "
            f"got {width}: change num_heads, or use learned positions"
        )
    frequency = 10000.0 ** (-np.arange(0, width, 2) / width)  # (width / 2,)
    angle = np.arange(length)[:, None] * frequency  # (length, width / 2)
    tables = np.cos(angle).astype(dtype), np.sin(angle).astype(dtype)
    for table in tables:
        table.flags.writeable = False
    return tables


def rotate(x: Array, cos: np.ndarray, sin: np.ndarray) -> Any:
    """Turn the pairs of features (i, i + d/2) of every position by its angles.

    (a, b) -> (a cos - b sin, a sin + b cos).

    Args:
        x: Queries or keys, shape (..., T, d), d even.
        cos: Of the angles of the T positions, shape (T, d / 2).
        sin: Likewise.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If the tables do not fit.

    Source: Su et al. 2021, arXiv:2104.09864, equation 34.
    Deviation: the paper pairs neighbours, 2i and 2i + 1. Halves are the same up to the order of the features,
        which the learned projections are free to choose, and slices of memory that are read at once.

    Example:
        >>> quarter = np.array([[0.0]]), np.array([[1.0]])
        >>> rotate(np.array([[3.0, 0.0]]), *quarter)
        array([[0., 3.]])
    """
    half = x.shape[-1] // 2
    if x.shape[-1] % 2 or cos.shape != (x.shape[-2], half) or sin.shape != cos.shape:
        raise ShapeError(
            "rotate expects x (..., T, d) with d even and tables (T, d / 2), got "
            f"{x.shape}, {cos.shape}, {sin.shape}: take as many rows of rotary_table "
            "as there are positions"
        )
    crossed = ops.concatenate([x[..., half:], x[..., :half]], axis=-1)  # (b, a)
    cos = np.concatenate([cos, cos], axis=-1)  # (T, d)
    sin = np.concatenate([-sin, sin], axis=-1)
    return x * cos + crossed * sin  # whole rows at a time, which is faster than halves
