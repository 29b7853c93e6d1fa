"""What every routine here asks of its input, and the exact scaling that keeps squares in range."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import DTypeError, ShapeError, ValueRangeError

EPS = float(np.finfo(np.float64).eps)  # 2⁻⁵², the gap between 1 and the next float64


def as_matrix(a: ArrayLike, caller: str, *, square: bool = False) -> np.ndarray:
    """Return `a` as a float64 matrix, shape (m, n), or say why it is not one.

    Args:
        a: what the user gave; float16 and float32 are widened, nothing is rounded.
        caller: name of the routine, for the message.
        square: whether m = n is required.

    Raises:
        ShapeError: if `a` is not two-dimensional, or not square where it must be.
        DTypeError: if the entries are not float16, float32 or float64.
        ValueRangeError: if an entry is NaN or infinite.
    """
    matrix = np.asarray(a)
    if matrix.ndim != 2:
        raise ShapeError(
            f"{caller} expects a matrix (2-D), got shape {matrix.shape}: "
            "write a column as x[:, None] and a row as x[None, :]"
        )
    if square and matrix.shape[0] != matrix.shape[1]:
        raise ShapeError(
            f"{caller} expects a square matrix, got shape {matrix.shape}: "
            "for a rectangular one use qr_householder, lu or svd"
        )
    return _as_finite_floats(matrix, caller)


def as_right_hand_side(b: ArrayLike, rows: int, caller: str) -> np.ndarray:
    """Return `b` as float64 of shape (rows,) or (rows, k), or say why it cannot stand right of A x =."""
    array = np.asarray(b)
    if array.ndim not in (1, 2) or array.shape[0] != rows:
        raise ShapeError(
            f"{caller} expects a right-hand side of shape ({rows},) or ({rows}, k), got {array.shape}: "
            "it needs one entry for each row of A"
        )
    return _as_finite_floats(array, caller)


def as_symmetric(a: ArrayLike, caller: str) -> np.ndarray:
    """Return `a` as a float64 matrix that is symmetric to the last bit, shape (n, n).

    Asymmetry of the size of rounding errors is averaged away; anything larger is an error, because
    reading one triangle only (as LAPACK does) would hide it.
    """
    matrix = as_matrix(a, caller, square=True)
    if matrix.size:
        half = np.abs(matrix / 2 - matrix.T / 2)  # halves, because a difference can overflow
        i, j = np.unravel_index(half.argmax(), half.shape)
        if half[i, j] > 50 * EPS * len(matrix) * np.abs(matrix).max():
            raise ValueRangeError(
                f"{caller} expects a symmetric matrix, got A[{i}, {j}] = {matrix[i, j]:g} and "
                f"A[{j}, {i}] = {matrix[j, i]:g}: symmetrise with (A + A.T) / 2, or use eig"
            )
    return matrix / 2 + matrix.T / 2


def as_count(k: int, limit: int, caller: str, *, least: int = 0) -> int:
    """Return `k` if it is an integer in [least, limit], or say what it should have been."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not least <= k <= limit:
        raise ValueRangeError(f"{caller} expects an integer in [{least}, {limit}], got {k!r}")
    return int(k)


def as_number(value: float, caller: str, name: str, *, above: float = -math.inf) -> float:
    """Return a real finite number above `above` as a float, or say what it should have been."""
    real = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not real or not math.isfinite(value) or not value > above:
        least = "" if above == -math.inf else f" above {above:g}"
        raise ValueRangeError(f"{caller} expects a finite real {name}{least}, got {value!r}")
    return float(value)


def scaled(matrix: np.ndarray) -> tuple[np.ndarray, int]:
    """Return (A / 2**e, e), with the exponent e that brings the largest entry into [1/2, 1).

    Division by a power of two is exact, and afterwards no square and no sum of squares overflows. What
    underflows is smaller than the largest entry by more than 300 decades.
    """
    largest = float(np.abs(matrix).max(initial=0.0))
    exponent = math.frexp(largest)[1]
    return np.ldexp(matrix, -exponent), exponent


def unscaled(array: np.ndarray, exponent: int | np.ndarray) -> np.ndarray:
    """Return the array times 2**exponent: the inverse of `scaled`.

    Raises:
        ValueRangeError: if the result is too large for a float64.
    """
    with np.errstate(over="ignore"):
        result = np.ldexp(array, exponent)
    return require_finite(result)


def require_finite(result: np.ndarray) -> np.ndarray:
    """Return a result, or say that it is beyond the range of float64."""
    if not np.isfinite(result).all():
        raise ValueRangeError(
            "the result is larger than float64 can hold, 1.8e308: scale the input down by a power of two"
        )
    return result


def length(x: np.ndarray) -> float:
    """Return the Euclidean length of all entries; no square over- or underflows on the way.

    >>> length(np.array([2.0**700, 2.0**700, 2.0**700, 2.0**700])) == 2.0**701
    True
    """
    x, exponent = scaled(x)
    return math.ldexp(math.sqrt(float(np.vdot(x, x).real)), exponent)


def _as_finite_floats(array: np.ndarray, caller: str) -> np.ndarray:
    if array.dtype not in (np.float64, np.float32, np.float16):
        remedy = (
            "write X + iY as the real matrix [[X, -Y], [Y, X]]"
            if array.dtype.kind == "c"
            else "convert with A.astype(np.float64)"
        )
        raise DTypeError(f"{caller} expects float16, float32 or float64, got {array.dtype}: {remedy}")
    finite = np.isfinite(array)
    if not finite.all():
        first = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueRangeError(
            f"{caller} expects finite entries, got {np.count_nonzero(~finite)} NaN or infinite of "
            f"{array.size}, the first at {first}: drop or fill them first"
        )
    return array.astype(np.float64)
