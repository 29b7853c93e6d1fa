"""What is measured of samples: distance, precision, recall, and the class that the judge sees."""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.experiment import Budget, by_budget
from foundations.nn import functional as F
from foundations.optimization import Adam
from implementations.ddpm.frechet import Moments, frechet_distance, moments
from papers.diffusion.experiments.networks import Judge
from papers.diffusion.experiments.rows import Rows
from papers.diffusion.quality import Quality, precision_recall

K = 2
"""Neighbours of precision and recall. The authors' 3 leaves no room here: unguided samples of the conditional
network have a precision of .93 on pilot seed 100, real digits .89; with 2 neighbours .86 and .82."""
LIMIT = 3.0
"""Values beyond ±3, where no digit is and hardly a pixel of x_T, are cut: else one sample in a thousand that
ran away, as on pilot seed 100 with eta = 1 unclipped, decides a distance. Within they are judged as they are,
not as pixels from -1 to 1."""


class Judging:
    """The judge of a seed, trained on clean digits that no other network of the seed sees.

    Args:
        seed: Of the run.
        budget: Of the run.
    """

    def __init__(self, seed: int, budget: Budget) -> None:
        self.rows = Rows(seed, budget)
        digits = self.rows.judge
        rng = np.random.default_rng([seed, 3])
        self.model = Judge(rng=rng)
        optimizer = Adam(self.model.parameters(), 2e-3)
        for _ in range(by_budget(budget, quick=30, standard=1500, full=3000)):
            chosen = rng.integers(0, len(digits.images), 64)
            optimizer.zero_grad()
            F.cross_entropy(self.model(digits.images[chosen]), digits.labels[chosen]).backward()
            optimizer.step()
        self.model.eval()

    @no_grad()
    def features(self, images: np.ndarray) -> np.ndarray:
        """Return the features of images, shape (n, 32)."""
        return values(self.model.features(np.clip(images, -LIMIT, LIMIT).astype(np.float32)))

    @no_grad()
    def hits(self, images: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Return 1 for each image in which the judge sees the class asked for, else 0."""
        logits = values(self.model(np.clip(images, -LIMIT, LIMIT).astype(np.float32)))
        return (logits.argmax(axis=1) == classes).astype(float)

    @cached_property
    def real(self) -> np.ndarray:
        """Features of the real digits that samples are compared with."""
        return self.features(self.rows.reference.images)

    @cached_property
    def real_moments(self) -> Moments:
        """Their mean and covariance."""
        return moments(self.real)

    def distance(self, images: np.ndarray) -> float:
        """Return the Fréchet distance of images from the real digits: not FID, comparable only here."""
        return frechet_distance(moments(self.features(images)), self.real_moments)

    def floor(self, n: int) -> float:
        """Return the distance of n real digits, of the rows to learn from."""
        return self.distance(self.rows.training.images[:n])

    def quality(self, images: np.ndarray) -> Quality:
        """Return precision and recall against as many real digits."""
        return precision_recall(self.real[: len(images)], self.features(images), k=K)


@lru_cache(maxsize=2)
def judging(seed: int, budget: Budget) -> Judging:
    """Return the judge of a seed, trained once."""
    return Judging(seed, budget)
