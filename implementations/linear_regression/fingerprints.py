"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

from itertools import islice

import numpy as np

from implementations.linear_regression.bayesian import BayesianLinearRegression
from implementations.linear_regression.experiments import bands, folds, rate
from implementations.linear_regression.experiments.problems import FEW, draw
from implementations.linear_regression.gradient_descent import descend

COUNT = 20


def of_folds() -> dict[str, list[float]]:
    """Log evidence of 20 problems at the precisions found, and the log risk of both ways to a penalty."""
    found: dict[str, list[float]] = {"log_evidence": [], "evidence": [], "folds": []}
    for i in range(COUNT):
        rng = np.random.default_rng([0, FEW, 0, i])
        problem = draw(FEW, rng)
        found["log_evidence"].append(BayesianLinearRegression().fit(problem.X, problem.y).log_evidence_)
        found["evidence"].append(float(np.log(folds.by_evidence(problem))))
        found["folds"].append(float(np.log(folds.by_folds(problem, 5, rng))))
    return found


def of_bands() -> dict[str, list[float]]:
    """Half width of every band, on 20 problems."""
    drawn = [bands.bands(FEW, np.random.default_rng([0, FEW, i])) for i in range(COUNT)]
    return {name: [one[name].half for one in drawn] for name in drawn[0]}


def of_rate() -> dict[str, list[float]]:
    """Distance to the minimum in the first 20 steps, with both steps."""
    one = rate.bowl(np.random.default_rng([0, 0]))
    steps = {"safe": 1 / one.largest, "longest": 2 / (one.largest + one.smallest)}
    return {
        name: [
            float(np.linalg.norm(w - one.best))
            for w, _ in islice(
                descend(one.X, one.y, np.zeros(rate.FEATURES), penalty=0.0, learning_rate=step), COUNT
            )
        ]
        for name, step in steps.items()
    }


FINGERPRINTS = {"folds": of_folds, "bands": of_bands, "rate": of_rate}
