"""Newton's method, damped, with a Hessian that is made positive definite where it is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceError
from foundations.optimization.first_order import FLAT
from foundations.optimization.line_search import backtrack
from foundations.optimization.minimization import Function, Minimization, Result, quiet

SHIFT = 1e-3  # of the largest element: the least that is added to the diagonal
DOUBLINGS = 40


@quiet
def newton(
    f: Function,
    x0: ArrayLike,
    *,
    tolerance: float = 1e-8,
    max_iterations: int = 100,
    keep_path: bool = True,
) -> Result:
    """Go to the minimum of the quadratic model: solve H p = -grad f, then x <- x + t p.

    H is the Hessian, exact, plus a multiple of the identity where it is not positive definite, so that p is a
    direction of descent; t is 1, halved until Armijo's condition holds.

    Args:
        f: Function of a Tensor, returning a single number.
        x0: Start, of any shape, n elements. Each step takes n reverse passes and O(n^3) work.
        tolerance: Norm of the gradient at which to stop.
        max_iterations: Most steps to take.
        keep_path: Whether to return every point.

    Returns:
        Where it ended.

    Raises:
        ValueRangeError: If the start, or a value or Hessian on the way, is not finite.

    Source: Nocedal & Wright 2006, algorithms 3.2 and 3.3.

    Example:
        >>> result = newton(lambda x: (x * x * x * x).sum() - 4 * x.sum(), [3.0])
        >>> result.x.round(6), result.converged
        (array([1.]), True)
    """
    run = Minimization(
        f,
        x0,
        tolerance=tolerance,
        max_iterations=max_iterations,
        keep_path=keep_path,
    )
    while run.going:
        factor = modified_cholesky(run.hessian_here())
        direction = -np.linalg.solve(factor.T, np.linalg.solve(factor, run.gradient))
        step = backtrack(run, direction)
        if step is None:
            run.stop(FLAT)
            break
        run.move(run.x + step * direction)
    return run.result()


def modified_cholesky(h: np.ndarray) -> np.ndarray:
    """Return the Cholesky factor of H + tau I, with tau = 0 where H is positive definite.

    Args:
        h: H, symmetric, shape (n, n).

    Returns:
        L, lower triangular, with L L^T = H + tau I; tau doubles until the factor exists.

    Raises:
        ConvergenceError: If there is none after as many doublings as take tau far beyond every eigenvalue.

    Source: Nocedal & Wright 2006, algorithm 3.3; the first tau is relative to the size of H.
    """
    least = SHIFT * max(float(np.abs(h).max()), np.finfo(np.float64).tiny)
    lowest = float(np.diag(h).min())
    tau = 0.0 if lowest > 0 else least - lowest
    for _ in range(DOUBLINGS):
        try:
            factor = np.linalg.cholesky(h + tau * np.eye(len(h)))
        except np.linalg.LinAlgError:
            pass
        else:
            if np.isfinite(factor).all():
                return factor
        tau = max(2 * tau, least)
    raise ConvergenceError(
        f"no multiple of the identity up to {tau:g} makes the matrix positive definite: "
        "is it symmetric, and finite?"
    )
