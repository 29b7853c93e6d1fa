"""Batch normalisation: every channel standardised over the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from foundations.autodiff import Tensor, fused, ops
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import constants, flag, floats, number, shown
from foundations.nn.kernels import batch_norm as kernels


def _definition(
    x: Any,
    weight: Any,
    bias: Any,
    mean: np.ndarray,
    var: np.ndarray,
    of_batch: bool,
    eps: float,
) -> Any:
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if of_batch:  # mean and variance depend on x
        axes = (0, *range(2, x.ndim))
        centred = x - ops.mean(x, axes, keepdims=True)
        variance = ops.mean(centred * centred, axes, keepdims=True)
    else:
        centred = x - mean.astype(x.dtype).reshape(shape)
        variance = var.astype(x.dtype).reshape(shape)
    y = centred / ops.sqrt(variance + eps)
    if weight is not None:
        y = y * ops.reshape(weight, shape)
    return y if bias is None else y + ops.reshape(bias, shape)


_batch_norm = fused(kernels.forward, kernels.backward, _definition, name="batch_norm")


def batch_norm(
    x: Array,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    weight: Array | None = None,
    bias: Array | None = None,
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
        DTypeError: If x, weight or bias is not floating-point.
        GraphError: If a running statistic requires gradients.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    Deviation: the running statistics are moving averages, where the paper averages over training batches.
    """
    name = "batch_norm"
    x, weight, bias = floats(name, "x", x), vector(name, "weight", weight), vector(name, "bias", bias)
    training, momentum = flag(name, "training", training), number(name, "momentum", momentum, 0, 1)
    running_mean = _running("running_mean", running_mean, training)
    running_var = _running("running_var", running_var, training)
    eps = number(name, "eps", eps, 0)
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
    if training:
        mean, var = kernels.moments(values(x))
        n = x.size // x.shape[1]
        for running, now in ((running_mean, mean), (running_var, var * (n / (n - 1)))):
            if running is not None:
                running += momentum * (now - running)
    else:  # copies: the graph must not see what later batches make of them
        mean, var = np.array(running_mean), np.array(running_var)
    return _batch_norm(x, weight, bias, mean=mean, var=var, of_batch=training, eps=eps)


def _running(what: str, given: Any, changed: bool) -> np.ndarray | None:
    """Return a running statistic as the very array that was given, where it is to be changed."""
    if given is None:
        return None
    statistic = floats("batch_norm", what, constants("batch_norm", what, given))
    if changed and (not isinstance(given, Tensor | np.ndarray) or not statistic.flags.writeable):
        raise ValueRangeError(
            f"batch_norm in training changes {what} in place, got {shown(given)}, which cannot be: "
            "pass an array that can be written to"
        )
    return statistic


def check_channels(name: str, x: Array, vectors: dict[str, Any]) -> None:
    """Check that x is (batch, channels, ...), and that every vector has one number a channel.

    Raises:
        ShapeError: If not.
    """
    if x.ndim < 2:
        raise ShapeError(f"{name} expects x (batch, channels, ...), got shape {x.shape}: add the batch axis")
    for what, given in vectors.items():
        if given is not None and given.shape != (x.shape[1],):
            raise ShapeError(
                f"{name} expects {what} ({x.shape[1]},), one number a channel of x {x.shape}, "
                f"got {given.shape}: build the layer with that many channels"
            )


def vector(name: str, what: str, given: Any) -> Any:
    """Return a weight or bias, one number a channel, or None where there is none."""
    return None if given is None else floats(name, what, given)
