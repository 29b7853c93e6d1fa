"""Soft targets: the softmax at a temperature, the two-term loss, its gradient and what high temperatures do.

Letters as in the paper: z the student's logits, v the teacher's, T the temperature, N the number of classes,
p and q the softened probabilities of student and teacher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from foundations.autodiff import ops
from foundations.autodiff.tensor import Array
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn.arguments import choice, constants, floats, number
from foundations.nn.functional.reduction import Reduction, reduce


def soften(logits: Array, temperature: float = 1.0) -> Any:
    """Return the softmax at a temperature, q_i = exp(z_i / T) / sum_j exp(z_j / T).

    Args:
        logits: z, classes last: shape (..., N). Minus infinity rules a class out.
        temperature: T above 0; 1 is the usual softmax, more is softer.

    Returns:
        Probabilities, shape (..., N).

    Raises:
        ValueRangeError: If the temperature is not above 0.
        DTypeError: If the logits are not floating-point.

    Example:
        >>> soften(np.log([1.0, 4.0, 16.0]), 2.0) * 7
        array([1., 2., 4.])

    Source: equation 1.
    """
    t = _temperature("soften", temperature)
    return F.softmax(floats("soften", "logits", logits) / t)


def distillation_loss(
    logits: Array,
    teacher_logits: Array,
    labels: Array | None = None,
    *,
    temperature: float,
    hard_weight: float = 0.0,
    reduction: Reduction = "mean",
) -> Any:
    """Return w H(labels, softmax(z)) + (1 - w) T² H(softmax(v / T), softmax(z / T)), in nats.

    H is the cross-entropy. The soft term has the gradient of T² KL(q || p): they differ by T² times the
    entropy of q, which does not depend on z. The hard term is taken at temperature 1.

    Args:
        logits: The student's z, shape (..., N).
        teacher_logits: The teacher's v, a constant of the same shape.
        labels: Classes, shape (...); needed where the hard term counts.
        temperature: T above 0, of both in the soft term.
        hard_weight: w in [0, 1]; 0 leaves soft targets alone, 1 labels alone.
        reduction: "mean" over the cases, "sum" or "none".

    Returns:
        One number, or for "none" the losses, shape (...).

    Raises:
        ShapeError: If teacher and student differ in cases or classes, or the labels do not fit.
        ValueRangeError: If the temperature is not above 0 or the weight outside [0, 1]; if there are no
            labels and the weight is not 0; if a label is no class.
        GraphError: If the teacher's logits require gradients.

    Example:
        >>> z, v = np.log([[1.0, 1.0, 2.0]]), np.log([[1.0, 2.0, 1.0]])
        >>> round(float(distillation_loss(z, v, temperature=1.0)), 4)
        1.213

    Source: section 2. Deviation: the paper names no rule for the weights; here they sum to 1.
    """
    name = "distillation_loss"
    t = _temperature(name, temperature)
    w = number(name, "hard_weight", hard_weight, 0, 1)
    choice(name, "reduction", reduction, ("mean", "sum", "none"))
    z, v = _alike(name, logits, teacher_logits)
    if labels is None and w > 0:
        raise ValueRangeError(
                f"{name} weighs labels by {w:g} and got none: "
                "pass labels, or hard_weight=0"
            )  # fmt: skip
    loss: Any = 0.0
    if w < 1:
        soft = F.cross_entropy(z / t, soften(v, t), reduction="none")  # both at T
        loss = (1 - w) * t**2 * soft  # its gradient falls as 1 / T²
    if w > 0 and labels is not None:
        loss = loss + w * F.cross_entropy(z, labels, reduction="none")  # at T = 1
    return reduce(name, loss, reduction)


def soft_gradient(
    logits: Array,
    teacher_logits: Array,
    temperature: float,
) -> np.ndarray:
    """Return the gradient of one case's soft cross-entropy, dC/dz_i = (p_i - q_i) / T; no T² on it.

    Args:
        logits: z, shape (..., N), a constant.
        teacher_logits: v, of the same shape.
        temperature: T above 0.

    Returns:
        Shape (..., N).

    Raises:
        ShapeError: If the shapes differ.
        ValueRangeError: If the temperature is not above 0.

    Source: equation 2.
    """
    name = "soft_gradient"
    t = _temperature(name, temperature)
    z, v = _alike(name, constants(name, "logits", logits), teacher_logits)
    return (soften(z, t) - soften(v, t)) / t  # (2)


def expanded_gradient(
    logits: Array,
    teacher_logits: Array,
    temperature: float,
) -> np.ndarray:
    """Return the gradient with every exp(x) replaced by 1 + x, good where T is large beside the logits.

    dC/dz_i ≈ 1/T ((1 + z_i/T) / (N + sum_j z_j/T) - (1 + v_i/T) / (N + sum_j v_j/T)).

    Args:
        logits: z, shape (..., N), a constant.
        teacher_logits: v, of the same shape.
        temperature: T above 0.

    Returns:
        Shape (..., N).

    Raises:
        ShapeError: If the shapes differ.
        ValueRangeError: If the temperature is not above 0.

    Source: equation 3.
    """
    name = "expanded_gradient"
    t = _temperature(name, temperature)
    z, v = _alike(name, constants(name, "logits", logits), teacher_logits)
    first, second = 1 + z / t, 1 + v / t  # exp(x) ≈ 1 + x
    # (3)
    return (
        first / first.sum(-1, keepdims=True) - second / second.sum(-1, keepdims=True)
    ) / t  # fmt: skip


def matched_gradient(
    logits: Array,
    teacher_logits: Array,
    temperature: float,
) -> np.ndarray:
    """Return the limit of high temperature, dC/dz_i ≈ (z_i - v_i) / (N T²), z and v of mean 0 in each case.

    Args:
        logits: z, shape (..., N), a constant; its mean over the classes is taken away here.
        teacher_logits: v, of the same shape; likewise.
        temperature: T above 0.

    Returns:
        Shape (..., N).

    Raises:
        ShapeError: If the shapes differ.
        ValueRangeError: If the temperature is not above 0.

    Source: equation 4.
    """
    name = "matched_gradient"
    t = _temperature(name, temperature)
    z, v = _alike(name, constants(name, "logits", logits), teacher_logits)
    return (zero_mean(z) - zero_mean(v)) / (z.shape[-1] * t**2)  # (4)


def matching_loss(
    logits: Array,
    teacher_logits: Array,
    reduction: Reduction = "mean",
) -> Any:
    """Return (1 / 2N) sum_i (z_i - v_i)² with the mean of each case taken away: matching logits.

    Its gradient is T² times that of equation 4: what the soft term of `distillation_loss` becomes as T grows.

    Args:
        logits: z, shape (..., N).
        teacher_logits: v, a constant of the same shape.
        reduction: "mean" over the cases, "sum" or "none".

    Returns:
        One number, or for "none" the losses, shape (...).

    Raises:
        ShapeError: If the shapes differ.
        GraphError: If the teacher's logits require gradients.

    Source: section 2.1; Buciluǎ, Caruana and Niculescu-Mizil 2006 match logits without the means.
    """
    z, v = _alike("matching_loss", logits, teacher_logits)
    squares = ops.square(zero_mean(z) - zero_mean(v))
    return reduce("matching_loss", ops.mean(squares, axis=-1) / 2, reduction)


def zero_mean(logits: Array) -> Any:
    """Take the mean over the classes away, z_i - (1/N) sum_j z_j: the softmax stays what it is."""
    logits = floats("zero_mean", "logits", logits)
    return logits - ops.mean(logits, axis=-1, keepdims=True)


def combine(
    logits: Sequence[Array] | np.ndarray,
    mean: Literal["arithmetic", "geometric"] = "geometric",
    temperature: float = 1.0,
) -> np.ndarray:
    """Return logits of an ensemble: softened, they are the mean of the members' softened probabilities.

    Geometric: the mean of the logits, at any temperature. Arithmetic: T log of the mean of softmax(v / T),
    which holds at that temperature alone.

    Args:
        logits: The members' v, shape (members, ..., N), constants.
        mean: Of the probabilities: "arithmetic" or "geometric" (renormalised).
        temperature: T above 0, used by the arithmetic mean.

    Returns:
        Shape (..., N).

    Raises:
        ShapeError: If there is no member.
        ValueRangeError: If the temperature is not above 0 or there is no such mean.

    Source: section 1 allows both and prefers neither.
    """
    choice("combine", "mean", mean, ("arithmetic", "geometric"))
    t = _temperature("combine", temperature)
    members = constants("combine", "logits", logits)
    if members.ndim < 2 or not len(members):
        raise ShapeError(
            f"combine expects logits of one member at least, "
            f"(members, ..., N), got {members.shape}"
        )  # fmt: skip
    if mean == "geometric":
        return members.mean(axis=0)
    return t * np.log(soften(members, t).mean(axis=0))


def _temperature(owner: str, temperature: float) -> float:
    return number(owner, "temperature", temperature, 0, above=True)


def _alike(owner: str, logits: Array, teacher_logits: Array) -> tuple[Any, np.ndarray]:
    """Return both, or say in what they differ."""
    z = floats(owner, "logits", logits)
    v = floats(owner, "teacher_logits", constants(owner, "teacher_logits", teacher_logits))
    if z.ndim < 1 or z.shape != v.shape:
        classes = z.shape[-1:] != v.shape[-1:]
        what = "the same classes" if classes else "a row of teacher's logits for each of the student's"
        raise ShapeError(
            f"{owner} expects {what}: logits have shape {z.shape}, teacher_logits {v.shape}; "
            f"{'use a teacher of as many outputs' if classes else 'take both of the same cases'}"
        )
    return z, v
