"""What a net learns from, and how: both are checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import floats, integers
from papers.distillation.networks import NetConfig, flat


@dataclass(frozen=True)
class Settings:
    """How a net is trained.

    Attributes:
        epochs: Times that every case is seen.
        learning_rate: Of Adam, in the first step; it falls linearly to 0.
        temperature: T of the soft targets; unused where labels alone count.
        hard_weight: w of `distillation_loss`; 1 for labels alone.
        batch_size: Cases a step; what does not fill a batch is left out of that epoch.
        seed: What order, moves and dropped units follow from.

    Raises:
        ValueRangeError: If a number lies outside its range.
    """

    epochs: int
    learning_rate: float = 1e-3
    temperature: float = 1.0
    hard_weight: float = 1.0
    batch_size: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or not self.learning_rate > 0:
            raise ValueRangeError(
                "a run has 1 epoch and 1 case a batch at least and a rate above 0, got "
                f"{self.epochs}, {self.batch_size} and {self.learning_rate}"
            )
        if not self.temperature > 0 or not 0 <= self.hard_weight <= 1:
            raise ValueRangeError(
                "a run has a temperature above 0 and a weight in [0, 1], got "
                f"{self.temperature} and {self.hard_weight}"
            )


@dataclass(frozen=True)
class Cases:
    """What a net learns from, or is judged by.

    Attributes:
        images: Pixels in [0, 1], shape (n, H, W) or (n, inputs).
        labels: Classes, shape (n,); None where there are only soft targets.
        logits: The teacher's, shape (n, outputs); None for labels alone.
    """

    images: np.ndarray
    labels: Any = None
    logits: Any = None

    def take(self, chosen: np.ndarray) -> Cases:
        """Return the chosen cases."""
        labels, logits = (None if part is None else part[chosen] for part in (self.labels, self.logits))
        return Cases(self.images[chosen], labels, logits)


def checked(cases: Cases, config: NetConfig, hard_weight: float) -> Cases:
    """Return the cases as a run uses them, or say what does not fit."""
    images = np.asarray(cases.images)
    rows = flat(images, config.inputs)
    if config.jitter and images.ndim != 3:
        raise ShapeError(f"a net with jitter learns from images (n, H, W), got {images.shape}: reshape them")
    if rows.size and not (rows.min() >= 0 and rows.max() <= 1):
        raise ValueRangeError(
            f"pixels lie in [0, 1], got {rows.min():.4g} to {rows.max():.4g}: divide by 255"
        )
    labels, logits, n = cases.labels, cases.logits, len(images)
    if labels is None and hard_weight > 0:
        raise ValueRangeError(
            f"labels count with weight {hard_weight:g} and there are none: give them, or weight 0"
        )
    if logits is None and hard_weight < 1:
        raise ValueRangeError(
            f"soft targets count with weight {1 - hard_weight:g} and there are none: give logits"
        )
    if labels is not None:
        labels = integers("Training", "labels", labels)
        if labels.shape != (n,) or (n and not 0 <= labels.min() <= labels.max() < config.outputs):
            raise ShapeError(
                f"expected {n} classes from 0 to {config.outputs - 1}, got labels {labels.shape}"
            )
    if logits is not None:
        logits = floats("Training", "logits", logits)
        if logits.shape != (n, config.outputs):
            raise ShapeError(
                f"expected logits of shape {(n, config.outputs)}, one row an image, got {logits.shape}: "
                "use a teacher of as many classes, on these images"
            )
    return Cases(images if config.jitter else rows, labels, logits)
