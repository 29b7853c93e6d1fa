r"""What maximum likelihood does when samples and weights grow together, by theory.

Sur & Candès 2019: with p weights, n samples, $\kappa = p/n$ fixed and log-odds of variance γ², the estimated
log-odds of a new sample are $\hat a = \alpha_* a + \sigma_* \sqrt{\kappa}\, z$ with the true a and
independent noise z; α*, σ* and a third unknown solve three equations. So they are too large, by the factor
$\alpha_* > 1$, and noisy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import root

from foundations.errors import ConvergenceError
from implementations.logistic_regression.likelihood import sigmoid

NODES = 61


class Limit(NamedTuple):
    """The limit of maximum likelihood.

    Attributes:
        inflation: α*, by which estimated weights exceed the true ones.
        noise: σ*, standard deviation of an estimated weight times √n, for features of variance one.
        proximity: λ*, the third unknown.
        calibration_error: mean of |how often − how probable| over predicted probabilities.
        reliability: mean of its square, the part of the Brier score that calibration alone could remove.
    """

    inflation: float
    noise: float
    proximity: float
    calibration_error: float
    reliability: float


def maximum_likelihood_limit(kappa: float, gamma_squared: float) -> Limit:
    r"""Solve the three equations by Gauss–Hermite quadrature, and derive what they mean for calibration.

    With $\rho(t) = \ln(1 + e^t)$, $Q_1 = \gamma z_1$ and $Q_2 = -\alpha Q_1 + \sqrt\kappa\sigma z_2$, and r
    the derivative of ρ at $\operatorname{prox}_{\lambda\rho}(Q_2)$:
    $\sigma^2 = \frac{1}{\kappa^2}\mathbb{E}[2\rho'(Q_1)(\lambda r)^2]$,
    $0 = \mathbb{E}[\rho'(Q_1) Q_1 \lambda r]$,
    $1 - \kappa = \mathbb{E}\bigl[\frac{2\rho'(Q_1)}{1 + \lambda r(1 - r)}\bigr]$.

    Args:
        kappa: p/n, small enough that the maximum exists.
        gamma_squared: variance of the true log-odds.

    Raises:
        ConvergenceError: if no solution is found, as where there is no maximum.

    Source: Sur & Candès 2019, equation 5; for the calibration, the Gaussian (a, â) of their theorem 2.
    """
    z, weight = np.polynomial.hermite_e.hermegauss(NODES)
    weight = weight / weight.sum()
    z1, z2 = np.meshgrid(z, z, indexing="ij")
    weights, q1 = np.outer(weight, weight), np.sqrt(gamma_squared) * z1

    def equations(unknowns: np.ndarray) -> np.ndarray:
        alpha, sigma, lam = unknowns
        r = sigmoid(_prox(-alpha * q1 + np.sqrt(kappa) * sigma * z2, lam))
        mean = lambda values: float((weights * values).sum())
        return np.array(
            [
                mean(2 * sigmoid(q1) * (lam * r) ** 2) / kappa**2 - sigma**2,
                mean(sigmoid(q1) * q1 * lam * r),
                mean(2 * sigmoid(q1) / (1 + lam * r * (1 - r))) - (1 - kappa),
            ]
        )

    found = root(equations, [1.2, 3.0, 1.0])
    if not found.success or np.abs(equations(found.x)).max() > 1e-8:
        raise ConvergenceError(f"no solution at kappa={kappa}, gamma²={gamma_squared}: is there a maximum?")
    alpha, sigma, lam = float(found.x[0]), abs(float(found.x[1])), float(found.x[2])

    total = alpha**2 * gamma_squared + kappa * sigma**2  # variance of â
    estimated = np.sqrt(total) * z
    mean, std = alpha * gamma_squared / total * estimated, np.sqrt(gamma_squared * kappa / total) * sigma
    how_often = (sigmoid(mean[:, None] + std * z) * weight).sum(axis=1)  # E[σ(a) | â]
    off = how_often - sigmoid(estimated)
    return Limit(alpha, sigma, lam, float(weight @ np.abs(off)), float(weight @ off**2))


def _prox(q: np.ndarray, lam: float) -> np.ndarray:
    """Return the t with t + λρ'(t) = q, by Newton; the left side rises everywhere."""
    t = q.copy()
    for _ in range(60):
        p = sigmoid(t)
        t = t - (t + lam * p - q) / (1 + lam * p * (1 - p))
    return t
