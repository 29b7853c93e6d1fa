"""Limit gradients before a step."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from foundations.autodiff.tensor import Tensor
from foundations.errors import ValueRangeError


def clip_grad_norm(parameters: Iterable[Tensor], max_norm: float, norm_type: float = 2.0) -> float:
    """Scale all gradients by one factor so that their joint norm is at most `max_norm`.

    The factor is min(1, max_norm / (norm + 1e-6)): the direction stays what it was.

    Args:
        parameters: Tensors; those without a gradient are passed over.
        max_norm: Largest norm allowed, positive.
        norm_type: The p of the p-norm over all elements, at least 1; `math.inf` for the largest magnitude.

    Returns:
        The norm before clipping.

    Raises:
        ValueRangeError: If max_norm is not positive, norm_type below 1, or the norm is not finite.

    Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, algorithm 1.
    """
    if not max_norm > 0:
        raise ValueRangeError(f"max_norm is positive, got {max_norm}")
    if not norm_type >= 1:
        raise ValueRangeError(f"norm_type is at least 1, got {norm_type}: 2 is the Euclidean norm")
    grads = [p.grad.data for p in parameters if p.grad is not None]
    norm = _joint_norm(grads, norm_type)
    if not math.isfinite(norm):
        raise ValueRangeError(f"the norm of the gradients is {norm}: lower the learning rate or look for NaN")
    factor = max_norm / (norm + 1e-6)
    if factor < 1:
        for g in grads:
            g *= factor
    return norm


def _joint_norm(grads: list[np.ndarray], p: float) -> float:
    if p == 2:
        return math.sqrt(sum(float(np.vdot(g, g)) for g in grads))
    norms = [float(np.linalg.norm(g.reshape(-1), p)) for g in grads if g.size]
    return float(np.linalg.norm(norms, p)) if norms else 0.0


def clip_grad_value(parameters: Iterable[Tensor], limit: float) -> None:
    """Limit every element of every gradient to [-limit, limit].

    Args:
        parameters: Tensors; those without a gradient are passed over.
        limit: Largest magnitude allowed, positive.

    Raises:
        ValueRangeError: If limit is not positive.
    """
    if not limit > 0:
        raise ValueRangeError(f"limit is positive, got {limit}")
    for p in parameters:
        if p.grad is not None:
            np.clip(p.grad.data, -limit, limit, out=p.grad.data)
