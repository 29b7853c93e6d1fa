"""Conjugate gradients: for linear systems, where they end after n steps, and for functions in general."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import NotPositiveDefiniteError, ShapeError, ValueRangeError
from foundations.optimization import checks
from foundations.optimization.first_order import FLAT
from foundations.optimization.minimization import Function, Minimization, Result, check_bounds, quiet
from foundations.optimization.quasi_newton import wolfe_step

Product = Callable[[np.ndarray], np.ndarray]
"""The product of a matrix with a vector of shape (n,)."""

LEAST = 1e-100  # a tolerance of 0 means this: squares of what is smaller are lost


def conjugate_gradient(
    a: np.ndarray | Product,
    b: ArrayLike,
    x0: ArrayLike | None = None,
    *,
    preconditioner: Product | None = None,
    tolerance: float = 1e-10,
    max_iterations: int | None = None,
    keep_path: bool = True,
) -> Result:
    """Solve A x = b for a symmetric positive definite A: minimise x^T A x / 2 - b^T x.

    Each step goes in a direction that is conjugate to all before, p_i^T A p_j = 0, so that it undoes nothing:
    without rounding it is done after n steps, or as many as A has distinct eigenvalues.

    Args:
        a: A, shape (n, n), symmetric positive definite; or the function that multiplies by it.
        b: Right-hand side, shape (n,).
        x0: Start, shape (n,); zeros by default.
        preconditioner: Multiplies by an approximate inverse of A, symmetric positive definite itself.
        tolerance: Stop when the norm of b - A x is at most this times the norm of b.
        max_iterations: Most steps to take; 10 n by default, for rounding delays the end.
        keep_path: Whether to return every point.

    Returns:
        Where it ended; `gradient_norm` is the norm of the residual b - A x.

    Raises:
        DTypeError: If A, b or x0 do not hold numbers.
        GraphError: If one of them requires gradients.
        ShapeError: If A is not square or b does not fit it.
        NotPositiveDefiniteError: If A is not symmetric, or a direction with p^T A p <= 0 turns up.
        ValueRangeError: If anything is not finite.

    Source: Hestenes & Stiefel 1952; Nocedal & Wright 2006, algorithms 5.2 and 5.3.

    Example:
        >>> conjugate_gradient(np.array([[4.0, 1.0], [1.0, 3.0]]), [1.0, 2.0]).x.round(4)
        array([0.0909, 0.6364])
    """
    product, b, x = _check_system(a, b, x0)
    limit = 10 * b.size if max_iterations is None else max_iterations
    check_bounds(tolerance, limit)
    checks.flag("keep_path", keep_path)
    if preconditioner is not None:
        checks.function("preconditioner", preconditioner)

    r = b - product(x)
    z = r if preconditioner is None else preconditioner(r)
    p = z
    path, norms = [x], [float(np.linalg.norm(r))]
    values = [-0.5 * float(x @ (b + r))]  # x^T A x / 2 - b^T x, with A x = b - r
    target = max(tolerance, LEAST) * (float(np.linalg.norm(b)) or norms[0])
    while norms[-1] > target and len(norms) <= limit:
        ap = product(p)
        along = float(p @ ap)
        if not along > 0:
            raise NotPositiveDefiniteError(
                f"expected a positive definite matrix, met p^T A p = {along:.3g} in step {len(norms)}: "
                "use a method for indefinite systems, or add a multiple of the identity"
            )
        rz = float(r @ z)
        alpha = rz / along
        x = x + alpha * p
        r = r - alpha * ap
        if np.linalg.norm(r) <= target:
            r = b - product(x)  # what was updated may have drifted: look at the real residual
        z = r if preconditioner is None else preconditioner(r)
        p = z + (float(r @ z) / rz) * p
        if not keep_path:
            path.clear()
        path.append(x)
        norms.append(float(np.linalg.norm(r)))
        values.append(-0.5 * float(x @ (b + r)))
    converged = norms[-1] <= target
    return Result(
        x=x,
        value=values[-1],
        gradient_norm=norms[-1],
        iterations=len(norms) - 1,
        evaluations=product.calls,
        converged=converged,
        reason=(
            f"the residual is at most {tolerance:g} of the right-hand side"
            if converged
            else f"stopped after {len(norms) - 1} iterations: allow more, or precondition"
        ),
        path=np.array(path),
        values=np.array(values),
        gradient_norms=np.array(norms),
    )


class _Counted:
    """A product that is counted, and looked at."""

    def __init__(self, product: Product, n: int) -> None:
        self.product = product
        self.n = n
        self.calls = 0

    def __call__(self, v: np.ndarray) -> np.ndarray:
        self.calls += 1
        av = np.asarray(self.product(v), dtype=np.float64)
        if av.shape != (self.n,):
            raise ShapeError(f"the product with a vector has shape {(self.n,)}, got {av.shape}")
        if not np.isfinite(av).all():
            raise ValueRangeError("the product holds values that are not finite: look at A")
        return av


def _check_system(
    a: np.ndarray | Product, b: ArrayLike, x0: ArrayLike | None
) -> tuple[_Counted, np.ndarray, np.ndarray]:
    b = np.array(checks.real_array("b", b))
    x = np.zeros_like(b) if x0 is None else np.array(checks.real_array("x0", x0))
    if b.ndim != 1 or x.shape != b.shape or not b.size:
        raise ShapeError(f"expected b and x0 of one shape (n,), got {b.shape} and {x.shape}")
    if not (np.isfinite(b).all() and np.isfinite(x).all()):
        raise ValueRangeError("b or x0 holds values that are not finite: replace them")
    if callable(a):
        return _Counted(cast(Product, a), b.size), b, x
    matrix = checks.real_array("A", a)
    if matrix.shape != (b.size, b.size):
        raise ShapeError(f"expected A of shape {(b.size, b.size)} to fit b, got {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueRangeError("A holds values that are not finite: replace them")
    if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-12 * np.abs(matrix).max()):
        raise NotPositiveDefiniteError(
            "expected a symmetric matrix, A differs from its transpose: solve A^T A x = A^T b instead"
        )
    return _Counted(lambda v: matrix @ v, b.size), b, x


@quiet
def nonlinear_conjugate_gradient(
    f: Function,
    x0: ArrayLike,
    *,
    tolerance: float = 1e-8,
    max_iterations: int = 1000,
    keep_path: bool = True,
) -> Result:
    """Minimise a function by conjugate directions, with the coefficient of Polak and Ribière kept above 0.

    p_{k+1} = -g_{k+1} + beta p_k, beta = max(0, g_{k+1}^T (g_{k+1} - g_k) / g_k^T g_k): where the last step
    did little to the gradient, beta is small, and the method starts again from the gradient by itself.

    Args:
        f: Function of a Tensor, returning a single number.
        x0: Start, of any shape.
        tolerance: Norm of the gradient at which to stop.
        max_iterations: Most steps to take.
        keep_path: Whether to return every point.

    Returns:
        Where it ended.

    Raises:
        ValueRangeError: If the start is not finite, or the function not finite there.

    Source: Polak & Ribière 1969; kept above 0 (PR+): Powell 1986, Gilbert & Nocedal 1992; Nocedal & Wright
        2006, section 5.2.
    """
    run = Minimization(f, x0, tolerance=tolerance, max_iterations=max_iterations, keep_path=keep_path)
    direction, start = -run.gradient, min(1.0, 1.0 / max(float(np.linalg.norm(run.gradient)), 1e-300))
    while run.going:
        x, g, slope = run.x, run.gradient, float(run.gradient @ direction)
        if not slope < 0 or not wolfe_step(run, direction, start=start, curvature=0.1):
            if direction @ direction == g @ g:  # it was the gradient already
                run.stop(FLAT)
            direction = -g
            continue
        beta = max(0.0, float(run.gradient @ (run.gradient - g)) / float(g @ g))
        length = float(np.linalg.norm(run.x - x) / np.linalg.norm(direction))
        direction = -run.gradient + beta * direction
        ahead = float(run.gradient @ direction)
        start = length * slope / ahead if ahead < 0 else 1.0  # the first-order change of the last step
    return run.result()
