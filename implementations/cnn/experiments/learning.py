"""How the arms of the claims train, and how they are judged."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.data.batching import batches
from foundations.nn import functional as F
from foundations.optimization import SGD
from foundations.optimization.schedules import Schedule
from implementations.cnn.experiments.rows import Rows
from implementations.cnn.pictures import Pictures

BATCH_SIZE = 64


class Judged(NamedTuple):
    """How a network does on some rows.

    Attributes:
        loss: Cross-entropy, nats a picture; infinite if the network diverged.
        error: Share of pictures read wrong.
    """

    loss: float
    error: float


def descend(
    model: nn.Module,
    rows: Rows,
    rate: float | Schedule,
    steps: int,
    *,
    momentum: float = 0.0,
    frozen: bool = False,
    after_step: Callable[[int], None] | None = None,
) -> list[float]:
    """Train without decay or variation.

    Args:
        model: Changed in place, left in evaluation mode.
        rows: The seed's rows; order and batches follow from its seed, so arms share them.
        rate: Learning rate, constant or by step.
        steps: Steps of `BATCH_SIZE` pictures.
        momentum: Of plain momentum.
        frozen: Whether batch normalisation uses the running means that it has, and leaves them.
        after_step: Called with the number of each step.

    Returns:
        The loss of every step; training ends at the first that is not finite.
    """
    optimizer = SGD(list(model.parameters()), rate(1) if callable(rate) else rate, momentum)
    rng = np.random.default_rng([rows.seed, 3])
    losses: list[float] = []
    order: list[np.ndarray] = []
    _train(model, frozen)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(1, steps + 1):
            order = order or list(batches(len(rows.training.labels), BATCH_SIZE, rng=rng, drop_last=True))
            chosen = order.pop()
            if callable(rate):
                optimizer.learning_rate = rate(step)
            optimizer.zero_grad()
            scores = model(rows.scale.apply(rows.training.images[chosen]))
            loss = F.cross_entropy(scores, rows.training.labels[chosen])
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                break
            loss.backward()
            optimizer.step()
            if after_step is not None:
                model.eval()
                after_step(step)
                _train(model, frozen)
    model.eval()
    return losses


def _train(model: nn.Module, frozen: bool) -> None:
    model.train()
    for module in model.modules() if frozen else ():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


@no_grad()
def judge(model: nn.Module, pictures: Pictures, rows: Rows) -> Judged:
    """Return loss and error of a network, in evaluation mode."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        scores = np.asarray(model(rows.scale.apply(pictures.images)).numpy(), dtype=np.float64)
    if not np.isfinite(scores).all():
        return Judged(math.inf, 1 - 1 / scores.shape[1])  # it says nothing: as good as guessing
    top = scores.max(axis=1)
    right = scores[np.arange(len(scores)), pictures.labels]
    loss = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top - right
    return Judged(float(loss.mean()), float((scores.argmax(axis=1) != pictures.labels).mean()))
