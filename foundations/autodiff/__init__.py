"""Reverse-mode automatic differentiation over NumPy arrays.

Read `tensor.py` for the value, `primitive.py` for how a function is declared with its derivatives,
`graph.py` for the walk that applies them, and `ops/` for the table of derivatives itself.
"""

from foundations import runtime  # noqa: F401  (sets the allocator before the first array)
from foundations.autodiff import ops
from foundations.autodiff.checkpoint import checkpoint
from foundations.autodiff.definitions import definitions_only
from foundations.autodiff.gradcheck import GradientMismatchError, gradcheck
from foundations.autodiff.gradients import gradients
from foundations.autodiff.primitive import constant, fused, primitive, variadic
from foundations.autodiff.recording import enable_grad, is_recording, no_grad
from foundations.autodiff.sparse_rows import SparseRows
from foundations.autodiff.tensor import Array, Tensor
from foundations.autodiff.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = [
    "Array",
    "GradientMismatchError",
    "SparseRows",
    "Tensor",
    "checkpoint",
    "constant",
    "definitions_only",
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
    "value_and_grad",
    "variadic",
    "vjp",
]
