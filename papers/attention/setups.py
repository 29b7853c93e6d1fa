"""Sizes and rates of the demo's models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from foundations.experiment import Budget, by_budget
from foundations.optimization import warmup_schedule
from papers.attention.tasks import Task
from papers.attention.transformer import TransformerConfig


@dataclass(frozen=True)
class Setup:
    """How a model is trained.

    Attributes:
        config: The model.
        steps: Training steps.
        learning_rate: Peak of the learning rate.
        warmup_steps: Steps of linear rise to the peak; 0 starts there. After it the rate falls linearly to 0.
        batch_size: Pairs a step.
    """

    config: TransformerConfig
    steps: int
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    batch_size: int = 64


def schedule(setup: Setup) -> Callable[[int], float]:
    """Return the learning rate by step: up to the peak, then linearly down to 0 at the last step."""
    falling = max(setup.steps - setup.warmup_steps, 1)
    return warmup_schedule(
        setup.learning_rate,
        setup.warmup_steps,
        after=lambda step: setup.learning_rate * max(1 - step / (falling + 1), 0.0),
    )


def setup_for(budget: Budget, task: Task, **changes: object) -> Setup:
    """Return the sizes that a budget allows, for a task."""
    d_model, layers, steps = by_budget(budget, quick=(32, 1, 40), standard=(64, 2, 600), full=(256, 4, 5000))
    config = TransformerConfig(
        vocabulary=task.vocabulary,
        d_model=d_model,
        num_heads=4,
        d_ff=4 * d_model,
        num_layers=layers,
        dropout=0.0,
        label_smoothing=0.0,
        max_length=32,
    )
    return replace(Setup(config, steps, warmup_steps=steps // 6), **changes)  # type: ignore[arg-type]
