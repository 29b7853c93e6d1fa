"""Losses of class numbers: cross-entropy of scores, negative log-likelihood of log-probabilities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import Array, values
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import (
    array,
    axis_of,
    check_classes,
    choice,
    constants,
    floats,
    integers,
    number,
    whole,
)
from foundations.nn.functional.activations import log_softmax
from foundations.nn.functional.reduction import Reduction, reduce, same_shape
from foundations.nn.kernels import cross_entropy as kernels


def _smoothed(
    n_rows: int, targets: np.ndarray, weight: np.ndarray, kept: np.ndarray, smoothing: float, dtype: Any
) -> np.ndarray:
    """Return a_ic: how much -log p_ic counts in the loss of row i, before the reduction; shape (N, K)."""
    k = weight.shape[0]
    a = np.broadcast_to(weight * (smoothing / k), (n_rows, k)).astype(dtype)
    a[np.arange(n_rows), targets] += (1 - smoothing) * weight[targets]
    a *= kept[:, None]
    return a


def _cross_entropy_definition(
    logits: Any, targets: np.ndarray, weight: np.ndarray, kept: np.ndarray, smoothing: float, scale: float
) -> Any:
    a = _smoothed(len(targets), targets, weight, kept, smoothing, logits.dtype)
    logits = ops.where(kept[:, None], logits, 0.0)  # whatever stands in rows that do not count
    log_p = ops.where(a != 0, log_softmax(logits), 0.0)  # log p = -inf where a class is ruled out
    return -ops.sum(log_p * a, -1) * scale


_cross_entropy = fused(kernels.forward, kernels.backward, _cross_entropy_definition, name="cross_entropy")


def cross_entropy(
    logits: Array,
    targets: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: Reduction = "mean",
    axis: int = -1,
) -> Any:
    """Cross-entropy between target classes and the softmax of the scores, -sum_c q_c log p_c, in nats.

    With hard targets q is 1 at the target; smoothing moves a share eps of it to all K classes evenly:
    q_c = (1 - eps) [c = target] + eps / K.

    Args:
        logits: Scores; the axis `axis` counts the K classes.
        targets: Class numbers, the shape of logits without that axis; or probabilities, of its shape.
        weight: Weight of each class, shape (K,). A weighted mean divides by the weights of the targets.
        ignore_index: Class number whose positions count nothing, neither in the sum nor in the mean.
        label_smoothing: eps in [0, 1].
        reduction: "mean", "sum" or "none".
        axis: Axis of the classes: the last, as text has it; images in PyTorch's layout have 1.

    Returns:
        One number, or for "none" the losses, the shape of logits without the class axis.

    Raises:
        ShapeError: If targets do not fit the logits.
        DTypeError: If the logits are not floating-point, or the targets not numbers.
        ValueRangeError: If a target is not a class, or an option is out of range.
        GraphError: If the weight requires gradients.
    """
    name = "cross_entropy"
    logits = floats(name, "logits", logits)
    smoothing = number(name, "label_smoothing", label_smoothing, 0, 1)
    ignore_index = whole(name, "ignore_index", ignore_index)
    choice(name, "reduction", reduction, ("mean", "sum", "none"))
    axis = axis_of(name, axis, logits.ndim)
    targets = array(name, "targets", targets)
    if targets.dtype.kind == "f":
        return _soft_cross_entropy(logits, targets, weight, ignore_index, smoothing, reduction, axis)
    if axis != logits.ndim - 1:
        logits = ops.moveaxis(logits, axis, -1)
    k, rows = logits.shape[-1], integers(name, "targets", targets)
    class_weight = _class_weight(name, weight, k, logits.dtype)
    if rows.shape != logits.shape[:-1]:
        raise ShapeError(
            f"cross_entropy expects targets of shape {logits.shape[:-1]} for logits of shape {logits.shape} "
            f"(classes last), got {rows.shape}: reshape them, or name the class axis (axis=1)"
        )
    shape, rows, kept = rows.shape, *_classes(name, rows.reshape(-1), ignore_index, k)
    scale, undefined = 1.0, 0.0
    if reduction == "mean":
        scale, undefined = _mean_over(class_weight[rows][kept])
    flat = ops.reshape(logits, (len(rows), k))
    loss = _cross_entropy(
        flat, targets=rows, weight=class_weight, kept=kept, smoothing=smoothing, scale=scale
    )
    if reduction == "none":
        return ops.reshape(loss, shape)
    return ops.sum(loss) + undefined if undefined else ops.sum(loss)


def _classes(name: str, rows: np.ndarray, ignore_index: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return class numbers, with 0 where they are ignored, and where they are not."""
    kept = rows != ignore_index
    remedy = (
        f"check the targets against the width of the scores, or ignore one with ignore_index={ignore_index}"
    )
    check_classes(name, "classes", rows[kept], k, remedy)
    return np.where(kept, rows, 0), kept


def _class_weight(name: str, weight: Any, k: int, dtype: Any) -> np.ndarray:
    if weight is None:
        return np.ones(k, dtype)
    weight = constants(name, "weight", weight)
    if weight.shape != (k,):
        raise ShapeError(f"{name} weighs {k} classes, got a weight of shape {weight.shape}")
    return weight.astype(dtype)


def _mean_over(weights: np.ndarray) -> tuple[float, float]:
    """Return the factor that makes a sum a weighted mean, and what to add to it.

    A mean over nothing is NaN, as in NumPy and PyTorch, but changes no weight: its gradient is 0.
    """
    if not weights.size:
        return 1.0, math.nan
    total = float(weights.sum())
    return 1 / total if total else math.nan, 0.0


def _soft_cross_entropy(
    logits: Any,
    targets: Any,
    weight: Any,
    ignore_index: int,
    smoothing: float,
    reduction: Reduction,
    axis: int,
) -> Any:
    name = "cross_entropy with probabilities"
    if ignore_index != -100:
        raise ValueRangeError(
            f"{name} ignores no class, got ignore_index={ignore_index}: leave positions out, or give classes"
        )
    logits, targets = same_shape(name, ("logits", "targets"), logits, targets)
    if axis != logits.ndim - 1:
        logits, targets = ops.moveaxis(logits, axis, -1), ops.moveaxis(targets, axis, -1)
    class_weight = _class_weight(name, weight, logits.shape[-1], logits.dtype)
    if smoothing:
        targets = targets * (1 - smoothing) + smoothing / logits.shape[-1]
    log_p = log_softmax(logits)
    nothing = np.isneginf(values(log_p)) & (values(targets) == 0)  # 0 log 0 = 0
    if nothing.any():
        log_p = ops.where(nothing, 0.0, log_p)
    return reduce(name, -ops.sum(log_p * targets * class_weight, -1), reduction)


def nll_loss(
    log_probs: Array,
    targets: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Any:
    """Negative log-likelihood of the target classes, -log p_target, in nats.

    Args:
        log_probs: Log-probabilities, classes last: shape (..., K).
        targets: Class numbers, shape (...).
        weight: Weight of each class, shape (K,).
        ignore_index: Class number whose positions count nothing.
        reduction: "mean" (divided by the weights of the targets), "sum" or "none".

    Returns:
        One number, or for "none" the losses.

    Raises:
        ShapeError: If targets or weight do not fit the log-probabilities.
        DTypeError: If the log-probabilities are not floating-point, or the targets not integers.
        ValueRangeError: If a target is not a class, or an option is out of range.
        GraphError: If the weight requires gradients.
    """
    name = "nll_loss"
    log_probs, rows = floats(name, "log_probs", log_probs), integers(name, "targets", targets)
    ignore_index = whole(name, "ignore_index", ignore_index)
    choice(name, "reduction", reduction, ("mean", "sum", "none"))
    if log_probs.ndim < 1 or rows.shape != log_probs.shape[:-1]:
        raise ShapeError(
            f"nll_loss expects targets of shape {log_probs.shape[:-1]} for log-probabilities of shape "
            f"{log_probs.shape} (classes last), got {rows.shape}: reshape them"
        )
    k = log_probs.shape[-1]
    rows, kept = _classes(name, rows, ignore_index, k)
    class_weight = _class_weight(name, weight, k, log_probs.dtype)
    if not rows.size:
        loss = ops.sum(log_probs, -1)
    else:
        loss = -ops.squeeze(ops.gather(log_probs, rows[..., None], -1), -1)
        loss = ops.where(kept, loss, 0.0) * class_weight[rows]
    if reduction == "mean":
        scale, undefined = _mean_over(class_weight[rows][kept])
        return ops.sum(loss) * scale + undefined
    return reduce(name, loss, reduction)
