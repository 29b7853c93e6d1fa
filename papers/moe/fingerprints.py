"""The first steps of every claim's arms, which the tests take again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from papers.moe.experiments import balance, capacity, load_not_importance
from papers.moe.experiments.clusters import BATCH, RATE, WIDTH, Problem, squared_error
from papers.moe.experiments.common import TIED, Arm
from papers.moe.language_model import CharacterModel, CharacterModelConfig
from papers.moe.moe import MoE, MoEConfig
from papers.moe.text import Positions
from papers.moe.timing import layer_of, run_sparsely
from papers.moe.training import text_batches, train

STEPS = 20
Losses = dict[str, list[float]]


def _first(arms: Mapping[str, Arm]) -> Losses:
    seen = Positions(0, STEPS * BATCH).train
    found: Losses = {}
    for name, arm in arms.items():
        config = CharacterModelConfig(experts=arm.experts)
        model = CharacterModel(config, rng=np.random.default_rng(0))
        found[name] = train(
            model,
            text_batches(seen),
            rate=0.002,
            steps=STEPS,
            w_importance=arm.w_importance,
            w_load=arm.w_load,
        )
    return found


def of_balance() -> Losses:
    """Loss of 20 steps of every pair of weights, and of tied experts."""
    return _first(balance.ARMS | {"tied": TIED, "tied_both": balance.TIED_BOTH})


def of_load_not_importance() -> Losses:
    """Loss of 20 steps of both arms."""
    return _first(load_not_importance.ARMS)


def of_capacity() -> Losses:
    """Loss of 20 steps of every number of experts, and of both regressions."""
    found = _first(capacity.ARMS)
    for same in (True, False):
        problem = Problem(same, rng=np.random.default_rng(0))
        layer = MoE(MoEConfig(WIDTH, 48, n_experts=4, k=2), rng=np.random.default_rng(1))
        found[f"same_{same}"] = train(
            layer, problem.batches(), rate=RATE, steps=STEPS, loss=squared_error, w_importance=0.1, w_load=0.1
        )
    return found


def of_cost() -> Losses:
    """Outputs of a small layer: times are no fingerprint."""
    x = np.random.default_rng(0).standard_normal((4, 8), dtype=np.float32)
    return {"outputs": run_sparsely(layer_of(16, 2, d_model=8, d_hidden=16, seed=0), x).ravel().tolist()}


FINGERPRINTS = {
    "balance": of_balance,
    "load-not-importance": of_load_not_importance,
    "capacity": of_capacity,
    "cost": of_cost,
}
