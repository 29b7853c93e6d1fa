"""The data of the demo: Friedman's function of ten features, of which five matter."""

from __future__ import annotations

import numpy as np

FEATURES = 10


def truth(X: np.ndarray) -> np.ndarray:
    r"""Return $10\sin(\pi x_0x_1) + 20(x_2 - \frac12)^2 + 10x_3 + 5x_4$, shape (n,).

    Args:
        X: shape (n, 10); features 5 to 9 do not matter.
    """
    wave, bowl = np.sin(np.pi * X[:, 0] * X[:, 1]), (X[:, 2] - 0.5) ** 2
    return 10 * wave + 20 * bowl + 10 * X[:, 3] + 5 * X[:, 4]


def friedman(n: int, rng: np.random.Generator, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Draw features evenly from [0, 1], shape (n, 10), and the truth with noise, shape (n,).

    Args:
        n: how many.
        rng: draws them.
        noise: standard deviation.
    """
    X = rng.uniform(size=(n, FEATURES))
    return X, truth(X) + noise * rng.standard_normal(n)
