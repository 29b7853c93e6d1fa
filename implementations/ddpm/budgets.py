"""Sizes of the digits' diffusion by budget."""

from __future__ import annotations

from typing import NamedTuple

from foundations.experiment.budget import Budget, by_budget
from implementations.ddpm.training import TrainingConfig
from implementations.ddpm.unet import UNetConfig


class Lesson(NamedTuple):
    """What is trained on what.

    Attributes:
        data: Name of the data set.
        steps: T of the diffusion; the variances are the paper's range times 1000 / T.
        network: Sizes.
        training: How.
    """

    data: str
    steps: int
    network: UNetConfig
    training: TrainingConfig


def lesson(budget: Budget, seed: int) -> Lesson:
    """Return what a budget trains.

    quick: a demo's seconds. standard: about 45 minutes of one core; its weights ship. full: hours.

    Raises:
        ExperimentError: If there is no such budget.
    """
    return by_budget(
        budget,
        quick=Lesson(
            "mnist-small",
            100,
            UNetConfig(patch=4, widths=(32,), time=32, heads=1),
            TrainingConfig(60, 32, 2e-3, warm_up=10, decay=0.5, ema=0.9, seed=seed),
        ),
        standard=Lesson(
            "mnist",
            1000,
            UNetConfig(patch=2, widths=(32, 64)),
            TrainingConfig(8000, 64, 1.5e-3, warm_up=200, decay=0.6, ema=0.999, seed=seed),
        ),
        full=Lesson(
            "mnist",
            1000,
            UNetConfig(widths=(32, 64, 128), depth=2, time=128, dropout=0.1),
            TrainingConfig(60_000, 128, 5e-4, warm_up=1000, decay=0.2, ema=0.9995, seed=seed),
        ),
    )
