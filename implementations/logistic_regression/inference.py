r"""Standard errors of the weights, from the curvature of the likelihood at its maximum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import SingularError, ValueRangeError
from foundations.estimators import as_weights
from implementations.logistic_regression.classifier import LogisticRegression
from implementations.logistic_regression.objective import BinaryObjective


class StandardErrors(NamedTuple):
    """How far estimates would scatter if the data were drawn again.

    Attributes:
        coef: of the weights, shape (1, n_features).
        intercept: of the intercept, shape (1,); zero where none was fitted.
        covariance: of weights and then intercept, shape (p, p).
    """

    coef: np.ndarray
    intercept: np.ndarray
    covariance: np.ndarray


def fisher_information(
    model: LogisticRegression, X: ArrayLike, sample_weight: ArrayLike | None = None
) -> np.ndarray:
    r"""Return $X^\top S X$ at the fitted weights, shape (p, p): weights first, then the intercept.

    For logistic regression the information expected before y is seen and the one observed after are the same,
    because y does not occur in the Hessian.

    Args:
        model: fitted to two classes.
        X: shape (n, n_features), those of the fit.
        sample_weight: shape (n,), counts of equal samples.

    Raises:
        NotFittedError: before `fit`.
        ValueRangeError: if the model has more than two classes.
        ShapeError, DTypeError: if X is not what `fit` was given.

    Source: McCullagh & Nelder 1989, §4.4.
    """
    features = model._features_to_use(X, "fisher_information")
    if len(model.classes_) != 2:
        raise ValueRangeError(
            f"fisher_information expects a model of two classes, got {len(model.classes_)}: softmax leaves a "
            "shift of all weights undetermined; compare two classes at a time"
        )
    weights = as_weights(sample_weight, len(features), "fisher_information")
    objective = BinaryObjective(features, np.zeros(len(features)), weights, fit_intercept=model.fit_intercept)
    theta = np.append(model.coef_, model.intercept_) if model.fit_intercept else model.coef_.ravel()
    return objective.hessian(theta) * float(weights.sum())


def standard_errors(
    model: LogisticRegression, X: ArrayLike, sample_weight: ArrayLike | None = None
) -> StandardErrors:
    r"""Return the roots of the diagonal of $(X^\top S X)^{-1}$, for a model without penalty.

    Asymptotically $\hat{\mathbf{w}} \sim \mathcal{N}(\mathbf{w}, (X^\top S X)^{-1})$, so that an interval of
    95 % is 1.96 standard errors to each side. It needs many samples a weight; with a penalty the estimate is
    biased, and no interval around it has that coverage.

    Args:
        model: fitted to two classes with C=np.inf.
        X: shape (n, n_features), those of the fit.
        sample_weight: shape (n,), counts of equal samples.

    Raises:
        ValueRangeError: if the model has a penalty or more than two classes.
        SingularError: if the information has no inverse: columns depend on each other, or data are separable.
        NotFittedError, ShapeError, DTypeError: as `fisher_information`.

    Example:
        >>> X, y = [[0], [0], [0], [1], [1]], [0, 0, 1, 0, 1]
        >>> model = LogisticRegression(C=np.inf, tol=1e-9).fit(X, y)
        >>> errors = standard_errors(model, X)  # of the log-odds ln ½ of 2 to 1: √(1/1 + 1/2)
        >>> errors.intercept.round(6)
        array([1.224745])

    Source: McCullagh & Nelder 1989, §4.4.
    """
    information = fisher_information(model, X, sample_weight)
    if np.isfinite(model.C):
        raise ValueRangeError(
            f"standard_errors expects a model without penalty, got C={model.C:g}: fit with C=np.inf, or take "
            "BayesianLogisticRegression"
        )
    scale = np.sqrt(np.diag(information))
    if not (scale > 0).all() or np.linalg.cond(information / np.outer(scale, scale)) > 1e12:
        raise SingularError(
            "standard_errors expects an information matrix with an inverse, got a singular one: drop columns "
            "that depend on others; if the data are separable there is no maximum to have errors"
        )
    covariance = np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)
    errors, d = np.sqrt(np.diag(covariance)), model.n_features_in_
    intercept = errors[d:] if model.fit_intercept else np.zeros(1)
    return StandardErrors(errors[None, :d], intercept, covariance)
