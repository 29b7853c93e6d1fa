"""What the claims begin with, which the tests take again: first steps, and losses on first data sets."""

from __future__ import annotations

from functools import partial

import numpy as np

from implementations.logistic_regression.experiments import averaging, conditioning, overconfidence
from implementations.logistic_regression.objective import BinaryObjective
from implementations.logistic_regression.solvers import largest_curvature, newton

Losses = dict[str, list[float]]


def of_overconfidence() -> Losses:
    """Losses of Newton's first steps without and with a penalty, at each number of samples a weight."""
    found: Losses = {}
    for name in overconfidence.SAMPLES_A_WEIGHT:
        X, y = overconfidence.draw(0, "quick", name)["train"]
        for arm, C in (("free", np.inf), ("ridge", 0.1)):
            objective = _objective(X, y, C)
            found[f"{arm}_{name}"] = newton(objective, tol=1e-6, max_iter=6).values.tolist()
    return found


def _objective(X: np.ndarray, y: np.ndarray, C: float) -> BinaryObjective:
    """Return what the claim's fits minimise."""
    return BinaryObjective(X, y.astype(float), np.ones(len(y)), l2=1 / (C * len(y)), fit_intercept=False)


def of_conditioning() -> Losses:
    """Losses of the first 20 steps of descent, and of Newton's, at a condition of 100."""
    found: Losses = {}
    for arm in conditioning.ARMS:
        objective = conditioning.problem(0, "standard", 100.0, shrunk=arm == "shrunk")
        w, values = np.zeros(objective.shape), []
        for _ in range(20):
            values.append(objective.value(w))
            w = w - objective.gradient(w) / largest_curvature(objective)
        found[arm] = values
        found[f"{arm}_newton"] = newton(objective, tol=1e-8).values.tolist()
    return found


def of_moderation(*, exact: bool) -> Losses:
    """Losses of both kinds of probabilities on the first data sets, few and many samples."""
    rng = np.random.default_rng([0, 1])
    found: Losses = {}
    for size in averaging.SAMPLES:
        for i, task in enumerate(averaging.tasks(0, "quick", size)):
            found[f"{size}_{i}"] = list(averaging.losses(task, averaging.fitted(task, averaging.ALPHA)))
            if exact and size == "few":
                found[f"exact_{i}"] = list(averaging.exact_loss(task, "quick", rng=rng))[:1]
    return found


FINGERPRINTS = {
    "overconfidence": of_overconfidence,
    "conditioning": of_conditioning,
    "moderation": partial(of_moderation, exact=True),
    "moderation-tuned": partial(of_moderation, exact=False),
}
