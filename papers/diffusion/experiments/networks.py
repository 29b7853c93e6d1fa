"""The networks of the claims: dense, without convolutions, so that six seeds fit into an hour of one core.

They keep what the claims are about: the time and the class come in by AdaGN's scale and shift, the guide
reads noisy images, the judge clean ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import ops
from foundations.autodiff.tensor import Array
from foundations.nn import functional as F
from implementations.ddpm.blocks import TimeEmbedding, sinusoids, starting_at_zero

SIDE = 8
"""Pixels along each side of a digit: means of 3 × 3 of its inner 24."""
PIXELS = SIDE * SIDE
HALF = -(-SIDE // 2)
SPREAD = 0.6
"""Standard deviation of the pixels, about."""
TOLD = 64


class DenseBlock(nn.Module):
    """A residual block of two linear layers, told time and class by scale and shift.

    Args:
        width: Of the block.
        rng: Source of the initial weights.
    """

    def __init__(self, width: int, *, rng: np.random.Generator) -> None:
        self.norm = nn.LayerNorm(width)
        self.told = nn.Linear(TOLD, 2 * width, rng=rng)
        self.first = nn.Linear(width, width, rng=rng)
        self.second = starting_at_zero(nn.Linear(width, width, rng=rng))

    def forward(self, h: Array, told: Array) -> Any:
        """Map (B, width) and the vectors (B, TOLD) to (B, width)."""
        y = self.told(told)  # (B, 2 width)
        width = h.shape[1]
        scaled = self.norm(h) * (1 + y[:, :width]) + y[:, width:]
        return h + self.second(F.silu(self.first(scaled)))


class DenseDenoiser(nn.Module):
    r"""Predict the noise in digits.

    The blocks see the image at unit scale and put out only what a linear prediction misses:

    $$\epsilon_\theta = \frac{\sqrt{1 - \bar\alpha_t}}{v_t}\, x_t
    + \frac{\sqrt{\bar\alpha_t}\, \sigma_d}{\sqrt{v_t}}\, F_\theta(x_t / \sqrt{v_t}, t), \qquad
    v_t = \bar\alpha_t \sigma_d^2 + 1 - \bar\alpha_t$$

    Args:
        classes: Number of classes that it is told; 0 for none.
        width: Of the blocks.
        depth: Number of blocks.
        alpha_bar: Shares of signal of the diffusion, shape (T + 1,).
        rng: Source of the initial weights.

    Source: Karras et al. 2022, arXiv:2206.00364, section 5, for the scales.
    """

    def __init__(
        self, classes: int, width: int, depth: int, alpha_bar: np.ndarray, *, rng: np.random.Generator
    ) -> None:
        self.signal, self.noise = np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)
        self.time = TimeEmbedding(TOLD, TOLD, rng=rng)
        self.label = nn.Embedding(classes, TOLD, rng=rng) if classes else None
        self.enter = nn.Linear(PIXELS, width, rng=rng)
        self.blocks = nn.ModuleList([DenseBlock(width, rng=rng) for _ in range(depth)])
        self.leave = starting_at_zero(nn.Linear(width, PIXELS, rng=rng))

    def forward(self, x: Array, t: np.ndarray, labels: np.ndarray | None = None) -> Any:
        """Map noisy images (B, 1, SIDE, SIDE), times (B,) and classes (B,) to noise, shape of the images."""
        told = self.time(t)
        if self.label is not None:
            told = told + self.label(labels)
        told = F.silu(told)
        signal, noise = (part[t].astype(np.float32)[:, None] for part in (self.signal, self.noise))
        scale = np.sqrt(signal * signal * SPREAD**2 + noise * noise)  # (B, 1)
        flat = x.reshape(len(t), PIXELS)
        h = self.enter(flat / scale)  # (B, width)
        for block in self.blocks:
            h = block(h, told)
        missed = self.leave(F.silu(h))  # (B, PIXELS)
        found = flat * (noise / scale**2) + missed * (signal * SPREAD / scale)
        return found.reshape(len(t), 1, SIDE, SIDE)


class DenseGuide(nn.Module):
    """Read the class of noisy digits: the classifier whose gradient guides.

    Args:
        rng: Source of the initial weights.
        width: Of the hidden layers.
    """

    def __init__(self, *, rng: np.random.Generator, width: int = 128) -> None:
        self.first = nn.Linear(PIXELS + TOLD, width, rng=rng)
        self.second = nn.Linear(width, width, rng=rng)
        self.leave = nn.Linear(width, 10, rng=rng)

    def forward(self, x: Array, t: np.ndarray) -> Any:
        """Map noisy images (B, 1, SIDE, SIDE) and times (B,) to logits (B, 10)."""
        both = ops.concatenate([x.reshape(len(t), PIXELS), sinusoids(t, TOLD).astype(x.dtype)], axis=1)
        return self.leave(F.silu(self.second(F.silu(self.first(both)))))


class Judge(nn.Module):
    """Read clean digits; its 32 hidden values are the features that samples are compared by.

    Args:
        rng: Source of the initial weights.
    """

    def __init__(self, *, rng: np.random.Generator) -> None:
        self.conv = nn.Conv2d(1, 12, 3, stride=2, padding=1, rng=rng)
        self.hidden = nn.Linear(12 * HALF * HALF, 32, rng=rng)
        self.head = nn.Linear(32, 10, rng=rng)

    def features(self, x: Array) -> Any:
        """Map images (B, 1, SIDE, SIDE) to features (B, 32)."""
        h = F.relu(self.conv(x))  # (B, 12, HALF, HALF)
        return F.relu(self.hidden(h.reshape(x.shape[0], 12 * HALF * HALF)))

    def forward(self, x: Array) -> Any:
        """Map images to logits (B, 10)."""
        return self.head(self.features(x))
