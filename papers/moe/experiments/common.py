"""What the claims on text share: the arms of a seed, trained and measured.

Cut for time, before any run: 1,500 steps instead of 4,500 (384,000 positions, each seen once).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from foundations.experiment import Budget, by_budget
from papers.moe.config import MoEConfig
from papers.moe.language_model import CharacterModel, CharacterModelConfig
from papers.moe.text import Positions
from papers.moe.training import BATCH, Balance, evaluate, measure_balance, text_batches, train

GRID = (0.004, 0.008, 0.016, 0.032)
"""Adam's highest rate. Designed with 1, 2 and 4 thousandths; widened before any run, for fewer steps."""
EXPERTS = MoEConfig(96, 48, n_experts=16, k=2)


@dataclass(frozen=True)
class Arm:
    """One way to train.

    Attributes:
        experts: The layer; None for a dense one.
        w_importance: Weight of CV(Importance)².
        w_load: Weight of CV(Load)².
    """

    experts: MoEConfig | None = EXPERTS
    w_importance: float = 0.0
    w_load: float = 0.0


TIED = Arm(replace(EXPERTS, tied=True))


def steps(budget: Budget) -> int:
    """Return the steps of training."""
    return by_budget(budget, quick=10, standard=1500, full=13_500)


def positions(seed: int, budget: Budget) -> Positions:
    """Return the characters that a seed learns from and is tested on."""
    held_out = by_budget(budget, quick=512, standard=16_384, full=16_384)
    return Positions(seed, steps(budget) * BATCH, held_out)


def trained(arm: Arm, rate: float, seed: int, budget: Budget) -> CharacterModel:
    """Train an arm; all arms of a seed see the same characters in the same order."""
    model = CharacterModel(CharacterModelConfig(experts=arm.experts), rng=np.random.default_rng([seed, 3]))
    train(
        model,
        text_batches(positions(seed, budget).train),
        rate=rate,
        w_importance=arm.w_importance,
        w_load=arm.w_load,
        steps=steps(budget),
    )
    return model


def on_test(model: CharacterModel, seed: int, budget: Budget) -> float:
    """Return nats a character on the seed's test fold, without noise."""
    return float(evaluate(model, positions(seed, budget).test).mean())


def on_validation(arm: Arm, rate: float, seed: int, budget: Budget) -> float:
    """Return nats a character on validation text: what a rate is chosen by."""
    return float(evaluate(trained(arm, rate, seed, budget), positions(seed, budget).validation).mean())


def use(model: CharacterModel, seed: int, budget: Budget) -> Balance:
    """Return how evenly experts are used over 16,384 test positions, noise on."""
    return measure_balance(model, positions(seed, budget).test)
