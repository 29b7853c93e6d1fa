"""Reverse-mode automatic differentiation over NumPy arrays.

Read `tensor.py` for the value, `primitive.py` for how a function is declared with its derivatives,
`graph.py` for the walk that applies them, and `ops/` for the table of derivatives itself.
"""

from foundations import runtime  # noqa: F401  (sets the allocator before the first array)
from foundations.autodiff import ops
from foundations.autodiff.gradcheck import GradientMismatchError, gradcheck
from foundations.autodiff.graph import enable_grad, is_recording, no_grad
from foundations.autodiff.primitive import constant, fused, primitive, variadic
from foundations.autodiff.sparse_rows import SparseRows
from foundations.autodiff.tensor import Array, Tensor
from foundations.autodiff.transforms import grad, gradients, hessian, hvp, jacobian, jvp, vjp

__all__ = [
    "Array",
    "GradientMismatchError",
    "SparseRows",
    "Tensor",
    "constant",
    "enable_grad",
    "fused",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "hvp",
    "is_recording",
    "jacobian",
    "jvp",
    "no_grad",
    "ops",
    "primitive",
    "variadic",
    "vjp",
]
