"""Limit gradients before a step."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.errors import ValueRangeError


def clip_grad_norm(parameters: Iterable[Tensor], max_norm: float) -> float:
    """Scale all gradients by one factor so that their joint Euclidean norm is at most `max_norm`.

    Args:
        parameters: Tensors; those without a gradient are passed over.
        max_norm: Largest norm allowed, positive.

    Returns:
        The norm before clipping.

    Raises:
        ValueRangeError: If max_norm is not positive, or the norm is not finite.

    Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, algorithm 1.
    """
    if max_norm <= 0:
        raise ValueRangeError(f"max_norm is positive, got {max_norm}")
    grads = [p.grad.data for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in grads))
    if not math.isfinite(norm):
        raise ValueRangeError(f"the norm of the gradients is {norm}: lower the learning rate or look for NaN")
    if norm > max_norm:
        for g in grads:
            g *= max_norm / (norm + 1e-6)
    return norm


def clip_grad_value(parameters: Iterable[Tensor], limit: float) -> None:
    """Limit every element of every gradient to [-limit, limit].

    Args:
        parameters: Tensors; those without a gradient are passed over.
        limit: Largest magnitude allowed, positive.

    Raises:
        ValueRangeError: If limit is not positive.
    """
    if limit <= 0:
        raise ValueRangeError(f"limit is positive, got {limit}")
    for p in parameters:
        if p.grad is not None:
            np.clip(p.grad.data, -limit, limit, out=p.grad.data)
