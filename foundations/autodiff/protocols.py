"""What Python asks of a value: conversion, truth, length, formatting, copies, and NumPy's protocols."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike

from foundations.autodiff.recording import mode
from foundations.errors import DTypeError, GraphError, ShapeError

if TYPE_CHECKING:
    from foundations.autodiff.tensor import Tensor


def rebuilt(cls: type[Tensor], data: np.ndarray, requires_grad: bool, grad: Tensor | None) -> Tensor:
    """Return a leaf from what was pickled of it."""
    out = cls.__new__(cls)
    out.data, out._requires_grad, out._grad, out._node = data, requires_grad, grad, None
    return out


class Protocols:
    """Python's and NumPy's protocols of a Tensor.

    Copying: `copy.copy` shares memory and graph; `copy.deepcopy` and `pickle` take a leaf with its values,
    its `requires_grad` and its gradient. A computed value is refused by both: its graph belongs to it.
    """

    __slots__ = ()

    def __repr__(self: Any) -> str:
        body = np.array2string(self.data, separator=", ", prefix="Tensor(")
        dtype = "" if self.dtype in (np.float32, np.int64, np.bool_) else f", dtype={self.dtype}"
        return f"Tensor({body}{dtype}{', requires_grad=True' if self.requires_grad else ''})"

    # ------------------------------------------------------------------ as a number

    def item(self: Any) -> float | int | bool:
        """Return the only element as a Python number."""
        if self.size != 1:
            raise ShapeError(
                f"item() needs exactly one element, got shape {self.shape}: index or reduce first"
            )
        return self.data.item()

    def __float__(self: Any) -> float:
        return float(self.item())

    def __int__(self: Any) -> int:
        return int(self.item())

    def __index__(self: Any) -> int:
        if self.dtype.kind not in "iu" or self.size != 1:
            raise DTypeError(
                f"an index is one integer, got a Tensor of shape {self.shape}, {self.dtype}: "
                "convert it, as in int(x)"
            )
        return int(self.item())

    def __bool__(self: Any) -> bool:
        if self.size != 1:
            raise ShapeError(
                f"the truth of a Tensor needs exactly one element, got shape {self.shape}, which is "
                "ambiguous: use x.any() or x.all()"
            )
        return bool(self.data.item())

    def __round__(self: Any, ndigits: int | None = None) -> Tensor:
        from foundations.autodiff import ops

        return ops.round(self, decimals=ndigits or 0)

    def __format__(self: Any, spec: str) -> str:
        if not spec:
            return repr(self)
        if self.size != 1:
            raise ShapeError(
                f"the format {spec!r} is for exactly one element, got shape {self.shape}: index or reduce "
                "first, or format the elements of x.tolist()"
            )
        return format(self.data.item(), spec)

    # ------------------------------------------------------------------ as a sequence

    def __len__(self: Any) -> int:
        if not self.ndim:
            raise DTypeError(
                "a length needs an axis, got a single number, which is unsized: use x.size, or x.item()"
            )
        return len(self.data)

    def __iter__(self: Any) -> Iterator[Tensor]:
        return iter([self[i] for i in range(len(self))])

    def __contains__(self: Any, value: Any) -> bool:
        return bool((self == value).data.any())

    def tolist(self: Any) -> Any:
        """Return the values as nested Python lists."""
        return self.data.tolist()

    # ------------------------------------------------------------------ copies

    def __copy__(self: Any) -> Tensor:
        out = rebuilt(type(self), self.data, self._requires_grad, copy.copy(self._grad))
        out._node = self._node
        return out

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Tensor:
        _, (cls, data, requires_grad, grad) = self.__reduce__()
        out = rebuilt(cls, np.array(data), requires_grad, copy.deepcopy(grad, memo))
        memo[id(self)] = out
        return out

    def __reduce__(self: Any) -> tuple[Any, ...]:
        if self._node is not None:
            raise GraphError(
                f"a computed value carries its graph and is not copied or pickled, got one of shape "
                f"{self.shape}: take x.detach(), or the leaves it was computed from"
            )
        return rebuilt, (type(self), self.data, self._requires_grad, self._grad)

    # ------------------------------------------------------------------ NumPy

    def numpy(self: Any) -> np.ndarray:
        """Return the array itself; what is done to it is not recorded."""
        return self.data

    def __array__(self: Any, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        if self._requires_grad and mode.recording:
            raise GraphError(
                "NumPy cannot follow gradients through a Tensor that requires them: "
                "use the functions of foundations.autodiff, or leave the graph with .detach().numpy()"
            )
        return np.array(self.data, dtype=dtype, copy=copy)

    def __array_ufunc__(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        from foundations.autodiff import numpy_functions

        return numpy_functions.call_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self: Any, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        from foundations.autodiff import numpy_functions

        return numpy_functions.call_function(function, types, args, options)
