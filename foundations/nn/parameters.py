"""The Tensors that belong to a module: those that it learns, and those that it only keeps."""

from __future__ import annotations

from typing import Any

from numpy.typing import DTypeLike

from foundations.autodiff.tensor import Tensor


class Parameter(Tensor):
    """A Tensor that a module learns: it requires gradients from the start."""

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, *, dtype: DTypeLike | None = None) -> None:
        super().__init__(data, requires_grad, dtype=dtype)


class Buffer(Tensor):
    """A Tensor that belongs to a module's state and is not learned: running statistics, fixed tables."""

    __slots__ = ()
