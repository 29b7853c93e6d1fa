"""Losses. Predictions come first, targets second; `reduction` is "mean", "sum" or "none"."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.tensor import values
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.functional.activations import log_softmax
from foundations.nn.kernels import cross_entropy as kernels

Reduction = Literal["mean", "sum", "none"]


def _reduce(loss: Any, reduction: str) -> Any:
    if reduction == "mean":
        return ops.mean(loss)
    if reduction == "sum":
        return ops.sum(loss)
    if reduction == "none":
        return loss
    raise ValueRangeError(f"reduction is 'mean', 'sum' or 'none', got {reduction!r}")


def _same_shape(name: str, prediction: Any, target: Any) -> None:
    if np.shape(values(prediction)) != np.shape(values(target)):
        raise ShapeError(
            f"{name} compares element by element, got {np.shape(values(prediction))} and "
            f"{np.shape(values(target))}: reshape or broadcast one of them first"
        )


# ---------------------------------------------------------------------- classes


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
    logits: Any, targets: np.ndarray, weight: np.ndarray, kept: np.ndarray, smoothing: float, scale: Any
) -> Any:
    a = _smoothed(len(targets), targets, weight, kept, smoothing, logits.dtype)
    return -ops.sum(log_softmax(logits) * a, -1) * scale


_cross_entropy = fused(kernels.forward, kernels.backward, _cross_entropy_definition, name="cross_entropy")


def cross_entropy(
    logits: Any,
    targets: Any,
    weight: Any = None,
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
        ValueRangeError: If a target is not a class, or label_smoothing lies outside [0, 1].
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueRangeError(f"label_smoothing is a share in [0, 1], got {label_smoothing}")
    if axis not in (-1, logits.ndim - 1):
        logits = ops.moveaxis(logits, axis, -1)
    k = logits.shape[-1]
    data = values(targets)
    class_weight = np.ones(k, logits.dtype) if weight is None else values(weight).astype(logits.dtype)
    if class_weight.shape != (k,):
        raise ShapeError(f"cross_entropy weighs {k} classes, got a weight of shape {class_weight.shape}")
    if data.dtype.kind == "f":
        return _soft_cross_entropy(logits, targets, class_weight, label_smoothing, reduction, axis)
    if data.shape != logits.shape[:-1]:
        raise ShapeError(
            f"cross_entropy expects targets of shape {logits.shape[:-1]} for logits of shape {logits.shape} "
            f"(classes last), got {data.shape}: reshape them, or name the class axis (axis=1)"
        )
    rows = data.reshape(-1)
    kept = rows != ignore_index
    if ((rows < 0) | (rows >= k))[kept].any():
        raise ValueRangeError(
            f"cross_entropy expects classes 0 to {k - 1} (or ignore_index {ignore_index}), "
            f"got {rows[kept].min()} to {rows[kept].max()}: check the targets against the width of the logits"
        )
    rows = np.where(kept, rows, 0)
    scale: Any = 1.0
    if reduction == "mean":
        total = float((class_weight[rows] * kept).sum())
        scale = np.divide(1.0, total) if total else np.nan  # a mean over nothing, as in NumPy and PyTorch
    loss = _cross_entropy(
        ops.reshape(logits, (-1, k)), rows, class_weight, kept, float(label_smoothing), float(scale)
    )
    return (
        ops.reshape(loss, data.shape)
        if reduction == "none"
        else _reduce(loss, "sum" if reduction == "mean" else reduction)
    )


def _soft_cross_entropy(
    logits: Any, targets: Any, weight: np.ndarray, smoothing: float, reduction: str, axis: int
) -> Any:
    if axis not in (-1, logits.ndim - 1):
        targets = ops.moveaxis(targets, axis, -1)
    _same_shape("cross_entropy with probabilities", logits, targets)
    if smoothing:
        targets = targets * (1 - smoothing) + smoothing / logits.shape[-1]
    loss = -ops.sum(log_softmax(logits) * targets * weight, -1)
    return _reduce(loss, reduction)


def nll_loss(
    log_probs: Any,
    targets: Any,
    weight: Any = None,
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
    """
    rows = values(targets)
    if rows.shape != log_probs.shape[:-1]:
        raise ShapeError(
            f"nll_loss expects targets of shape {log_probs.shape[:-1]} for log-probabilities of shape "
            f"{log_probs.shape} (classes last), got {rows.shape}: reshape them"
        )
    kept = rows != ignore_index
    rows = np.where(kept, rows, 0)
    w = kept.astype(log_probs.dtype)
    if weight is not None:
        w = w * values(weight)[rows]
    loss = -ops.squeeze(ops.gather(log_probs, rows[..., None], -1), -1) * w
    if reduction == "mean":
        return ops.sum(loss) / float(w.sum())
    return _reduce(loss, reduction)


def _bce_forward(
    logits: np.ndarray, targets: np.ndarray, pos_weight: np.ndarray | float
) -> tuple[np.ndarray, None]:
    return _bce_definition(logits, targets, pos_weight), None


def _bce_definition(logits: Any, targets: Any, pos_weight: Any) -> Any:
    # -w t log s(x) - (1 - t) log(1 - s(x)), with -log s(x) = softplus(-x) = softplus(x) - x
    return (1 - targets) * logits + (1 + (pos_weight - 1) * targets) * ops.softplus(-logits)


def _bce_backward(
    g: np.ndarray,
    _residuals: None,
    needs: tuple[bool, ...],
    logits: np.ndarray,
    targets: np.ndarray,
    pos_weight: np.ndarray | float,
) -> tuple[np.ndarray | None, ...]:
    s = ops.sigmoid(logits)
    positive = pos_weight * targets
    dx = s * (1 - targets + positive)
    dx -= positive
    dx *= g
    dt = g * (-logits + (pos_weight - 1) * ops.softplus(-logits)) if needs[1] else None
    return dx, dt, g * targets * ops.softplus(-logits) if needs[2] else None


_bce = fused(_bce_forward, _bce_backward, _bce_definition, name="binary_cross_entropy_with_logits")


def binary_cross_entropy_with_logits(
    logits: Any, targets: Any, pos_weight: Any = 1.0, reduction: Reduction = "mean"
) -> Any:
    """Cross-entropy of yes-or-no targets, -t log s(x) - (1 - t) log(1 - s(x)), s the sigmoid; in nats.

    Computed as (1 - t) x + log(1 + e^-x), which neither overflows nor loses digits.

    Args:
        logits: Scores x, any shape.
        targets: Probabilities t in [0, 1], of the same shape.
        pos_weight: Factor of the first term, broadcastable.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the losses.
    """
    _same_shape("binary_cross_entropy_with_logits", logits, targets)
    return _reduce(_bce(logits, targets, pos_weight), reduction)


def kl_div(
    log_probs: Any,
    targets: Any,
    log_target: bool = False,
    reduction: Literal["batchmean", "mean", "sum", "none"] = "batchmean",
) -> Any:
    """Kullback-Leibler divergence KL(target || prediction) = sum t (log t - log p), in nats.

    Args:
        log_probs: Logarithms of the predicted probabilities, any shape.
        targets: Target probabilities, or their logarithms; of the same shape.
        log_target: Whether the targets are logarithms.
        reduction: "batchmean" divides the sum by the length of the first axis, which is the divergence
            a sample; "mean" divides by the number of elements, "sum" and "none" do not.

    Returns:
        One number, or for "none" the terms. Terms with t = 0 are 0.
    """
    _same_shape("kl_div", log_probs, targets)
    if log_target:
        terms = ops.exp(targets) * (targets - log_probs)
    else:
        positive = ops.greater(targets, 0)
        terms = ops.where(positive, targets * (ops.log(ops.where(positive, targets, 1.0)) - log_probs), 0.0)
    if reduction == "batchmean":
        return ops.sum(terms) / log_probs.shape[0]
    return _reduce(terms, reduction)


# ---------------------------------------------------------------------- numbers


def _squared_backward(
    g: np.ndarray, _residuals: None, needs: tuple[bool, ...], prediction: np.ndarray, target: np.ndarray
) -> tuple[np.ndarray | None, ...]:
    d = prediction - target
    d *= 2
    d *= g
    return d if needs[0] else None, -d if needs[1] else None


_squared = fused(
    lambda prediction, target: (np.square(prediction - target), None),
    _squared_backward,
    lambda prediction, target: ops.square(prediction - target),
    name="mse_loss",
)


def mse_loss(prediction: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """Squared error, (prediction - target)^2.

    Args:
        prediction: Any shape.
        target: Of the same shape.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the squares.
    """
    _same_shape("mse_loss", prediction, target)
    return _reduce(_squared(prediction, target), reduction)


def l1_loss(prediction: Any, target: Any, reduction: Reduction = "mean") -> Any:
    """Absolute error, |prediction - target|.

    Args:
        prediction: Any shape.
        target: Of the same shape.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the absolute differences.
    """
    _same_shape("l1_loss", prediction, target)
    return _reduce(ops.abs(prediction - target), reduction)


def huber_loss(prediction: Any, target: Any, delta: float = 1.0, reduction: Reduction = "mean") -> Any:
    """Quadratic near 0 and linear beyond delta: d^2/2 for |d| <= delta, else delta (|d| - delta/2).

    Args:
        prediction: Any shape.
        target: Of the same shape.
        delta: Where the two pieces meet, with equal slope; positive.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the losses.
    """
    if delta <= 0:
        raise ValueRangeError(f"huber_loss joins its pieces at a positive delta, got {delta}")
    _same_shape("huber_loss", prediction, target)
    d = prediction - target
    near = ops.clip(d, -delta, delta)  # d^2/2 inside; delta |d| - delta^2/2 outside
    return _reduce(near * (d - near * 0.5), reduction)
