"""What every routine here asks of a point and of a function, and the exact value and gradient of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from foundations.autodiff import Tensor, vjp
from foundations.errors import DTypeError, ShapeError, ValueRangeError

Function = Callable[[Any], Any]
"""From a point, shape (n,), to a number or an array, written with operators and `foundations.autodiff.ops`:
such a function takes arrays (real and complex) and Tensors alike."""

EPS = float(np.finfo(np.float64).eps)  # 2⁻⁵², the gap between 1 and the next float64


def as_point(x: ArrayLike, caller: str, *, n: int | None = None) -> np.ndarray:
    """Return `x` as a float64 point, shape (n,), or say why it is not one.

    Args:
        x: what the user gave; integers and narrower floats are widened.
        caller: name of the routine, for the message.
        n: how many coordinates it must have; None for any number from 1.

    Raises:
        ShapeError: if `x` is not one-dimensional, empty, or of another length.
        DTypeError: if the coordinates are not real numbers.
        ValueRangeError: if one of them is NaN or infinite.
    """
    point = as_finite(np.asarray(x), f"{caller} expects a point of", "leave out what is undefined")
    if point.ndim != 1 or not point.size or n not in (None, point.size):
        raise ShapeError(
            f"{caller} expects a point of shape ({'n' if n is None else n},), got {point.shape}: "
            "give the coordinates as one list"
        )
    return point


def as_finite(array: np.ndarray, what: str, remedy: str) -> np.ndarray:
    """Return real numbers as float64, or say what they were expected to be, starting with `what`."""
    if array.dtype.kind not in "fiu":
        raise DTypeError(f"{what} real numbers, got {array.dtype}: convert with x.astype(np.float64)")
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))[0]
        where = f" at {tuple(int(i) for i in bad)}" if array.ndim else ""
        raise ValueRangeError(f"{what} finite numbers, got {array[tuple(bad)]}{where}: {remedy}")
    return array.astype(np.float64)


def value_at(f: Function, x: np.ndarray, caller: str) -> np.ndarray:
    """Return f(x) as float64, of any shape.

    Raises:
        DTypeError: if f returns anything else than float64 numbers.
        ValueRangeError: if f(x) is not finite.
    """
    y = f(x)
    y = y.numpy() if isinstance(y, Tensor) else np.asarray(y)
    _need_float64(y.dtype, caller)
    return as_finite(y, f"{caller} expects f to return", "keep away from where f is not defined")


def number_at(f: Function, x: np.ndarray, caller: str) -> float:
    """Return f(x), which must be a single number."""
    y = value_at(f, x, caller)
    _need_scalar(y.shape, caller)
    return float(y)


def value_and_gradient(f: Function, x: np.ndarray, caller: str) -> tuple[float, np.ndarray]:
    """Return f(x) and its exact gradient, shape (n,), by one reverse pass.

    Raises:
        ShapeError: if f does not return a single number.
        DTypeError: if it returns integers or booleans, which have no derivative, or narrower floats.
        GraphError: if it returns something that was not computed from its argument as a Tensor.
        ValueRangeError: if the value or the gradient is not finite.
    """
    y, pull = vjp(f, x)
    _need_scalar(y.shape, caller)
    _need_float64(y.dtype, caller)
    gradient = pull(np.ones(()))[0].numpy()
    where = "move away from the kink, pole or edge"
    value = as_finite(y.numpy(), f"{caller} expects f to return", where)
    return float(value), as_finite(gradient, f"{caller} expects the gradient to hold", where)


def as_step(step: float, caller: str) -> float:
    """Return `step` if it can be a distance, or say what it should have been."""
    if isinstance(step, bool) or not isinstance(step, int | float | np.number) or not 0 < step < np.inf:
        raise ValueRangeError(f"{caller} expects a finite step above 0, got {step!r}: leave it out")
    return float(step)


def as_count(count: int, caller: str, name: str) -> int:
    """Return `count` if it is a whole number from 1, or say what it should have been."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise ValueRangeError(f"{caller} expects {name} to be a whole number from 1, got {count!r}")
    return int(count)


def _need_scalar(shape: tuple[int, ...], caller: str) -> None:
    if shape != ():
        raise ShapeError(
            f"{caller} expects a function that returns a single number, got shape {shape}: "
            "reduce it (y.sum()), or use linearise for a map"
        )


def _need_float64(dtype: np.dtype, caller: str) -> None:
    if dtype == np.float64:
        return
    remedy = (
        "differences would keep half of its digits: compute in float64"
        if dtype.kind == "f"
        else "integers, comparisons and arg max have no derivative: return float64"
    )
    raise DTypeError(f"{caller} expects a function that returns float64, got {dtype}: {remedy}")
