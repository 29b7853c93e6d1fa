"""The digits and the nets of the demo: students of 2 × 300 units on the 5,000 digits of mnist-small."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from foundations.data import load
from papers.distillation.cases import Cases, Settings
from papers.distillation.networks import PAPER_CONFIGS, Net, NetConfig
from papers.distillation.training import Training
from papers.distillation.transfer import without_classes

STUDENT = NetConfig(hidden=(300, 300))
TEACHER = PAPER_CONFIGS["teacher"]
TEACHER_SETTINGS = Settings(epochs=40, learning_rate=1e-3)
TEMPERATURE, HARD_WEIGHT = 20.0, 0.5
MISSING = 3


class Digits(NamedTuple):
    """Digits with their labels: 5,000 to learn from and 1,000 to be judged by."""

    training: Cases
    test: Cases


@cache
def digits() -> Digits:
    """Return mnist-small."""
    data = load("mnist-small")
    return Digits(*(Cases(data[split]["images"], data[split]["labels"]) for split in ("train", "test")))


def student_settings(weight: float, seed: int, epochs: int = 8) -> Settings:
    """Return how a student learns: labels count with `weight`, soft targets at T = 20 with the rest."""
    return Settings(epochs, 0.0015, TEMPERATURE, weight, seed=seed)


def student(weight: float, logits: np.ndarray | None, seed: int, *, epochs: int = 8) -> Net:
    """Train a student on all digits: on labels, or on labels and a teacher's logits."""
    part = digits().training
    cases = Cases(part.images, part.labels, logits)
    return Training(_begun(seed), cases, student_settings(weight, seed, epochs)).run()


def student_without_threes(logits: np.ndarray, seed: int, *, epochs: int = 8) -> Net:
    """Train a student on soft targets alone, of every digit but the threes."""
    part = digits().training
    kept = without_classes(part.labels, [MISSING])
    cases = Cases(part.images, part.labels, logits).take(kept)
    return Training(_begun(seed), cases, student_settings(0.0, seed, epochs)).run()


def _begun(seed: int) -> Net:
    return Net(STUDENT, rng=np.random.default_rng([seed, 1]))
