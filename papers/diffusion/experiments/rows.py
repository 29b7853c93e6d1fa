"""The digits of a seed: rows to learn from, rows for the judge, and what samples are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from foundations.data import load
from foundations.experiment import Budget, by_budget
from papers.diffusion.experiments.networks import SIDE

FIRST_PILOT_SEED = 100
SEEDS = 6
N_TRAIN, N_JUDGE = 9000, 6000


class Digits(NamedTuple):
    """Images and what they show.

    Attributes:
        images: Shape (n, 1, SIDE, SIDE), in [-1, 1].
        labels: Shape (n,).
    """

    images: np.ndarray
    labels: np.ndarray


@cache
def _all(name: str, split: str) -> Digits:
    """Return a split, its order drawn once, shrunk to means of squares of pixels."""
    found = load(name)[split]
    images = np.asarray(found["images"])
    images = images / 255.0 if images.dtype == np.uint8 else images
    by = 28 // SIDE
    cut = (28 - by * SIDE) // 2  # an empty border, where 28 is no multiple
    whole = images[:, cut : cut + by * SIDE, cut : cut + by * SIDE]
    means = whole.reshape(len(images), SIDE, by, SIDE, by).mean(axis=(2, 4))
    order = np.random.default_rng(0).permutation(len(images))
    pixels = (2 * means - 1).astype(np.float32)[:, None]
    return Digits(pixels[order], np.asarray(found["labels"])[order])


@dataclass(frozen=True)
class Rows:
    """What a seed works with; no digit is both learned from and judged by.

    Attributes:
        seed: 0 to 5; 100 and up for pilots, which take the training rows of seed 0, 1, … and never see the
            test set.
        budget: "quick" takes mnist-small, the others mnist.
    """

    seed: int
    budget: Budget

    def _train(self, block: int, count: int) -> Digits:
        name = by_budget(self.budget, quick="mnist-small", standard="mnist", full="mnist")
        size = 400 if self.budget == "quick" else N_TRAIN
        digits = _all(name, "train")
        first = size * (block % SEEDS)
        return Digits(*(part[first : first + min(count, size)] for part in digits))

    @property
    def training(self) -> Digits:
        """Rows to learn from: for the denoisers and their guides."""
        return self._train(self.seed % FIRST_PILOT_SEED, N_TRAIN)

    @property
    def judge(self) -> Digits:
        """Rows that the judge learns from: of another seed's."""
        return self._train(self.seed % FIRST_PILOT_SEED + 1, N_JUDGE)

    @property
    def reference(self) -> Digits:
        """Real digits that samples are compared with: the test set; for pilots the last training rows."""
        if self.budget == "quick":
            return Digits(*(part[:500] for part in _all("mnist-small", "test")))
        if self.seed >= FIRST_PILOT_SEED:
            return Digits(*(part[SEEDS * N_TRAIN :] for part in _all("mnist", "train")))
        return _all("mnist", "test")
