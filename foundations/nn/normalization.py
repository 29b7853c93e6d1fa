"""Normalisation layers. Those over the last axis need no memory; batch norm keeps running statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff.tensor import Array
from foundations.errors import ValueRangeError
from foundations.nn import functional as F
from foundations.nn import init
from foundations.nn.arguments import flag, number, whole
from foundations.nn.module import Module
from foundations.nn.parameters import Buffer, Parameter


class LayerNorm(Module):
    """Standardise the last axis, then scale and shift it.

    Args:
        width: Length of the last axis.
        eps: Added to the variance under the root.
        bias: Whether to shift.

    Attributes:
        weight: Scale, shape (width,); starts at 1.
        bias: Shift, shape (width,); starts at 0; or None.
    """

    def __init__(self, width: int, eps: float = 1e-5, bias: bool = True) -> None:
        width = whole("LayerNorm", "width", width, 1)
        self.weight = Parameter(init.ones((width,)))
        self.bias = Parameter(init.zeros((width,))) if flag("LayerNorm", "bias", bias) else None
        self.eps = number(type(self).__name__, "eps", eps, 0)

    def forward(self, x: Array) -> Any:
        """Normalise (..., width)."""
        return F.layer_norm(x, self.weight, self.bias, self.eps)

    def describe(self) -> str:
        """Return the width."""
        return f"{self.weight.shape[0]}"


class RMSNorm(Module):
    """Divide the last axis by its root mean square, then scale it.

    Args:
        width: Length of the last axis.
        eps: Added to the mean square under the root.

    Attributes:
        weight: Scale, shape (width,); starts at 1.
    """

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        self.weight = Parameter(init.ones((whole("RMSNorm", "width", width, 1),)))
        self.eps = number(type(self).__name__, "eps", eps, 0)

    def forward(self, x: Array) -> Any:
        """Normalise (..., width)."""
        return F.rms_norm(x, self.weight, self.eps)

    def describe(self) -> str:
        """Return the width."""
        return f"{self.weight.shape[0]}"


class _BatchNorm(Module):
    """What both batch norms share: the statistics, and how they are kept."""

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True) -> None:
        name = type(self).__name__
        channels, affine = whole(name, "channels", channels, 1), flag(name, "affine", affine)
        self.weight = Parameter(init.ones((channels,))) if affine else None
        self.bias = Parameter(init.zeros((channels,))) if affine else None
        self.running_mean = Buffer(np.zeros(channels, dtype=np.float32))
        self.running_var = Buffer(np.ones(channels, dtype=np.float32))
        self.eps, self.momentum = number(name, "eps", eps, 0), number(name, "momentum", momentum, 0, 1)

    def forward(self, x: Array) -> Any:
        """Normalise (batch, channels, ...) over all axes but the channels."""
        return F.batch_norm(
            x,
            self.running_mean.data,
            self.running_var.data,
            self.weight,
            self.bias,
            training=self.training,
            momentum=self.momentum,
            eps=self.eps,
        )

    def describe(self) -> str:
        """Return the number of channels."""
        return f"{self.running_mean.shape[0]}"


class BatchNorm1d(_BatchNorm):
    """Standardise every channel of (batch, channels) or (batch, channels, length) over the rest.

    In evaluation mode the running statistics take the place of the batch's.

    Args:
        channels: Length of axis 1.
        eps: Added to the variance under the root.
        momentum: Share of the new statistics in the running ones.
        affine: Whether to scale and shift.

    Attributes:
        weight: Scale, shape (channels,); starts at 1; or None.
        bias: Shift, shape (channels,); starts at 0; or None.
        running_mean: Mean of past batches, decaying; shape (channels,).
        running_var: Variance of past batches, divided by n - 1, decaying; shape (channels,).

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    """


class BatchNorm2d(_BatchNorm):
    """Standardise every channel of images (batch, channels, height, width) over the rest.

    Arguments and attributes are those of `BatchNorm1d`.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    """


class GroupNorm(Module):
    """Standardise groups of channels, each image on its own, then scale and shift every channel.

    Args:
        num_groups: Number of groups; divides the channels.
        channels: Length of axis 1.
        eps: Added to the variance under the root.

    Attributes:
        weight: Scale, shape (channels,); starts at 1.
        bias: Shift, shape (channels,); starts at 0.

    Source: Wu & He 2018, arXiv:1803.08494.
    """

    def __init__(self, num_groups: int, channels: int, eps: float = 1e-5) -> None:
        name = "GroupNorm"
        num_groups, channels = whole(name, "num_groups", num_groups, 1), whole(name, "channels", channels, 1)
        if channels % num_groups:
            raise ValueRangeError(
                f"num_groups divides the channels, got {num_groups} for {channels}: use a divisor"
            )
        self.weight = Parameter(init.ones((channels,)))
        self.bias = Parameter(init.zeros((channels,)))
        self.num_groups, self.eps = num_groups, number(name, "eps", eps, 0)

    def forward(self, x: Array) -> Any:
        """Normalise (batch, channels, ...)."""
        return F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def describe(self) -> str:
        """Return the number of groups and of channels."""
        return f"{self.num_groups}, {self.weight.shape[0]}"
