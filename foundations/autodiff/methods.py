"""The operators and methods of a Tensor: each hands on to the operation of the same name.

The operations are defined on Tensors, so this module gets them (`ops`) once both exist: `tensor.py` ends with
that assignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import DTypeLike

if TYPE_CHECKING:
    from foundations.autodiff.tensor import Tensor

ops: Any = None  # the module of the operations; `tensor.py` sets it

Axis = int | tuple[int, ...] | None


class Methods:
    """Arithmetic, comparison, indexing, and the methods NumPy and PyTorch users expect."""

    __slots__ = ()

    # ------------------------------------------------------------------ arithmetic

    def __add__(self, other: Any) -> Tensor:
        return ops.add(self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Tensor:
        return ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return ops.subtract(other, self)

    def __mul__(self, other: Any) -> Tensor:
        return ops.multiply(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Tensor:
        return ops.divide(self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return ops.divide(other, self)

    def __pow__(self, other: Any) -> Tensor:
        return ops.power(self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return ops.power(other, self)

    def __mod__(self, other: Any) -> Tensor:
        return ops.remainder(self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return ops.remainder(other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return ops.floor_divide(other, self)

    def __divmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return ops.floor_divide(self, other), ops.remainder(self, other)

    def __rdivmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return ops.floor_divide(other, self), ops.remainder(other, self)

    def __and__(self, other: Any) -> Tensor:
        return ops.bitwise_and(self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Tensor:
        return ops.bitwise_or(self, other)

    __ror__ = __or__

    def __xor__(self, other: Any) -> Tensor:
        return ops.bitwise_xor(self, other)

    __rxor__ = __xor__

    def __invert__(self) -> Tensor:
        return ops.bitwise_not(self)

    def __pos__(self) -> Tensor:
        return ops.multiply(self, 1)

    def __matmul__(self, other: Any) -> Tensor:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return ops.matmul(other, self)

    def __neg__(self) -> Tensor:
        return ops.negative(self)

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    def __getitem__(self, index: Any) -> Tensor:
        return ops.getitem(self, index)

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return ops.equal(self, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return ops.not_equal(self, other)

    def __lt__(self, other: Any) -> Tensor:
        return ops.less(self, other)

    def __le__(self, other: Any) -> Tensor:
        return ops.less_equal(self, other)

    def __gt__(self, other: Any) -> Tensor:
        return ops.greater(self, other)

    def __ge__(self, other: Any) -> Tensor:
        return ops.greater_equal(self, other)

    __hash__ = object.__hash__  # by identity: == compares elements

    # ------------------------------------------------------------------ elementwise

    def exp(self) -> Tensor:
        """e^x, elementwise."""
        return ops.exp(self)

    def log(self) -> Tensor:
        """Natural logarithm."""
        return ops.log(self)

    def sqrt(self) -> Tensor:
        """Square root."""
        return ops.sqrt(self)

    def sin(self) -> Tensor:
        """Sine of x in radians."""
        return ops.sin(self)

    def cos(self) -> Tensor:
        """Cosine of x in radians."""
        return ops.cos(self)

    def tanh(self) -> Tensor:
        """Hyperbolic tangent."""
        return ops.tanh(self)

    def sigmoid(self) -> Tensor:
        """1 / (1 + e^-x)."""
        return ops.sigmoid(self)

    def relu(self) -> Tensor:
        """max(x, 0)."""
        return ops.relu(self)

    def abs(self) -> Tensor:
        """Absolute value."""
        return ops.abs(self)

    def square(self) -> Tensor:
        """X squared."""
        return ops.square(self)

    def clip(self, low: Any = None, high: Any = None) -> Tensor:
        """Limit to [low, high]; beyond a bound the gradient is the bound's."""
        return ops.clip(self, low, high)

    def masked_fill(self, mask: Any, value: Any) -> Tensor:
        """Put `value` where the mask is true."""
        return ops.masked_fill(self, mask, value)

    def astype(self, dtype: DTypeLike) -> Tensor:
        """Convert to another type; between floating types the gradient is converted back."""
        return ops.astype(self, dtype)

    # ------------------------------------------------------------------ reductions

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum over axes (all by default)."""
        return ops.sum(self, axis, keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Arithmetic mean over axes (all by default)."""
        return ops.mean(self, axis, keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Largest value over axes (all by default)."""
        return ops.max(self, axis, keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Smallest value over axes (all by default)."""
        return ops.min(self, axis, keepdims)

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Product over axes (all by default)."""
        return ops.prod(self, axis, keepdims)

    def logsumexp(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Logarithm of the sum of exponentials over axes (all by default)."""
        return ops.logsumexp(self, axis, keepdims)

    def var(self, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Tensor:
        """Mean squared deviation, divided by n - ddof."""
        return ops.var(self, axis, keepdims, ddof)

    def std(self, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Tensor:
        """Standard deviation, divided by n - ddof under the root."""
        return ops.std(self, axis, keepdims, ddof)

    def norm(self, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Tensor:  # noqa: A002  (NumPy's name)
        """Length over axes (all by default); the gradient at 0 is 0."""
        return ops.norm(self, axis, keepdims, ord)

    def cumprod(self, axis: int = -1) -> Tensor:
        """Running product along an axis."""
        return ops.cumprod(self, axis)

    def argsort(self, axis: int = -1) -> Tensor:
        """Indices that sort ascending; have no gradient."""
        return ops.argsort(self, axis)

    def cumsum(self, axis: int = -1) -> Tensor:
        """Running sum along an axis."""
        return ops.cumsum(self, axis)

    def argmax(self, axis: int | None = None) -> Tensor:
        """Index of the largest value; has no gradient."""
        return ops.argmax(self, axis)

    def argmin(self, axis: int | None = None) -> Tensor:
        """Index of the smallest value; has no gradient."""
        return ops.argmin(self, axis)

    def any(self, axis: Axis = None) -> Tensor:
        """Whether any element is true."""
        return ops.any(self, axis=axis)

    def all(self, axis: Axis = None) -> Tensor:
        """Whether all elements are true."""
        return ops.all(self, axis=axis)

    # ------------------------------------------------------------------ shape

    @property
    def T(self) -> Tensor:  # noqa: N802  (NumPy's name)
        """Axes in reverse order."""
        return ops.transpose(self)

    @property
    def mT(self) -> Tensor:  # noqa: N802  (NumPy's name)
        """Last two axes exchanged: the transpose of each matrix of a batch."""
        return ops.swapaxes(self, -1, -2)

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """Read the elements with another shape: `x.reshape(2, -1)` or `x.reshape((2, -1))`."""
        return ops.reshape(self, shape[0] if len(shape) == 1 else shape)  # type: ignore[arg-type]

    def transpose(self, *axes: int | Sequence[int]) -> Tensor:
        """Permute the axes: `x.transpose(2, 0, 1)` or `x.transpose((2, 0, 1))`; reversed by default."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return ops.transpose(self, order or None)  # type: ignore[arg-type]

    def swapaxes(self, first: int, second: int) -> Tensor:
        """Exchange two axes."""
        return ops.swapaxes(self, first, second)

    def moveaxis(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """Move axes to new places."""
        return ops.moveaxis(self, source, destination)

    def broadcast_to(self, shape: Sequence[int]) -> Tensor:
        """Repeat along new leading axes and axes of length one."""
        return ops.broadcast_to(self, shape)

    def squeeze(self, axis: int | Sequence[int] | None = None) -> Tensor:
        """Drop axes of length one."""
        return ops.squeeze(self, axis)

    def flatten(self) -> Tensor:
        """All elements in one axis."""
        return ops.reshape(self, -1)

    def tril(self, k: int = 0) -> Tensor:
        """Lower triangles of matrices, up to diagonal k."""
        return ops.tril(self, k)

    def triu(self, k: int = 0) -> Tensor:
        """Upper triangles of matrices, from diagonal k."""
        return ops.triu(self, k)
