"""The first steps of every claim's arms, which the tests take again."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np

from foundations.experiment import Budget
from papers.lora.experiments import cost, rank, real_model, subspace
from papers.lora.polarity import parts
from papers.lora.recovery import loss_after_training
from papers.lora.training import BATCH, Arm, build, optimizer_of, step

STEPS = 20
Losses = dict[str, list[float]]
QUICK: Budget = "quick"


def _first(arms: Mapping[str, Arm]) -> Losses:
    batches = list(parts(0, QUICK).train.batches(BATCH // 4))
    found: Losses = {}
    for name, arm in arms.items():
        model = build(arm, QUICK, rng=np.random.default_rng(0))
        optimizer = optimizer_of(model, 0.03)
        found[name] = [step(model, one, optimizer) for one in islice(batches * STEPS, STEPS)]
    return found


def of_real_model() -> Losses:
    """Loss of 20 steps of every arm, on the tiny encoder."""
    return _first(real_model.ARMS)


def of_rank() -> Losses:
    """Loss of 20 steps of every rank, and of the regression after a quick run."""
    found = _first({f"r_{r}": rank.arm_of(f"r_{r}", QUICK) for r in rank.RANKS})
    return found | {"regression": [loss_after_training(r, 0, QUICK) for r in rank.BELOW]}


def of_subspace() -> Losses:
    """Loss of 20 steps of both ranks."""
    return _first({f"r_{arm.r}": arm for arm in subspace.arms(QUICK)})


def of_cost() -> Losses:
    """Loss of 20 steps of every arm: times are no fingerprint."""
    return _first(cost.all_arms(QUICK))


FINGERPRINTS = {
    "real-model": of_real_model,
    "rank": of_rank,
    "subspace": of_subspace,
    "cost": of_cost,
}
