"""Bayesian logistic regression: probabilities that know how little was seen."""

from __future__ import annotations

import math
import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceWarning, ValueRangeError
from implementations.logistic_regression.arguments import checked_stop
from implementations.logistic_regression.evidence import learned_alpha
from implementations.logistic_regression.laplace_approximation import Laplace, laplace, probit_correction
from implementations.logistic_regression.linear_classifier import LinearClassifier


class BayesianLogisticRegression(LinearClassifier):
    r"""Fit a Gaussian to the posterior of the weights, and average probabilities over it.

    The prior is $\mathcal{N}(\mathbf{w} \mid 0, \alpha^{-1}I)$, flat for the intercept; with α fixed, `coef_`
    is that of `LogisticRegression(C=1/alpha)`. Probabilities are moderated: `predict_proba` gives
    $\sigma(\kappa(\sigma^2)\mu)$ with the mean μ and variance σ² of the log-odds (`log_odds`), nearer to one
    half where the weights leave them in doubt; `decision_function` is $\kappa(\sigma^2)\mu$. Which class is
    the more probable does not change.

    Args:
        alpha: precision of the prior in units of the features squared; None to learn it from the data.
        fit_intercept: whether to fit b.
        max_iter: most Newton steps a fit, and most values of α to try.
        tol: gradient of the mean loss at which Newton stops; α is found to a share of √tol.

    Attributes:
        classes_: two, sorted.
        coef_: most probable weights, shape (1, n_features).
        intercept_: shape (1,).
        sigma_: covariance of weights and then intercept, shape (p, p).
        alpha_: the precision of the prior that was used.
        effective_parameters_: $\gamma = d - \alpha\operatorname{tr}\Sigma_{ww}$, how many weights the data
            decide.
        log_evidence_: ln p(y) by Laplace's approximation, in nats.
        n_iter_: values of α that were tried, shape (1,); Newton steps where α was fixed.
        n_features_in_: number of features.

    Example:
        >>> model = BayesianLogisticRegression(alpha=1.0).fit([[-1.0], [-2.0], [1.0], [2.0]], [0, 0, 1, 1])
        >>> far = model.predict_proba([[50.0]])[0, 1]  # far from the data the weight's doubt is the limit
        >>> round(float(far), 3)
        0.916

    Source: MacKay 1992; Bishop 2006, §4.5; for α MacKay's rule as in Bishop 2006, equation 3.92.
    Deviation: two classes only.
    """

    def __init__(
        self,
        alpha: float | None = None,
        *,
        fit_intercept: bool = True,
        max_iter: int = 100,
        tol: float = 1e-8,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        r"""Fit to data.

        A learned α is the fixed point of $\alpha = \gamma/\lVert\hat{\mathbf{w}}\rVert^2$ (`learned_alpha`).

        Args:
            X: shape (n_samples, n_features).
            y: one of two classes a sample, shape (n_samples,).
            sample_weight: shape (n_samples,): a weight of 2 counts as the sample twice.

        Raises:
            ValueRangeError: if a parameter is out of range, or y has another number of classes than two.
            ShapeError, DTypeError, ValueRangeError: if the data are not finite numbers and their classes.

        Warns:
            ConvergenceWarning: if Newton or α had not settled after `max_iter` steps.
        """
        tol, max_iter = checked_stop(self.tol, self.max_iter, "BayesianLogisticRegression")
        alpha = self._checked_alpha()
        features, codes, weights = self._samples_to_fit(X, y, sample_weight)
        if len(self.classes_) != 2:
            raise ValueRangeError(
                "BayesianLogisticRegression.fit expects two classes, got "
                f"{len(self.classes_)} classes (Only binary classification is supported): compare one with "
                "the rest, y == c, or take LogisticRegression"
            )
        data = features, codes.astype(np.float64)
        options: dict[str, Any] = {"weights": weights, "fit_intercept": self.fit_intercept}
        options |= {"tol": tol, "max_iter": max_iter}
        steps, settled = 0, True
        if self.alpha is None:
            alpha, steps, settled = learned_alpha(*data, **options)
        fit = laplace(*data, alpha, **options)
        self._keep(fit, alpha, steps or fit.n_iter)
        settled = settled and fit.converged
        if not settled:
            warnings.warn(
                ConvergenceWarning(
                    f"BayesianLogisticRegression.fit expects to settle in max_iter={max_iter} steps, got no "
                    f"further than alpha={alpha:.3g}: raise max_iter or tol, or scale the features"
                ),
                stacklevel=2,
            )
        return self

    def log_odds(self, X: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        r"""Return mean μ and standard deviation $\sqrt{\mathbf{x}^\top\Sigma\mathbf{x}}$ of the log-odds.

        Args:
            X: shape (n_samples, n_features).

        Returns:
            Two arrays of shape (n_samples,), in nats.

        Raises:
            NotFittedError: before `fit`.
            ShapeError, DTypeError, ValueRangeError: if X is not what `fit` was given.
        """
        mean, variance = self._log_odds(X, "log_odds")
        return mean, np.sqrt(variance)

    def __sklearn_tags__(self) -> Any:
        """Describe this estimator to scikit-learn: two classes only."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def _scores(self, X: ArrayLike, method: str) -> np.ndarray:
        mean, variance = self._log_odds(X, method)
        return probit_correction(variance) * mean

    def _log_odds(self, X: ArrayLike, method: str) -> tuple[np.ndarray, np.ndarray]:
        features = self._features_to_use(X, method)
        mean = features @ self.coef_[0] + self.intercept_[0]
        if self.fit_intercept:
            features = np.column_stack([features, np.ones(len(features))])  # (n, p)
        return mean, ((features @ self.sigma_) * features).sum(axis=1)

    def _keep(self, fit: Laplace, alpha: float, steps: int) -> None:
        d = self.n_features_in_
        self.coef_ = fit.mode[None, :d].copy()
        self.intercept_ = fit.mode[d:].copy() if self.fit_intercept else np.zeros(1)
        self.sigma_, self.alpha_ = fit.covariance, alpha
        self.effective_parameters_ = fit.effective_parameters(alpha, d)
        self.log_evidence_, self.n_iter_ = fit.log_evidence, np.array([steps])

    def _checked_alpha(self) -> float:
        if self.alpha is None:
            return 1.0
        try:
            alpha = float(self.alpha)
        except (TypeError, ValueError):
            alpha = math.nan
        if isinstance(self.alpha, bool | str) or not 0 < alpha < math.inf:
            raise ValueRangeError(
                f"BayesianLogisticRegression expects a finite alpha > 0 or None, got {self.alpha!r}: "
                "None learns it from the data"
            )
        return alpha
