r"""The Laplace approximation: a Gaussian at the most probable weights, and what it makes of probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from implementations.logistic_regression.likelihood import sigmoid
from implementations.logistic_regression.objective import BinaryObjective
from implementations.logistic_regression.solvers import newton


def probit_correction(variance: ArrayLike) -> np.ndarray:
    r"""Return $\kappa(\sigma^2) = (1 + \pi\sigma^2/8)^{-1/2}$, by which doubt about log-odds shrinks them.

    Args:
        variance: of the log-odds, not negative, any shape.

    Example:
        >>> probit_correction([0.0, 24 / np.pi])
        array([1. , 0.5])

    Source: Bishop 2006, equation 4.154; MacKay 1992.
    """
    return 1 / np.sqrt(1 + np.pi / 8 * np.asarray(variance, dtype=np.float64))


def moderated_sigmoid(mean: ArrayLike, variance: ArrayLike) -> np.ndarray:
    r"""Return $\sigma(\kappa(\sigma^2)\mu) \approx \int \sigma(a)\,\mathcal{N}(a \mid \mu, \sigma^2)\,da$.

    It is exact at μ = 0 and within 0.02 everywhere else.

    Args:
        mean: of the log-odds, any shape.
        variance: of the log-odds, of a shape that fits.

    Example:
        >>> moderated_sigmoid([2 * np.log(3)], [24 / np.pi])
        array([0.75])

    Source: Bishop 2006, equation 4.153; MacKay 1992.
    """
    return sigmoid(probit_correction(variance) * np.asarray(mean, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Laplace:
    r"""The Gaussian $\mathcal{N}(\boldsymbol\theta \mid \hat{\boldsymbol\theta}, A^{-1})$ at a peak.

    Attributes:
        mode: the most probable weights and then the intercept, shape (p,).
        precision: A, second derivatives of the negative log posterior there, shape (p, p).
        log_evidence: $\ln p(\mathbf{y})$ by this approximation, in nats.
        n_iter: Newton steps.
        converged: whether the peak was reached.
    """

    mode: np.ndarray
    precision: np.ndarray
    log_evidence: float
    n_iter: int
    converged: bool

    def effective_parameters(self, alpha: float, d: int) -> float:
        r"""Return $\gamma = \sum_i h_i/(h_i + \alpha)$: how many of the d weights the data decide, in [0, d].

        $h_i$ are the eigenvalues of what the data say of the weights, whatever the intercept is.

        Args:
            alpha: precision of the prior, which `precision` holds.
            d: number of weights; what stands behind them is the intercept.

        Source: MacKay 1992; Bishop 2006, equation 3.91.
        """
        weights = self.precision[:d, :d]
        if len(self.mode) > d:
            both = self.precision[:d, d:]
            weights = weights - both @ both.T / self.precision[d, d]  # Schur: the intercept left free
        h = np.maximum(np.linalg.eigvalsh(weights) - alpha, 0.0)
        return float((h / (h + alpha)).sum())

    @property
    def covariance(self) -> np.ndarray:
        """A⁻¹, shape (p, p)."""
        return np.linalg.inv(self.precision)


def laplace(
    X: np.ndarray,
    y: np.ndarray,
    alpha: float,
    *,
    weights: np.ndarray | None = None,
    fit_intercept: bool = True,
    start: np.ndarray | None = None,
    tol: float = 1e-8,
    max_iter: int = 100,
) -> Laplace:
    r"""Approximate the posterior under the prior $\mathcal{N}(\mathbf{w} \mid 0, \alpha^{-1}I)$.

    $\ln p(\mathbf{y}) \approx \ln p(\mathbf{y} \mid \hat{\boldsymbol\theta}) + \ln p(\hat{\mathbf{w}})
    + \frac{p}{2}\ln 2\pi - \frac12 \ln|A|$. The intercept has a flat prior of density one.

    Args:
        X: shape (n, d).
        y: zeros and ones, shape (n,).
        alpha: precision α > 0 of the prior.
        weights: counts of the samples, positive, shape (n,); ones by default.
        fit_intercept: whether there is an intercept.
        start: where Newton begins, shape (p,); zeros by default.
        tol: norm of the gradient of the mean loss at which to stop.
        max_iter: most Newton steps.

    Source: Bishop 2006, equations 4.137, 4.142 and 4.143.
    """
    weights = np.ones(len(y)) if weights is None else weights
    total, d = float(weights.sum()), X.shape[1]
    objective = BinaryObjective(
        X,
        y,
        weights,
        l2=alpha / total,
        fit_intercept=fit_intercept,
    )
    result = newton(objective, start, tol=tol, max_iter=max_iter)
    mode, A = result.x.ravel(), objective.hessian(result.x) * total
    p = len(mode)
    log_joint = -result.value * total + d / 2 * math.log(alpha / (2 * math.pi))
    log_evidence = (
        log_joint
        + p / 2 * math.log(2 * math.pi)  # the integral of the Gaussian
        - np.linalg.slogdet(A)[1] / 2
    )
    return Laplace(mode, A, float(log_evidence), result.iterations, result.converged)
