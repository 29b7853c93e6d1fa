"""How the network of the standard demo was chosen: `python -m implementations.cnn.demo_choice`.

Candidates learn from 10,000 digits of MNIST's training set for two epochs and are compared on 10,000 others
of it. The test set has no part in the choice. A minute on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

import numpy as np

from implementations.cnn.evaluation import accuracy
from implementations.cnn.networks import ConvNet, ConvNetConfig
from implementations.cnn.pictures import Pictures, pictures, standard
from implementations.cnn.training import Training, TrainingConfig

LEARNED, HELD_OUT = 10_000, 10_000
SEED = 0
HOW = TrainingConfig(epochs=2, learning_rate=0.2, shift=2, seed=SEED)
CANDIDATES: Mapping[str, tuple[ConvNetConfig, TrainingConfig]] = {
    "two blocks": (ConvNetConfig(widths=((16, 16), (32, 32))), HOW),
    "three blocks": (ConvNetConfig(widths=((16,), (32, 32), (64, 64))), HOW),
}
"""Networks and how each is trained."""


def split(whole: Pictures, learned: int, held_out: int) -> tuple[Pictures, Pictures]:
    """Return some pictures to learn from and some to choose by: no picture is in both."""
    order = np.random.default_rng([SEED, 6]).permutation(len(whole.labels))
    parts = order[:learned], order[learned : learned + held_out]
    training, validation = (Pictures(whole.images[part], whole.labels[part]) for part in parts)
    return training, validation


def compare(
    candidates: Mapping[str, tuple[ConvNetConfig, TrainingConfig]],
    whole: Pictures,
    learned: int,
    held_out: int,
    tell: Callable[[str, float], object],
) -> dict[str, float]:
    """Train every candidate on a part of the pictures and judge it on the rest.

    Args:
        candidates: Networks and how each is trained.
        whole: Training pictures.
        learned: How many of them to learn from.
        held_out: How many others to judge by.
        tell: Called with the name and the share of each, once it is known.

    Returns:
        The share of the held-out pictures that each reads right.
    """
    training, validation = split(whole, learned, held_out)
    scale, found = standard(training.images), {}
    for name, (network, how) in candidates.items():
        model = ConvNet(network, rng=np.random.default_rng(SEED))
        Training(model, how, training, scale).run()
        found[name] = accuracy(model, validation, scale)
        tell(name, found[name])
    return found


def main() -> None:
    """Compare the candidates on MNIST's training set and print what each reads right of the rest."""
    train, _ = pictures("mnist")

    def tell(name: str, share: float) -> None:
        print(f"{name}: {share:.2%} of {HELD_OUT:,} held-out training digits", flush=True)

    compare(CANDIDATES, train, LEARNED, HELD_OUT, tell)


if __name__ == "__main__":
    argparse.ArgumentParser(
        prog="python -m implementations.cnn.demo_choice", description=__doc__
    ).parse_args()  # it takes none
    main()
