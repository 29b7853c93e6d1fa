"""The networks of the claims, how they learn, and how they are judged.

Less than the paper, for the time it takes: 4 channels of 7 × 7 in place of 14 × 14 pixels (the same numbers),
8, 16 and 32 filters in place of 16, 32 and 64, and 800 steps of 64 images.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from foundations.autodiff import no_grad
from foundations.data.batching import batches
from foundations.experiment import Budget, by_budget
from foundations.nn import functional as F
from foundations.optimization import step_schedule
from papers.resnet.configs import Option, ResNetConfig, cifar
from papers.resnet.experiments.rows import CHANNELS, SIDE, Digits, Rows
from papers.resnet.resnet import ResNet
from papers.resnet.training import optimizer_of

WIDTHS = (8, 16, 32)
BATCH_SIZE, MOMENTUM, WEIGHT_DECAY = 64, 0.9, 1e-4
GRID = (0.03, 0.1, 0.3, 1.0)
MOVED_AT_MOST = 0.02
"""Relative change of the training loss over the last tenth of the steps; beyond it a run has not ended."""
FLOOR, CEILING = 0.01, 0.40
"""Training error of the shallow plain network: neither solved nor guessing (0.9)."""


class Judged(NamedTuple):
    """How a network does on some images.

    Attributes:
        loss: Cross-entropy, nats an image; infinite if the network diverged.
        error: Share of images read wrong.
    """

    loss: float
    error: float


class Learned(NamedTuple):
    """A network that has learnt.

    Attributes:
        model: In evaluation mode.
        losses: Training loss of every step; they end at the first that is not finite.
        moved: Relative change of the loss on fresh training images over the last tenth of the steps.
    """

    model: ResNet
    losses: list[float]
    moved: float


def steps(budget: Budget) -> int:
    """Return the steps of a run."""
    return by_budget(budget, quick=10, standard=800, full=2000)


@lru_cache(maxsize=4)
def rows(seed: int, budget: Budget) -> Rows:
    """Return the digits of a seed."""
    few = budget == "quick"
    return Rows(seed, budget, *((128, 50, 50) if few else (6500, 1000, 5000)))


def config(depth: int, *, residual: bool, option: Option = "A", batch_norm: bool = True) -> ResNetConfig:
    """Return the network of 6n + 2 layers for the digits."""
    return cifar(
        depth,
        widths=WIDTHS,
        channels=CHANNELS,
        size=SIDE,
        residual=residual,
        option=option,
        batch_norm=batch_norm,
    )


def network(arm: str, seed: int) -> ResNet:
    """Return an untrained network by its name, such as "plain_32", or with an option, "residual_32_B"."""
    kind, depth, *option = arm.split("_")
    choice: Option = option[0] if option else "A"  # type: ignore[assignment]
    model = config(int(depth), residual=kind == "residual", option=choice)
    return ResNet(model, rng=np.random.default_rng([seed, 6]))


def descend(
    model: ResNet,
    own: Rows,
    rate: float,
    n_steps: int,
    *,
    drops: bool = True,
    after_step: Callable[[int], None] | None = None,
) -> list[float]:
    """Train by SGD with momentum; the rate is divided by ten at half and at three quarters of the steps.

    Args:
        model: Changed in place, left in training mode.
        own: The seed's rows; arms share their batches.
        rate: Where it begins.
        n_steps: Steps of `BATCH_SIZE` images.
        drops: Whether the rate falls.
        after_step: Called with the number of each step.

    Returns:
        The loss of every step; training ends at the first that is not finite.
    """
    optimizer = optimizer_of(model, rate, MOMENTUM, WEIGHT_DECAY)
    stairs = (n_steps // 2, 3 * n_steps // 4) if drops else (n_steps,)
    schedule, losses = step_schedule(rate, stairs), []
    model.train()
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(1, n_steps + 1):
            x, labels = own.batch(step, BATCH_SIZE)
            optimizer.learning_rate = schedule(step)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), labels)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                break
            loss.backward()
            optimizer.step()
            if after_step is not None:
                after_step(step)
    return losses


def learn(arm: str, rate: float, seed: int, budget: Budget, *, n_steps: int | None = None) -> Learned:
    """Train an arm from the beginning to the end."""
    model, own, n_steps = network(arm, seed), rows(seed, budget), n_steps or steps(budget)
    late: list[float] = []

    def look(step: int) -> None:
        if step == n_steps * 9 // 10:
            late.append(judge(model, own.fresh).loss)
            model.train()

    losses = descend(model, own, rate, n_steps, after_step=look)
    final = judge(model, own.fresh).loss
    moved = abs(final / late[0] - 1) if late and math.isfinite(final) else math.inf
    return Learned(model, losses, moved)


def pilot(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one rate, nats an image."""
    return judge(learn(arm, rate, seed, budget).model, rows(seed, budget).validation).loss


def measured(arm: str, rate: float, seed: int, budget: Budget) -> tuple[ResNet, dict[str, float]]:
    """Train an arm; return it with its training error, test error and how far its loss still moved."""
    own, found = rows(seed, budget), learn(arm, rate, seed, budget)
    return found.model, {
        f"error_{arm}": judge(found.model, own.fresh).error,
        f"test_{arm}": judge(found.model, own.test).error,
        f"moved_{arm}": found.moved,
    }


@no_grad()
def judge(model: ResNet, digits: Digits) -> Judged:
    """Return loss and error of a network, left in evaluation mode."""
    model.eval()
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        chunks = batches(len(digits.labels), 500, rng=None)
        scores = np.concatenate([model(digits.images[chosen]).numpy() for chosen in chunks])
        loss = F.cross_entropy(scores, digits.labels).item()
    wrong = float((scores.argmax(axis=1) != digits.labels).mean())
    return Judged(loss if math.isfinite(loss) else math.inf, wrong)
