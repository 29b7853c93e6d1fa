"""A classifier of noisy images, and its gradient: what pulls a sample towards a class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import Tensor
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from papers.diffusion.configs import UNetConfig
from papers.diffusion.unet import Body

Classifier = Callable[[Any, np.ndarray], Any]
"""Noisy images (B, ...) and times (B,) to logits (B, classes)."""


class NoisyClassifier(Body):
    """The way down of a U-Net, told the time, and a linear layer: log p(y | x_t) for every noise.

    Args:
        config: Sizes; `classes` is what it tells apart, not what it is told.
        rng: Source of the initial weights.

    Source: Dhariwal & Nichol 2021, section 4.
    Deviation: a mean over the last pixels where the paper has attention pooling.
    """

    def __init__(self, config: UNetConfig, *, rng: np.random.Generator) -> None:
        if config.classes < 2:
            raise ValueRangeError(f"a classifier tells 2 classes apart at least, got {config.classes}")
        super().__init__(config, rng=rng)
        self.label = None
        n = config.widths[-1]
        self.norm = nn.GroupNorm(config.groups, n)
        self.leave = nn.Linear(n, config.classes, rng=rng)

    def forward(self, x: Array, t: np.ndarray) -> Any:
        """Map noisy images (B, C, H, W) and times (B,) to logits (B, classes)."""
        t, _ = self.checked(x, t, np.zeros(x.shape[0], dtype=int))
        h, _ = self.descend(x, self.tell(t, None))
        return self.leave(F.silu(self.norm(h)).mean(axis=(2, 3)))


def class_gradient(
    classifier: Classifier,
    x: np.ndarray,
    t: np.ndarray,
    labels: np.ndarray,
) -> np.ndarray:
    r"""Return $\nabla_x \log p_\phi(y \mid x)$ of each image, shape of x.

    Args:
        classifier: Maps images and times to logits.
        x: Images, shape (B, ...).
        t: Times, as the classifier was trained with them, shape (B,).
        labels: The class of each, whole numbers, shape (B,).

    Raises:
        ShapeError: If there is not a class an image.
        ValueRangeError: If a class is out of the classifier's range.

    Source: Dhariwal & Nichol 2021, section 4.1.
    """
    given = Tensor(x, requires_grad=True)
    log_probs = F.log_softmax(classifier(given, t), axis=1)  # (B, classes)
    labels = _checked_classes(labels, *log_probs.shape)
    # images do not see each other, so the gradient of the sum holds that of each
    log_probs[np.arange(len(x)), labels].sum().backward()
    return values(given.grad)


def _checked_classes(labels: np.ndarray, n: int, classes: int) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ShapeError(f"expected a whole number, the class, an image, shape ({n},), got {labels!r}")
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise ValueRangeError(
            f"classes run from 0 to {classes - 1}, got {labels.min()} to {labels.max()}: drop what is not one"
        )
    return labels


def guided_mean(
    mean: np.ndarray,
    variance: np.ndarray,
    gradient: np.ndarray,
    scale: float,
) -> np.ndarray:
    r"""Return the shifted mean $\mu + s \Sigma g$ of a guided DDPM step.

    Source: Dhariwal & Nichol 2021, Algorithm 1, which section 4.1 derives for s = 1.

    Example:
        >>> float(guided_mean(np.array(1.0), np.array(0.5), np.array(2.0), 3.0))
        4.0
    """
    return mean + scale * variance * gradient


def guided_noise(
    noise: np.ndarray,
    alpha_bar: float,
    gradient: np.ndarray,
    scale: float,
) -> np.ndarray:
    r"""Return the noise that a guided DDIM step takes for the network's.

    $$\hat\epsilon = \epsilon_\theta(x_t) - s \sqrt{1 - \bar\alpha_t}\, \nabla_{x_t} \log p_\phi(y \mid x_t)$$

    Source: Dhariwal & Nichol 2021, equation 14 and Algorithm 2, whose update leaves out its scale s.

    Example:
        >>> float(guided_noise(np.array(1.0), 0.75, np.array(2.0), 1.0))
        0.0
    """
    return noise - scale * np.sqrt(1 - alpha_bar).astype(noise.dtype) * gradient
