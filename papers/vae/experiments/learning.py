"""The digits of a seed, how the arms of the claims train on them, and what is measured of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.errors import ExperimentError
from foundations.experiment import Budget, by_budget
from papers.vae.data import binarised, grey_digits
from papers.vae.training import Training, TrainingConfig
from papers.vae.vae import VAE, VAEConfig, elbo

FIRST_PILOT_SEED = 100
N_TRAIN, N_VALIDATION, N_TEST = 6000, 1000, 1250
GRID = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Adagrad's step: the paper's three values, one between them and one beyond."""
DRAWS = 20
"""Draws of z a datapoint when a bound is measured."""


@dataclass(frozen=True)
class Digits:
    """Digits of one seed, binarised once: rows to learn from, to tune on, and a test fold of its own.

    Attributes:
        seed: From 0 to 7; 100 and up for pilots, which have no test fold and take the training rows of
            seed 0, 1, …
        budget: "quick" draws from mnist-small, the others from mnist.
        side: 28, or 14 for means of 2 × 2 pixels.
    """

    seed: int
    budget: Budget
    side: int

    def _rows(self, split: str, first: int, count: int) -> np.ndarray:
        name = by_budget(self.budget, quick="mnist-small", standard="mnist", full="mnist")
        rows = grey_digits(name, split, self.side)[first : first + count]
        return binarised(rows, rng=np.random.default_rng([self.seed, first, len(split)]))

    @property
    def training(self) -> np.ndarray:
        """Rows to learn from, (N, side²)."""
        block = self.seed % FIRST_PILOT_SEED % 8
        return (
            self._rows("train", 0, 400)
            if self.budget == "quick"
            else self._rows("train", 7000 * block, N_TRAIN)
        )

    @property
    def validation(self) -> np.ndarray:
        """Rows to tune on."""
        block = self.seed % FIRST_PILOT_SEED % 8
        return (
            self._rows("train", 400, 100)
            if self.budget == "quick"
            else self._rows("train", 7000 * block + N_TRAIN, N_VALIDATION)
        )

    @property
    def test(self) -> np.ndarray:
        """The seed's eighth of the test set.

        Raises:
            ExperimentError: For a pilot seed, which has none.
        """
        if self.seed >= FIRST_PILOT_SEED:
            raise ExperimentError(f"seed {self.seed} is a pilot's, which is not tested: take one below 100")
        return (
            self._rows("test", 0, 100)
            if self.budget == "quick"
            else self._rows("test", N_TEST * self.seed, N_TEST)
        )


digits_of = cache(Digits)


def network(seed: int, budget: Budget, side: int, n_latent: int) -> VAE:
    """Return the network of the claims with its first weights: 200 tanh units, 500 in `full`."""
    n_hidden = by_budget(budget, quick=30, standard=200, full=500)
    config = VAEConfig(n_visible=side * side, n_hidden=n_hidden, n_latent=n_latent)
    return VAE(config, rng=np.random.default_rng([seed, 1, n_latent]))


def prepared(x: np.ndarray, seed: int, budget: Budget, *, side: int, n_latent: int, **how: Any) -> Training:
    """Return a run that is not begun; weights, minibatches and noise follow from the seed alone.

    Args:
        x: Rows to learn from.
        seed: The seed.
        budget: Decides the width of the network.
        side: Pixels along a digit.
        n_latent: N_z.
        how: Of `TrainingConfig`.
    """
    return Training(network(seed, budget, side, n_latent), TrainingConfig(seed=seed, **how), x)


@no_grad()
def bound(model: Any, x: np.ndarray, seed: int) -> float:
    """Return the mean of L^B over rows, 20 draws a row; the noise follows from the seed alone, nats."""
    rng = np.random.default_rng([seed, 2])
    found = [
        values(elbo(model, part, rng=rng, n_samples=DRAWS))
        for part in np.array_split(x, max(1, len(x) // 100))
    ]
    return float(np.concatenate(found).mean(dtype=np.float64))


def tuned(training: Training, seed: int, budget: Budget, side: int) -> float:
    """Train a run to its end and return minus its validation bound, nats; infinite if it left the numbers."""
    training.run()
    found = -bound(training.model, digits_of(seed, budget, side).validation, seed)
    return found if math.isfinite(found) else math.inf
