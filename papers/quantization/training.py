"""Training in real numbers, and measuring."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foundations import nn
from foundations.data.batching import batches
from foundations.nn import functional as F
from foundations.optimization import Adam, one_cycle_schedule
from papers.quantization.digits import Digits

BATCH_SIZE = 64


def train(
    model: nn.Module,
    digits: Digits,
    *,
    steps: int,
    rate: float,
    rng: np.random.Generator,
    before_step: Callable[[int], None] | None = None,
) -> list[float]:
    """Train with Adam; the rate rises over the first 30 % of the steps and falls from there.

    Args:
        model: Changed in place, left in evaluation mode.
        digits: What to learn from.
        steps: Steps of 64 images.
        rate: Highest learning rate.
        rng: Source of the order.
        before_step: Called with the number of each step, from 1.

    Returns:
        The cross-entropy of every step, nats an image.
    """
    schedule, optimizer = one_cycle_schedule(rate, steps), Adam(list(model.parameters()), rate)
    losses: list[float] = []
    order: list[np.ndarray] = []
    model.train()
    for step in range(1, steps + 1):
        size = min(BATCH_SIZE, len(digits.labels))
        order = order or list(batches(len(digits.labels), size, rng=rng, drop_last=True))
        chosen = order.pop()
        optimizer.learning_rate = schedule(step)
        if before_step is not None:
            before_step(step)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(digits.images[chosen]), digits.labels[chosen])
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    model.eval()
    return losses


def predictions(logits: np.ndarray) -> np.ndarray:
    """Return the class of the largest logit, the first of equals, shape (n,)."""
    return logits.argmax(axis=1)


def accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose largest logit is that of their class."""
    return float((predictions(logits) == labels).mean())
