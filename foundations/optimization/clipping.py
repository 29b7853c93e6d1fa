"""Limit gradients before a step."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from foundations.autodiff import mutation
from foundations.autodiff.sparse_rows import SparseRows
from foundations.autodiff.tensor import Tensor
from foundations.errors import ValueRangeError
from foundations.optimization import checks
from foundations.optimization.groups import as_tensors, check_gradient


def clip_grad_norm(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0) -> float:
    """Scale all gradients by one factor so that their joint norm is at most `max_norm`.

    The factor is min(1, max_norm / (norm + 1e-6)): the direction stays what it was.

    Args:
        parameters: Tensors, or one; those without a gradient are passed over. Sparse rows stay rows.
        max_norm: Largest norm allowed, positive.
        norm_type: The p of the p-norm over all elements, at least 1; `math.inf` for the largest magnitude.

    Returns:
        The norm before clipping.

    Raises:
        DTypeError: If there is anything but Tensors, such as a module.
        ValueRangeError: If there are no parameters, one is there twice, max_norm is not positive, norm_type
            below 1, or the norm not finite.

    Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, algorithm 1.
    """
    limit, p = checks.number("max_norm", max_norm), checks.number("norm_type", norm_type)
    if not limit > 0:
        raise ValueRangeError(f"max_norm is positive, got {max_norm}")
    if not p >= 1:
        raise ValueRangeError(f"norm_type is at least 1, got {norm_type}: 2 is the Euclidean norm")
    grads = _gradients("clip_grad_norm", parameters)
    norm = _joint_norm(grads, p)
    if not math.isfinite(norm):
        raise ValueRangeError(f"the norm of the gradients is {norm}: lower the learning rate or look for NaN")
    factor = limit / (norm + 1e-6)
    if factor < 1:
        for g in grads:
            g *= factor
            mutation.report(g)
    return norm


def _joint_norm(grads: list[np.ndarray], p: float) -> float:
    if p == 2:
        return math.sqrt(sum(float(np.vdot(g, g)) for g in grads))
    norms = [float(np.linalg.norm(g.reshape(-1), p)) for g in grads if g.size]
    return float(np.linalg.norm(norms, p)) if norms else 0.0


def clip_grad_value(parameters: Tensor | Iterable[Tensor], limit: float) -> None:
    """Limit every element of every gradient to [-limit, limit].

    Args:
        parameters: Tensors, or one; those without a gradient are passed over. Sparse rows stay rows.
        limit: Largest magnitude allowed, positive.

    Raises:
        DTypeError: If there is anything but Tensors, such as a module.
        ValueRangeError: If there are no parameters, one is there twice, or limit is not positive.
    """
    most = checks.number("limit", limit)
    if not most > 0:
        raise ValueRangeError(f"limit is positive, got {limit}")
    for g in _gradients("clip_grad_value", parameters):
        np.clip(g, -most, most, out=g)
        mutation.report(g)


def _gradients(what: str, parameters: Tensor | Iterable[Tensor]) -> list[np.ndarray]:
    """Return the arrays of all gradients, to be changed in place; rows with one number are added first."""
    arrays = []
    for p in as_tensors(what, parameters):
        if p.grad is None:
            continue
        check_gradient(what, p)
        if isinstance(p.grad, SparseRows):
            p.grad = p.grad.coalesce()
            arrays.append(p.grad.rows)
        else:
            arrays.append(p.grad.data)
    return arrays
