"""Training of denoisers and of classifiers of noisy images, by Adam with a running mean of the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.optimization import Adam, ExponentialMovingAverage, clip_grad_norm
from implementations.ddpm.images import check_scaled
from papers.diffusion.gaussian import GaussianDiffusion
from papers.diffusion.losses import hybrid_loss, simple_loss

Loss = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None], Any]
"""Clean images, times, noise and labels of a batch to a number."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Attributes:
        steps: Steps in all.
        batch_size: Images a step, drawn with replacement.
        learning_rate: Of Adam, after the warm-up.
        warm_up: Steps in which the rate rises evenly to it.
        decay: Share of the steps at the end in which the rate falls evenly to zero.
        ema: Decay of the running mean of the weights.
        clip: Largest norm of the gradient.
        seed: What images, times and noise follow from.
    """

    steps: int
    batch_size: int = 64
    learning_rate: float = 2e-3
    warm_up: int = 50
    decay: float = 0.6
    ema: float = 0.99
    clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch_size < 1 or self.warm_up < 0:
            raise ValueRangeError(f"a run has 1 step and 1 image a batch at least, got {self}")
        if not (0 <= self.decay <= 1 and self.clip > 0 and self.learning_rate > 0):
            raise ValueRangeError(f"decay is a share, clip and learning_rate are above 0, got {self}")

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, from 1."""
        rising = min(1.0, step / self.warm_up) if self.warm_up else 1.0
        falling = self.decay * self.steps
        left = min(1.0, (self.steps - step + 1) / falling) if falling >= 1 else 1.0
        return self.learning_rate * rising * left


def train_denoiser(
    model: nn.Module,
    diffusion: GaussianDiffusion,
    config: TrainingConfig,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    hybrid: bool = False,
) -> list[float]:
    """Train a network to see the noise; leave it in evaluation mode with the mean of its weights.

    Args:
        model: Changed in place.
        diffusion: The forward process.
        config: How to train.
        images: Shape (n, C, H, W), in [-1, 1].
        labels: Classes that the network is told, shape (n,).
        hybrid: Whether it learns its variance too.

    Returns:
        The loss of every step.

    Source: Ho et al. 2020, Algorithm 1; Nichol & Dhariwal 2021, equation 16.
    """
    loss = hybrid_loss if hybrid else simple_loss

    def of(x0: np.ndarray, t: np.ndarray, noise: np.ndarray, y: np.ndarray | None) -> Any:
        return loss(model, diffusion, x0, t, noise, y)

    return _descend(model, diffusion, config, images, labels, of)


def train_classifier(
    model: nn.Module,
    diffusion: GaussianDiffusion,
    config: TrainingConfig,
    images: np.ndarray,
    labels: np.ndarray,
) -> list[float]:
    """Train a classifier on images of all times, t drawn uniformly.

    Args:
        model: Changed in place; left in evaluation mode with the mean of its weights.
        diffusion: The forward process.
        config: How to train.
        images: Shape (n, C, H, W), in [-1, 1].
        labels: What they show, shape (n,).

    Returns:
        The loss of every step.

    Source: Dhariwal & Nichol 2021, section 4.
    """

    def of(x0: np.ndarray, t: np.ndarray, noise: np.ndarray, y: Any) -> Any:
        return F.cross_entropy(model(diffusion.noisy(x0, t, noise), diffusion.times[t]), y)

    return _descend(model, diffusion, config, images, labels, of)


def _descend(
    model: nn.Module,
    diffusion: GaussianDiffusion,
    config: TrainingConfig,
    images: np.ndarray,
    labels: np.ndarray | None,
    loss_of: Loss,
) -> list[float]:
    images = check_scaled(images)
    if labels is not None and np.shape(labels) != (len(images),):
        raise ShapeError(f"expected a label an image, shape ({len(images)},), got {np.shape(labels)}")
    optimizer = Adam(model.parameters(), config.rate(1))
    mean = ExponentialMovingAverage(model.parameters(), config.ema, warm_up=True)
    losses = []
    model.train()
    for step in range(config.steps):
        rng = np.random.default_rng([config.seed, step])
        chosen = rng.integers(0, len(images), config.batch_size)
        t = rng.integers(1, diffusion.steps + 1, config.batch_size)
        noise = rng.standard_normal(images[chosen].shape, dtype=np.float32)
        optimizer.learning_rate = config.rate(step + 1)
        optimizer.zero_grad()
        loss = loss_of(images[chosen], t, noise, None if labels is None else labels[chosen])
        loss.backward()
        clip_grad_norm(model.parameters(), config.clip)
        optimizer.step()
        mean.update()
        losses.append(loss.item())
    mean.copy_to()
    model.eval()
    return losses
