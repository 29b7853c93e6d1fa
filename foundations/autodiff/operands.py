"""What an operation computes with: arrays whose type no number and no list beside them changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from foundations.errors import DTypeError, ShapeError


def as_operands(operands: Sequence[Any], among_tensors: bool) -> list[Any]:
    """Return the operands with lists as arrays and, beside a Tensor, NumPy's numbers as Python's.

    Lists take the floating type of the arrays among the operands, float32 where there is none. NumPy's
    float64 numbers would promote float32; Python's do not.

    Args:
        operands: Arrays, numbers, lists.
        among_tensors: Whether one of the arrays is that of a Tensor.
    """
    floats = _floating_types(operands)
    return [
        _fitted(a, floats)
        if isinstance(a, list | tuple)
        else a.item()
        if among_tensors and isinstance(a, np.generic)
        else a
        for a in operands
    ]


def as_arrays(operands: Sequence[Any]) -> Sequence[Any]:
    """Return the operands as arrays and Tensors: lists and numbers take the floating type of the others."""
    if all(map(_is_array, operands)):
        return operands
    floats = _floating_types(operands)
    return [a if _is_array(a) else _fitted(a, floats) for a in operands]


def to_array(data: Any, dtype: DTypeLike | None = None) -> np.ndarray:
    """Return the array of a Tensor: Python's floats become float32 unless asked otherwise, arrays are kept.

    Raises:
        DTypeError: If the data are not numbers.
        ShapeError: If they are not rectangular.
    """
    array = _numbers(data, dtype)
    if dtype is None and array.dtype == np.float64 and not isinstance(data, np.ndarray | np.float64):
        return array.astype(np.float32)
    return array


def _is_array(a: Any) -> bool:
    return isinstance(a, np.ndarray) or (hasattr(a, "ndim") and not isinstance(a, np.generic))  # or a Tensor


def _floating_types(operands: Sequence[Any]) -> list[np.dtype]:
    return [a.dtype for a in operands if _is_array(a) and a.dtype.kind == "f"]


def _fitted(numbers: Any, floats: list[np.dtype]) -> np.ndarray:
    if not floats:
        return to_array(numbers)
    array = _numbers(numbers, None)
    return array if array.dtype == bool else array.astype(np.result_type(*floats))


def _numbers(data: Any, dtype: DTypeLike | None) -> np.ndarray:
    try:
        array = np.asarray(data, dtype=dtype)
    except ValueError as error:
        raise ShapeError(
            f"a Tensor holds numbers in a rectangular array, got a {type(data).__name__} that NumPy cannot "
            f"read ({error}): give every row the same length"
        ) from error
    if array.dtype.kind not in "fiub":
        raise DTypeError(
            f"a Tensor holds floats, integers or booleans, got {array.dtype}: "
            "give numbers in a rectangular array"
        )
    return array
