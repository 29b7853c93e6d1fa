"""What the noise-predicting network is built of: the embedding of time, residual blocks, attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations import nn
from foundations.autodiff import ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError
from foundations.nn import functional as F
from foundations.nn import init

LONGEST = 10_000.0
"""Ratio of the slowest wavelength to the fastest. Source: Vaswani et al. 2017, section 3.5."""


def sinusoids(t: np.ndarray, width: int) -> np.ndarray:
    r"""Return the sines and cosines that tell a network the time.

    $$\big(\sin \omega_0 t, \dots, \sin \omega_{h-1} t, \cos \omega_0 t, \dots, \cos \omega_{h-1} t\big),
    \qquad \omega_k = 10000^{-k/(h-1)}, \quad h = \text{width} / 2$$

    Args:
        t: Times, shape (B,).
        width: Even, 4 or more.

    Returns:
        float32, shape (B, width).

    Source: Ho et al. 2020, appendix B, which takes the embedding of Vaswani et al. 2017; sines first and the
        divisor h - 1 as in the authors' code.

    Example:
        >>> sinusoids(np.array([0]), 4).tolist()
        [[0.0, 0.0, 1.0, 1.0]]
    """
    if width < 4 or width % 2:
        raise ShapeError(
            f"a time is told in an even number of 4 values or more, got {width}: "
            "take another"
        )  # fmt: skip
    half = width // 2
    frequencies = np.exp(-math.log(LONGEST) * np.arange(half) / (half - 1))
    angles = np.asarray(t, dtype=np.float64)[:, None] * frequencies
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


class TimeEmbedding(nn.Module):
    """Sinusoids of the time, then two layers, so that every block gets a vector to read the time from.

    Args:
        width: Of the sinusoids.
        out: Of the vector.
        rng: Source of the initial weights.
    """

    def __init__(self, width: int, out: int, *, rng: np.random.Generator) -> None:
        self.width = width
        self.first = nn.Linear(width, out, rng=rng)
        self.second = nn.Linear(out, out, rng=rng)

    def forward(self, t: np.ndarray) -> Any:
        """Map times (B,) to (B, out)."""
        waves = sinusoids(t, self.width).astype(self.first.weight.dtype, copy=False)
        return self.second(F.silu(self.first(waves)))


class ResidualBlock(nn.Module):
    """Two convolutions beside a short cut, the time added between them.

    h = conv(silu(norm(x))) + linear(silu(time)); y = shortcut(x) + conv(silu(norm(h)))

    The second convolution starts at zero, so a block starts as its short cut.

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output; where they differ the short cut is a convolution of 1 × 1.
        time: Width of the vector of the time.
        groups: Groups of the normalisations.
        dropout: Probability of dropping a value before the second convolution.
        rng: Source of the initial weights and of the dropout noise.

    Source: Ho et al. 2020, appendix B; the zeros as in the authors' code.
    """

    def __init__(
        self, n_in: int, n_out: int, time: int, groups: int, dropout: float, *, rng: np.random.Generator
    ) -> None:
        self.norm_in = nn.GroupNorm(groups, n_in)
        self.conv_in = nn.Conv2d(n_in, n_out, 3, padding=1, rng=rng)
        self.time = nn.Linear(time, n_out, rng=rng)
        self.norm_out = nn.GroupNorm(groups, n_out)
        self.dropout = nn.Dropout(dropout, rng=rng) if dropout else nn.Identity()
        self.conv_out = starting_at_zero(nn.Conv2d(n_out, n_out, 3, padding=1, rng=rng))
        self.shortcut = nn.Identity() if n_in == n_out else nn.Conv2d(n_in, n_out, 1, rng=rng)

    def forward(self, x: Array, time: Array) -> Any:
        """Map (B, n_in, H, W) and the silu of the vectors of time (B, time) to (B, n_out, H, W)."""
        h = self.conv_in(F.silu(self.norm_in(x)))
        shift = self.time(time)  # (B, n_out): the same for all pixels
        h = h + shift.reshape(*shift.shape, 1, 1)
        h = self.conv_out(self.dropout(F.silu(self.norm_out(h))))
        return self.shortcut(x) + h


class PixelAttention(nn.Module):
    """Every pixel looks at every other, beside a short cut: what is far apart can agree.

    Args:
        channels: Of input and output.
        heads: Number of attentions side by side.
        groups: Groups of the normalisation.
        rng: Source of the initial weights.

    Source: Ho et al. 2020, section 4: one head, at 16 × 16; here at the coarsest level.
    """

    def __init__(self, channels: int, heads: int, groups: int, *, rng: np.random.Generator) -> None:
        self.norm = nn.GroupNorm(groups, channels)
        self.attention = nn.MultiHeadAttention(channels, heads, rng=rng)
        starting_at_zero(self.attention.output)

    def forward(self, x: Array) -> Any:
        """Map (B, C, H, W) to the same shape."""
        batch, channels, height, width = x.shape
        pixels = self.norm(x).reshape(batch, channels, height * width).swapaxes(1, 2)  # (B, HW, C)
        seen = self.attention(pixels).swapaxes(1, 2)  # (B, C, HW)
        return x + seen.reshape(batch, channels, height, width)


def starting_at_zero(layer: Any) -> Any:
    """Set the weights of a layer to zero and return it: its block starts as its short cut."""
    layer.weight.data = init.zeros(layer.weight.shape)
    layer.bias.data = init.zeros(layer.bias.shape)
    return layer


def beside(first: Array, second: Array) -> Any:
    """Put the channels of two sets of images side by side: (B, C, H, W), (B, D, H, W) to (B, C + D, H, W)."""
    return ops.concatenate([first, second], axis=1)


def folded(x: Array, patch: int) -> Any:
    """Turn squares of pixels into channels: (B, C, H, W) to (B, C p p, H / p, W / p).

    Example:
        >>> folded(np.arange(4).reshape(1, 1, 2, 2), 2).tolist()
        [[[[0]], [[1]], [[2]], [[3]]]]
    """
    if patch == 1:
        return x
    batch, channels, height, width = x.shape
    cut = x.reshape(batch, channels, height // patch, patch, width // patch, patch)
    cut = cut.transpose(0, 1, 3, 5, 2, 4)  # (B, C, p, p, H / p, W / p)
    return cut.reshape(batch, channels * patch * patch, height // patch, width // patch)


def unfolded(x: Array, patch: int) -> Any:
    """Undo `folded`: (B, C p p, H, W) to (B, C, H p, W p)."""
    if patch == 1:
        return x
    batch, channels, height, width = x.shape
    cut = x.reshape(batch, channels // (patch * patch), patch, patch, height, width)
    cut = cut.transpose(0, 1, 4, 2, 5, 3)  # (B, C, H, p, W, p)
    return cut.reshape(batch, channels // (patch * patch), height * patch, width * patch)
