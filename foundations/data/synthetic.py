"""Small sets of points in the plane that one can see through."""

import math

import numpy as np

from foundations.errors import ValueRangeError

Labelled = tuple[np.ndarray, np.ndarray]
"""Points, float32 of shape (n, 2), and their classes, int64 of shape (n,)."""


def moons(n: int, *, noise: float = 0.1, rng: np.random.Generator) -> Labelled:
    """Draw two half circles that hold each other.

    Args:
        n: Number of points, shared evenly by the classes.
        noise: Standard deviation of the Gaussian added to each coordinate; the circles have radius 1.
        rng: Source of randomness.

    Returns:
        Points (n, 2) and classes 0 and 1, (n,), in random order.

    Raises:
        ValueRangeError: If `n` or `noise` is negative.

    Examples:
        >>> x, y = moons(5, rng=np.random.default_rng(0))
        >>> x.shape, sorted(y.tolist())
        ((5, 2), [0, 0, 0, 1, 1])
    """
    y = _classes(n, 2, noise)
    angle = rng.uniform(0, math.pi, n)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (n, 2)
    x[y == 1] = (1, 0.5) - x[y == 1]
    return _noisy(x, y, noise, rng)


def circles(n: int, *, noise: float = 0.1, ratio: float = 0.5, rng: np.random.Generator) -> Labelled:
    """Draw a circle of radius 1 and a smaller one inside it.

    Args:
        n: Number of points, shared evenly by the classes.
        noise: Standard deviation of the Gaussian added to each coordinate.
        ratio: Radius of the inner circle, in (0, 1).
        rng: Source of randomness.

    Returns:
        Points (n, 2) and classes, 0 outside and 1 inside, (n,), in random order.

    Raises:
        ValueRangeError: If `n` or `noise` is negative, or `ratio` is not inside (0, 1).
    """
    if not 0 < ratio < 1:
        raise ValueRangeError(f"circles needs a ratio inside (0, 1), got {ratio}")
    y = _classes(n, 2, noise)
    angle = rng.uniform(0, 2 * math.pi, n)
    radius = np.where(y == 1, ratio, 1.0)
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (n, 2)
    return _noisy(x, y, noise, rng)


def spirals(
    n: int, *, classes: int = 2, turns: float = 1.5, noise: float = 0.02, rng: np.random.Generator
) -> Labelled:
    """Draw arms that wind out of the origin, one a class, evenly turned against each other.

    Args:
        n: Number of points, shared evenly by the classes.
        classes: Number of arms.
        turns: How often an arm winds around the origin.
        noise: Standard deviation of the Gaussian added to each coordinate; the arms reach radius 1.
        rng: Source of randomness.

    Returns:
        Points (n, 2) and classes from 0, (n,), in random order.

    Raises:
        ValueRangeError: If `n` or `noise` is negative, or there is no class.
    """
    y = _classes(n, classes, noise)
    radius = np.sqrt(rng.uniform(0, 1, n))  # as many points on each unit of length, or nearly
    angle = 2 * math.pi * (turns * radius + y / classes)
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (n, 2)
    return _noisy(x, y, noise, rng)


def _classes(n: int, classes: int, noise: float) -> np.ndarray:
    if n < 0 or classes < 1 or not noise >= 0:
        raise ValueRangeError(
            f"expected n and noise from 0 and at least one class, got n={n}, noise={noise}, classes={classes}"
        )
    return np.arange(n) % classes


def _noisy(x: np.ndarray, y: np.ndarray, noise: float, rng: np.random.Generator) -> Labelled:
    order = rng.permutation(len(y))
    x = x + noise * rng.standard_normal(x.shape)
    return x[order].astype(np.float32), y[order].astype(np.int64)
