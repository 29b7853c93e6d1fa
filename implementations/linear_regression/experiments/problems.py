"""The regression problems of the claims: drawn from a prior and noise that are known."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

FEATURES = 10
ALPHA = 10.0
"""Precision of the prior: ten weights of variance 0.1 give a signal of variance 1."""
BETA = 1.0
"""Precision of the noise: as much noise as signal, so nobody predicts more than half of the variance."""
FEW, MANY = 15, 400
"""Sizes of training sets: 1.5 samples a feature, where the penalty matters, and 40, where it cannot."""
LARGE = 0.91
"""Share of the signal in one weight, where the weights are unequal; the nine others share the rest."""

Kind = Literal["equal", "unequal"]


class Problem(NamedTuple):
    """One regression problem.

    Attributes:
        X: shape (n, 10), standard normal.
        y: shape (n,), Xw plus noise; the true intercept is 0.
        weights: w, shape (10,).
    """

    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray


def draw(n: int, rng: np.random.Generator, kind: Kind = "equal") -> Problem:
    """Draw a problem: weights from the prior, or one large weight and nine small ones of either sign.

    Args:
        n: training samples.
        rng: of everything random.
        kind: whether the weights have one width, as the prior of the models says, or not.
    """
    X = rng.standard_normal((n, FEATURES))
    if kind == "equal":
        weights = rng.standard_normal(FEATURES) / np.sqrt(ALPHA)
    else:
        shares = np.array([LARGE] + [(1 - LARGE) / (FEATURES - 1)] * (FEATURES - 1))
        weights = np.sqrt(shares) * rng.choice([-1.0, 1.0], FEATURES)
    return Problem(X, X @ weights + rng.standard_normal(n) / np.sqrt(BETA), weights)


def excess(problem: Problem, coef: np.ndarray, intercept: float) -> float:
    r"""Return the expected squared error beyond the noise, $\lVert\hat w - w\rVert^2 + \hat b^2$, exactly."""
    return float(((coef - problem.weights) ** 2).sum() + intercept**2)
