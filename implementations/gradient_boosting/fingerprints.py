"""The first rounds of every arm of the claims, which the tests take again.

If they no longer come out as they did when the results were measured, the foundations below have changed
what they compute, and the results are out of date.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from implementations.gradient_boosting.experiments import bins, common, large_leaves, missing, shrinkage
from implementations.gradient_boosting.regressor import GradientBoostingRegressor

ROUNDS = 20
DEPTH = 3

Losses = dict[str, list[float]]
"""Arm to the training loss before any tree and after each round."""


def first_losses(X: np.ndarray, y: np.ndarray, **how: Any) -> list[float]:
    """Boost a few rounds as `common.fit` does, from seed 0.

    Args:
        X: shape (n, 10).
        y: shape (n,).
        **how: what the arm changes.
    """
    settings = {"learning_rate": 0.1, "reg_lambda": 0.0, "max_depth": DEPTH} | how
    return GradientBoostingRegressor(ROUNDS, **settings).fit(X, y).train_loss_.tolist()


def of_shrinkage() -> Losses:
    """Every rate, on Friedman's function and on a single step."""
    rows = common.rows(0, "standard", 0)
    found = {arm: first_losses(rows.X, rows.y, learning_rate=rate) for arm, rate in shrinkage.RATES.items()}
    return found | {"step": first_losses(rows.X, shrinkage.step(rows.X))}


def of_bins() -> Losses:
    """Exact splits, 256 bins and 8."""
    rows = common.rows(0, "standard", 0)
    return {arm: first_losses(rows.X, rows.y, **method) for arm, method in bins.METHODS.items()}


def of_large_leaves() -> Losses:
    """The same with ten rows a leaf or more, on rows of its own."""
    rows = common.rows(large_leaves.FRESH, "standard", 0)
    return {
        arm: first_losses(rows.X, rows.y, min_child_weight=large_leaves.LEAST, **method)
        for arm, method in bins.METHODS.items()
    }


def of_missing() -> Losses:
    """Both arms in both scenes."""
    found = {}
    for scene in missing.SCENES:
        for arm in missing.ARMS:
            train, *_ = missing.parts(0, "standard", scene, arm)
            found[f"{scene}_{arm}"] = first_losses(train.X, train.y)
    return found


FINGERPRINTS = {
    "shrinkage": of_shrinkage,
    "bins": of_bins,
    "large-leaves": of_large_leaves,
    "missing": of_missing,
}
