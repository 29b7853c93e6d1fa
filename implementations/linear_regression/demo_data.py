"""The data of the demo: ten measurements of 442 diabetes patients, and how their illness went on."""

from __future__ import annotations

import numpy as np

from foundations.data import load


def patients() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return X and y of training, X and y of test, and names; columns have mean 0, variance 1 in training."""
    data = load("diabetes")
    train, test = data["train"], data["test"]
    mean, std = train["features"].mean(axis=0), train["features"].std(axis=0)
    scaled = ((split["features"] - mean) / std for split in (train, test))
    return next(scaled), train["targets"], next(scaled), test["targets"], train["names"]
