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


class Judging:
    """The judge of a seed, trained on clean digits that no other network of the seed sees.

    Args:
        seed, budget: Of the run.
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
        return values(self.model.features(images.astype(np.float32)))

    @no_grad()
    def hits(self, images: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Return 1 for each image in which the judge sees the class asked for, else 0."""
        return (values(self.model(images.astype(np.float32))).argmax(axis=1) == classes).astype(float)

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
        return precision_recall(self.real[: len(images)], self.features(images))


@lru_cache(maxsize=2)
def judging(seed: int, budget: Budget) -> Judging:
    """Return the judge of a seed, trained once."""
    return Judging(seed, budget)
