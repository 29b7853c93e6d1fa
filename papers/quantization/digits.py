"""Digits of 14 × 14 pixels under noise: on clean ones all stand at 99 %, and nothing can be lost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from foundations.data import load
from foundations.errors import ExperimentError
from foundations.experiment import Budget

FIRST_PILOT_SEED = 100
NOISE = 0.5
"""Standard deviation of the noise, in standard deviations of the pixels."""


class Digits(NamedTuple):
    """Images, standardised and noisy, float32 (n, 1, 14, 14), and what is on them, int64 (n,)."""

    images: np.ndarray
    labels: np.ndarray


@cache
def _split(name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return means of 2 × 2 pixels, (n, 1, 14, 14) in [0, 1], and labels."""
    found = load(name)[split]
    images = np.asarray(found["images"])
    small = images.reshape(len(images), 1, 14, 2, 14, 2).mean(axis=(3, 5)).astype(np.float32)
    return small, np.asarray(found["labels"])


@dataclass(frozen=True)
class Rows:
    """The digits of one seed.

    Attributes:
        seed: Below 100; 100 and up for pilots, which see no test digit.
        budget: "quick" draws from mnist-small, the others from MNIST.
        n_train: Rows to learn from.
        n_validation: Rows to choose on, disjoint from them.
        n_test: Test digits, the first of an order that the seed draws; the same clean digits return at
            other seeds, each time under noise of their own.
    """

    seed: int
    budget: Budget
    n_train: int = 6500
    n_validation: int = 1000
    n_test: int = 10_000

    @property
    def _name(self) -> str:
        return "mnist-small" if self.budget == "quick" else "mnist"

    @cached_property
    def _drawn(self) -> tuple[Digits, Digits, float, float]:
        images, labels = _split(self._name, "train")
        chosen = np.random.default_rng([self.seed, 0]).permutation(len(labels))
        chosen = chosen[: self.n_train + self.n_validation]
        mean, std = float(images[chosen].mean()), float(images[chosen].std())
        noisy = self._noisy(images[chosen], mean, std, 1)
        first, rest = slice(self.n_train), slice(self.n_train, None)
        labels = labels[chosen]
        return Digits(noisy[first], labels[first]), Digits(noisy[rest], labels[rest]), mean, std

    @property
    def training(self) -> Digits:
        """Rows to learn from, and to take ranges from."""
        return self._drawn[0]

    @property
    def validation(self) -> Digits:
        """Rows to choose on."""
        return self._drawn[1]

    @cached_property
    def test(self) -> Digits:
        """Test digits under noise of this seed. ExperimentError for a pilot seed, which has none."""
        if self.seed >= FIRST_PILOT_SEED:
            raise ExperimentError(f"seed {self.seed} is a pilot's, which is not tested: take one below 100")
        images, labels = _split(self._name, "test")
        chosen = np.random.default_rng([self.seed, 2]).permutation(len(labels))[: self.n_test]
        return Digits(self._noisy(images[chosen], *self._drawn[2:], 3), labels[chosen])

    def _noisy(self, images: np.ndarray, mean: float, std: float, part: int) -> np.ndarray:
        rng = np.random.default_rng([self.seed, part])
        noise = NOISE * rng.standard_normal(images.shape, dtype=np.float32)
        return ((images - mean) / std + noise).astype(np.float32)
