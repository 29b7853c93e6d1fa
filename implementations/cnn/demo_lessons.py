"""What the demo trains in each budget, and what ships from the standard one.

The network of the standard budget was chosen on digits of MNIST's training set that `demo_choice` holds out:
three blocks read 98.44 % of them right, two blocks 96.70 %. That of the full one was chosen by its seconds a
step, so that half an hour of two cores is enough.
"""

from __future__ import annotations

from typing import NamedTuple

from foundations.experiment import Budget, by_budget
from implementations.cnn.networks import ConvNetConfig
from implementations.cnn.training import TrainingConfig


class Lesson(NamedTuple):
    """What is learned from, by which network, how, and how often it has to be right.

    Attributes:
        data: Name of the data set.
        network: Its sizes.
        training: How it is trained.
        least: Share of the test pictures that it should read right.
    """

    data: str
    network: ConvNetConfig
    training: TrainingConfig
    least: float


def lesson(budget: Budget, seed: int = 0) -> Lesson:
    """Return what a budget trains: seconds on a part of MNIST, minutes on all of it, or CIFAR-10."""
    return by_budget(
        budget,
        quick=Lesson(
            "mnist-small",
            ConvNetConfig(widths=((16,), (32,)), hidden=64),
            TrainingConfig(epochs=6, learning_rate=0.1, shift=1, seed=seed),
            0.97,
        ),
        standard=Lesson(
            "mnist",
            ConvNetConfig(widths=((16,), (32, 32), (64, 64))),
            TrainingConfig(epochs=6, learning_rate=0.2, shift=2, seed=seed),
            0.993,
        ),
        full=Lesson(
            "cifar10",
            ConvNetConfig(size=32, channels=3, widths=((32,), (64, 64), (128, 128))),
            TrainingConfig(epochs=10, learning_rate=0.2, shift=4, mirror=True, seed=seed),
            0.80,
        ),
    )
