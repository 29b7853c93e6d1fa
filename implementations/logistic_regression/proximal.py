r"""FISTA: accelerated gradient steps for the losses, a proximal step for the penalty, corners and all."""

from __future__ import annotations

import math

import numpy as np

from foundations.optimization import Result
from implementations.logistic_regression.objective import Objective
from implementations.logistic_regression.solvers import largest_curvature


def soft_threshold(v: np.ndarray, threshold: float) -> np.ndarray:
    r"""Return $\operatorname{sign}(v)\max(|v| - t, 0)$: what lies within t of zero becomes zero.

    It is the proximal step of the absolute value, $\arg\min_w \frac12(w - v)^2 + t|w|$.

    Args:
        v: any shape.
        threshold: t ≥ 0.

    Example:
        >>> soft_threshold(np.array([-3.0, 0.5, 2.0]), 1.0)
        array([-2.,  0.,  1.])

    Source: Donoho & Johnstone 1994.
    """
    return np.sign(v) * np.maximum(np.abs(v) - threshold, 0.0)


def elastic_net_step(v: np.ndarray, step: float, l1: float, l2: float) -> np.ndarray:
    r"""Return $\arg\min_w \frac{1}{2t}(w - v)^2 + \lambda_1|w| + \frac{\lambda_2}{2}w^2
    = \operatorname{soft}(v, t\lambda_1)/(1 + t\lambda_2)$.

    Args:
        v: any shape.
        step: t > 0.
        l1: $\lambda_1 \ge 0$.
        l2: $\lambda_2 \ge 0$.

    Example:
        >>> elastic_net_step(np.array([-3.0, 0.5, 2.0]), 1.0, l1=1.0, l2=1.0)
        array([-1. ,  0. ,  0.5])

    Source: Zou & Hastie 2005, equation 6; Parikh & Boyd 2014, §6.5.3.
    """  # noqa: D205
    return soft_threshold(v, step * l1) / (1 + step * l2)


def fista(
    objective: Objective,
    start: np.ndarray | None = None,
    *,
    tol: float = 1e-4,
    max_iter: int = 1000,
    keep_path: bool = False,
) -> Result:
    r"""Minimise losses and penalty by accelerated proximal gradient steps of length 1/L.

    $W_{k+1} = \operatorname{prox}_{1/L}\bigl(V_k - \nabla\ell(V_k)/L\bigr)$, the `elastic_net_step` for the
    weights and nothing for the intercepts; $V_{k+1} = W_{k+1} + \frac{t_k - 1}{t_{k+1}}(W_{k+1} - W_k)$. When
    the step and the momentum point apart, the momentum starts again from nothing, which makes the convergence
    linear where the minimum is curved. L is the curvature of the losses alone.

    Args:
        objective: what is minimised, with or without l1.
        start: shape `objective.shape`; zeros by default.
        tol: length of the proximal gradient $L(V_k - W_{k+1})$ at which to stop; without a penalty that is
            the gradient.
        max_iter: most steps.
        keep_path: whether to return every point.

    Returns:
        Where it ended; `gradient_norms` are lengths of proximal gradients, `values` all of F. The start has
        none: its place holds infinity.

    Source: Beck & Teboulle 2009, equations 4.1 to 4.3; the restart is O'Donoghue & Candès 2015, equation 12.
    """
    L = largest_curvature(objective) - objective.l2 or 1.0  # zero where all features are
    d = objective.X.shape[1]
    w = np.zeros(objective.shape) if start is None else start.reshape(objective.shape).astype(np.float64)
    v, t = w, 1.0
    path, values, lengths = [w], [objective.total(w)], [math.inf]
    while lengths[-1] > tol and len(lengths) <= max_iter:
        slope = objective.gradient(v)
        slope[:, :d] -= objective.l2 * v[:, :d]  # of the losses alone
        ahead = v - slope / L
        ahead[:, :d] = elastic_net_step(ahead[:, :d], 1 / L, objective.l1, objective.l2)
        if np.vdot(v - ahead, ahead - w) > 0:
            t = 1.0
        t_next = (1 + math.sqrt(1 + 4 * t * t)) / 2
        lengths.append(L * float(np.linalg.norm(v - ahead)))
        v, w, t = ahead + (t - 1) / t_next * (ahead - w), ahead, t_next
        if keep_path:
            path.append(w)
            values.append(objective.total(w))
    if not keep_path:
        path, values = [w], [*values, objective.total(w)]
    steps, converged = len(lengths) - 1, lengths[-1] <= tol
    return Result(
        x=w,
        value=values[-1],
        gradient_norm=lengths[-1],
        iterations=steps,
        evaluations=steps,
        converged=converged,
        reason=f"the proximal gradient is at most {tol:g}"
        if converged
        else f"stopped after {steps} iterations: allow more",
        path=np.array(path),
        values=np.array(values),
        gradient_norms=np.array(lengths),
    )
