"""Gradient descent, and the two ways in which a memory of the last step makes it faster."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.optimization import checks
from foundations.optimization.line_search import backtrack
from foundations.optimization.minimization import Function, Minimization, Result, quiet

FLAT = "no step lowers the value by more than rounding: ask for a larger tolerance"


@quiet
def gradient_descent(
    f: Function,
    x0: ArrayLike,
    *,
    step: float | None = None,
    tolerance: float = 1e-8,
    max_iterations: int = 1000,
    keep_path: bool = True,
) -> Result:
    """Go against the gradient: x <- x - step grad f(x).

    Args:
        f: Function of a Tensor, returning a single number.
        x0: Start, of any shape.
        step: The same for all steps; below 2 / L where the gradient is L-Lipschitz, or it diverges. None for
            backtracking: twice the last step, halved until f falls by step / 2 times the squared norm.
        tolerance: Norm of the gradient at which to stop.
        max_iterations: Most steps to take.
        keep_path: Whether to return every point.

    Returns:
        Where it ended; `converged` says whether that is a stationary point.

    Raises:
        ValueRangeError: If the start or a value on the way is not finite, or a setting out of range.

    Source: Cauchy 1847; Nesterov 2004, section 1.2.3.

    Example:
        >>> result = gradient_descent(lambda x: (x * x).sum(), [3.0, 4.0], step=0.25)
        >>> result.converged, result.iterations
        (True, 30)
    """
    if step is not None:
        step = checks.positive("step", step)
    run = Minimization(f, x0, tolerance=tolerance, max_iterations=max_iterations, keep_path=keep_path)
    length = step or 0.5
    while run.going:
        if step is None:
            found = backtrack(run, -run.gradient, start=2 * length, sufficient=0.5)
            if found is None:
                run.stop(FLAT)
                break
            length = found
        run.move(run.x - length * run.gradient)
    return run.result()


@quiet
def heavy_ball(
    f: Function,
    x0: ArrayLike,
    *,
    step: float,
    momentum: float,
    tolerance: float = 1e-8,
    max_iterations: int = 1000,
    keep_path: bool = True,
) -> Result:
    """Add a share of the last step: x_{k+1} = x_k - step grad f(x_k) + momentum (x_k - x_{k-1}).

    Args:
        f: Function of a Tensor, returning a single number.
        x0: Start, of any shape; x_{-1} is the same.
        step: On a quadratic with eigenvalues in [mu, L], (2 / (sqrt(L) + sqrt(mu)))^2 is best.
        momentum: In [0, 1); on such a quadratic, ((sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu)))^2 is best.
        tolerance: Norm of the gradient at which to stop.
        max_iterations: Most steps to take.
        keep_path: Whether to return every point.

    Returns:
        Where it ended.

    Raises:
        ValueRangeError: If the start or a value on the way is not finite, or a setting out of range.

    Source: Polyak 1964, equation 9 with constant coefficients.
    """
    step, momentum = checks.positive("step", step), checks.share("momentum", momentum)
    run = Minimization(f, x0, tolerance=tolerance, max_iterations=max_iterations, keep_path=keep_path)
    before = run.x
    while run.going:
        ahead = run.x - step * run.gradient + momentum * (run.x - before)
        before = run.x
        run.move(ahead)
    return run.result()


@quiet
def accelerated_gradient(
    f: Function,
    x0: ArrayLike,
    *,
    smoothness: float,
    convexity: float = 0.0,
    tolerance: float = 1e-8,
    max_iterations: int = 1000,
    keep_path: bool = True,
) -> Result:
    """Look ahead along the last step, and go from there against the gradient: Nesterov's method.

    y_k = x_k + beta_k (x_k - x_{k-1});  x_{k+1} = y_k - grad f(y_k) / L. With mu = 0,
    beta_k = (t_k - 1) / t_{k+1}, t_{k+1} = (1 + sqrt(1 + 4 t_k^2)) / 2; with mu > 0,
    beta = (1 - q) / (1 + q), q = sqrt(mu / L).

    The gradient is evaluated at x_k too, only to know when to stop and to report.

    Args:
        f: Function of a Tensor, returning a single number.
        x0: Start, of any shape.
        smoothness: L, a Lipschitz constant of the gradient.
        convexity: mu, a constant of strong convexity; 0 where there is none, or none is known.
        tolerance: Norm of the gradient at which to stop.
        max_iterations: Most steps to take.
        keep_path: Whether to return every point.

    Returns:
        Where it ended.

    Raises:
        ValueRangeError: If the start or a value on the way is not finite, or 0 <= mu <= L does not hold.

    Source: Nesterov 1983; the form of Beck & Teboulle 2009, equations 4.1 to 4.3, and of Nesterov 2004,
        scheme 2.2.11.
    """
    smoothness = checks.positive("smoothness", smoothness)
    convexity = checks.number("convexity", convexity)
    if not 0 <= convexity <= smoothness:
        got = f"got {convexity} and {smoothness}"
        raise ValueRangeError(f"convexity lies in [0, smoothness], {got}")
    run = Minimization(
        f,
        x0,
        tolerance=tolerance,
        max_iterations=max_iterations,
        keep_path=keep_path,
    )
    q = math.sqrt(convexity / smoothness)
    before, t = run.x, 0.0
    while run.going:
        if convexity:
            momentum = (1 - q) / (1 + q)
        else:
            t, t_before = (1 + math.sqrt(1 + 4 * t * t)) / 2, t  # 1, 1.618, 2.194, …
            momentum = max(t_before - 1, 0) / t
        ahead = run.x + momentum * (run.x - before)
        _, gradient = run.evaluate(ahead)
        before = run.x
        run.move(ahead - gradient / smoothness)
    return run.result()
