"""What an operation computes with, and in which type: the promotion table.

The type of a result is that of the widest *category* among the arguments, bool below integer below floating:

| arguments | result |
|---|---|
| bool with bool | bool |
| bool or integer with integer | as NumPy: int32 with int64 is int64, bool with int32 is int32 |
| floating with floating | the wider: float16 with float32 is float32, float32 with float64 is float64 |
| floating with bool, integer or any number | the floating one: int64 with float32 is float32 |
| bool or integer with a Python float | float32 |
| bool or integer, where the function is real-valued (division, exp, mean, solve) | float32 |

So a result is float64 only where a float64 array or Tensor came in. float16 is kept, as storage and in
arithmetic; linear algebra refuses it, for LAPACK has none. Beside a Tensor NumPy's numbers
(`np.float64(0.5)`) count as Python's and promote nothing; among plain arrays alone they keep the type
NumPy gives them. Numbers alone, without any array, are left to NumPy; so are complex arrays, which no
Tensor holds and none may meet (a derivative by the complex step computes with them).

This is PyTorch's rule (`torch.result_type`) but for one point: an array or Tensor without axes counts as an
array here, as in NumPy, while PyTorch lets it promote only across categories. A float64 loss stays float64
when float32 values are added to it. NumPy itself differs more: there int64 with float32 is float64, and exp
of booleans float16.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from foundations.errors import DTypeError, ShapeError

_FLOAT32 = np.dtype(np.float32)


def as_operands(name: str, operands: Sequence[Any], among_tensors: bool) -> list[Any]:
    """Return the operands with lists as arrays and, beside a Tensor, NumPy's numbers as Python's.

    Lists take the floating type of the arrays among the operands, float32 where there is none. NumPy's
    float64 numbers would promote float32; Python's do not.

    Args:
        name: The operation, for its errors.
        operands: Arrays, numbers, lists.
        among_tensors: Whether one of the arrays is that of a Tensor.

    Raises:
        DTypeError: If one of them does not hold real numbers.
        ShapeError: If a list is not rectangular.
    """
    floats = _floating_types(operands)
    taken = []
    for a in operands:
        if isinstance(a, np.ndarray | np.generic):
            if a.dtype.kind not in ("fiub" if among_tensors else "fiubc"):
                raise DTypeError(
                    f"{name} needs floats, integers or booleans, got {a.dtype}: convert with astype()"
                )
            if among_tensors and type(a) is not np.ndarray:
                a = a.item() if isinstance(a, np.generic) else _without_class(a)
            taken.append(a)
        elif isinstance(a, list | tuple):
            taken.append(_fitted(a, floats))
        elif a is None or isinstance(a, float | int if among_tensors else float | int | complex):
            taken.append(a)
        else:
            raise DTypeError(
                f"{name} needs arrays, Tensors or real numbers, got {type(a).__name__} {a!r}: convert it"
            )
    return taken


def as_arrays(operands: Sequence[Any]) -> Sequence[Any]:
    """Return the operands as arrays and Tensors: lists and numbers take the floating type of the others."""
    if all(map(_is_array, operands)):
        return operands
    floats = _floating_types(operands)
    return [a if _is_array(a) else _fitted(a, floats) for a in operands]


def as_array(x: Any) -> Any:
    """Return x itself where it is an array or a Tensor, else the array of a number or list.

    Raises:
        DTypeError: If x does not hold numbers.
        ShapeError: If it is not rectangular.
    """
    return x if _is_array(x) and x.dtype.kind in "fiubc" else to_array(x)


def promote(operands: list[Any], combined: int, floating: bool, among_tensors: bool) -> None:
    """Give the arguments of an operation one type, in place, by the table above.

    Args:
        operands: Arrays and numbers.
        combined: A bit for each argument that the table is for; indices and masks are left as they are.
        floating: Whether the function is real-valued, so that bool and integers become float32.
        among_tensors: Whether one of the arrays is that of a Tensor; without one, and without an array,
            numbers are left to NumPy.
    """
    floats, exact, real, places = [], [], floating, []
    arrays = among_tensors
    for i, a in enumerate(operands):
        if not combined >> i & 1 or a is None:
            continue
        places.append(i)
        if isinstance(a, np.ndarray | np.generic):
            if a.dtype.kind == "c":
                return  # among plain arrays only
            arrays = arrays or isinstance(a, np.ndarray)
            (floats if a.dtype.kind == "f" else exact).append(a.dtype)
        elif isinstance(a, float):
            real = True
        elif isinstance(a, complex):
            return
    if not arrays:
        return
    if floats:
        target = np.result_type(*floats)
    elif real or (exact and np.result_type(*exact).kind == "f"):  # uint64 with int64 is float64 in NumPy
        target = _FLOAT32
    else:
        return  # NumPy's own rule among bool and integers
    for i in places:
        a = operands[i]
        if isinstance(a, np.ndarray | np.generic):
            if a.dtype != target:
                operands[i] = a.astype(target)
        elif not floats and not exact:
            operands[i] = np.asarray(a, target)


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


def real_numbers(data: Any, dtype: DTypeLike) -> np.ndarray:
    """Return numbers given for a place that has a type, in that type; complex ones have none there.

    Raises:
        DTypeError: If the data are not real numbers.
        ShapeError: If they are not rectangular.
    """
    return _numbers(data, None).astype(dtype, copy=False)


def _is_array(a: Any) -> bool:
    if isinstance(a, np.ndarray):
        return True
    return isinstance(getattr(a, "dtype", None), np.dtype) and not isinstance(a, np.generic)  # or a Tensor


def _floating_types(operands: Sequence[Any]) -> list[np.dtype]:
    return [a.dtype for a in operands if _is_array(a) and a.dtype.kind == "f"]


def _fitted(numbers: Any, floats: list[np.dtype]) -> np.ndarray:
    if not floats:
        return to_array(numbers)
    array = _numbers(numbers, None)
    return array if array.dtype == bool else array.astype(np.result_type(*floats))


def _without_class(a: np.ndarray) -> np.ndarray:
    """Return the plain array of one of NumPy's other kinds: `*` of a matrix would be another product.

    Raises:
        DTypeError: If it has a mask, which would be lost.
    """
    if isinstance(a, np.ma.MaskedArray):
        raise DTypeError(
            f"a Tensor has no mask, got a masked array of shape {a.shape}: fill it (a.filled(0.0)), and "
            "leave values out with where()"
        )
    return np.asarray(a)


def _numbers(data: Any, dtype: DTypeLike | None) -> np.ndarray:
    if isinstance(data, np.ma.MaskedArray):
        data = _without_class(data)
    try:
        array = np.asarray(data, dtype=dtype)
    except (ValueError, OverflowError) as error:
        raise ShapeError(
            f"a Tensor holds numbers in a rectangular array, got a {type(data).__name__} that NumPy cannot "
            f"read ({error}): give every row the same length"
        ) from error
    except TypeError as error:
        raise DTypeError(
            f"a Tensor holds numbers, got a {type(data).__name__} that NumPy cannot read ({error}): "
            "give floats, integers or booleans"
        ) from error
    if array.dtype.kind not in "fiub":
        raise DTypeError(
            f"a Tensor holds floats, integers or booleans, got {array.dtype}: "
            "give numbers in a rectangular array"
        )
    return array
