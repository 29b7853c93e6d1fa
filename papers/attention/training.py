"""The training loop of the paper's section 5, for any task, and how its result is scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from foundations.autodiff import no_grad
from foundations.optimization import Adam
from foundations.optimization.schedules import Schedule
from papers.attention.decoding import greedy_decode
from papers.attention.tasks import END, START, Task
from papers.attention.transformer import PAD, Transformer, label_smoothing_loss, shift_right

BETAS, EPS = (0.9, 0.98), 1e-9  # section 5.3


@dataclass
class History:
    """What a training run reports.

    Attributes:
        losses: Training loss of every step, in nats a token.
    """

    losses: list[float] = field(default_factory=list)


def train(
    model: Transformer,
    task: Task,
    schedule: Schedule,
    *,
    steps: int,
    batch_size: int = 64,
    rng: np.random.Generator,
    after_step: Callable[[int, float], None] | None = None,
) -> History:
    """Train with Adam on pairs drawn afresh at every step, none of them held out.

    Args:
        model: Changed in place; left in evaluation mode.
        task: What to learn.
        schedule: Learning rate by step, counted from 1.
        steps: Number of steps.
        batch_size: Pairs a step.
        rng: Source of the pairs.
        after_step: Called with the number of the step and its loss.

    Returns:
        The losses.
    """

    def drawn() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for _ in range(steps):
            yield task.sample(batch_size, held_out=False, rng=rng)

    return fit(model, drawn(), schedule, after_step=after_step)


def fit(
    model: Transformer,
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    schedule: Schedule,
    *,
    after_step: Callable[[int, float], None] | None = None,
) -> History:
    """Train with Adam, one step a batch.

    Args:
        model: Changed in place; left in evaluation mode.
        batches: Sources (B, S) and targets (B, T).
        schedule: Learning rate by step, counted from 1.
        after_step: Called with the number of the step and its loss.

    Returns:
        The losses.
    """
    optimizer = Adam(model.parameters(), schedule(1), BETAS, EPS)
    history = History()
    model.train()
    for step, (source, target) in enumerate(batches, 1):
        optimizer.learning_rate = schedule(step)
        optimizer.zero_grad()
        logits = model(source, shift_right(target, START))
        loss = label_smoothing_loss(logits, target, model.config.label_smoothing)
        loss.backward()
        optimizer.step()
        history.losses.append(loss.item())
        if after_step is not None:
            after_step(step, history.losses[-1])
    model.eval()
    return history


@no_grad()
def evaluate(model: Transformer, source: np.ndarray, target: np.ndarray) -> dict[str, float]:
    """Return how well the model predicts each target token given those before it.

    Args:
        model: In evaluation mode.
        source: Shape (B, S).
        target: Shape (B, T).

    Returns:
        `nll`: nats a token, without smoothing; `accuracy`: share of tokens whose best guess is right.
    """
    logits = model(source, shift_right(target, START))
    real = target != PAD
    right = logits.numpy().argmax(-1) == target
    return {
        "nll": label_smoothing_loss(logits, target, smoothing=0.0).item(),
        "accuracy": float(right[real].mean()),
    }


def right_sequences(model: Transformer, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return which sequences greedy decoding writes without a single wrong token: booleans, shape (B,)."""
    written = greedy_decode(model, source, start=START, end=END, max_length=target.shape[1])
    padded = np.full_like(target, PAD)
    padded[:, : written.shape[1]] = written
    return (padded == target).all(axis=1)


def exact_match(model: Transformer, source: np.ndarray, target: np.ndarray) -> float:
    """Return the share of sequences that greedy decoding writes without a single wrong token."""
    return float(right_sequences(model, source, target).mean())
