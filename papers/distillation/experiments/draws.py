"""What one seed of a claim learns from and is judged by: its own digits of MNIST."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from foundations.data import load
from foundations.experiment import Budget, by_budget
from papers.distillation.cases import Cases

FIRST_PILOT_SEED = 100
FOLDS = 8
"""Seeds 0 to 7 share the 60,000 training digits out among them, and the 10,000 test digits."""
TRAINING, VALIDATION, PILOT_TEST = 6500, 1000, 4000


@dataclass(frozen=True)
class Draw:
    """Digits of one seed.

    Attributes:
        training: 6500 with labels.
        validation: 1000 others.
        test: The seed's eighth of the test digits; for a pilot seed 4000 further training digits, so that
            no pilot sees a test digit.
    """

    training: Cases
    validation: Cases
    test: Cases


@cache
def digits(budget: Budget) -> dict[str, Cases]:
    """Return the training and the test digits: of mnist-small for the quick budget, else of MNIST."""
    data = load(by_budget(budget, quick="mnist-small", standard="mnist", full="mnist"))
    return {split: Cases(data[split]["images"], data[split]["labels"]) for split in ("train", "test")}


def rows(seed: int, budget: Budget) -> np.ndarray:
    """Return the numbers of a seed's training digits, validation digits after them, then a pilot's test."""
    n = by_budget(budget, quick=5000, standard=60_000, full=60_000)
    if seed >= FIRST_PILOT_SEED:
        return np.random.default_rng(seed).permutation(n)[: TRAINING + VALIDATION + PILOT_TEST]
    each = by_budget(budget, quick=500, standard=TRAINING + VALIDATION, full=TRAINING + VALIDATION)
    start = seed % FOLDS * each
    return np.random.default_rng(0).permutation(n)[start : start + each]


@lru_cache(maxsize=2)
def draw(seed: int, budget: Budget) -> Draw:
    """Return the digits of a seed; seeds below 100 have none in common."""
    chosen, data = rows(seed, budget), digits(budget)
    first = by_budget(budget, quick=400, standard=TRAINING, full=TRAINING)
    second = by_budget(budget, quick=500, standard=TRAINING + VALIDATION, full=TRAINING + VALIDATION)
    parts = [data["train"].take(part) for part in np.split(chosen, [first, second])]
    if seed >= FIRST_PILOT_SEED:
        return Draw(*parts)
    order = np.random.default_rng(1).permutation(len(data["test"].images))
    return Draw(parts[0], parts[1], data["test"].take(order[seed % FOLDS :: FOLDS]))
