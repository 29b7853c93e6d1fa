r"""Stochastic gradient descent with averaging: a few samples a step, the mean of the iterates as result."""

from __future__ import annotations

import numpy as np

from foundations.optimization import Result
from implementations.logistic_regression.objective import Objective
from implementations.logistic_regression.solvers import smooth

BATCH_SIZE = 32
DECAY = 0.75  # steps of t^-a with 1/2 < a < 1: averaging takes the noise out, whatever the curvature


def sgd(
    objective: Objective,
    start: np.ndarray | None = None,
    *,
    rng: np.random.Generator,
    tol: float = 1e-4,
    max_iter: int = 100,
    batch_size: int = BATCH_SIZE,
    keep_path: bool = False,
) -> Result:
    r"""Minimise by steps along the gradients of a few samples.

    $W_{t+1} = W_t - \eta_t \bigl(\frac{1}{b}\sum_{n \in B_t} N s_n \nabla\ell_n(W_t) + \lambda_2 W_t\bigr)$,
    $\eta_t = \eta_0 (1 + e)^{-3/4}$ in pass e over the data. The answer is the mean of the iterates since the
    last pass whose number is a power of two, so that the way from the start is forgotten.

    Args:
        objective: what is minimised, without l1.
        start: shape `objective.shape`; zeros by default.
        rng: draws the order of the samples, anew in every pass.
        tol: norm of the gradient over all samples at which to stop, looked at after every pass.
        max_iter: most passes.
        batch_size: b, samples a step.
        keep_path: whether to return the mean after every pass.

    Returns:
        Where it ended; an iteration is a pass over the data.

    Raises:
        ValueRangeError: if the objective has a penalty on absolute values.

    Source: Robbins & Monro 1951; Polyak & Juditsky 1992 for the averaging.
    """
    w = np.zeros(objective.shape) if start is None else start.reshape(objective.shape).astype(np.float64)
    smooth(objective, "sgd")
    eta, n = 1 / steepest_sample(objective), len(objective.X)
    mean, path = w, [w]
    values, norms = [objective.value(w)], [float(np.linalg.norm(objective.gradient(w)))]
    while norms[-1] > tol and len(norms) <= max_iter:
        epoch = len(norms)
        if epoch & (epoch - 1) == 0:  # a power of two: begin a new mean
            mean, count = np.zeros_like(w), 0
        order, rate = rng.permutation(n), eta * epoch**-DECAY
        for i in range(0, n, batch_size):
            rows = order[i : i + batch_size]
            w = w - rate * objective.part(rows).gradient(w)
            count += 1
            mean = mean + (w - mean) / count
        values.append(objective.value(mean))
        norms.append(float(np.linalg.norm(objective.gradient(mean))))
        path.append(mean)
    steps, converged = len(norms) - 1, norms[-1] <= tol
    return Result(
        x=mean,
        value=values[-1],
        gradient_norm=norms[-1],
        iterations=steps,
        evaluations=steps,
        converged=converged,
        reason=f"the gradient is at most {tol:g}"
        if converged
        else f"stopped after {steps} passes over the data: allow more, or a larger tolerance",
        path=np.array(path if keep_path else [mean]),
        values=np.array(values),
        gradient_norms=np.array(norms),
    )


def steepest_sample(objective: Objective) -> float:
    r"""Return a bound of the curvature of every sample's part.

    It is $c \max_n N s_n \lVert\mathbf{x}_n\rVert^2 + \lambda_2$; c is as in
    `largest_curvature`, and x has a one behind it where there are intercepts.
    """
    c = 0.25 if objective.n_rows == 1 else 0.5
    squares = (objective.X**2).sum(axis=1) + objective.fit_intercept
    return c * len(squares) * float((objective.weights * squares).max()) + objective.l2
