r"""Newton's method, L-BFGS and gradient descent on an `Objective`: the smooth penalties.

Each returns a `foundations.optimization.Result`: where it ended, why, and the path if it was asked for.
"""

from __future__ import annotations

import numpy as np

from foundations.errors import ValueRangeError
from foundations.optimization import Result
from foundations.optimization import gradient_descent as descend_gradient
from foundations.optimization import lbfgs as run_lbfgs
from foundations.optimization.first_order import FLAT
from foundations.optimization.line_search import backtrack
from foundations.optimization.minimization import Minimization
from implementations.logistic_regression.objective import Objective


def newton(
    objective: Objective,
    start: np.ndarray | None = None,
    *,
    tol: float = 1e-4,
    max_iter: int = 100,
    keep_path: bool = False,
) -> Result:
    r"""Minimise by Newton's method: solve $H\boldsymbol\delta = -\mathbf{g}$, go along δ.

    Without a penalty a step of length 1 is one of iteratively reweighted least squares (`irls_step`). Where a
    whole step would not lower the loss enough, it is halved, so that Newton cannot run away.

    Args:
        objective: what is minimised, without l1.
        start: shape `objective.shape`; zeros by default.
        tol: norm of the gradient at which to stop.
        max_iter: most steps.
        keep_path: whether to return every point.

    Raises:
        ValueRangeError: if the objective has a penalty on absolute values.

    Source: Bishop 2006, §4.3.3; the halving is Nocedal & Wright 2006, algorithm 3.1.
    """
    run = Minimization(
        smooth(objective, "newton").function,
        _start(objective, start),
        tolerance=tol,
        max_iterations=max_iter,
        keep_path=keep_path,
    )
    while run.going:
        direction = newton_direction(objective, run.x, run.gradient)
        step = backtrack(run, direction) if run.gradient @ direction < 0 else None
        if step is None:
            run.stop(FLAT)
            break
        run.move(run.x + step * direction)
    return run.result()


def newton_direction(objective: Objective, theta: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Return the step to the minimum of the quadratic model, flat.

    With a penalty the Hessian is positive definite, up to what `gauge` mends, and is factored. Without one,
    or with one below rounding, it may be singular (columns that depend on each other, data that are
    separated): then the shortest step.

    Args:
        objective: what is minimised.
        theta: where, shape `objective.shape` or flat.
        gradient: there, as many numbers.
    """
    H, g = objective.hessian(theta), gradient.ravel()
    if (gauge := objective.gauge()) is not None:
        H = H + np.trace(H) / len(H) * gauge
    if objective.l2 > 0:
        try:
            L = np.linalg.cholesky(H)
        except np.linalg.LinAlgError:
            pass
        else:
            return -np.linalg.solve(L.T, np.linalg.solve(L, g))
    return -np.linalg.lstsq(H, g, rcond=None)[0]


def lbfgs(
    objective: Objective,
    start: np.ndarray | None = None,
    *,
    tol: float = 1e-4,
    max_iter: int = 100,
    keep_path: bool = False,
) -> Result:
    """Minimise by L-BFGS, which needs gradients only.

    Args:
        objective: what is minimised, without l1.
        start: shape `objective.shape`; zeros by default.
        tol: norm of the gradient at which to stop.
        max_iter: most steps.
        keep_path: whether to return every point.

    Raises:
        ValueRangeError: if the objective has a penalty on absolute values.

    Source: Liu & Nocedal 1989.
    """
    return run_lbfgs(
        smooth(objective, "lbfgs").function,
        _start(objective, start),
        tolerance=tol,
        max_iterations=max_iter,
        keep_path=keep_path,
    )


def gradient_descent(
    objective: Objective,
    start: np.ndarray | None = None,
    *,
    tol: float = 1e-4,
    max_iter: int = 10_000,
    keep_path: bool = False,
) -> Result:
    r"""Minimise by gradient descent with the step 1/L, to see how slow that is; no estimator uses it.

    Args:
        objective: what is minimised, without l1.
        start: shape `objective.shape`; zeros by default.
        tol: norm of the gradient at which to stop.
        max_iter: most steps.
        keep_path: whether to return every point.

    Raises:
        ValueRangeError: if the objective has a penalty on absolute values.

    Source: Nesterov 2004, theorem 2.1.14.
    """
    return descend_gradient(
        smooth(objective, "gradient_descent").function,
        _start(objective, start),
        step=1 / (largest_curvature(objective) or 1.0),  # zero where all features are
        tolerance=tol,
        max_iterations=max_iter,
        keep_path=keep_path,
    )


def largest_curvature(objective: Objective) -> float:
    r"""Return a bound L of the curvature of the smooth part.

    $L = c\,\lambda_{\max}(\sum_n s_n \mathbf{x}_n \mathbf{x}_n^\top) + \lambda_2$; c is the largest
    second derivative of a loss by its scores, 1/4 for two classes, 1/2 for more (Böhning 1992); x has a one
    behind it where there are intercepts.
    """
    return (
        loss_curvature(objective) * float(np.linalg.eigvalsh(objective.moment(objective.weights))[-1])
        + objective.l2
    )


def loss_curvature(objective: Objective) -> float:
    """Return c, the most that a sample's loss curves with its scores: 1/4 for two classes, 1/2 for more."""
    return 0.25 if objective.n_rows == 1 else 0.5


def smooth(objective: Objective, caller: str) -> Objective:
    """Return the objective, or say that its penalty has corners.

    Raises:
        ValueRangeError: if it has a penalty on absolute values.
    """
    if objective.l1 > 0:
        raise ValueRangeError(
            f"{caller} expects a smooth penalty, got l1={objective.l1:g}: use fista, which takes corners"
        )
    return objective


def _start(objective: Objective, start: np.ndarray | None) -> np.ndarray:
    return np.zeros(objective.shape) if start is None else start.reshape(objective.shape)
