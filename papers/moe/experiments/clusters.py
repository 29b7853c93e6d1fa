"""Regression whose answer is known: one target for all, or one for each of 32 clusters.

Pilot seed 100 with batches of 256: with one target 64 experts were behind 4 by .038 in log error, because
each had seen few rows; with 1,024 by .020; hence 1,024, and 8 numbers instead of 16, before any run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from foundations.autodiff import no_grad, ops
from foundations.experiment import Budget, by_budget
from papers.moe.config import MoEConfig
from papers.moe.moe import MoE
from papers.moe.training import train

WIDTH, CLUSTERS, NOISE, BATCH, RATE = 8, 32, 0.5, 1024, 0.004


class Problem:
    """y = A_c x + noise, x about the centre of its cluster c; with one target all A_c are equal.

    An expert of 48 units represents a linear map exactly: 2 ReLUs a dimension, 16 of 48.

    Args:
        same: Whether all clusters have one target, and their centres are one.
        rng: Source of everything.
    """

    def __init__(self, same: bool, *, rng: np.random.Generator) -> None:
        count = 1 if same else CLUSTERS
        self._rng = rng
        self._centres = rng.normal(0, 0 if same else 3, (count, WIDTH))
        self._maps = rng.normal(0, WIDTH**-0.5, (count, WIDTH, WIDTH))

    def draw(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets, float32, shape (size, WIDTH) each."""
        c = self._rng.integers(0, len(self._maps), size)
        offset = self._rng.normal(0, 1, (size, WIDTH))
        y = np.einsum("bd,bdh->bh", offset, self._maps[c]) + NOISE * self._rng.normal(0, 1, (size, WIDTH))
        return (self._centres[c] + offset).astype(np.float32), y.astype(np.float32)

    def batches(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield fresh rows for ever."""
        while True:
            yield self.draw(BATCH)


def squared_error(outputs: Any, targets: np.ndarray) -> Any:
    """Return the mean squared error."""
    return ops.mean((outputs - targets) ** 2)


def log_error(n_experts: int, same: bool, seed: int, budget: Budget) -> float:
    """Return ln of the mean squared error on fresh rows, noise of the targets included, after training."""
    problem = Problem(same, rng=np.random.default_rng([seed, 6, int(same)]))
    layer = MoE(MoEConfig(WIDTH, 48, n_experts=n_experts, k=2), rng=np.random.default_rng([seed, 7]))
    steps = by_budget(budget, quick=10, standard=1000, full=10_000)
    train(
        layer,
        problem.batches(),
        rate=RATE,
        w_importance=0.1,
        w_load=0.1,
        steps=steps,
        loss=squared_error,
    )
    x, y = problem.draw(8192)
    with no_grad():
        return float(np.log(np.mean((layer(x)[0].numpy() - y) ** 2)))
