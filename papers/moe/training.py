"""Training with both losses beside the task's, and measuring quality and balance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.nn import functional as F
from foundations.optimization import Adam
from papers.moe.balance import cv_squared, hard_load, importance, importance_loss, load_loss
from papers.moe.language_model import CharacterModel, negative_log_likelihood
from papers.moe.moe import Routed
from papers.moe.text import windows

BATCH = 256
EPSILON = 1e-6
"""Of Adam. With 1e-8 the rounding error of a gradient that is 0 in theory, as that of the gate of tied
experts, would move weights at almost full rate."""

Loss = Callable[[Any, np.ndarray], Any]


def train(
    model: nn.Module,
    batches: Iterator[tuple[np.ndarray, np.ndarray]],
    *,
    rate: float,
    w_importance: float = 0.0,
    w_load: float = 0.0,
    steps: int,
    loss: Loss = F.cross_entropy,
) -> list[float]:
    """Train with Adam: the rate rises over the first tenth of the steps and falls to 0 linearly.

    Args:
        model: Returns outputs and gating; left in evaluation mode.
        batches: Inputs and targets, one pair a step.
        rate: Highest learning rate.
        w_importance: Weight of CV(Importance)², (7).
        w_load: Weight of CV(Load)², (11).
        steps: How many.
        loss: Of outputs and targets.

    Returns:
        The task's loss of every step.
    """
    optimizer = Adam(model.parameters(), rate, eps=EPSILON)
    losses: list[float] = []
    model.train()
    for step in range(steps):
        x, y = next(batches)
        optimizer.learning_rate = rate * min(1, 10 * (step + 1) / steps, (steps - step) / (0.9 * steps))
        optimizer.zero_grad()
        outputs, gating = model(x)
        task = loss(outputs, y)
        total = task
        if gating is not None and w_importance:
            total = total + importance_loss(gating, w_importance)
        if gating is not None and w_load:
            total = total + load_loss(gating, w_load)
        total.backward()
        optimizer.step()
        losses.append(task.item())
    model.eval()
    return losses


def text_batches(positions: np.ndarray, size: int = BATCH) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield contexts and next characters, `size` positions at a time, each once."""
    for start in range(0, len(positions) - size + 1, size):
        yield windows(positions[start : start + size])


class Balance(NamedTuple):
    """How evenly experts are used over many tokens.

    Attributes:
        cv_importance: Coefficient of variation of the summed weights.
        cv_load: The same of the counts.
        max_over_mean: Tokens of the busiest expert over the mean: 1 to n / k.
        load: Tokens each expert got, shape (n,).
    """

    cv_importance: float
    cv_load: float
    max_over_mean: float
    load: np.ndarray


def balance_of(gating: Routed) -> Balance:
    """Return the columns of Table 6."""
    load = hard_load(gating)
    total = values(importance(gating)).astype(np.float64)
    return Balance(
        float(np.sqrt(cv_squared(total))),
        float(np.sqrt(cv_squared(load.astype(np.float64)))),
        float(load.max() / load.mean()),
        load,
    )


def evaluate(model: CharacterModel, positions: np.ndarray, size: int = 2048) -> np.ndarray:
    """Return −log p of the character at each position, nats, without noise, shape (n,)."""
    model.eval()
    with no_grad():
        pairs = (windows(positions[i : i + size]) for i in range(0, len(positions), size))
        return np.concatenate([negative_log_likelihood(model(x)[0], y) for x, y in pairs])


def measure_balance(model: CharacterModel, positions: np.ndarray) -> Balance:
    """Return how evenly the experts are used over all positions at once, noise on."""
    mixture = model.mixture
    model.train()
    with no_grad():
        found = balance_of(mixture.route(model.features(windows(positions)[0])))  # type: ignore[union-attr]
    model.eval()
    return found
