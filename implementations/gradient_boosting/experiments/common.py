"""What the claims share: Friedman's function, fresh rows for every seed, a fit that stops by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from foundations.experiment import Budget, Metrics, Scale, Verdict, all_of, at_most, between, by_budget
from implementations.gradient_boosting.regressor import GradientBoostingRegressor

THIRD = 1 / 3
"""The largest margin for "no difference", as a share of an effect measured beside it."""
SHARE_AT_LEAST, SHARE_AT_MOST = 0.005, 0.5
"""Off floor and ceiling: the reference arm's error as a share of the variance of the function."""
REACHED_AT_MOST = 0.9
"""Stopped by itself: rounds used, as a share of those allowed."""
SHARED = {
    "share_at_least": SHARE_AT_LEAST,
    "share_at_most": SHARE_AT_MOST,
    "reached_at_most": REACHED_AT_MOST,
}
DEPTHS = (1, 2, 3, 4, 5, 6)
"""The depths that every arm tries; each gets its own best."""
FEATURES = 10


@dataclass(frozen=True)
class Size:
    """How large an experiment is.

    Attributes:
        train: rows to learn from.
        validation: rows that say when to stop.
        test: rows that are judged.
        rounds: most trees.
        patience: rounds without a lower validation loss before it stops.
    """

    train: int
    validation: int
    test: int
    rounds: int
    patience: int


def size(budget: Budget) -> Size:
    """Return the size by budget."""
    return by_budget(
        budget,
        quick=Size(120, 60, 200, 25, 5),
        standard=Size(1000, 1000, 5000, 3000, 50),
        full=Size(20_000, 10_000, 50_000, 10_000, 100),
    )


class Rows(NamedTuple):
    """Rows with what can be known of them.

    Attributes:
        X: shape (n, 10).
        f: the function without noise, shape (n,).
        y: f and noise of deviation 1, shape (n,).
    """

    X: np.ndarray
    f: np.ndarray
    y: np.ndarray


def friedman(X: np.ndarray) -> np.ndarray:
    r"""Return $10\sin(\pi x_1x_2) + 20(x_3-\frac12)^2 + 10x_4 + 5x_5$, shape (n,); the rest does nothing.

    Args:
        X: shape (n, 5 or more), in [0, 1].

    Source: Friedman 1991, Multivariate adaptive regression splines.
    """
    wave = 10 * np.sin(np.pi * X[:, 0] * X[:, 1])
    return wave + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]


@lru_cache(maxsize=8)
def rows(seed: int, budget: Budget, part: int, f: Callable[[np.ndarray], np.ndarray] = friedman) -> Rows:
    """Draw rows that no other seed or part shares.

    Args:
        seed: of the run.
        budget: how many.
        part: 0 to learn from, 1 to say when to stop, 2 to judge.
        f: the function.
    """
    n = (size(budget).train, size(budget).validation, size(budget).test)[part]
    rng = np.random.default_rng([seed, part])
    X = rng.random((n, FEATURES))
    return Rows(X, f(X), f(X) + rng.standard_normal(n))


def fit(
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    budget: Budget,
    **how: Any,
) -> GradientBoostingRegressor:
    """Boost until the validation loss has not fallen for a while, and keep the trees up to its minimum.

    Args:
        train: X and y.
        validation: X and y.
        budget: how many rounds at most, and how patient.
        **how: further parameters of the regressor.
    """
    chosen = size(budget)
    settings = {"learning_rate": 0.1, "reg_lambda": 0.0, "n_iter_no_change": chosen.patience} | how
    model = GradientBoostingRegressor(chosen.rounds, **settings)
    return model.fit(*train, eval_set=validation)


def reached(model: GradientBoostingRegressor, budget: Budget) -> float:
    """Return the rounds that were used, as a share of those allowed."""
    return model.n_estimators_ / size(budget).rounds


def error(model: GradientBoostingRegressor, X: np.ndarray, f: np.ndarray) -> float:
    """Return the mean square by which predictions miss the function without noise."""
    return float(np.mean((model.predict(X) - f) ** 2))


def within_regime(m: Metrics, arm: str) -> Verdict:
    """Return whether the arm's error is 0.5 % to 50 % of the variance of the function."""
    return between(m[f"error_{arm}"] / m["variance"], SHARE_AT_LEAST, SHARE_AT_MOST)


def stopped(m: Metrics, *arms: str) -> Verdict:
    """Return whether arms stopped by themselves, each on average over seeds."""
    return all_of(*(at_most(m[f"reached_{arm}"], REACHED_AT_MOST) for arm in arms))


def ratio(m: Metrics, arm: str, reference: str) -> np.ndarray:
    """Return the logarithm of the ratio of two arms' errors, one value a seed."""
    return np.log(m[f"error_{arm}"] / m[f"error_{reference}"])


def scale(budget: Budget) -> Scale:
    """Return how many rows are learned from; the papers' own numbers differ from data set to data set."""
    return {"examples": (float(size(budget).train), None)}
