"""The checks of what functions and modules are given: each argument is used, or refused with what to pass.

A Tensor that requires gradients never becomes a plain number or array here: a function either differentiates
it, or says that it takes a constant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from foundations.autodiff import Tensor, is_recording
from foundations.autodiff.operands import to_array
from foundations.errors import DTypeError, FoundationsError, GraphError, ShapeError, ValueRangeError


def shown(value: Any) -> str:
    """Return a value as errors show it: arrays by shape and type, the rest cut to one short line."""
    if isinstance(value, Tensor | np.ndarray):
        return f"{type(value).__name__} {value.shape} {value.dtype}"
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 60 else f"{text[:57]}..."


def refuse_gradient(owner: str, what: str, value: Any) -> None:
    """Refuse a Tensor that requires gradients where a constant is expected.

    Raises:
        GraphError: If one is given while operations are recorded.
    """
    if isinstance(value, Tensor) and value.requires_grad and is_recording():
        raise GraphError(
            f"{owner} takes {what} as a constant, got a Tensor that requires gradients, which would get "
            f"none: pass {what}.detach()"
        )


def array(owner: str, what: str, x: Any) -> Any:
    """Return a Tensor or an array as it is, and a number or a list of numbers as an array.

    Raises:
        DTypeError: If it holds anything but numbers.
        ShapeError: If it is not rectangular.
    """
    if isinstance(x, Tensor):
        return x
    if not isinstance(x, np.ndarray):
        try:
            return to_array(x)
        except FoundationsError as error:
            kind = ShapeError if isinstance(error, ShapeError) else DTypeError
            raise kind(
                f"{owner} expects {what} as a Tensor, an array or rectangular lists of numbers, "
                f"got {shown(x)}: convert it"
            ) from None
        except TypeError:
            raise DTypeError(f"{owner} expects {what} as numbers, got {shown(x)}: convert it") from None
    if x.dtype.kind not in "fiub":
        raise DTypeError(f"{owner} expects {what} as numbers, got {shown(x)}: convert it with .astype()")
    return x


def floats(owner: str, what: str, x: Any) -> Any:
    """Return x as `array` does, checked to be floating-point.

    Raises:
        DTypeError: If it is not.
    """
    if not isinstance(x, Tensor):
        x = array(owner, what, x)
    if x.dtype.kind != "f":
        raise DTypeError(
            f"{owner} expects floating-point {what}, got {x.dtype}: convert it, {what}.astype(np.float32)"
        )
    return x


def constants(owner: str, what: str, x: Any) -> np.ndarray:
    """Return x as an array through which no gradient goes.

    Raises:
        GraphError: If it is a Tensor that requires gradients.
        DTypeError: If it holds anything but numbers.
    """
    refuse_gradient(owner, what, x)
    x = array(owner, what, x)
    return x.data if isinstance(x, Tensor) else x


def integers(owner: str, what: str, x: Any) -> np.ndarray:
    """Return x as an array of integers, such as class numbers or the rows of a table.

    Raises:
        DTypeError: If it holds anything else.
    """
    x = constants(owner, what, x)
    if x.dtype.kind not in "iu" and x.size:
        raise DTypeError(f"{owner} expects integer {what}, got {x.dtype}: convert with .astype(np.int64)")
    return x if x.dtype.kind in "iu" else x.astype(np.int64)


def check_classes(owner: str, what: str, numbers: np.ndarray, k: int, remedy: str) -> None:
    """Check that every number is a class: 0 to k - 1; negative ones do not count from the end.

    Raises:
        ValueRangeError: If one is not.
    """
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < k:
        low, high = numbers.min(), numbers.max()
        raise ValueRangeError(f"{owner} expects {what} 0 to {k - 1}, got {low} to {high}: {remedy}")


def whole(owner: str, what: str, value: Any, least: int | None = None) -> int:
    """Return a whole number.

    Raises:
        ValueRangeError: If it is something else, or less than `least`.
    """
    fits = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not fits or (least is not None and value < least):
        of = "" if least is None else f" of at least {least}"
        raise ValueRangeError(f"{owner} expects {what} as a whole number{of}, got {shown(value)}")
    return int(value)


def number(
    owner: str, what: str, value: Any, low: float = -math.inf, high: float = math.inf, *, above: bool = False
) -> float:
    """Return a number of a range.

    Args:
        owner: Who asks.
        what: Name of the argument.
        value: Python's or NumPy's number, or one in an array without axes.
        low: Least value.
        high: Largest value.
        above: Whether the least value itself is excluded.

    Raises:
        GraphError: If it is a Tensor that requires gradients.
        DTypeError: If it is not a number.
        ValueRangeError: If it lies outside the range.
    """
    if type(value) is not float:
        refuse_gradient(owner, what, value)
        if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
            value = value.item()
        if not isinstance(value, float | int | np.floating | np.integer) or isinstance(value, bool):
            raise DTypeError(f"{owner} expects {what} as a number, got {shown(value)}: pass a float")
    if not low <= value <= high or (above and value == low):
        if above and (low, high) == (0, math.inf):
            raise ValueRangeError(f"{owner} expects a positive {what}, got {value}")
        left, right = "(" if above or low == -math.inf else "[", ")" if high == math.inf else "]"
        span = f"{left}{low:g}, {high:g}{right}"
        raise ValueRangeError(f"{owner} expects {what} in {span}, got {value}")
    return float(value)


def flag(owner: str, what: str, value: Any) -> bool:
    """Return True or False.

    Raises:
        DTypeError: If it is anything else: "no", 0.5 and arrays all count as true in Python.
    """
    if value is True or value is False:
        return value
    if isinstance(value, np.bool_) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise DTypeError(f"{owner} expects {what} as True or False, got {shown(value)}")


def choice(owner: str, what: str, value: Any, choices: Sequence[str]) -> Any:
    """Return one of a few names.

    Raises:
        ValueRangeError: If it is none of them.
    """
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(map(repr, choices[:-1])) + f" or {choices[-1]!r}"
        raise ValueRangeError(f"{owner} expects {what} as {listed}, got {shown(value)}")
    return value


def axis_of(owner: str, axis: Any, ndim: int, what: str = "axis") -> int:
    """Return an axis counted from 0.

    Raises:
        ShapeError: If there is no such axis.
    """
    fits = isinstance(axis, int | np.integer) and not isinstance(axis, bool)
    if not fits or not -ndim <= axis < ndim:
        span = f"from {-ndim} to {ndim - 1}" if ndim else "of an array that has one"
        raise ShapeError(f"{owner} expects {what} as a whole number {span}, got {shown(axis)}")
    return int(axis) % ndim


def dtype_of(owner: str, dtype: DTypeLike, kinds: str = "fiub") -> np.dtype:
    """Return a data type.

    Raises:
        DTypeError: If it is not one, or of another kind.
    """
    try:
        found = None if dtype is None or isinstance(dtype, Tensor | np.ndarray) else np.dtype(dtype)
    except TypeError:
        found = None
    if found is None or found.kind not in kinds:
        expected = "a floating-point type" if kinds == "f" else "a type of numbers"
        raise DTypeError(f"{owner} expects dtype as {expected}, got {shown(dtype)}: np.float32, for one")
    return found


def generator(owner: str, rng: Any) -> np.random.Generator | None:
    """Return a source of randomness, or None where there is none.

    Raises:
        DTypeError: If it is anything else, such as a seed.
    """
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise DTypeError(
            f"{owner} expects rng as a NumPy Generator, got {shown(rng)}: pass np.random.default_rng(seed)"
        )
    return rng
