"""Options: axes from the front or the end, lengths, numbers; never an axis that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from foundations.autodiff.operands import as_array
from foundations.errors import DTypeError, GraphError, ShapeError

Axes = int | Sequence[int]

_SEVERAL = (tuple, list, range)


def integer_of(value: Any, name: str, what: str) -> int:
    """Return an integer option as a Python integer.

    Raises:
        DTypeError: If it is none: nothing is rounded.
    """
    if type(value) is int:
        return value
    try:
        return index(value)
    except TypeError as error:
        got = f"{value!r}" if len(repr(value)) < 40 else type(value).__name__
        raise DTypeError(f"{name} needs {what} that is an integer, got {got}: write it as one") from error


def number_of(value: Any, name: str, what: str = "a value") -> float:
    """Return a number as Python's, so that it promotes nothing.

    Raises:
        DTypeError: If it is no single real number.
        GraphError: If it requires a gradient, which would be lost.
    """
    if type(value) in (int, float, bool):
        return value
    if getattr(value, "requires_grad", False):
        raise GraphError(
            f"{name} takes {what} as a constant, got a Tensor that requires a gradient: detach it, or write "
            "the function with operations"
        )
    array = as_array(value)
    if array.ndim:
        raise DTypeError(
            f"{name} needs {what} that is a single number, got shape {array.shape}: pass a float"
        )
    return array.item()


def flag_of(value: Any, name: str, what: str) -> bool:
    """Return an option that is on or off.

    Raises:
        DTypeError: If it is neither.
    """
    if not isinstance(value, bool | np.bool_):
        raise DTypeError(f"{name} needs {what} True or False, got {type(value).__name__}: pass one of them")
    return bool(value)


def _is_value(dtype: Any) -> bool:
    return isinstance(dtype, np.ndarray | np.generic) or hasattr(dtype, "requires_grad")


def dtype_of(dtype: Any, name: str) -> np.dtype:
    """Return a type of real numbers, as NumPy names it.

    Raises:
        DTypeError: If it is none.
    """
    try:
        found = None if dtype is None or _is_value(dtype) else np.dtype(dtype)
    except TypeError:
        found = None
    if found is None or found.kind not in "fiub":
        got = dtype if isinstance(dtype, str | type | np.dtype) else type(dtype).__name__
        raise DTypeError(f"{name} needs a floating, integer or boolean type, got {got!r}: try np.float32")
    return found


def axis_of(axis: Any, ndim: int, name: str) -> int:
    """Return an axis counted from the front.

    Args:
        axis: Place in [-ndim, ndim).
        ndim: Number of axes there are.
        name: Operation to name in the error.

    Raises:
        DTypeError: If it is no integer.
        ShapeError: If there is no such axis.
    """
    axis = integer_of(axis, name, "an axis")
    if 0 <= axis < ndim:
        return axis
    if -ndim <= axis < 0:
        return axis + ndim
    expected = f"an axis in [{-ndim}, {ndim})" if ndim else "an axis"
    raise ShapeError(
        f"{name} needs {expected} for {ndim} axes, got {axis}: count from 0, or from the end with -1"
    )


def axes_of(axes: Axes, ndim: int, name: str) -> tuple[int, ...]:
    """Return one axis or several as a tuple, counted from the front.

    Raises:
        ShapeError: If there is no such axis, or one is named twice.
    """
    several: Sequence[Any] = axes if isinstance(axes, _SEVERAL) else (axes,)
    places = [axis_of(a, ndim, name) for a in several]
    if len(set(places)) < len(places):
        raise ShapeError(f"{name} needs every axis once, got {tuple(several)} for {ndim} axes: drop one")
    return tuple(places)


def lengths_of(shape: Axes, name: str = "a shape") -> tuple[int, ...]:
    """Return a shape as a tuple; one number is the shape of one axis.

    Raises:
        DTypeError: If a length is no integer.
    """
    several = shape if isinstance(shape, _SEVERAL) else (shape,)
    return tuple([n if type(n) is int else integer_of(n, name, "a length") for n in several])
