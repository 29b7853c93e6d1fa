"""What the three budgets train on tiny Shakespeare."""

from __future__ import annotations

import numpy as np

from foundations.experiment.budget import Budget, by_budget
from implementations.transformer.config import LanguageModelConfig
from implementations.transformer.corpus import Corpus
from implementations.transformer.language_model import LanguageModel
from implementations.transformer.training import Trainer, TrainingConfig

BUDGET_CONFIGS: dict[Budget, tuple[LanguageModelConfig, TrainingConfig]] = {
    "quick": (
        LanguageModelConfig(65, context=64, d_model=64, num_layers=2, num_heads=4, positions="rotary"),
        TrainingConfig(steps=300, batch_size=16, context=64, learning_rate=6e-3, warmup=30),
    ),
    "standard": (
        LanguageModelConfig(
            65, context=128, d_model=192, num_layers=4, num_heads=6, dropout=0.1, positions="rotary"
        ),
        TrainingConfig(steps=4500, batch_size=32, context=128, learning_rate=2e-3, evaluate_every=500),
    ),
    "full": (
        LanguageModelConfig(
            65, context=256, d_model=256, num_layers=6, num_heads=8, dropout=0.2, positions="rotary"
        ),
        TrainingConfig(steps=5000, batch_size=32, context=256, learning_rate=1e-3, evaluate_every=500),
    ),
}
"""Sizes and training of each budget; parameters, and the plan they were chosen by.

- quick: 104 thousand parameters. A step takes 0.025 s of one thread: 8 s in all, enough to see it learn.
  Rotary positions, because in so few steps they are worth much: seed 0 ends at 2.10 nats a character
  with them and at 2.34 with learned ones.
- standard: 1.8 million parameters, 18.4 million tokens, 18 times the text. A step takes 0.74 s of two quiet
  cores, 0.8 to 1.1 s of one: 57 minutes on two, measurements included. The aim is 1.55 nats a character at
  most; interpolated 5-gram counts reach 1.67.
- full: 4.8 million parameters, 41 million tokens; at the same rate, about six hours of one thread. The aim is
  1.50 at most.

The aims are not results: what a run reached is in its history.
"""


def shakespeare_trainer(budget: Budget, *, rng: np.random.Generator) -> Trainer:
    """Return the run of a budget before its first step.

    Args:
        budget: "quick", "standard" or "full".
        rng: Source of the initial weights, the windows and the dropout noise.

    Raises:
        ExperimentError: If there is no such budget.
        DataError: If the text can be neither found nor fetched.
    """
    sizes, how = by_budget(budget, **BUDGET_CONFIGS)
    return Trainer(LanguageModel(sizes, rng=rng), Corpus.shakespeare(), how, rng=rng)
