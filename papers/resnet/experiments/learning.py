"""How the arms of the claims train, and what every claim asks of a training before it says anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from foundations import nn
from foundations.autodiff import no_grad
from foundations.experiment import Budget, Metrics, Scale, Verdict, all_of, between, by_budget
from foundations.nn import functional as F
from foundations.optimization import step_schedule
from papers.resnet.configs import ResNetConfig, cifar
from papers.resnet.experiments.rows import CHANNELS, SIDE, Digits, Rows
from papers.resnet.resnet import ResNet
from papers.resnet.training import error_rate, optimizer_of

WIDTHS = (8, 16, 32)
MOMENTUM, WEIGHT_DECAY, BATCH_SIZE = 0.9, 1e-4, 64
GRID = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Learning rates from which every arm gets its own; the paper's is 0.1."""
POINT = 0.01
"""One point of error, as a share."""

MOVED_AT_MOST = 0.02
"""Converged: by which share the training loss of an arm may still move over the last tenth of the steps."""
ERROR_AT_LEAST, ERROR_AT_MOST = 0.02, 0.40
"""Off floor and ceiling: the training error of the plain network of 8 layers; guessing gives 0.9."""


def steps(budget: Budget) -> int:
    """Return the steps of a run: 400 for the 2000 of the full budget, for the time they take."""
    return by_budget(budget, quick=8, standard=400, full=2000)


@lru_cache(maxsize=2)
def rows(seed: int, budget: Budget) -> Rows:
    """Return the digits of a seed."""
    if budget == "quick":
        return Rows(seed, budget, n_train=256, n_validation=20, n_fresh=100)
    return Rows(seed, budget)


def config_of(arm: str) -> ResNetConfig:
    """Return the network of an arm: `plain-32`, `residual-8`, `bare-20` (plain, no BN), `B-32`, `C-32`."""
    kind, depth = arm.split("-")
    changes = {
        "plain": {"residual": False},
        "bare": {"residual": False, "batch_norm": False},
        "residual": {},
        "B": {"option": "B"},
        "C": {"option": "C"},
    }
    return cifar(int(depth), widths=WIDTHS, channels=CHANNELS, size=SIDE, **changes[kind])


def network(arm: str, seed: int) -> ResNet:
    """Return an arm's network with its first weights."""
    return ResNet(config_of(arm), rng=np.random.default_rng([seed, 6]))


class Learned(NamedTuple):
    """A training at its end.

    Attributes:
        model: In evaluation mode.
        losses: Of every step, nats an image.
        error: Training error: share of fresh training images read wrong, by running statistics.
        moved: By which share the loss of fresh images moved over the last tenth of the steps.
    """

    model: ResNet
    losses: list[float]
    error: float
    moved: float


def descend(model: ResNet, given: Rows, rate: float, until: int, total: int) -> list[float]:
    """Take the first `until` of `total` steps; the rate falls to a tenth at half and at three quarters.

    Args:
        model: Changed in place, left in training mode.
        given: Digits of the seed; batches follow from it, so arms share them.
        rate: At the beginning.
        until: Steps to take.
        total: Steps of the schedule.

    Returns:
        The loss of every step; training ends at the first that is not finite.
    """
    return _Descent(model, given, rate, total).to(until)


class _Descent:
    def __init__(self, model: ResNet, given: Rows, rate: float, total: int) -> None:
        self.model, self.given, self.losses = model.train(), given, []
        self.schedule = step_schedule(rate, (total // 2, 3 * total // 4))
        self.optimizer = optimizer_of(model, rate, MOMENTUM, WEIGHT_DECAY)

    def to(self, until: int) -> list[float]:
        self.model.train()
        with np.errstate(over="ignore", invalid="ignore"):
            for step in range(len(self.losses) + 1, until + 1):
                images, labels = self.given.batch(step, BATCH_SIZE)
                self.optimizer.learning_rate = self.schedule(step)
                self.optimizer.zero_grad()
                loss = F.cross_entropy(self.model(images), labels)
                self.losses.append(loss.item())
                if not math.isfinite(self.losses[-1]):
                    break
                loss.backward()
                self.optimizer.step()
        return self.losses


def learn(arm: str, rate: float, seed: int, budget: Budget, *, times: int = 1, weights: int = 0) -> Learned:
    """Train an arm from its first weights.

    Args:
        arm: Kind and depth.
        rate: Learning rate at the beginning.
        seed: Of digits, batches and weights.
        budget: Says how many steps.
        times: What the steps are multiplied by.
        weights: Another number for other first weights.
    """
    model, given, total = network(arm, seed + 1000 * weights), rows(seed, budget), times * steps(budget)
    descent = _Descent(model, given, rate, total)
    descent.to(total - total // 10)
    before = loss_of(model, given.fresh)
    descent.to(total)
    after = loss_of(model, given.fresh)
    error = error_rate(model, *given.fresh) if math.isfinite(after) else 0.9
    moved = abs(after / before - 1) if math.isfinite(before) and math.isfinite(after) else 1.0
    return Learned(model.eval(), descent.losses, error, moved)


@no_grad()
def loss_of(model: nn.Module, digits: Digits) -> float:
    """Return the mean loss in evaluation mode, nats an image; infinite if it is not finite."""
    model.eval()
    with np.errstate(over="ignore", invalid="ignore"):
        loss = float(F.cross_entropy(model(digits.images), digits.labels).item())
    return loss if math.isfinite(loss) else math.inf


@cache
def score(arm: str, rate: float, seed: int, budget: Budget) -> float:
    """Return the validation loss of an arm at one rate, for every claim that asks for it."""
    return loss_of(learn(arm, rate, seed, budget).model, rows(seed, budget).validation)


# ------------------------------------------------------------------ gates and scale


def converged(m: Metrics, arms: Sequence[str]) -> Verdict:
    """Return whether the training loss of every arm has stopped moving, on average over seeds."""
    return all_of(*(between(m[f"moved_{arm}"], 0.0, MOVED_AT_MOST) for arm in arms))


def off_floor(errors: np.ndarray) -> Verdict:
    """Return whether an error lies off floor and ceiling."""
    return between(errors, ERROR_AT_LEAST, ERROR_AT_MOST)


def scale_of(arm: str) -> Callable[[Budget], Scale]:
    """Return what compares an arm with the paper's networks for CIFAR-10 of as many layers."""

    def scale(budget: Budget) -> Scale:
        with nn.shapes_only():
            ours, theirs = ResNet(config_of(arm)), ResNet(cifar(config_of(arm).depth))
        return {
            "parameters": (float(nn.count_parameters(ours)), float(nn.count_parameters(theirs))),
            "examples": (6500.0, 50_000.0),
            "steps": (float(steps(budget)), 64_000.0),
        }

    return scale
