"""Bayesian linear regression: a posterior instead of a point, and both precisions from the evidence."""

from __future__ import annotations

import math
from typing import Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceError, ShapeError, ValueRangeError
from foundations.matrix_decomposition import svd
from implementations.linear_regression.evidence import Spectrum
from implementations.linear_regression.least_squares import EPS, rank, ridge_weights
from implementations.linear_regression.linear_model import LinearModel

GRID = 200  # ratios λ = α/β tried for the best start, evenly on a log scale
FLAT = 1e-9  # nats: smaller differences of log evidence count as none


class BayesianLinearRegression(LinearModel):
    r"""Fit the posterior of the weights; a precision that is not given is the one of largest evidence.

    $\mathbf{w} \sim \mathcal{N}(0, \alpha^{-1}I)$, b is unknown without preference, and
    $y \mid \mathbf{x} \sim \mathcal{N}(\mathbf{x}^\top\mathbf{w} + b, \beta^{-1})$. With both precisions
    given nothing is iterated.

    Args:
        alpha: precision of the weights, in units of 1/w²; None to learn it.
        beta: precision of the noise, in units of 1/y²; None to learn it.
        fit_intercept: whether there is a b.
        max_iter: most of MacKay's steps.
        tol: stop when neither precision changes by more than this share; after `max_iter` steps it is enough
            if the last gained less than 1e-9 nats.

    Attributes:
        coef_: posterior mean, shape (n_features,).
        intercept_: posterior mean of b.
        alpha_: precision of the weights; infinite where the evidence prefers that there is no slope.
        beta_: precision of the noise.
        sigma_: posterior covariance of the weights, shape (n_features, n_features).
        effective_parameters_: γ, how many weights the data decide, in [0, rank].
        log_evidence_: in nats; with an intercept, of the differences between the targets, since a b without
            preference has no evidence of its own.
        scores_: log evidence at the start and after each step, shape (n_iter_ + 1,).
        n_iter_: number of steps.
        n_features_in_: number of features.

    Example:
        >>> x = np.array([[-1.0], [0.0], [1.0], [2.0]])
        >>> model = BayesianLinearRegression(alpha=1.0, beta=4.0).fit(x, [-2.0, 0.5, 2.0, 4.5])
        >>> mean, std = model.predict([[0.5], [10.0]], return_std=True)
        >>> mean.round(3), std.round(3)
        (array([ 1.25, 20.25]), array([0.559, 2.147]))

    Source: MacKay 1992; Bishop 2006, §§3.3 to 3.5.

    Deviation: scikit-learn's BayesianRidge calls our β `alpha_` and our α `lambda_`; takes the intercept for
    known, so that its bands lack 1/(βN) and it counts N where we count N − 1; and puts faint gamma priors on
    both precisions. Centre X and y yourself, use `fit_intercept=False`, and the numbers are its own.
    """

    def __init__(
        self,
        alpha: float | None = None,
        beta: float | None = None,
        *,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float = 1e-8,
    ) -> None:
        self.alpha = alpha
        self.beta = beta
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Find the precisions that are not given, then the posterior.

        Args:
            X: shape (n_samples, n_features).
            y: shape (n_samples,).

        Raises:
            ValueRangeError: if a parameter is out of range.
            ShapeError, DTypeError, ValueRangeError: if the data are not finite numbers of these shapes, or a
                single sample must tell both an intercept and the noise.
            ConvergenceError: if the precisions do not settle in `max_iter` steps.
        """
        self._check_parameters()
        data = self._data_to_fit(X, y)
        n = len(data.y) - bool(self.fit_intercept)
        if n < 1:
            raise ShapeError(
                "BayesianLinearRegression.fit expects 2 samples or more with an intercept, got 1 sample, "
                "which says nothing of slope or noise: use fit_intercept=False"
            )
        decomposition = svd(data.X)
        spectrum = Spectrum.of(decomposition, data.y, n, float(np.abs(np.asarray(y, dtype=np.float64)).max()))
        self.alpha_, self.beta_, self.scores_ = self._maximise(spectrum)
        at_best = spectrum.step(self.alpha_, self.beta_)
        self.n_iter_ = len(self.scores_) - 1
        self.log_evidence_, self.effective_parameters_ = at_best.log_evidence, at_best.gamma
        self._keep(ridge_weights(decomposition, data.y, self.alpha_ / self.beta_), data)
        r = rank(decomposition, data.X.shape)
        s, vt = decomposition.s[:r], decomposition.vt[:r]
        self._axes = vt
        self._variances = 1 / (self.alpha_ + self.beta_ * s**2)  # along the axes; elsewhere 1/α
        across = np.eye(len(self.coef_)) - vt.T @ vt if r < len(self.coef_) else 0.0
        self.sigma_ = (vt.T * self._variances) @ vt + across / self.alpha_
        self.x_mean_ = data.x_mean
        self._samples = len(data.y)
        return self

    @overload
    def predict(self, X: ArrayLike, return_std: Literal[False] = False) -> np.ndarray: ...

    @overload
    def predict(self, X: ArrayLike, return_std: Literal[True]) -> tuple[np.ndarray, np.ndarray]: ...

    def predict(self, X: ArrayLike, return_std: bool = False) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        r"""Return the mean of the prediction for each sample, and on request its standard deviation.

        The variance is noise $1/\beta$, doubt about the intercept $1/\beta N$ (where there is one), and doubt
        about the weights $(\mathbf{x} - \bar{\mathbf{x}})^\top\Sigma(\mathbf{x} - \bar{\mathbf{x}})$.

        Args:
            X: shape (n_samples, n_features).
            return_std: whether to return the standard deviation as well.

        Returns:
            Mean, shape (n_samples,), or mean and standard deviation.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        features = self._features_to_use(X, "predict")
        mean = features @ self.coef_ + self.intercept_
        if not return_std:
            return mean
        away = features - self.x_mean_
        along = away @ self._axes.T  # (n, r)
        across = ((away - along @ self._axes) ** 2).sum(axis=1)
        doubt = along**2 @ self._variances + across / self.alpha_
        if self.fit_intercept:
            doubt += 1 / (self.beta_ * self._samples)
        return mean, np.sqrt(1 / self.beta_ + doubt)

    def _maximise(self, spectrum: Spectrum) -> tuple[float, float, np.ndarray]:
        """Return α, β and the log evidence on the way to them."""
        alpha, beta, settled = self._start(spectrum)
        scores = [spectrum.step(alpha, beta).log_evidence]
        learn = (self.alpha is None, self.beta is None)
        for _ in range(self.max_iter):
            if settled:
                return alpha, beta, np.array(scores)
            before = (alpha, beta)
            alpha, beta = spectrum.climb(alpha, beta, learn=learn)
            settled = (
                max(abs(math.log(a / b)) for a, b in zip((alpha, beta), before, strict=True)) <= self.tol
            )
            scores.append(spectrum.step(alpha, beta).log_evidence)
        if settled or abs(scores[-1] - scores[-2]) <= FLAT:  # a flat ridge: further steps gain nothing
            return alpha, beta, np.array(scores)
        raise ConvergenceError(
            f"BayesianLinearRegression expects its precisions to settle in max_iter={self.max_iter} steps, "
            f"got alpha={alpha:.3g} and beta={beta:.3g} still moving with tol={self.tol:g}: raise max_iter "
            "or tol, or give the precision that you know"
        )

    def _start(self, spectrum: Spectrum) -> tuple[float, float, bool]:
        """Return the pair of largest evidence on a line of ratios, and whether it is at an end of the line.

        At one end there is no slope, at the other no noise, to working precision. What is given stays.
        """
        if self.alpha is not None and self.beta is not None:
            return float(self.alpha), float(self.beta), True
        no_slope = (math.inf if self.alpha is None else float(self.alpha), spectrum.best_beta(math.inf))
        if self.beta is not None:
            no_slope = (no_slope[0], float(self.beta))
        if not spectrum.s.size:
            return *no_slope, True
        line = np.geomspace(EPS * spectrum.s[-1] ** 2, spectrum.s[0] ** 2 / EPS, GRID)
        pairs = [self._pair(spectrum, float(ratio)) for ratio in line]
        if self.alpha is None:
            pairs.append(no_slope)
        scores = np.array([spectrum.step(*pair).log_evidence for pair in pairs])
        best = int(scores.argmax())
        if self.alpha is None and scores[-1] >= scores[best] - FLAT:
            return *no_slope, True
        if self.beta is None and scores[0] >= scores[best] - FLAT:
            return *pairs[0], True
        return *pairs[best], False

    def _pair(self, spectrum: Spectrum, ratio: float) -> tuple[float, float]:
        if self.alpha is not None:
            return float(self.alpha), self.alpha / ratio
        beta = float(self.beta) if self.beta is not None else spectrum.best_beta(ratio)
        return ratio * beta, beta

    def _check_parameters(self) -> None:
        for name, value in (("alpha", self.alpha), ("beta", self.beta)):
            if value is not None and not 0 < value < math.inf:
                raise ValueRangeError(
                    f"BayesianLinearRegression expects a finite {name} > 0, got {value!r}: None learns it"
                )
        if not isinstance(self.max_iter, int | np.integer) or self.max_iter < 1:
            raise ValueRangeError(
                f"BayesianLinearRegression expects an integer max_iter ≥ 1, got {self.max_iter!r}"
            )
        if not 0 < self.tol < 1:
            raise ValueRangeError(f"BayesianLinearRegression expects tol in (0, 1), got {self.tol!r}")
