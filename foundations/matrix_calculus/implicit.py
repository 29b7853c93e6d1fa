"""Differentiate what is defined by an equation: eigenvalues, square roots, fixed points.

The engine has no eigenvalue solver, and needs none: the implicit function theorem is one Newton step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foundations.autodiff import jacobian, ops
from foundations.autodiff.tensor import values
from foundations.errors import ShapeError, ValueRangeError


def implicit_root(residual: Callable[..., Any], root: np.ndarray, *xs: Any) -> Any:
    """Return a root z of F(z, x) = 0 in a form that the engine can differentiate with respect to x.

    z = z0 - J^-1 F(z0, x), with J = dF/dz held constant at the root z0: the value of one Newton step from the
    root is the root, and its derivative is -J^-1 dF/dx, which is what the implicit function theorem says.

    Args:
        residual: F(z, *xs), written in the engine's functions; as many elements as z, in any shape.
        root: z0, found by any means; shape (n,).
        xs: Tensors or arrays that the root depends on.

    Returns:
        The root, shape (n,): a Tensor where one of the xs is, else an array.

    Raises:
        ShapeError: If the root is not a vector, or F does not have as many elements as z.
        ValueRangeError: If `root` is not a root: a step from it would move it.
        SingularError: If J is singular, where the root is not a function of x.

    Example:
        >>> root = lambda a: implicit_root(lambda z, a: z * z - a, np.array([3.0]), a)
        >>> jacobian(root, np.array([9.0]))  # the derivative of the square root at 9
        Tensor([[0.16666667]], dtype=float64)

    Source: Griewank & Walther 2008, chapter 15.
    """
    if root.ndim != 1:
        got = f"got shape {root.shape}: ravel them"
        raise ShapeError(f"implicit_root needs the unknowns as one vector, {got}")
    held = [values(x) for x in xs]

    def flat(z: Any) -> Any:
        f = residual(z, *held)
        return ops.reshape(f, (f.size,))

    slope = jacobian(flat, root).numpy()  # (n, n)
    if slope.shape != (root.size, root.size):
        got = f"got {slope.shape[0]}: add or drop some"
        raise ShapeError(f"{root.size} unknowns need {root.size} equations, {got}")
    f = residual(root, *xs)
    step = ops.solve(slope, ops.reshape(f, (f.size,)))
    moved = float(np.abs(values(step)).max(initial=0.0))
    if not moved <= 1e-6 * max(1.0, float(np.abs(root).max(initial=0.0))):
        off = f"a Newton step moves it by {moved:.2g}: solve further"
        raise ValueRangeError(f"expected a root, but {off}")
    return root - step
