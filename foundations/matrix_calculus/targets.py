"""Random arguments for losses: predictions, and targets of the kind that the loss compares them with."""

from __future__ import annotations

import numpy as np

from foundations.matrix_calculus.samples import away_from_zero, normal, sizes


def away_from_targets(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return values and targets at least 0.2 apart: clear of a kink where they are equal."""
    m, n = sizes(rng, 2)
    target = normal(rng, m, n)
    return target + away_from_zero(rng, m, n), target


def around_the_corner(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return values and targets: half of the errors below 0.8, half above 1.2."""
    m, n = sizes(rng, 2)
    target = normal(rng, m, n)
    size = rng.uniform(0.2, 0.8, (m, n)) + rng.choice([0.0, 1.0], (m, n))
    return target + size * rng.choice([-1.0, 1.0], (m, n)), target


def with_bits(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return logits, and a 0 or 1 for each."""
    (n,) = sizes(rng, 1)
    return normal(rng, n), rng.integers(2, size=n)


def with_signs(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return scores, and a -1 or 1 for each; some on either side of the margin of 1."""
    (n,) = sizes(rng, 1)
    t, beyond = rng.choice([-1, 1], n), away_from_zero(rng, n)
    beyond[:2] = [-1, 1] * abs(beyond[:2])  # one on either side of the kink at least
    return t * (1 + beyond), t


def with_classes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of logits, and a class for each row."""
    n, k = sizes(rng, 2)
    return normal(rng, n, k), rng.integers(k, size=n)


def with_shares(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return logits, and shares of the classes, which need not add up to 1."""
    (n,) = sizes(rng, 1)
    return normal(rng, n), rng.uniform(0.5, 2.0) * rng.dirichlet(np.ones(n))
