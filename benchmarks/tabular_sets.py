"""The tables that learners are compared on: those of scikit-learn, made ones, and two to be downloaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foundations.data import load
from foundations.data.store import Status, status
from implementations.gradient_boosting.experiments.common import friedman

Data = tuple[np.ndarray, np.ndarray]

COVERS = 100_000
"""Rows of covertype that are used: a random fifth, the same for every learner."""


@dataclass(frozen=True)
class Table:
    """One data set.

    Attributes:
        title: What it is called in the table.
        kind: "regression" or "classification".
        load: Returns X and y, or why it cannot.
    """

    title: str
    kind: str
    load: Callable[[], Data | str]


def bundled(name: str) -> Callable[[], Data]:
    """Return what loads a set that comes with scikit-learn."""

    def read() -> Data:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")()
        return bunch.data, bunch.target

    return read


def downloaded(name: str, key: str) -> Callable[[], Data | str]:
    """Return what loads a set that is on this machine, and otherwise says that it is not."""

    def read() -> Data | str:
        if status(name) is not Status.PRESENT:
            return f"not measured here: not downloaded (`study data fetch {name}`)"
        split = load(name)["all"]
        X, y = np.asarray(split["features"]), np.asarray(split[key])
        if len(X) > COVERS:
            chosen = np.sort(np.random.default_rng(0).choice(len(X), COVERS, replace=False))
            X, y = X[chosen], y[chosen]
        return X, y

    return read


def friedmans() -> Data:
    """Draw 10,000 rows of Friedman's function with noise of deviation 1."""
    rng = np.random.default_rng(0)
    X = rng.random((10_000, 10))
    return X, friedman(X) + rng.standard_normal(len(X))


def holes() -> Data:
    """Draw the same with a fifth of the values missing at random."""
    X, y = friedmans()
    X[np.random.default_rng(1).random(X.shape) < 0.2] = np.nan
    return X, y


def large() -> Data:
    """Draw 133,334 rows of 20 features and two classes, so that 100,000 are learned from."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((133_334, 20))
    z = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + X[:, 3] / 2 - 0.7 * X[:, 4] ** 2 * (X[:, 5] > 0)
    z += 0.3 * X[:, 6:].sum(axis=1)
    return X, (rng.random(len(X)) < 1 / (1 + np.exp(-z))).astype(np.int64)


SETS = {
    "diabetes": Table("diabetes", "regression", bundled("diabetes")),
    "breast-cancer": Table("breast cancer", "classification", bundled("breast_cancer")),
    "wine": Table("wine", "classification", bundled("wine")),
    "digits": Table("digits", "classification", bundled("digits")),
    "friedman": Table("Friedman, made", "regression", friedmans),
    "holes": Table("Friedman, a fifth missing", "regression", holes),
    "large": Table("two classes, made", "classification", large),
    "california-housing": Table(
        "California housing", "regression", downloaded("california-housing", "targets")
    ),
    "covertype": Table("covertype, a part", "classification", downloaded("covertype", "labels")),
}
