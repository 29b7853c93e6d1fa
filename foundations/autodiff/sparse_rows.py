"""The gradient of a table of which few rows were used: those rows, and zeros everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from foundations.errors import ShapeError

if TYPE_CHECKING:
    from foundations.autodiff.tensor import Tensor


@final
class SparseRows:
    """Rows of a gradient with the numbers of the rows they belong to; all other rows are zero.

    What `backward` leaves in `.grad` of an embedding's table that was built with `sparse=True`: 256 words of
    50,000 take 256 rows instead of 50,000. A row number may come several times; its rows then add.

    Args:
        indices: Row numbers in [0, n), shape (k,); repeats allowed.
        rows: Shape (k, ...).
        shape: Shape (n, ...) of the whole gradient.

    Attributes:
        indices: Row numbers, shape (k,).
        rows: The rows, shape (k, ...).
        shape: Shape of the whole gradient.

    Raises:
        ShapeError: If the three do not fit together.

    Example:
        >>> import numpy as np
        >>> g = SparseRows(np.array([3, 1, 3]), np.array([[1.0, 2.0], [5.0, 5.0], [10.0, 20.0]]), (5, 2))
        >>> g.coalesce().rows.tolist()
        [[5.0, 5.0], [11.0, 22.0]]
        >>> g.to_dense().shape
        (5, 2)
    """

    __slots__ = ("indices", "rows", "shape")
    __array_ufunc__ = None  # array + rows asks the rows

    requires_grad = False

    def __init__(self, indices: np.ndarray, rows: np.ndarray, shape: tuple[int, ...]) -> None:
        if indices.ndim != 1 or rows.shape != (len(indices), *shape[1:]):
            raise ShapeError(
                f"expected indices (k,) and rows (k, {', '.join(map(str, shape[1:]))}), "
                f"got {indices.shape} and {rows.shape}"
            )
        self.indices = indices
        self.rows = rows
        self.shape = shape

    @property
    def dtype(self) -> np.dtype:
        """Data type of the rows."""
        return self.rows.dtype

    @property
    def ndim(self) -> int:
        """Number of axes of the whole gradient."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements of the whole gradient, zeros included."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        rows = np.array2string(self.rows, separator=", ", prefix="SparseRows(", threshold=20)
        return f"SparseRows({rows}, indices={self.indices.tolist()[:20]}, shape={self.shape})"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"the gradient holds only the rows that were used and has no {name!r}: "
            "take .to_dense() for a Tensor, or .indices and .rows"
        )

    def astype(self, dtype: Any) -> SparseRows:
        """Return the same rows in another type."""
        return SparseRows(self.indices, self.rows.astype(dtype), self.shape)

    def coalesce(self) -> SparseRows:
        """Return the same gradient with every row number once, ascending: equal ones added."""
        if len(self.indices) < 2 or (self.indices[1:] > self.indices[:-1]).all():
            return self
        order = np.argsort(self.indices, kind="stable")
        ordered = self.indices[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        return SparseRows(ordered[starts], np.add.reduceat(self.rows[order], starts, axis=0), self.shape)

    def numpy(self) -> np.ndarray:
        """Return the whole gradient as a new array, zeros included."""
        once = self.coalesce()
        out = np.zeros(self.shape, self.dtype)
        out[once.indices] = once.rows
        return out

    def to_dense(self) -> Tensor:
        """Return the whole gradient as a Tensor, zeros included."""
        from foundations.autodiff.tensor import Tensor

        return Tensor(self.numpy())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy().astype(dtype or self.dtype, copy=False)

    def __add__(self, other: Any) -> Any:
        """Add rows to rows (rows again), to an array or to a Tensor (dense)."""
        if isinstance(other, SparseRows):
            if other.shape != self.shape:
                raise ShapeError(f"expected gradients of one shape, got {self.shape} and {other.shape}")
            return SparseRows(
                np.concatenate([self.indices, other.indices]),
                np.concatenate([self.rows, other.rows]),
                self.shape,
            )
        if isinstance(other, np.ndarray):
            once = self.coalesce()
            total = np.array(other)
            total[once.indices] += once.rows
            return total
        return self.to_dense() + other

    __radd__ = __add__
