"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

import numpy as np

from foundations.optimization import polynomial_schedule
from implementations.cnn.experiments import activations, depth, normalisation, sharing
from implementations.cnn.experiments.learning import descend
from implementations.cnn.experiments.rows import Rows

STEPS = 20
RATE = 0.03
N_TRAIN = 256
"""Digits of mnist-small, a sixteenth of those of the claims, for the time it takes."""

Losses = dict[str, list[float]]


def of_depth() -> Losses:
    """Log2 of the moments of every layer of one network of each scheme, with ReLUs and without."""
    rows = Rows(0, "quick", n_train=64, n_validation=1)
    x = rows.scale.apply(rows.training.images).reshape(64, -1).astype(np.float64)
    return {
        f"{kind}_{scheme}": np.log2(
            depth.moments(x, scheme, np.random.default_rng(0), rectified=kind == "relu")
        )[:, :STEPS]
        .ravel()
        .tolist()
        for kind in ("relu", "linear")
        for scheme in depth.SCHEMES
    }


def of_normalisation() -> Losses:
    """Loss of 20 steps with batch normalisation, without, and with fixed means and variances."""
    rows = Rows(0, "quick", n_train=N_TRAIN, n_validation=1)
    found: Losses = {}
    for arm in ("plain", "norm", "frozen"):
        model = normalisation.network(arm, 0)
        if arm == "frozen":
            normalisation.settle(model, rows)
        found[arm] = descend(model, rows, RATE, STEPS, frozen=arm == "frozen")
    return found


def of_sharing() -> Losses:
    """Loss of 20 steps of every network on shifted and on permuted digits."""
    found: Losses = {}
    for data, kind in (("shifted", Rows), ("permuted", sharing.Permuted)):
        rows = kind(0, "quick", sharing.CANVAS, n_train=N_TRAIN, n_validation=1)
        for net in sharing.NETS:
            schedule = polynomial_schedule(RATE, 400, power=3.0)
            found[f"{net}_{data}"] = descend(sharing.network(net, 0), rows, schedule, STEPS, momentum=0.9)
    return found


def of_activations() -> Losses:
    """Loss of 20 steps with every activation."""
    rows = Rows(0, "quick", n_train=N_TRAIN, n_validation=1)
    return {
        arm: descend(activations.Network(arm, rng=np.random.default_rng(0)), rows, RATE, STEPS, momentum=0.9)
        for arm in activations.ARMS
    }


FINGERPRINTS = {
    "depth": of_depth,
    "normalisation": of_normalisation,
    "activations": of_activations,
    "sharing": of_sharing,
}
