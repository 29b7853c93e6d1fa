"""The data of the demo: Friedman's function of ten features, of which five matter."""

from __future__ import annotations

import numpy as np

from implementations.gradient_boosting.experiments.common import FEATURES
from implementations.gradient_boosting.experiments.common import friedman as truth

__all__ = ["FEATURES", "friedman", "truth"]


def friedman(n: int, rng: np.random.Generator, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Draw features evenly from [0, 1], shape (n, 10), and the truth with noise, shape (n,).

    Args:
        n: how many.
        rng: draws them.
        noise: standard deviation.
    """
    X = rng.uniform(size=(n, FEATURES))
    return X, truth(X) + noise * rng.standard_normal(n)
