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
        LanguageModelConfig(65, context=64, d_model=64, num_layers=2, num_heads=4),
        TrainingConfig(steps=200, batch_size=16, context=64, learning_rate=3e-3, warmup=20),
    ),
    "standard": (
        LanguageModelConfig(65, context=128, d_model=192, num_layers=4, num_heads=6, dropout=0.1),
        TrainingConfig(steps=4000, batch_size=32, context=128, learning_rate=2e-3, evaluate_every=250),
    ),
    "full": (
        LanguageModelConfig(65, context=256, d_model=256, num_layers=6, num_heads=8, dropout=0.2),
        TrainingConfig(steps=8000, batch_size=32, context=256, learning_rate=1e-3, evaluate_every=500),
    ),
}


def shakespeare_trainer(budget: Budget, *, rng: np.random.Generator) -> Trainer:
    """Return the untrained run of a budget."""
    sizes, how = by_budget(budget, **BUDGET_CONFIGS)
    return Trainer(LanguageModel(sizes, rng=rng), Corpus.shakespeare(), how, rng=rng)
