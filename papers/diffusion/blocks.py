"""Residual blocks of ADM: told time and class by scale and shift, and able to halve or double the pixels."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from foundations import nn
from foundations.autodiff.tensor import Array
from foundations.nn import functional as F
from implementations.ddpm.blocks import starting_at_zero

Resample = Literal["same", "halve", "double"]


def resampled(x: Array, how: Resample) -> Any:
    """Halve the pixels a side by means of 2 × 2, or double them by repeating each."""
    if how == "halve":
        return F.avg_pool2d(x, 2)
    return F.interpolate(x, scale_factor=2) if how == "double" else x


def adagn(normalised: Array, told: Array) -> Any:
    r"""Scale and shift what was normalised by what the network is told.

    $$\text{AdaGN}(h, y) = y_s\, \text{GroupNorm}(h) + y_b$$

    With $y_s = 1 + \text{the first half}$: a layer that starts near zero starts as plain normalisation.

    Args:
        normalised: GroupNorm(h), shape (B, C, H, W).
        told: A linear map of time and class, shape (B, 2 C).

    Returns:
        Shape (B, C, H, W).

    Source: Dhariwal & Nichol 2021, section 3; the 1 as in the authors' code.

    Example:
        >>> adagn(np.full((1, 1, 1, 1), 2.0), np.array([[0.5, -1.0]])).item()
        2.0
    """
    channels = normalised.shape[1]
    y = told.reshape(told.shape[0], 2 * channels, 1, 1)
    scale, shift = y[:, :channels], y[:, channels:]  # (B, C, 1, 1) each
    return normalised * (1 + scale) + shift


class ResidualBlock(nn.Module):
    """Two convolutions beside a short cut; between them the block is told time and class.

    Args:
        n_in: Channels of the input.
        n_out: Channels of the output; where they differ the short cut is a convolution of 1 × 1.
        told: Width of the vector of time and class.
        groups: Groups of the normalisations.
        resample: "halve" or "double" the pixels, in the branch before its first convolution and in the short
            cut; or leave the "same".
        adaptive: Whether the vector scales and shifts (AdaGN); else it is added.
        dropout: Probability of dropping a value before the second convolution.
        rng: Source of the initial weights. The second convolution starts at zero.

    Source: Dhariwal & Nichol 2021, section 3, after Brock et al. 2019.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        told: int,
        groups: int,
        *,
        rng: np.random.Generator,
        resample: Resample = "same",
        adaptive: bool = True,
        dropout: float = 0.0,
    ) -> None:
        self.resample: Resample = resample
        self.adaptive = adaptive
        self.norm_in = nn.GroupNorm(groups, n_in)
        self.conv_in = nn.Conv2d(n_in, n_out, 3, padding=1, rng=rng)
        self.told = nn.Linear(told, 2 * n_out if adaptive else n_out, rng=rng)
        self.norm_out = nn.GroupNorm(groups, n_out)
        self.dropout = nn.Dropout(dropout, rng=rng) if dropout else nn.Identity()
        self.conv_out = starting_at_zero(nn.Conv2d(n_out, n_out, 3, padding=1, rng=rng))
        self.shortcut = nn.Identity() if n_in == n_out else nn.Conv2d(n_in, n_out, 1, rng=rng)

    def forward(self, x: Array, told: Array) -> Any:
        """Map (B, n_in, H, W) and the silu of the vectors (B, told) to (B, n_out, H', W')."""
        h = resampled(F.silu(self.norm_in(x)), self.resample)
        h = self.conv_in(h)  # (B, n_out, H', W')
        y = self.told(told)  # (B, 2 n_out), or (B, n_out)
        added = h + y.reshape(*y.shape, 1, 1) if not self.adaptive else h
        h = adagn(self.norm_out(h), y) if self.adaptive else self.norm_out(added)
        h = self.conv_out(self.dropout(F.silu(h)))
        return self.shortcut(resampled(x, self.resample)) + h
