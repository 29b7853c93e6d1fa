"""Batch normalisation: every channel standardised over the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import Tensor, fused, ops
from foundations.autodiff.tensor import values
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.kernels import batch_norm as kernels


def _definition(
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: np.ndarray | None,
    running_var: np.ndarray | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Any:
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if training:
        axes = (0, *range(2, x.ndim))
        centred = x - ops.mean(x, axes, keepdims=True)
        var = ops.mean(centred * centred, axes, keepdims=True)
    else:
        centred, var = (x - running_mean.reshape(shape), running_var.reshape(shape))  # type: ignore[union-attr]
    y = centred / ops.sqrt(var + eps)
    if weight is not None:
        y = y * ops.reshape(weight, shape)
    return y if bias is None else y + ops.reshape(bias, shape)


_batch_norm = fused(kernels.forward, kernels.backward, _definition, name="batch_norm")


def batch_norm(
    x: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Standardise every channel, then scale and shift it: (x - mean) / sqrt(var + eps) * w + b.

    In training, mean and variance are those of the batch, and the running ones, where given, move towards
    them in place: r + momentum (batch - r), with the variance divided by n - 1. Otherwise they are the
    running ones.

    Args:
        x: Shape (batch, channels, ...).
        running_mean: Shape (channels,); an array or a Tensor without a gradient, changed in training.
        running_var: Shape (channels,), likewise.
        weight: Shape (channels,), or None for 1.
        bias: Shape (channels,), or None for 0.
        training: Whether the statistics are those of the batch.
        momentum: Share of the batch in the new running statistics, in [0, 1].
        eps: Keeps the root from 0.

    Returns:
        Shape of x.

    Raises:
        ShapeError: If a vector does not have one number a channel, or a channel one value in training.
        ValueRangeError: If there are no running statistics outside training.
        DTypeError: If x is not floating-point.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    Deviation: the running statistics are moving averages, where the paper averages over training batches.
    """
    x = x if isinstance(x, Tensor | np.ndarray) else np.asarray(x)
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    check_channels("batch_norm", x, vectors)
    if not training and (running_mean is None or running_var is None):
        raise ValueRangeError(
            "batch_norm expects running_mean and running_var outside training, got none: "
            "give them, or pass training=True for the statistics of the batch"
        )
    if training and x.size <= x.shape[1]:
        raise ShapeError(
            f"batch_norm in training expects more than one value a channel, got shape {x.shape}: "
            "their variance would be 0; use a larger batch, or training=False"
        )
    return _batch_norm(
        x,
        weight,
        bias,
        running_mean=None if running_mean is None else values(running_mean),
        running_var=None if running_var is None else values(running_var),
        training=training,
        momentum=momentum,
        eps=eps,
    )


def check_channels(name: str, x: Any, vectors: dict[str, Any]) -> None:
    """Check that x is (batch, channels, ...), and that every vector has one number a channel.

    Raises:
        ShapeError: If not.
        DTypeError: If x is not floating-point.
    """
    if x.ndim < 2:
        raise ShapeError(f"{name} expects x (batch, channels, ...), got shape {x.shape}: add the batch axis")
    if x.dtype.kind != "f":
        raise DTypeError(f"{name} expects floating-point x, got {x.dtype}: convert it, x.astype(np.float32)")
    for what, vector in vectors.items():
        if vector is not None and values(vector).shape != (x.shape[1],):
            raise ShapeError(
                f"{name} expects {what} ({x.shape[1]},), one number a channel of x {x.shape}, "
                f"got {values(vector).shape}: build the layer with that many channels"
            )
