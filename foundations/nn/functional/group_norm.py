"""Group normalisation: every group of channels of an image standardised by itself."""

from __future__ import annotations

import math
from typing import Any

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import floats, number, whole
from foundations.nn.functional.batch_norm import check_channels, vector
from foundations.nn.kernels import group_norm as kernels


def _definition(x: Any, weight: Any, bias: Any, num_groups: int, eps: float) -> Any:
    groups = ops.reshape(x, (x.shape[0], num_groups, math.prod(x.shape[1:]) // num_groups))
    centred = groups - ops.mean(groups, -1, keepdims=True)
    y = centred / ops.sqrt(ops.mean(centred * centred, -1, keepdims=True) + eps)
    y = ops.reshape(y, x.shape)
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if weight is not None:
        y = y * ops.reshape(weight, shape)
    return y if bias is None else y + ops.reshape(bias, shape)


_group_norm = fused(kernels.forward, kernels.backward, _definition, name="group_norm")


def group_norm(
    x: Array, num_groups: int, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5
) -> Any:
    """Standardise every group of channels of every image, then scale and shift each channel.

    One group normalises whole images, as many groups as channels each channel by itself (instance
    normalisation); nothing depends on the rest of the batch.

    Args:
        x: Shape (batch, channels, ...).
        num_groups: Number of groups of neighbouring channels; divides the channels.
        weight: Shape (channels,), or None for 1.
        bias: Shape (channels,), or None for 0.
        eps: Keeps the root from 0.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If a vector does not have one number a channel.
        ValueRangeError: If the groups do not divide the channels.
        DTypeError: If x is not floating-point.

    Source: Wu & He 2018, arXiv:1803.08494, equations 1, 2 and 7.
    """
    name = "group_norm"
    x, weight, bias = floats(name, "x", x), vector(name, "weight", weight), vector(name, "bias", bias)
    check_channels("group_norm", x, {"weight": weight, "bias": bias})
    num_groups, eps = whole(name, "num_groups", num_groups, 1), number(name, "eps", eps, 0)
    if x.shape[1] % num_groups:
        raise ValueRangeError(
            f"group_norm expects num_groups that divides the {x.shape[1]} channels of x {x.shape}, "
            f"got {num_groups}: use a divisor"
        )
    if 0 in x.shape[1:]:
        raise ShapeError(f"group_norm expects images with at least one value, got shape {x.shape}")
    return _group_norm(x, weight, bias, num_groups=num_groups, eps=eps)
