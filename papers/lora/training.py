"""Fine-tuning in several ways: which parameters learn is all that differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from foundations.experiment import Budget, by_budget
from foundations.nn import functional as F
from foundations.optimization import Adam
from papers.lora.baselines import train_only
from papers.lora.classifier import Classifier, evaluate
from papers.lora.encoders import copy
from papers.lora.lora import inject
from papers.lora.polarity import Batch, Parts

BATCH = 32
HEAD_RATE = 0.003
"""Adam's rate of the head, in every arm that trains more than the head."""
ALPHA = 8.0
QV = ("*.query", "*.value")
EVERYWHERE = ("*.query", "*.key", "*.value", "*.attention.output", "*.inner", "*.outer")


LAST_LAYER = "(last layer)"


@dataclass(frozen=True)
class Arm:
    """One way to fine-tune.

    Attributes:
        r: Rank of adapters, 0 for none.
        learn: Patterns of the encoder's parameters that learn where there are no adapters; LAST_LAYER for
            those of the last layer.
        on: Patterns of the adapted maps.
    """

    r: int = 0
    learn: tuple[str, ...] = ()
    on: tuple[str, ...] = QV


FULL, BIAS, LAST, LORA = Arm(learn=("*",)), Arm(learn=("*bias",)), Arm(learn=(LAST_LAYER,)), Arm(r=8)


def build(arm: Arm, budget: Budget, *, rng: np.random.Generator) -> Classifier:
    """Return a classifier of which the parameters of an arm, and the head, ask for gradients.

    Where the table of pieces learns, its gradient holds only the rows of the batch, and Adam moves only
    those.
    """
    encoder = copy(budget)
    if arm.r:
        inject(encoder, arm.on, arm.r, ALPHA, rng=rng)
    else:
        last = f"layers.{encoder.config.num_layers - 1}.*"
        train_only(encoder, [last if one == LAST_LAYER else one for one in arm.learn])
        encoder.pieces.sparse = True
    return Classifier(encoder)


def optimizer_of(model: Classifier, rate: float) -> Adam:
    """Return Adam with the encoder's rate, and the head's beside it."""
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    head = {"parameters": model.head.parameters(), "learning_rate": HEAD_RATE}
    return Adam([{"parameters": body, "learning_rate": rate}, head])


def epochs(budget: Budget) -> int:
    """Return how often every training sentence is seen."""
    return by_budget(budget, quick=3, standard=3, full=5)


def step(model: Classifier, batch: Batch, optimizer: Adam) -> float:
    """Take one step; return the loss before it."""
    optimizer.zero_grad()
    loss = F.cross_entropy(model(batch.numbers, batch.visible), batch.labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def batches_of(parts: Parts, budget: Budget, seed: int) -> Iterator[list[Batch]]:
    """Yield the batches of each epoch: the same in every arm of a seed."""
    rng = np.random.default_rng([seed, 2])
    for _ in range(epochs(budget)):
        yield list(parts.train.batches(BATCH, rng=rng))


@dataclass(frozen=True)
class Fitted:
    """A trained classifier.

    Attributes:
        model: With the weights of the epoch that was best on validation sentences.
        losses: Of every step.
        validation: Cross-entropy after each epoch, nats.
    """

    model: Classifier
    losses: list[float]
    validation: list[float]


def fit(model: Classifier, parts: Parts, *, rate: float, seed: int, budget: Budget) -> Fitted:
    """Train with Adam: the rate rises over the first tenth and falls to 0 linearly; keep the best epoch.

    Args:
        model: Changed in place.
        parts: Training and validation sentences.
        rate: Highest rate of what learns in the encoder.
        seed: Of the order of batches.
        budget: Epochs.
    """
    optimizer = optimizer_of(model, rate)
    highest = [group.learning_rate for group in optimizer.groups]
    learned = [p for p in model.parameters() if p.requires_grad]
    total = epochs(budget) * -(-len(parts.train) // BATCH)
    losses: list[float] = []
    validation: list[float] = []
    best: list[np.ndarray] = []
    for batches in batches_of(parts, budget, seed):
        for batch in batches:
            t = len(losses)
            factor = min(1.0, 10 * (t + 1) / total, (total - t) / (0.9 * total))
            for group, top in zip(optimizer.groups, highest, strict=True):
                group.learning_rate = top * factor
            losses.append(step(model, batch, optimizer))
        validation.append(evaluate(model, parts.validation)[1])
        if validation[-1] == min(validation):
            best = [p.data.copy() for p in learned]
    for p, value in zip(learned, best, strict=True):
        p.data[...] = value
    return Fitted(model, losses, validation)
