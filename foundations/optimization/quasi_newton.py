"""L-BFGS: Newton's method with a Hessian that is remembered from a few steps instead of computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from foundations.optimization import checks
from foundations.optimization.first_order import FLAT
from foundations.optimization.line_search import strong_wolfe
from foundations.optimization.minimization import Function, Minimization, Result, quiet

Pair = tuple[np.ndarray, np.ndarray]
"""A step s = x_{k+1} - x_k and what it did to the gradient, y = g_{k+1} - g_k."""


@quiet
def lbfgs(
    f: Function,
    x0: ArrayLike,
    *,
    memory: int = 10,
    tolerance: float = 1e-8,
    max_iterations: int = 1000,
    keep_path: bool = True,
) -> Result:
    """Go in the direction -H g, H an approximate inverse Hessian made of the last steps.

    Args:
        f: Function of a Tensor, returning a single number.
        x0: Start, of any shape.
        memory: How many steps are remembered, at least 1.
        tolerance: Norm of the gradient at which to stop.
        max_iterations: Most steps to take.
        keep_path: Whether to return every point.

    Returns:
        Where it ended.

    Raises:
        ValueRangeError: If the start is not finite, the function not finite there, or a setting out of range.

    Source: Liu & Nocedal 1989; Nocedal & Wright 2006, algorithms 7.4 and 7.5, line search 3.5 and 3.6.

    Example:
        >>> result = lbfgs(lambda x: ((x - 1) * (x - 1)).sum(), np.zeros((2, 3)))
        >>> result.x.shape, result.converged
        ((2, 3), True)
    """
    memory = checks.whole("memory", memory, least=1)
    run = Minimization(f, x0, tolerance=tolerance, max_iterations=max_iterations, keep_path=keep_path)
    pairs: deque[Pair] = deque(maxlen=memory)
    while run.going:
        direction = -two_loop(run.gradient, pairs)
        start = 1.0 if pairs else min(1.0, 1.0 / float(np.linalg.norm(run.gradient)))
        x, g = run.x, run.gradient
        if not wolfe_step(run, direction, start=start, curvature=0.9):
            if not pairs:
                run.stop(FLAT)
            pairs.clear()  # forget the model, and try the gradient itself
            continue
        s, y = run.x - x, run.gradient - g
        if s @ y > np.finfo(np.float64).eps * (y @ y):  # positive by the Wolfe conditions, but for rounding
            pairs.append((s, y))
    return run.result()


def two_loop(gradient: np.ndarray, pairs: Iterable[Pair]) -> np.ndarray:
    """Multiply the gradient by the approximate inverse Hessian that the pairs define.

    H_{k+1} = (I - rho s y^T) H_k (I - rho y s^T) + rho s s^T, rho = 1 / y^T s, for the oldest pair first,
    from H_0 = gamma I with gamma = s^T y / y^T y of the latest; without ever forming a matrix.

    Args:
        gradient: Shape (n,).
        pairs: (s, y), the oldest first, each of shape (n,), with y^T s > 0.

    Returns:
        H gradient, shape (n,).

    Source: Nocedal & Wright 2006, algorithm 7.4 and equation 7.20.
    """
    pairs = list(pairs)
    q = gradient.copy()
    alphas = []
    for s, y in reversed(pairs):
        alpha = (s @ q) / (y @ s)
        q -= alpha * y
        alphas.append(alpha)
    if pairs:
        s, y = pairs[-1]
        q *= (s @ y) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        beta = (y @ q) / (y @ s)
        q += (alpha - beta) * s
    return q


def wolfe_step(run: Minimization, direction: np.ndarray, *, start: float, curvature: float) -> bool:
    """Move a run to a point in a direction that meets the strong Wolfe conditions.

    Returns:
        Whether there was one.
    """
    slope = float(run.gradient @ direction)
    if not slope < 0:
        return False
    seen: dict[float, tuple[np.ndarray, float, np.ndarray]] = {}

    def phi(step: float) -> tuple[float, float]:
        x = run.x + step * direction
        value, gradient = run.evaluate(x)
        seen[step] = (x, value, gradient)
        with np.errstate(all="ignore"):
            return value, float(gradient @ direction)

    step = strong_wolfe(phi, run.value, slope, start=start, curvature=curvature)
    if step is None:
        return False
    run.move(*seen[step])
    return True
