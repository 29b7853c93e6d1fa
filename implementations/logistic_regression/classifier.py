"""Logistic regression as an estimator: two classes or more, every penalty, four ways to fit."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ConvergenceWarning, ValueRangeError
from foundations.optimization import Result
from implementations.logistic_regression.arguments import as_solver, checked_penalty, checked_stop, generator
from implementations.logistic_regression.linear_classifier import LinearClassifier
from implementations.logistic_regression.multinomial import one_hot
from implementations.logistic_regression.objective import BinaryObjective, Objective, SoftmaxObjective
from implementations.logistic_regression.proximal import fista
from implementations.logistic_regression.separable import SeparableDataWarning, separation
from implementations.logistic_regression.solvers import lbfgs, newton
from implementations.logistic_regression.stochastic import sgd

Solver = Literal["lbfgs", "newton-cholesky", "fista", "sgd"]


class LogisticRegression(LinearClassifier):
    r"""Fit class probabilities whose log-odds are linear in the features.

    W and b minimise $C \sum_n s_n \ell_n + (1 - \rho) \tfrac12 \lVert W \rVert^2 + \rho \lVert W \rVert_1$
    with $\ell_n = -\ln p(y_n \mid x_n)$ in nats and ρ = `l1_ratio`. The intercepts b are not penalised. More
    than two classes share one softmax.

    Args:
        C: inverse strength of the penalty; `np.inf` for none, which is maximum likelihood.
        l1_ratio: share ρ of the absolute values in the penalty: 0 squares only, 1 absolute values only,
            between them the elastic net.
        tol: gradient of the mean loss (its norm, in nats) at which to stop.
        fit_intercept: whether to fit b.
        class_weight: weights by class, or "balanced" for classes that weigh the same; times `sample_weight`.
        random_state: a seed or generator for the order of samples in "sgd"; None for a fresh one.
        solver: "lbfgs", "newton-cholesky" (few features, any scale) or "sgd" (many samples, rough answers)
            for squares; "fista" for every penalty.
        max_iter: most steps; passes over the data for "sgd".
        warm_start: whether to start from the last fit where its shape still fits.

    Attributes:
        classes_: sorted, shape (n_classes,).
        coef_: shape (1, n_features) for two classes, (n_classes, n_features) for more.
        intercept_: shape (1,) or (n_classes,); zeros without intercept.
        n_iter_: steps taken, shape (1,).
        n_features_in_: number of features.
        feature_names_in_: their names, where X had any.

    Example:
        >>> model = LogisticRegression(C=np.inf, tol=1e-9).fit([[0], [0], [0], [1], [1]], [0, 0, 1, 0, 1])
        >>> model.predict_proba([[0], [1]]).round(6)
        array([[0.666667, 0.333333],
               [0.5     , 0.5     ]])

    Source: Bishop 2006, §4.3; Hastie, Tibshirani & Friedman 2009, §4.4.
    Deviation: parameters and attributes are scikit-learn 1.9's; "fista" is in the place of its "saga".
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        l1_ratio: float = 0.0,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        random_state: int | np.random.Generator | None = None,
        solver: Solver = "lbfgs",
        max_iter: int = 100,
        warm_start: bool = False,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.warm_start = warm_start

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to data.

        Args:
            X: shape (n_samples, n_features); columns of very different scales make all but
                "newton-cholesky" slow.
            y: one class a sample, two or more of them, shape (n_samples,).
            sample_weight: shape (n_samples,): a weight of 2 counts as the sample twice, of 0 as not at all.

        Raises:
            ValueRangeError: if a parameter is out of range, a solver cannot take the penalty, or a class has
                no weight.
            ShapeError, DTypeError, ValueRangeError: if the data are not finite numbers and their classes.

        Warns:
            SeparableDataWarning: if there is no penalty and the data show that no weights are best.
            ConvergenceWarning: if the fit ends after `max_iter` steps, or cannot get any closer.
        """
        C, ratio = checked_penalty(self.C, self.l1_ratio)
        solver = as_solver(self.solver, absolute=ratio > 0 and np.isfinite(C))
        tol, max_iter = checked_stop(self.tol, self.max_iter, "LogisticRegression")
        features, codes, weights = self._samples_to_fit(X, y, sample_weight, self.class_weight)
        objective = make_objective(
            features,
            codes,
            weights,
            len(self.classes_),
            C=C,
            l1_ratio=ratio,
            fit_intercept=self.fit_intercept,
        )
        start = self._start(objective)
        result = self._solve(solver, objective, start, tol, max_iter)
        coef, intercept = objective.split(result.x)
        self.coef_, self.intercept_ = coef.copy(), intercept.copy()
        self.n_iter_ = np.array([result.iterations])
        self._warn(objective, result)
        return self

    def _solve(
        self, solver: str, objective: Objective, start: np.ndarray, tol: float, max_iter: int
    ) -> Result:
        if solver == "sgd":
            rng = generator(self.random_state)
            return sgd(objective, start, rng=rng, tol=tol, max_iter=max_iter)
        solve = {"lbfgs": lbfgs, "newton-cholesky": newton, "fista": fista}[solver]
        return solve(objective, start, tol=tol, max_iter=max_iter)

    def _start(self, objective: Objective) -> np.ndarray:
        if self.warm_start and hasattr(self, "coef_"):
            last = self.coef_
            if objective.fit_intercept:
                last = np.column_stack([last, self.intercept_])
            if last.shape == objective.shape:
                return last
        return np.zeros(objective.shape)

    def _warn(self, objective: Objective, result: Result) -> None:
        free = objective.l1 == objective.l2 == 0
        if free and (how := separation(objective, result.x)):
            warnings.warn(
                SeparableDataWarning(
                    "LogisticRegression.fit expects classes that overlap where there is no penalty, got data "
                    f"with {how} separation: the likelihood has no maximum and the weights grow without "
                    f"end; stopped after {result.iterations} steps at a length of "
                    f"{np.linalg.norm(self.coef_):.3g}: set a finite C"
                ),
                stacklevel=3,
            )
        elif not result.converged:
            warnings.warn(
                ConvergenceWarning(
                    f"LogisticRegression.fit expects a gradient of {self.tol:g} or less, got "
                    f"{result.gradient_norm:.2g}: {result.reason}; or scale the features, or take "
                    "solver='newton-cholesky'"
                ),
                stacklevel=3,
            )


def make_objective(
    X: np.ndarray,
    codes: np.ndarray,
    weights: np.ndarray,
    n_classes: int,
    *,
    C: float,
    l1_ratio: float,
    fit_intercept: bool,
) -> Objective:
    r"""Return what `LogisticRegression` minimises, divided by $C \sum_n s_n$.

    Args:
        X: shape (n, d).
        codes: of the classes, in [0, n_classes), shape (n,).
        weights: of the samples, shape (n,).
        n_classes: two or more.
        C: inverse strength of the penalty.
        l1_ratio: share of the absolute values.
        fit_intercept: whether there are intercepts.

    Raises:
        ValueRangeError: if the samples of a class weigh nothing.
    """
    totals = np.bincount(codes, weights, minlength=n_classes)
    if not (totals > 0).all():
        raise ValueRangeError(
            f"LogisticRegression.fit expects weight on every class, got none on class number "
            f"{int(totals.argmin())}: drop its samples"
        )
    strength = 1 / (C * float(totals.sum()))
    penalty = {"l2": (1 - l1_ratio) * strength, "l1": l1_ratio * strength, "fit_intercept": fit_intercept}
    if n_classes == 2:
        return BinaryObjective(X, codes.astype(np.float64), weights, **penalty)
    return SoftmaxObjective(X, one_hot(codes, n_classes), weights, **penalty)
