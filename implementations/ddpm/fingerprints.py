"""The first steps of every arm of the claims, which the tests take again."""

from __future__ import annotations

from implementations.ddpm.experiments import simple_against_bound
from implementations.ddpm.experiments.learning import chain, prepared
from implementations.ddpm.experiments.small import Rows

STEPS = 20
RATE = 0.003

Losses = dict[str, list[float]]


def of_objective() -> Losses:
    """Loss of 20 steps by every weight of the error."""
    rows = Rows(0, "quick")
    found: Losses = {}
    for arm in ("simple", "bound", "flat", "shuffled"):
        run = prepared(rows, chain(), RATE, weight=simple_against_bound.weights(arm, 0))
        found[arm] = list(run.run(STEPS))
    return found


def of_averaging() -> Losses:
    """Loss of 20 steps at a constant rate, and at one that falls."""
    rows = Rows(0, "quick")
    return {
        name: list(prepared(rows, chain(), RATE, decay=decay).run(STEPS))
        for name, decay in (("constant", 0.0), ("falling", 0.8))
    }


def of_steps() -> Losses:
    """Loss of 20 steps of the network that all samplers share."""
    return {"network": list(prepared(Rows(0, "quick"), chain("posterior"), RATE).run(STEPS))}


FINGERPRINTS = {"simple-against-bound": of_objective, "ema": of_averaging, "steps": of_steps}
