"""Small digits, a small network without convolutions, and the judge of what it draws.

A digit is 8 × 8: the 24 pixels in the middle of 28, means of 3 × 3. All claims train on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import Array, values
from foundations.data import load
from foundations.errors import ExperimentError
from foundations.experiment import Budget, by_budget
from foundations.nn import functional as F
from foundations.optimization import Adam
from implementations.ddpm.blocks import sinusoids
from implementations.ddpm.frechet import Moments, frechet_distance, moments

SIDE, TIME = 8, 32
"""Pixels along each side of a digit; values that tell the time."""
FOLDS = 8
"""The test set is cut into eight parts, one a seed; a pilot never sees any of it."""
FIRST_PILOT_SEED = 100
N_TRAIN, N_VALIDATION, N_JUDGE = 8000, 500, 4000
DRAWN = 1000
"""Digits drawn to judge a network."""


class SmallNetwork(nn.Module):
    """Predict the noise in 8 × 8 images by two hidden layers that see pixels and time side by side.

    Args:
        rng: Source of the initial weights.
        width: Of the hidden layers.
    """

    def __init__(self, *, rng: np.random.Generator, width: int = 160) -> None:
        self.first = nn.Linear(SIDE * SIDE + TIME, width, rng=rng)
        self.second = nn.Linear(width, width, rng=rng)
        self.leave = nn.Linear(width, SIDE * SIDE, rng=rng)

    def forward(self, x: Array, t: np.ndarray) -> Any:
        """Map noisy images (B, 1, 8, 8) and times (B,) to noise (B, 1, 8, 8)."""
        pixels = values(x).reshape(len(t), SIDE * SIDE)
        h = F.silu(self.first(np.concatenate([pixels, sinusoids(t, TIME)], axis=1)))  # (B, width)
        return self.leave(F.silu(self.second(h))).reshape(len(t), 1, SIDE, SIDE)


@cache
def _small(name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return all digits of a split, shrunk, in [-1, 1] at the 256 values, and their labels."""
    found = load(name)[split]
    images = np.asarray(found["images"])
    if images.dtype == np.uint8:
        images = images / 255.0
    means = images[:, 2:26, 2:26].reshape(len(images), SIDE, 3, SIDE, 3).mean(axis=(2, 4))
    pixels = np.rint(255 * means) / 127.5 - 1
    return pixels.astype(np.float32)[:, None], np.asarray(found["labels"])


@dataclass(frozen=True)
class Rows:
    """Digits of one seed: rows to learn from, to tune on, for the judge, and a test fold of its own.

    Attributes:
        seed: Below 100; 100 and up for pilots, which have no test fold.
        budget: "quick" draws from mnist-small, the others from mnist.
    """

    seed: int
    budget: Budget

    def _train(self, part: int) -> tuple[np.ndarray, np.ndarray]:
        images, labels = _small(self._name(), "train")
        sizes = (300, 100, 600) if self.budget == "quick" else (N_TRAIN, N_VALIDATION, N_JUDGE)
        order = np.random.default_rng([self.seed, 0]).permutation(len(images))
        chosen = order[sum(sizes[:part]) : sum(sizes[: part + 1])]
        return images[chosen], labels[chosen]

    def _name(self) -> str:
        return by_budget(self.budget, quick="mnist-small", standard="mnist", full="mnist")

    @property
    def training(self) -> np.ndarray:
        """Images to learn from, (n, 1, 8, 8)."""
        return self._train(0)[0]

    @property
    def validation(self) -> np.ndarray:
        """Images to tune on."""
        return self._train(1)[0]

    @property
    def judge(self) -> tuple[np.ndarray, np.ndarray]:
        """Images and labels that the judge learns from: none of the others."""
        return self._train(2)

    @property
    def test(self) -> np.ndarray:
        """The seed's eighth of the test set.

        Raises:
            ExperimentError: For a pilot seed, which has none.
        """
        if self.seed >= FIRST_PILOT_SEED:
            raise ExperimentError(f"seed {self.seed} is a pilot's, which is not tested: take one below 100")
        images, _ = _small(self._name(), "test")
        order = np.random.default_rng(0).permutation(len(images))  # the same at every seed
        return images[order[self.seed % FOLDS :: FOLDS]]


class Judge:
    """A classifier of small digits; its 32 hidden values are the features that samples are compared by.

    Args:
        rows: The seed's rows.
    """

    def __init__(self, rows: Rows) -> None:
        rng = np.random.default_rng([rows.seed, 1])
        self.hidden, self.head = nn.Linear(SIDE * SIDE, 32, rng=rng), nn.Linear(32, 10, rng=rng)
        images, labels = rows.judge
        optimizer = Adam([*self.hidden.parameters(), *self.head.parameters()], 3e-3)
        for _ in range(30 if rows.budget == "quick" else 300):
            chosen = rng.integers(0, len(images), 100)
            optimizer.zero_grad()
            F.cross_entropy(self.head(self._features(images[chosen])), labels[chosen]).backward()
            optimizer.step()
        self.real = rows.test if rows.seed < FIRST_PILOT_SEED else rows.validation

    def _features(self, images: np.ndarray) -> Any:
        return F.relu(self.hidden(images.reshape(len(images), SIDE * SIDE)))

    @no_grad()
    def moments(self, images: np.ndarray) -> Moments:
        """Return mean and covariance of the features of images."""
        return moments(self._features(images).numpy())

    def distance(self, images: np.ndarray) -> float:
        """Return the Fréchet distance of images from the seed's test fold."""
        return frechet_distance(self.moments(images), self.moments(self.real))

    def floor(self, rows: Rows) -> float:
        """Return the distance of as many real digits as are drawn, of the rows to learn from."""
        return self.distance(rows.training[:DRAWN])


@lru_cache(maxsize=4)
def judge_of(rows: Rows) -> Judge:
    """Return the judge of a seed, trained once."""
    return Judge(rows)
