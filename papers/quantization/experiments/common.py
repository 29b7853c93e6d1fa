"""What the claims on digits share: the trained networks of a seed, and losses in points."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from foundations.experiment import Budget, Metrics, Verdict, all_of, between, by_budget
from papers.quantization.digits import Digits, Rows
from papers.quantization.folded import FoldedNet, fold
from papers.quantization.model import QuantizedNet, quantize_model
from papers.quantization.networks import CONFIGS, Net
from papers.quantization.training import accuracy, predictions, train

RATE = 0.01
"""Adam's highest rate. Not tuned: the arms of a seed quantise the same network. 0.01 was the first tried."""
CALIBRATION = 1000
"""Training images that ranges are taken from."""
ERROR_AT_LEAST, ERROR_AT_MOST = 1.0, 15.0
"""Off floor and ceiling: points that the network in real numbers reads wrong."""


def steps(budget: Budget) -> int:
    """Return the steps of training in real numbers."""
    return by_budget(budget, quick=20, standard=600, full=6000)


@lru_cache(maxsize=4)
def rows_of(seed: int, budget: Budget, n_test: int = 10_000) -> Rows:
    """Return the digits of a seed."""
    if budget == "quick":
        return Rows(seed, budget, n_train=256, n_validation=64, n_test=64)
    return Rows(seed, budget, n_test=n_test)


@lru_cache(maxsize=4)
def trained(name: str, seed: int, budget: Budget) -> FoldedNet:
    """Return a network trained on the digits of a seed, folded."""
    net = Net(CONFIGS[name], rng=np.random.default_rng([seed, 4]))
    rng = np.random.default_rng([seed, 5])
    train(net, rows_of(seed, budget).training, steps=steps(budget), rate=RATE, rng=rng)
    return fold(net)


def quantised(net: FoldedNet, seed: int, budget: Budget, **how: object) -> QuantizedNet:
    """Return the network quantised with ranges from training images of the seed."""
    images = rows_of(seed, budget).training.images[:CALIBRATION]
    return quantize_model(net, images, **how)  # type: ignore[arg-type]


def points(logits: np.ndarray, digits: Digits) -> float:
    """Return the share of digits read wrong, in points (percent)."""
    return 100 * (1 - accuracy(logits, digits.labels))


def flips(one: np.ndarray, other: np.ndarray) -> int:
    """Return how many predictions differ."""
    return int((predictions(one) != predictions(other)).sum())


def regime(m: Metrics) -> Verdict:
    """The networks in real numbers read 1 to 15 of 100 digits wrong."""
    errors = [value for name, value in m.items() if name.startswith("error_")]
    return all_of(*(between(one, ERROR_AT_LEAST, ERROR_AT_MOST) for one in errors))
