r"""Separable data: why the likelihood has no maximum there, and how one tells.

If some direction V scores every sample's own class at least as high as all others, and once higher, then the
likelihood rises along W + tV for ever: the weights run to infinity. The penalties end that; without one, the
fit stops where the gradient is small and says so.
"""

from __future__ import annotations

import numpy as np

from foundations.errors import ConvergenceWarning
from implementations.logistic_regression.objective import BinaryObjective, Objective, SoftmaxObjective
from implementations.logistic_regression.solvers import newton, newton_direction

LARGEST = 1000  # unknowns up to which a Newton step is taken to tell
MOVES = 0.1  # nats: a Newton step at a maximum moves scores by far less, along a separating direction by 1
CLOSE, STEPS = 1e-8, 50  # where Newton ends that looks closer
TIES = 1e-3  # of the largest: margins above minus this count as zero


class SeparableDataWarning(ConvergenceWarning):
    """Warn that the classes are separable, so that without a penalty no weights are best."""


def margins(objective: Objective, direction: np.ndarray) -> np.ndarray:
    r"""Return by how much a direction lifts each sample's own class above the best of the others, shape (n,).

    Args:
        objective: which has the samples and their classes.
        direction: V, shape `objective.shape` or flat.

    Example:
        >>> line = BinaryObjective(np.array([[-1.0], [2.0]]), np.array([0.0, 1.0]), np.ones(2))
        >>> margins(line, np.array([[3.0, 0.0]]))
        array([3., 6.])
    """
    coef, intercept = objective.split(direction)
    scores = objective.X @ coef.T + intercept  # (n, K)
    if isinstance(objective, BinaryObjective):
        return np.where(objective.y == 1, 1.0, -1.0) * scores[:, 0]
    assert isinstance(objective, SoftmaxObjective)
    own = (scores * objective.Y).sum(axis=1)
    others = np.where(objective.Y == 1, -np.inf, scores).max(axis=1)
    return own - others


def separation(objective: Objective, theta: np.ndarray) -> str:
    r"""Return whether the end of a fit without penalty shows the data to be separable, and how.

    Complete separation is proved by any W of which all margins are positive: at the end of a fit, W itself.
    Quasi-complete separation, where some samples tie for ever, shows in the Newton step there: at a maximum
    it would vanish, but along a direction in which the likelihood still rises exponentially slowly it moves
    scores by about one nat, lowering none. Where the step at the end moves scores that much, Newton goes on
    until only such a direction can be left. The second is looked for only up to 1000 unknowns.

    Args:
        objective: what was minimised, without a penalty.
        theta: where it ended, shape `objective.shape`.

    Returns:
        "complete", "quasi-complete", or "" where no separation shows.

    Source: Albert & Anderson 1984 for the cases.
    """
    if margins(objective, theta).min() > 0:
        return "complete"
    if theta.size > LARGEST:
        return ""
    lifted = _lifted(objective, theta)
    if np.abs(lifted).max() <= MOVES:
        return ""
    lifted = _lifted(objective, newton(objective, theta, tol=CLOSE, max_iter=STEPS).x)
    largest = float(lifted.max())
    return "quasi-complete" if largest > MOVES and lifted.min() > -TIES * largest else ""


def _lifted(objective: Objective, theta: np.ndarray) -> np.ndarray:
    """Return the margins of the Newton step, shape (n,)."""
    return margins(objective, newton_direction(objective, theta, objective.gradient(theta)))
