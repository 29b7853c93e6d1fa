"""How every claim trains: one seed's rows, shared by all arms, and one model an arm."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from foundations import nn
from foundations.errors import ExperimentError
from foundations.optimization import polynomial_schedule, warmup_schedule
from foundations.optimization.schedules import Schedule
from papers.attention.tasks import FOLDS, Task
from papers.attention.training import evaluate, fit, right_sequences
from papers.attention.transformer import Transformer, TransformerConfig

REAL_SEEDS = 8
FIRST_PILOT_SEED = 100

Pairs = tuple[np.ndarray, np.ndarray]
"""Sources, shape (n, S), and targets, shape (n, T)."""


@dataclass(frozen=True)
class Size:
    """How large the models of a claim are, and how long they train.

    Attributes:
        task: What is learned.
        config: The model; arms change it.
        steps: Training steps.
        batch_size: Pairs a step, none drawn twice on purpose.
        n_validation: Pairs for tuning and for telling whether a model still improves.
        n_test: Pairs for the result.
    """

    task: Task
    config: TransformerConfig
    steps: int
    batch_size: int = 64
    n_validation: int = 500
    n_test: int = 1000

    def twice(self) -> Size:
        """Return the size with twice the steps, to see whether a verdict outlasts them."""
        return replace(self, steps=2 * self.steps)

    @property
    def warmup_steps(self) -> int:
        """A tenth of the steps; from 500 steps on at least the memory of Adam's second moment, 50 steps."""
        return self.steps // 10


def small(task: Task, **changes: Any) -> TransformerConfig:
    """Return the model that claims start from: width 32, one layer, four heads, no dropout, no smoothing."""
    return TransformerConfig(
        **{
            "vocabulary": task.vocabulary,
            "d_model": 32,
            "num_heads": 4,
            "d_ff": 64,
            "num_layers": 1,
            "dropout": 0.0,
            "label_smoothing": 0.0,
            "max_length": 32,
            **changes,
        }
    )


@dataclass(frozen=True)
class Rows:
    """One seed's draw: training rows, validation rows and a test fold of its own.

    Eight folds are for testing, one a seed; a seed is validated on one of another eight, a pilot on one of
    the last four. No model trains on the folds it is validated or tested on, and no pilot on the first eight.

    Attributes:
        size: What is drawn, and how much.
        seed: Seed of the draw; 100 and up for pilots.
    """

    size: Size
    seed: int

    @property
    def test_fold(self) -> int:
        """The fold for testing, 0 to 7.

        Raises:
            ExperimentError: For a pilot seed, which has none.
        """
        if self.seed >= FIRST_PILOT_SEED:
            raise ExperimentError(
                f"seed {self.seed} is a pilot's, which is not tested: take one below {FIRST_PILOT_SEED}"
            )
        return self.seed % REAL_SEEDS

    @property
    def validation_fold(self) -> int:
        """The fold for tuning and for telling convergence: 8 to 15, or 16 to 19 for a pilot."""
        if self.seed >= FIRST_PILOT_SEED:
            return 2 * REAL_SEEDS + self.seed % (FOLDS - 2 * REAL_SEEDS)
        return REAL_SEEDS + self.seed % REAL_SEEDS

    @property
    def training_folds(self) -> frozenset[int]:
        """All other folds; for a pilot without any that a seed is tested on."""
        pilot = self.seed >= FIRST_PILOT_SEED
        tested = range(REAL_SEEDS) if pilot else (self.test_fold,)
        return frozenset(range(FOLDS)) - {*tested, self.validation_fold}

    @cached_property
    def training(self) -> Pairs:
        """One row for every place in every batch."""
        return self._draw(self.size.steps * self.size.batch_size, self.training_folds, 1)

    @cached_property
    def validation(self) -> Pairs:
        """Rows that no model of this seed trains on."""
        return self._draw(self.size.n_validation, {self.validation_fold}, 2)

    @cached_property
    def test(self) -> Pairs:
        """Rows that only the result is taken from."""
        return self._draw(self.size.n_test, {self.test_fold}, 3)

    def _draw(self, n: int, folds: Any, part: int) -> Pairs:
        return self.size.task.draw(n, folds=folds, rng=np.random.default_rng([self.seed, part]))

    def batches(self) -> Any:
        """Yield the training rows a batch at a time, in the order of their draw."""
        source, target = self.training
        for start in range(0, len(source), self.size.batch_size):
            rows = slice(start, start + self.size.batch_size)
            yield source[rows], target[rows]


def falling(rate: float, steps: int, warmup_steps: int) -> Schedule:
    """Return a schedule that rises linearly to `rate` and falls to 0 with the third power of what is left.

    In the last tenth it is below 0.14 % of the peak, so that what can still be gained by time is seen apart
    from what is gained by a smaller rate.
    """
    after = polynomial_schedule(rate, max(steps - warmup_steps, 1), power=3.0)
    return warmup_schedule(rate, warmup_steps, after)


@dataclass(frozen=True)
class Learned:
    """A trained model and how its validation loss moved.

    Attributes:
        model: In evaluation mode.
        rows: What it was trained on.
        validation: Final validation loss, in nats a token, without smoothing.
        moved: By which share of the final loss it fell over the last tenth of the steps; negative if it rose.
    """

    model: Transformer
    rows: Rows
    validation: float
    moved: float

    def loss(self, pairs: Pairs | None = None) -> float:
        """Return the loss on the test rows, or on others, in nats a token, without smoothing."""
        return evaluate(self.model, *(self.rows.test if pairs is None else pairs))["nll"]

    @cached_property
    def right(self) -> np.ndarray:
        """Which of the test rows are written without a single wrong token: booleans, shape (n_test,)."""
        return right_sequences(self.model, *self.rows.test)


def learn(
    rows: Rows,
    rate: float,
    *,
    warmup: bool = True,
    change: Callable[[Transformer], None] | None = None,
    **config: Any,
) -> Learned:
    """Train one arm of a seed. Arms of a seed share rows, order and, where shapes are equal, initial weights.

    Args:
        rows: The seed's rows.
        rate: Peak of the learning rate.
        warmup: Whether the rate rises to its peak over a tenth of the steps, or starts there.
        change: What to do to the model before training.
        **config: What the arm changes in the configuration.

    Returns:
        The model; one that diverged has an infinite loss.
    """
    size = rows.size
    model = Transformer(replace(size.config, **config), rng=np.random.default_rng([rows.seed, 0]))
    if change is not None:
        change(model)
    nine_tenths = max(size.steps - max(size.steps // 10, 1), 1)
    losses: dict[int, float] = {}

    def validate(step: int, _loss: float) -> None:
        if step == nine_tenths:
            losses[step] = evaluate(model.eval(), *rows.validation)["nll"]
            model.train()

    schedule = falling(rate, size.steps, size.warmup_steps if warmup else 0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # an arm may diverge in the pilot
        fit(model, rows.batches(), schedule, after_step=validate)
        final = evaluate(model, *rows.validation)["nll"]
    if not math.isfinite(final):
        return Learned(model, rows, math.inf, math.nan)
    return Learned(model, rows, final, losses[nine_tenths] / final - 1)


def reported(arms: Mapping[str, Learned]) -> dict[str, float]:
    """Return what every arm of every claim reports.

    Args:
        arms: Name of an arm to what it learned.

    Returns:
        By arm: `loss_ARM` on the test rows, in nats a token; `wrong_ARM`, the share of test sequences written
        with an error; `moved_ARM`, see `Learned.moved`.
    """
    metrics = {}
    for arm, learned in arms.items():
        metrics[f"loss_{arm}"] = learned.loss()
        metrics[f"wrong_{arm}"] = float(1 - learned.right.mean())
        metrics[f"moved_{arm}"] = learned.moved
    return metrics


def parameters(size: Size) -> int:
    """Return how many parameters the model of a size has."""
    with nn.shapes_only():
        return nn.count_parameters(Transformer(size.config))
