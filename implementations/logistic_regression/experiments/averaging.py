r"""What both claims on moderation share: data from the prior, and four ways to predict from them.

Weights are drawn from the prior itself, so the exact posterior mean is the best prediction there is; it is
computed by importance sampling from a Student t at the Laplace approximation. Losses are taken in expectation
over the classes of the test rows, with their true probabilities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from foundations.experiment import Budget, by_budget
from implementations.logistic_regression.laplace_approximation import Laplace, laplace, moderated_sigmoid
from implementations.logistic_regression.likelihood import sigmoid

WEIGHTS = 10
VARIANCE = 4.0
"""Of the true log-odds: about a fifth of the classes cannot be told even by who knows all."""
ALPHA = WEIGHTS / VARIANCE
"""Precision of the prior that the weights are drawn from."""
SAMPLES = {"few": 20, "many": 1000}
DEGREES = 5.0
"""Of freedom of the Student t: its tails are heavier than those of any posterior here."""
TINY = 1e-12


@dataclass(frozen=True)
class Task:
    """One data set: training rows, test rows, and the true probabilities of the latter."""

    X: np.ndarray
    y: np.ndarray
    at: np.ndarray
    truth: np.ndarray

    def loss(self, p: np.ndarray) -> float:
        """Return the expected log-loss of probabilities on the test rows, in nats."""
        p = np.clip(p, TINY, 1 - TINY)
        return float(-(self.truth * np.log(p) + (1 - self.truth) * np.log1p(-p)).mean())


def tasks(seed: int, budget: Budget, size: str) -> Iterator[Task]:
    """Draw the data sets of a seed, each with its own weights."""
    how_many = {
        "few": by_budget(budget, quick=4, standard=100, full=400),
        "many": by_budget(budget, quick=2, standard=10, full=40),
    }
    n_test = by_budget(budget, quick=100, standard=500, full=500)
    rng = np.random.default_rng([seed, SAMPLES[size]])
    for _ in range(how_many[size]):
        w = rng.standard_normal(WEIGHTS) / np.sqrt(ALPHA)
        X, at = (rng.standard_normal((n, WEIGHTS)) for n in (SAMPLES[size], n_test))
        y = (rng.random(SAMPLES[size]) < sigmoid(X @ w)).astype(float)
        yield Task(X, y, at, sigmoid(at @ w))


def fitted(task: Task, alpha: float) -> Laplace:
    """Return the Laplace approximation of a task under a prior of some precision."""
    return laplace(task.X, task.y, alpha, fit_intercept=False)


def losses(task: Task, fit: Laplace, *, widened: float = 1.0) -> tuple[float, float]:
    """Return the log-loss of the most probable weights and that of moderated probabilities.

    Args:
        task: the data.
        fit: to these data.
        widened: factor on the variance of the log-odds, one but for what should go wrong.
    """
    mean = task.at @ fit.mode
    variance = ((task.at @ fit.covariance) * task.at).sum(axis=1)
    return task.loss(sigmoid(mean)), task.loss(moderated_sigmoid(mean, widened * variance))


def exact_loss(task: Task, budget: Budget, *, rng: np.random.Generator) -> tuple[float, float]:
    """Return the log-loss of the posterior mean of probabilities, and the effective number of draws."""
    draws = by_budget(budget, quick=300, standard=2000, full=10_000)
    fit = fitted(task, ALPHA)
    z = rng.standard_normal((draws, WEIGHTS))
    stretch = rng.chisquare(DEGREES, draws) / DEGREES
    L = np.linalg.cholesky(fit.covariance)
    W = fit.mode + (z @ L.T) / np.sqrt(stretch)[:, None]  # (draws, d)
    A = task.X @ W.T  # (n, draws)
    joint = task.y @ A - np.logaddexp(0, A).sum(axis=0) - ALPHA / 2 * (W**2).sum(axis=1)
    proposal = -(DEGREES + WEIGHTS) / 2 * np.log1p((z**2).sum(axis=1) / stretch / DEGREES)
    weights = np.exp(joint - proposal - (joint - proposal).max())
    weights /= weights.sum()
    return task.loss(sigmoid(task.at @ W.T) @ weights), float(1 / (weights**2).sum())
