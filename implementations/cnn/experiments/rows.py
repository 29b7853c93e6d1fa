"""One seed's draw of digits: its own training, validation and test rows, shared by all arms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from foundations.data import load
from foundations.errors import ExperimentError
from foundations.experiment import Budget, by_budget
from implementations.cnn.pictures import Pictures, Standard, as_images, standard

FIRST_PILOT_SEED = 100
FOLDS = 8
"""The test set is cut into eight parts, one a seed; a pilot never sees any of it."""
SIDE = 12
"""Pixels along each side of a digit after shrinking: the 24 in the middle of 28, two by two."""


@cache
def _splits(name: str) -> dict[str, dict[str, np.ndarray]]:
    return {split: dict(load(name)[split]) for split in ("train", "test")}


def shrunk(images: np.ndarray) -> np.ndarray:
    """Return digits (n, 1, 28, 28) without their edge and with means of 2 × 2, (n, 1, 12, 12)."""
    middle = images[:, :, 2:26, 2:26]
    return middle.reshape(len(images), 1, SIDE, 2, SIDE, 2).mean(axis=(3, 5))


def placed(images: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """Put every digit (n, 1, h, h) at a place of its own on a canvas (n, 1, side, side) of zeros."""
    n, _, h, _ = images.shape
    canvas = np.zeros((n, 1, side, side), dtype=np.float32)
    for one, digit, (down, right) in zip(canvas, images, rng.integers(0, side - h + 1, (n, 2)), strict=True):
        one[:, down : down + h, right : right + h] = digit
    return canvas


@dataclass(frozen=True)
class Rows:
    """Digits of one seed.

    Attributes:
        seed: Below 100, with a test fold of its own; 100 and up for pilots.
        budget: "quick" draws from mnist-small, the others from mnist.
        side: Pixels of the canvas on which each digit has a random place; `SIDE` for none.
        n_train: Rows to learn from.
        n_validation: Rows to tune on, disjoint from them.
    """

    seed: int
    budget: Budget
    side: int = SIDE
    n_train: int = 4000
    n_validation: int = 1000

    @cached_property
    def _parts(self) -> tuple[Pictures, Pictures]:
        split = _splits(by_budget(self.budget, quick="mnist-small", standard="mnist", full="mnist"))["train"]
        n = self.n_train + self.n_validation
        chosen = np.random.default_rng([self.seed, 0]).permutation(len(split["labels"]))[:n]
        whole = self._pictures(split, chosen, 1)
        first, rest = slice(self.n_train), slice(self.n_train, None)
        training, validation = (Pictures(whole.images[one], whole.labels[one]) for one in (first, rest))
        return training, validation

    @property
    def training(self) -> Pictures:
        """Rows to learn from."""
        return self._parts[0]

    @property
    def validation(self) -> Pictures:
        """Rows to tune on."""
        return self._parts[1]

    @cached_property
    def test(self) -> Pictures:
        """The seed's eighth of the test set.

        Raises:
            ExperimentError: For a pilot seed, which has none.
        """
        if self.seed >= FIRST_PILOT_SEED:
            raise ExperimentError(f"seed {self.seed} is a pilot's, which is not tested: take one below 100")
        split = _splits(by_budget(self.budget, quick="mnist-small", standard="mnist", full="mnist"))["test"]
        order = np.random.default_rng(0).permutation(len(split["labels"]))  # the same at every seed
        return self._pictures(split, order[self.seed % FOLDS :: FOLDS], 2)

    @cached_property
    def scale(self) -> Standard:
        """Mean and deviation of the training rows."""
        return standard(self.training.images)

    def _pictures(self, split: dict[str, np.ndarray], chosen: np.ndarray, part: int) -> Pictures:
        images = shrunk(as_images(split["images"][chosen]))
        if self.side > SIDE:
            images = placed(images, self.side, np.random.default_rng([self.seed, part]))
        return Pictures(images.astype(np.float32), split["labels"][chosen])
