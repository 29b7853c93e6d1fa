"""The still twin of the figure that moves: points on a line, what the first trees leave, and both losses."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundations import plotting
from foundations.plotting import DASHED
from implementations.gradient_boosting.regressor import GradientBoostingRegressor

BLUE, ORANGE, TEAL, PLUM, GOLD, LILAC = plotting.COLOURS
DEPTH, RATE, PENALTY, TREES, MOST = 2, 0.3, 1.0, 1, 60


def truth(x: np.ndarray) -> np.ndarray:
    """Return the function behind the points: a wave with a step, shape as x."""
    return np.sin(5 * x) + 0.8 * (x > 0.6) - 0.4


def points() -> dict[str, dict[str, np.ndarray]]:
    """Return x, y and label, shape (40,), of the training points in order of x, and of those held out."""
    rng = np.random.default_rng(11)
    x = rng.permutation(80)
    x = np.concatenate([np.sort(x[:40]), np.sort(x[40:])]) / 80 + 0.005
    y = np.round(truth(x) + 0.35 * rng.standard_normal(80), 3)
    label = (rng.uniform(size=80) < 1 / (1 + np.exp(-3 * truth(x)))).astype(float)
    halves = {"train": slice(0, 40), "held": slice(40, 80)}
    return {name: {"x": np.round(x[half], 4), "y": y[half], "label": label[half]} for name, half in halves.items()}
