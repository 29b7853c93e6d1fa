"""Training a language model: random windows, AdamW, a cosine with warmup, clipped gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations.errors import ValueRangeError
from foundations.nn import Module
from foundations.nn import functional as F
from foundations.nn.arguments import whole
from foundations.optimization import AdamW, Schedule, clip_grad_norm, cosine_schedule, warmup_schedule
from implementations.transformer.corpus import Corpus, sample_batch
from implementations.transformer.evaluation import evaluate


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained.

    Attributes:
        steps: Steps of the optimiser in all.
        batch_size: Windows a step.
        context: Tokens in a window.
        learning_rate: The highest, reached at the end of the warmup.
        warmup: Steps of the linear rise.
        final_share: Where the cosine ends, a share of the highest rate.
        betas: Decay rates of AdamW's means.
        weight_decay: Of matrices: weights of linear maps and tables. Vectors (biases, norms) have none.
        clip: Largest joint norm of the gradients.
        evaluate_every: Steps between measurements of the validation loss; 0 for one at the end only.

    Raises:
        ValueRangeError: If steps, batch_size or context are below 1, or the warmup takes all steps.
    """

    steps: int
    batch_size: int
    context: int
    learning_rate: float = 1e-3
    warmup: int = 100
    final_share: float = 0.1
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.1
    clip: float = 1.0
    evaluate_every: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "context"):
            whole("TrainingConfig", name, getattr(self, name), 1)
        for name in ("warmup", "evaluate_every"):
            whole("TrainingConfig", name, getattr(self, name), 0)
        if self.warmup >= self.steps:
            raise ValueRangeError(
                f"TrainingConfig expects a warmup shorter than its {self.steps} steps, got {self.warmup}: "
                "the rate would never fall"
            )

    @property
    def schedule(self) -> Schedule:
        """The learning rate of every step: a rise, then half a cosine."""
        fall = self.steps - self.warmup
        cosine = cosine_schedule(self.learning_rate, fall, self.learning_rate * self.final_share)
        return warmup_schedule(self.learning_rate, self.warmup, after=cosine)


@dataclass(frozen=True)
class Measured:
    """The validation loss at some step.

    Attributes:
        step: Steps taken.
        train: Mean training loss of the steps since the measurement before, in nats a token.
        validation: Loss on the text held out, in nats a token.
    """

    step: int
    train: float
    validation: float


def parameter_groups(model: Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return the groups of an optimiser: matrices with weight decay, vectors without.

    Decay pulls towards 0. A scale of a norm belongs at 1 and a bias has few numbers, so both are left alone.

    Args:
        model: A module.
        weight_decay: Of matrices.
    """
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    groups = [(matrices, weight_decay), (vectors, 0.0)]
    return [{"parameters": ps, "weight_decay": decay} for ps, decay in groups if ps]


class Trainer:
    """Train a model step by step; `save` and `resume` make a run that was stopped go on as if it was not.

    Args:
        model: Maps tokens (B, T) to logits (B, T, V). Its dropout draws from the generator that it was given.
        corpus: The text.
        config: How.
        rng: Source of the windows; it may be the model's.

    Attributes:
        model: As given, in training mode.
        optimizer: AdamW, with decay on matrices only; it counts the steps.
        history: What was measured so far.
        losses: Training losses since the last measurement, in nats a token.

    Raises:
        ValueRangeError: If the model has another vocabulary than the text.

    Source: Loshchilov & Hutter 2017, arXiv:1711.05101; Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063.
    """

    def __init__(
        self, model: Module, corpus: Corpus, config: TrainingConfig, *, rng: np.random.Generator
    ) -> None:
        sizes = getattr(model, "config", None)
        known = getattr(sizes, "vocab_size", corpus.tokenizer.vocab_size)
        if known != corpus.tokenizer.vocab_size:
            raise ValueRangeError(
                f"the model knows {known} tokens and the tokenizer {corpus.tokenizer.vocab_size}: build the "
                "model with vocab_size=tokenizer.vocab_size"
            )
        if config.context > getattr(sizes, "context", config.context):
            raise ValueRangeError(
                f"the model reads {sizes.context} tokens at once and training windows have "  # type: ignore[union-attr]
                f"{config.context}: lower the context of TrainingConfig"
            )
        self.model = model.train()
        self.corpus = corpus
        self.config = config
        self.rng = rng
        self.optimizer = AdamW(
            parameter_groups(model, config.weight_decay), config.learning_rate, config.betas
        )
        self.history: list[Measured] = []
        self.losses: list[float] = []
        self._rate = config.schedule

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self.optimizer.steps

    def step(self) -> float:
        """Take one step.

        Returns:
            Loss of its batch before the step, in nats a token.

        Raises:
            ValueRangeError: If the loss or the gradients are no longer finite.
        """
        c = self.config
        text, rng = self.corpus.train, self.rng
        tokens, targets = sample_batch(text, c.batch_size, c.context, rng=rng)
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(tokens), targets)
        if not math.isfinite(loss.item()):
            raise ValueRangeError(
                f"the loss of step {self.steps + 1} is {loss.item()}: lower the learning "
                "rate, or go on from an earlier checkpoint"
            )
        loss.backward()
        clip_grad_norm(self.model.parameters(), c.clip)
        self.optimizer.follow(self._rate)
        self.optimizer.step()
        self.losses.append(loss.item())
        due = c.evaluate_every and self.steps % c.evaluate_every == 0
        if due or self.steps == c.steps:
            self.measure()
        return loss.item()

    def measure(self) -> Measured:
        """Measure the validation loss, and add it to the history."""
        train = float(np.mean(self.losses)) if self.losses else math.nan
        found = evaluate(self.model, self.corpus.validation, context=self.config.context)
        self.history.append(Measured(self.steps, train, found.nats))
        self.losses.clear()
        return self.history[-1]

    def run(self, until: int | None = None, *, each: Callable[[Trainer], None] | None = None) -> Trainer:
        """Take steps up to a number of them.

        Args:
            until: Steps in all; those of the configuration by default.
            each: Called after every step: to save, or to say how far it is.

        Returns:
            Itself.
        """
        until = self.config.steps if until is None else min(until, self.config.steps)
        while self.steps < until:
            self.step()
            if each is not None:
                each(self)
        return self
