"""The Tensor: a NumPy array that remembers how it was computed."""

from __future__ import annotations

import weakref
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from foundations.autodiff import mutation
from foundations.autodiff.explain import explain, not_a_gradient, replaced
from foundations.autodiff.graph import Node, walk
from foundations.autodiff.methods import Methods
from foundations.autodiff.operands import as_operands, real_numbers, to_array
from foundations.autodiff.protocols import Protocols
from foundations.autodiff.recording import mode
from foundations.autodiff.sparse_rows import SparseRows
from foundations.errors import DTypeError, GraphError, ShapeError


def wrap(array: np.ndarray, node: Node | None = None) -> Tensor:
    """Return a Tensor around `array` without looking at it; with `node`, the value that node made."""
    out = Tensor.__new__(Tensor)
    out.data = array
    out._grad = None
    out._requires_grad = node is not None
    out._node = node
    return out


def own(g: Any) -> Tensor:
    """Return a gradient, array or Tensor, as a Tensor with memory that nothing else uses."""
    if isinstance(g, Tensor) and g.requires_grad and g._node is None:
        return g * 1
    return wrap(np.array(g.data), g._node) if isinstance(g, Tensor) else wrap(np.array(g))


def values(x: Any) -> np.ndarray:
    """Return the array of a Tensor, or `x` itself as an array."""
    return x.data if isinstance(x, Tensor) else np.asarray(x)


class Tensor(Methods, Protocols):
    """A NumPy array that records what is done to it and can be asked for gradients.

    Python numbers and lists of them become float32 (integers stay integers); arrays keep their type and share
    their memory. Names are NumPy's (`axis`, `keepdims`) and PyTorch's (`requires_grad`, `grad`, `detach`).

    Args:
        data: Number, nested list, array or Tensor, of any shape.
        requires_grad: Whether gradients with respect to this value are wanted. Keyword or second.
        dtype: Data type to convert to.

    Attributes:
        data: The array.
        grad: Tensor of this shape, or `SparseRows`, once `backward` has reached this value, else None.
        requires_grad: Whether gradients flow to or through this value.

    Raises:
        DTypeError: If `requires_grad` is asked of a value that is not floating-point.
        GraphError: If the data is a Tensor that requires gradients.

    Example:
        >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        Tensor([2., 4., 6.])
    """

    __slots__ = ("__weakref__", "_grad", "_node", "_requires_grad", "data")

    data: np.ndarray
    _grad: Tensor | SparseRows | None
    _requires_grad: bool
    _node: Node | None

    def __init__(self, data: Any, requires_grad: bool = False, *, dtype: DTypeLike | None = None) -> None:
        if isinstance(data, Tensor) and data.requires_grad and mode.recording:
            raise GraphError(
                "a Tensor of a value that carries a graph would be cut off from it, got one that requires "
                "gradients: use the value itself, or x.detach() where a constant is meant"
            )
        self.data = to_array(data.data if isinstance(data, Tensor) else data, dtype)
        self._grad = None
        self._node = None
        self._requires_grad = False
        if requires_grad:
            self.requires_grad_()

    # ------------------------------------------------------------------ what it is

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of every axis."""
        return self.data.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.data.size

    @property
    def dtype(self) -> np.dtype:
        """Data type of the elements."""
        return self.data.dtype

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to or through this value; setting it is `requires_grad_`."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    @property
    def grad(self) -> Tensor | SparseRows | None:
        """The gradient once `backward` has reached this value, of its shape; None before."""
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | SparseRows | None) -> None:
        if value is not None and (error := not_a_gradient(value, self.data)):
            raise error
        self._grad = value

    @property
    def is_leaf(self) -> bool:
        """Whether the value was given rather than computed by a recorded operation."""
        return self._node is None

    # ------------------------------------------------------------------ in and out of the graph

    def detach(self) -> Tensor:
        """Return the same memory as a constant: no gradient flows through the result."""
        return wrap(self.data)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask (or stop asking) for gradients with respect to this value; return it.

        Raises:
            DTypeError: If the value is not floating-point.
            GraphError: If it was computed by recorded operations and `requires_grad` is False.
        """
        if requires_grad and self.dtype.kind != "f":
            raise DTypeError(
                f"only floating-point tensors have gradients, got {self.dtype}: "
                "convert first (x.astype(np.float32)) or leave requires_grad=False"
            )
        if not requires_grad and self._node is not None:
            raise GraphError("a computed value always carries its graph: use x.detach() to leave it")
        self._requires_grad = bool(requires_grad)
        return self

    def retain_grad(self) -> None:
        """Keep the gradient of this computed value in `.grad` too, not only that of the leaves."""
        if self._node is not None:
            self._node.retained = weakref.ref(self)

    def backward(
        self,
        gradient: Any = None,
        *,
        retain_graph: bool = False,
        create_graph: bool = False,
    ) -> None:
        """Add the gradient of this value to `.grad` of every leaf it was computed from.

        Args:
            gradient: Gradient of the final result with respect to this value, of its shape; needed
                unless the value is a single number.
            retain_graph: Keep what was recorded, so that `backward` can be called again.
            create_graph: Record the backward pass too, so that the gradients can be differentiated. A leaf
                then holds in `.grad` what leads back to it, a cycle, until `.grad` is reset.

        Raises:
            GraphError: If nothing was recorded, the graph was freed, or a needed value was changed.
            ShapeError: If the value is not a single number and no gradient was given, or of another shape.
        """
        if not self.requires_grad:
            raise GraphError(
                "backward needs a value computed from a tensor with requires_grad=True, "
                "got one without: set it on the inputs, and compute outside no_grad()"
            )
        g = self._seed(gradient, create_graph)
        if self._node is None:
            self._accumulate(g, owned=False)
            return
        seeds = [(self._node, g)]
        _, leaves = walk(seeds, create_graph=create_graph, retain_graph=retain_graph)
        for leaf, grad in leaves.values():
            leaf._accumulate(grad)

    def _seed(self, gradient: Any, as_tensor: bool) -> Any:
        if gradient is None:
            if self.size != 1:
                raise ShapeError(
                    f"backward starts from a single number, got shape {self.shape}: reduce it first "
                    "(y.sum().backward()), or pass the gradient of that shape"
                )
            gradient = np.ones_like(self.data)
        if isinstance(gradient, Tensor):
            g = gradient if as_tensor else gradient.data
        else:
            array = real_numbers(gradient, self.dtype)
            g = wrap(array) if as_tensor else array
        if g.shape != self.shape:
            raise ShapeError(
                f"the gradient of a value of shape {self.shape} has that shape, got {g.shape}: "
                "reshape it, or sum over what was broadcast"
            )
        return g

    def _accumulate(self, g: Any, owned: bool = True) -> None:
        old = self._grad
        if old is not None and (old.shape != self.data.shape or old.dtype != self.data.dtype):
            raise replaced(old, self.data)
        g = g.numpy() if type(g) is SparseRows and isinstance(self._grad, Tensor) else g
        if type(g) is SparseRows or type(self._grad) is SparseRows:
            total = g if self._grad is None else self._grad + g  # rows, or rows and something dense
            self._grad = wrap(total) if isinstance(total, np.ndarray) else total
        elif self._grad is None:
            self._grad = wrap(g) if owned and not isinstance(g, Tensor) else own(g)
        elif isinstance(g, Tensor) or self._grad.requires_grad:
            self._grad = self._grad + g
        else:
            self._grad.data += g
            mutation.report(self._grad.data)

    # ------------------------------------------------------------------ changes in place

    def _in_place(self, change: Any, other: Any) -> Tensor:
        """Apply `change` to the memory of this constant, or fall back to a new value inside a graph."""
        if not (mode.recording and (self.requires_grad or getattr(other, "requires_grad", False))):
            (operand,) = as_operands(
                f"in-place {change.__name__}",
                [other.data if isinstance(other, Tensor) else other],
                among_tensors=True,
            )
            try:
                change(self.data, operand, out=self.data, casting="same_kind")
            except (ValueError, TypeError) as error:
                raise explain(f"in-place {change.__name__}", [self.data, operand], error) from error
            mutation.report(self.data)
            return self
        if self._node is None and self.requires_grad:
            raise GraphError(
                "a leaf that requires gradients cannot be changed in place while operations are recorded: "
                "wrap the change in no_grad(), or write x = x + ... for a new value"
            )
        return getattr(ops, change.__name__)(self, other)

    def __iadd__(self, other: Any) -> Tensor:
        return self._in_place(np.add, other)

    def __isub__(self, other: Any) -> Tensor:
        return self._in_place(np.subtract, other)

    def __imul__(self, other: Any) -> Tensor:
        return self._in_place(np.multiply, other)

    def __itruediv__(self, other: Any) -> Tensor:
        return self._in_place(np.divide, other)

    def __setitem__(self, index: Any, value: Any) -> None:
        if mode.recording and (self.requires_grad or (isinstance(value, Tensor) and value.requires_grad)):
            raise GraphError(
                "assigning to elements cannot be recorded: build the value with where(), put() or "
                "concatenate(), or wrap the assignment in no_grad()"
            )
        if self.dtype.kind in "iub" and values(value).dtype.kind not in (
            "b" if self.dtype == bool else "iub"
        ):
            raise DTypeError(
                f"elements of {self.dtype} cannot hold {values(value).dtype}: round the values and convert "
                "them, or convert the Tensor with astype()"
            )
        try:
            self.data[ops.plain_index(index)] = values(value)
        except (ValueError, TypeError, IndexError) as error:
            raise explain("assignment to elements", [self.data, values(value)], error) from error
        mutation.report(self.data)


Array = np.ndarray | Tensor
"""What the operations take and return: arrays in, array out; a Tensor among them, a Tensor out."""

ArrayT = TypeVar("ArrayT", bound=Array)
"""An array for an array, a Tensor for a Tensor: functions of one argument."""

from foundations.autodiff import methods, ops  # noqa: E402  (the operations need the Tensor, its methods need them)

methods.ops = ops
