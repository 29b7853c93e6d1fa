"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foundations.experiment import Budget
from papers.distillation.cases import Cases, Settings
from papers.distillation.experiments.draws import draw
from papers.distillation.experiments.learning import HARD_WEIGHT, TEMPERATURE, config_of, shuffled
from papers.distillation.networks import Net, NetConfig
from papers.distillation.training import Training
from papers.distillation.transfer import rule_out, without_classes

STEPS = 20
RATE = 0.0015
QUICK: Budget = "quick"

Losses = dict[str, list[float]]
"""Arm to the loss of its first steps, in nats a digit."""


def answers() -> np.ndarray:
    """Return logits that a fixed map gives to the quick budget's digits: no teacher need be trained."""
    images = draw(0, QUICK).training.images
    mix = np.random.default_rng(11).standard_normal((784, 10)).astype(np.float32)
    return images.reshape(len(images), 784) @ mix / 3


def first_losses(
    cases: Cases,
    weight: float,
    *,
    temperature: float = TEMPERATURE,
    config: NetConfig | None = None,
) -> list[float]:
    """Train a student for a few steps, as the claims do from seed 0."""
    config = config or config_of("student-800", QUICK)
    net = Net(config, rng=np.random.default_rng([0, 2]))
    run = Training(net, cases, Settings(8, RATE, temperature, weight))
    run.run(STEPS)
    return run.losses


def taught(logits: np.ndarray | None) -> Cases:
    """Return the quick budget's digits with logits."""
    return replace(draw(0, QUICK).training, logits=logits)


def of_teacher() -> Losses:
    """Return the first losses of the teacher, and of students on labels and on soft targets."""
    return {
        "teacher": first_losses(taught(None), 1.0, config=config_of("teacher", QUICK)),
        "hard": first_losses(taught(None), 1.0),
        "soft": first_losses(taught(answers()), HARD_WEIGHT),
    }


def of_shuffling() -> Losses:
    """Return the first losses on soft targets whose smaller probabilities are shuffled."""
    mixed = shuffled(answers(), rng=np.random.default_rng([0, 5]))
    return of_teacher() | {"shuffled": first_losses(taught(mixed), HARD_WEIGHT)}


def of_missing() -> Losses:
    """Return the first losses without threes: soft targets, those without a probability of 3, labels."""
    kept = without_classes(draw(0, QUICK).training.labels, [3])
    return {
        "soft": first_losses(taught(answers()).take(kept), 0.0),
        "deleted": first_losses(taught(rule_out(answers(), [3])).take(kept), 0.0),
        "hard": first_losses(taught(None).take(kept), 1.0),
    }


def of_temperatures() -> Losses:
    """Return the first losses of a narrow student at three temperatures."""
    config = replace(config_of("student-30", QUICK), hidden=(9, 9))
    return {
        f"T = {t:g}": first_losses(taught(answers()), HARD_WEIGHT, temperature=t, config=config)
        for t in (1.0, 4.0, 20.0)
    }


FINGERPRINTS = {
    "soft-targets": of_teacher,
    "dark-knowledge": of_shuffling,
    "missing-3": of_missing,
    "temperature": of_temperatures,
    "three-percent": of_teacher,
}
