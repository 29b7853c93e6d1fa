r"""Stochastic gradient descent with averaging: a few samples a step, the mean of the iterates as result."""

from __future__ import annotations

import numpy as np

from foundations.optimization import Result
from implementations.logistic_regression.objective import Objective
from implementations.logistic_regression.solvers import largest_curvature, loss_curvature, smooth

BATCH_SIZE = 32
PATIENCE = 10  # passes before the steps become clearly shorter
FORGETTING = 3  # 0 would be the plain mean of all iterates
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
    $\eta_t = \eta_0 (1 + e/10)^{-3/4}$ in pass e = 0, 1, … over the data, $\eta_0 = 1/2\mathcal{L}$ with the
    `expected_smoothness` of batches of that size. The answer is a mean of
    the iterates in which those of the start count less and less:
    $\bar W_t = \bar W_{t-1} + \frac{4}{t + 3}(W_t - \bar W_{t-1})$.

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

    Source: Robbins & Monro 1951; Shamir & Zhang 2013, §4, for the mean; Gower et al. 2019, theorem 3.1, for
        the first step.
    """
    w = np.zeros(objective.shape) if start is None else start.reshape(objective.shape).astype(np.float64)
    smooth(objective, "sgd")
    eta, n = 1 / (2 * (expected_smoothness(objective, batch_size) or 1.0)), len(objective.X)
    mean, path, t = w, [w], 0
    values, norms = [objective.value(w)], [float(np.linalg.norm(objective.gradient(w)))]
    while norms[-1] > tol and len(norms) <= max_iter:
        epoch = len(norms)
        order, rate = rng.permutation(n), eta * (1 + (epoch - 1) / PATIENCE) ** -DECAY
        for i in range(0, n, batch_size):
            rows = order[i : i + batch_size]
            w = w - rate * objective.part(rows).gradient(w)
            t += 1
            mean = mean + (FORGETTING + 1) / (t + FORGETTING) * (w - mean)
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


def expected_smoothness(objective: Objective, batch_size: int) -> float:
    r"""Return the curvature that steps on b of n samples must reckon with.

    It lies between that of all samples and that of the steepest:
    $\mathcal{L} = \frac{n(b - 1)}{b(n - 1)} L + \frac{n - b}{b(n - 1)} L_{\max}$ with
    $L_{\max} = c \max_n N s_n \lVert\mathbf{x}_n\rVert^2 + \lambda_2$; L and c are those of
    `largest_curvature`, and x has a one behind it where there are intercepts.

    Args:
        objective: what is minimised.
        batch_size: b.

    Source: Gower et al. 2019, proposition 3.8.
    """
    squares = (objective.X**2).sum(axis=1) + objective.fit_intercept
    n, L = len(squares), largest_curvature(objective)
    b = min(batch_size, n)
    if b == n:
        return L
    steepest = loss_curvature(objective) * n * float((objective.weights * squares).max()) + objective.l2
    return (n * (b - 1) * L + (n - b) * steepest) / (b * (n - 1))
