r"""The precision of the prior from the data: MacKay's fixed point, found as a root."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from implementations.logistic_regression.laplace_approximation import laplace

SMALLEST, LARGEST = (
    1e-10,
    1e10,
)  # of α, in units of the features squared: beyond, all weights are free, or none


def learned_alpha(
    X: np.ndarray,
    y: np.ndarray,
    *,
    weights: np.ndarray,
    fit_intercept: bool,
    tol: float,
    max_iter: int,
) -> tuple[float, int, bool]:
    r"""Return the α at which $\alpha\lVert\hat{\mathbf{w}}\rVert^2 = \gamma$.

    There the evidence by Laplace's approximation is flat in α, if one leaves out how the curvature changes
    with the peak. MacKay's iteration $\alpha \leftarrow \gamma/\lVert\hat{\mathbf{w}}\rVert^2$ has the same
    fixed point, but creeps where data hold little; here it is bracketed from α = 1 by growing steps, then
    narrowed. Where nothing ties the weights down, or nothing moves them, α is $10^{-10}$ or $10^{10}$.

    Args:
        X: shape (n, d).
        y: zeros and ones, shape (n,).
        weights: counts of the samples, positive, shape (n,).
        fit_intercept: whether there is an intercept.
        tol: gradient at which each fit stops; α is found to a share of √tol.
        max_iter: most values of α to try, and most Newton steps for each.

    Returns:
        α, how many were tried, and whether the fixed point or an end of the range was reached.

    Source: MacKay 1992; Bishop 2006, equations 3.91 and 3.92; the root by Brent 1973, chapter 4.
    """
    start, d, tried = None, X.shape[1], 0
    known: dict[float, float] = {}  # a root is bracketed by what was seen, to the last digit

    def rise(log_alpha: float) -> float:
        """Return ln γ − ln α‖w‖²: positive where a larger α has more evidence."""
        nonlocal start, tried
        if log_alpha in known:
            return known[log_alpha]
        tried += 1
        alpha = math.exp(log_alpha)
        fit = laplace(
            X,
            y,
            alpha,
            weights=weights,
            fit_intercept=fit_intercept,
            start=start,
            tol=tol,
            max_iter=max_iter,
        )
        start = fit.mode
        gamma, squared = fit.effective_parameters(alpha, d), float(fit.mode[:d] @ fit.mode[:d])
        both = gamma > 0 and squared > 0
        known[log_alpha] = math.log(gamma / (alpha * squared)) if both else math.inf
        return known[log_alpha]

    here, step = 0.0, 1.0
    slope = rise(here)
    up = slope > 0
    bound = math.log(LARGEST if up else SMALLEST)
    while tried < max_iter:
        there = min(here + step, bound) if up else max(here - step, bound)
        if (rise(there) > 0) != up:
            break
        if there == bound:
            return math.exp(bound), tried, True
        here, step = there, 2 * step
    else:
        return math.exp(here), tried, False
    root, report = brentq(
        lambda t: min(rise(t), 1e3),
        *sorted((here, there)),
        xtol=math.sqrt(tol),
        maxiter=max(max_iter - tried, 1),
        full_output=True,
        disp=False,
    )
    return math.exp(root), tried, bool(report.converged)
