"""The evidence of a linear model: how probable the data are once the weights are averaged over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.estimators import as_features, as_targets
from foundations.matrix_decomposition import SVD, cholesky, solve_cholesky
from implementations.linear_regression.least_squares import EPS, rank


def log_evidence(features: ArrayLike, targets: ArrayLike, *, alpha: float, beta: float) -> float:
    r"""Return $\log p(\mathbf{y} \mid \alpha, \beta)$ in nats.

    Twice that is $d\log\alpha + N\log\frac{\beta}{2\pi} - \beta\lVert\mathbf{y} - X\mathbf{m}\rVert^2 -
    \alpha\lVert\mathbf{m}\rVert^2 - \log\det A$ with $A = \alpha I + \beta X^\top X$.

    Args:
        features: X, shape (N, d).
        targets: y, shape (N,).
        alpha: precision of the prior, in units of 1/w².
        beta: precision of the noise, in units of 1/y².

    Raises:
        ShapeError, DTypeError, ValueRangeError: if the data are not finite numbers of these shapes.
        NotPositiveDefiniteError: if A is singular to working precision.

    Example:
        >>> round(log_evidence([[1.0]], [0.0], alpha=1.0, beta=1.0), 6)  # log N(0 | 0, 2)
        -1.265512

    Source: Bishop 2006, equation 3.86.
    """
    X = as_features(features, "log_evidence")
    y = as_targets(targets, len(X), "log_evidence")
    n, d = X.shape
    lower = cholesky(alpha * np.eye(d) + beta * X.T @ X)
    mean = beta * solve_cholesky(lower, X.T @ y)
    misfit = beta * ((y - X @ mean) ** 2).sum() + alpha * mean @ mean
    log_det = 2 * np.log(np.diagonal(lower)).sum()
    return float(d * math.log(alpha) + n * math.log(beta / (2 * math.pi)) - misfit - log_det) / 2


class Step(NamedTuple):
    """What one pair of precisions implies.

    Attributes:
        log_evidence: in nats.
        gamma: effective number of parameters, in [0, rank].
        freedom: N − γ, what is left for the noise, without the cancellation of that difference.
        weights_squared: squared length of the posterior mean.
        misfit: squared length of the residual.
    """

    log_evidence: float
    gamma: float
    freedom: float
    weights_squared: float
    misfit: float


@dataclass(frozen=True, eq=False)
class Spectrum:
    r"""Data in the axes of the singular vectors, in which every weight is by itself.

    With $X = USV^\top$ the posterior precision of the weight along $\mathbf{v}_i$ is $\alpha + \beta s_i^2$
    and its mean $\beta s_i z_i/(\alpha + \beta s_i^2)$, where $z_i = \mathbf{u}_i^\top\mathbf{y}$: after one
    decomposition every α and β costs O(d).

    Args:
        s: singular values that are not zero, shape (r,).
        z: targets along the left singular vectors, shape (r,).
        rest: squared length of what no weights can fit.
        n: number of observations; one less when the mean was taken away.
        floor: smallest misfit that the digits of y can show.
    """

    s: np.ndarray
    z: np.ndarray
    rest: float
    n: int
    floor: float

    @classmethod
    def of(cls, decomposition: SVD, y: np.ndarray, n: int, size: float) -> Spectrum:
        """Return the spectrum of targets y, shape (N,), whose largest value before centring is `size`."""
        r = rank(decomposition, (len(y), decomposition.vt.shape[1]))
        u, s = decomposition.u[:, :r], decomposition.s[:r]
        z = u.T @ y
        floor = n * (EPS * (size or 1.0)) ** 2
        return cls(s, z, float(((y - u @ z) ** 2).sum()), n, floor)

    def step(self, alpha: float, beta: float) -> Step:
        r"""Evaluate one pair of precisions; alpha may be infinite, which allows no weight at all."""
        ratio = alpha / beta
        share = self.s / (self.s + ratio / self.s)  # (r,): s²/(s² + λ), what the data decide
        left = 1 / (1 + self.s / ratio * self.s)  # λ/(s² + λ), what the prior keeps
        weights = self.z / self.s * share
        misfit = max(self.rest + float(((left * self.z) ** 2).sum()), self.floor)
        exponent = beta * misfit + (alpha * float(weights @ weights) if alpha < math.inf else 0.0)
        log_volume = -float(np.log1p(self.s / ratio * self.s).sum())
        evidence = (self.n * math.log(beta / (2 * math.pi)) + log_volume - exponent) / 2
        freedom = self.n - len(self.s) + float(left.sum())
        return Step(evidence, float(share.sum()), freedom, float(weights @ weights), misfit)

    def best_beta(self, ratio: float) -> float:
        r"""Return the β of largest evidence for a given λ = α/β: N / (misfit + λ‖m‖²)."""
        if ratio == math.inf:
            return self.n / max(self.rest + float(self.z @ self.z), self.floor)
        one = self.step(ratio, 1.0)
        return self.n / (one.misfit + ratio * one.weights_squared)

    def climb(
        self,
        alpha: float,
        beta: float,
        *,
        learn: tuple[bool, bool],
    ) -> tuple[float, float]:
        r"""Return α and β after one of MacKay's steps.

        $\alpha = \gamma/\lVert\mathbf{m}\rVert^2$ and
        $\beta = (N - \gamma)/\lVert\mathbf{y} - X\mathbf{m}\rVert^2$.

        Args:
            alpha: precision of the prior.
            beta: precision of the noise.
            learn: whether α moves, and whether β does.

        Source: MacKay 1992; Bishop 2006, equations 3.92 and 3.95.
        """
        here = self.step(alpha, beta)
        if learn[0]:
            has_slope = here.weights_squared > 0
            alpha = here.gamma / here.weights_squared if has_slope else math.inf
        if learn[1]:
            beta = here.freedom / here.misfit
        return alpha, beta
