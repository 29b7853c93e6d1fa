"""One seed's draw of digits, and the images that are made of them: no image comes twice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from foundations.data import load
from foundations.errors import ExperimentError
from foundations.experiment import Budget, by_budget

FIRST_PILOT_SEED = 100
FOLDS = 8
"""The test set is cut into eight parts, one a seed; a pilot never sees any of it."""
FINE, SIDE, CHANNELS = 14, 7, 4
"""Pixels along a side of a digit; those and the channels that a network sees: 14 × 14 = 4 × 7 × 7."""
SHIFT, NOISE = 2, 0.5
"""Largest shift in pixels of 14 × 14; deviation of the noise of each, in deviations of all pixels."""


class Digits(NamedTuple):
    """Digits before they are varied.

    Attributes:
        images: Pixels in [0, 1], float32, shape (n, 14, 14).
        labels: Classes, shape (n,).
    """

    images: np.ndarray
    labels: np.ndarray


def halved(images: np.ndarray) -> np.ndarray:
    """Return the means of 2 × 2 pixels of images (n, H, W)."""
    n, height, width = images.shape
    return images.reshape(n, height // 2, 2, width // 2, 2).mean(axis=(2, 4))


def varied(images: np.ndarray, spread: float, rng: np.random.Generator) -> np.ndarray:
    """Shift images by up to 2 pixels, add noise, and make the 4 pixels of each 2 × 2 channels of one.

    Args:
        images: Shape (n, 14, 14).
        spread: Deviation of the pixels; half of it is that of the noise.
        rng: Source of shifts and noise.

    Returns:
        The same numbers, float32, shape (n, 4, 7, 7): a 3 × 3 convolution of these is one of 6 × 6 pixels
        with stride 2, for a quarter of the time.
    """
    n = len(images)
    framed = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (FINE, FINE), axis=(1, 2))
    down, right = rng.integers(0, 2 * SHIFT + 1, (2, n))
    noise = rng.standard_normal((n, FINE, FINE), dtype=np.float32)
    x = windows[np.arange(n), down, right] + np.float32(NOISE * spread) * noise  # (n, 14, 14)
    patches = x.reshape(n, SIDE, 2, SIDE, 2).transpose(0, 2, 4, 1, 3)  # (n, 2, 2, 7, 7)
    return patches.reshape(n, CHANNELS, SIDE, SIDE)


@cache
def _splits(budget: Budget) -> dict[str, Digits]:
    data = load(by_budget(budget, quick="mnist-small", standard="mnist", full="mnist"))
    return {
        split: Digits(halved(np.asarray(data[split]["images"], dtype=np.float32)), data[split]["labels"])
        for split in ("train", "test")
    }


@dataclass(frozen=True)
class Rows:
    """Digits of one seed.

    Attributes:
        seed: Below 100, with a test fold of its own; 100 and up for pilots.
        budget: "quick" draws from mnist-small, the others from mnist.
        n_train: Rows to learn from.
        n_validation: Rows to tune on, disjoint from them.
        n_fresh: Images on which an error is measured.
    """

    seed: int
    budget: Budget
    n_train: int = 6500
    n_validation: int = 1000
    n_fresh: int = 5000

    @cached_property
    def _parts(self) -> tuple[Digits, Digits]:
        split = _splits(self.budget)["train"]
        n = self.n_train + self.n_validation
        chosen = np.random.default_rng([self.seed, 0]).permutation(len(split.labels))[:n]
        own = Digits(split.images[chosen], split.labels[chosen])
        first, rest = slice(self.n_train), slice(self.n_train, None)
        return tuple(Digits(own.images[one], own.labels[one]) for one in (first, rest))  # type: ignore[return-value]

    @property
    def training(self) -> Digits:
        """Rows to learn from."""
        return self._parts[0]

    def batch(self, step: int, size: int) -> Digits:
        """Return the images of a training step, as `varied` makes them: the same for every arm."""
        rng = np.random.default_rng([self.seed, 1, step])
        return self._drawn(self.training, rng.integers(0, self.n_train, size), rng)

    @cached_property
    def fresh(self) -> Digits:
        """Training digits varied anew: training error is read from these."""
        rng = np.random.default_rng([self.seed, 2])
        return self._drawn(self.training, rng.integers(0, self.n_train, self.n_fresh), rng)

    @cached_property
    def validation(self) -> Digits:
        """Validation digits, each varied five times."""
        digits, rng = self._parts[1], np.random.default_rng([self.seed, 3])
        return self._drawn(digits, np.tile(np.arange(self.n_validation), 5), rng)

    @cached_property
    def test(self) -> Digits:
        """The seed's eighth of the test set, each digit varied once.

        Raises:
            ExperimentError: For a pilot seed, which has none.
        """
        if self.seed >= FIRST_PILOT_SEED:
            raise ExperimentError(f"seed {self.seed} is a pilot's, which is not tested: take one below 100")
        split = _splits(self.budget)["test"]
        order = np.random.default_rng(0).permutation(len(split.labels))  # the same at every seed
        return self._drawn(split, order[self.seed % FOLDS :: FOLDS], np.random.default_rng([self.seed, 4]))

    @cached_property
    def _scale(self) -> tuple[float, float]:
        """Mean and deviation of the training pixels, before shifts and noise."""
        return float(self.training.images.mean()), float(self.training.images.std())

    def _drawn(self, digits: Digits, chosen: np.ndarray, rng: np.random.Generator) -> Digits:
        mean, std = self._scale
        x = varied(digits.images[chosen], std, rng)
        return Digits(((x - mean) / std).astype(np.float32), digits.labels[chosen])
