"""Losses of probabilities and of numbers. Predictions come first, targets second.

`reduction` is "mean", "sum" or "none"; the losses of class numbers are in `classification`.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from foundations.autodiff import fused, ops
from foundations.autodiff.primitive import primitive
from foundations.autodiff.tensor import Array, values
from foundations.errors import ValueRangeError
from foundations.nn.arguments import array, choice, flag, number
from foundations.nn.functional.reduction import Reduction, reduce, same_shape

# ---------------------------------------------------------------------- probabilities


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
    logits: Array, targets: Array, pos_weight: Array | float = 1.0, reduction: Reduction = "mean"
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

    Raises:
        ShapeError: If the shapes differ.
        DTypeError: If the logits are not floating-point.
        ValueRangeError: If the reduction is none of these.
    """
    name = "binary_cross_entropy_with_logits"
    logits, targets = same_shape(name, ("logits", "targets"), logits, targets)
    if not isinstance(pos_weight, float | int):
        pos_weight = array(name, "pos_weight", pos_weight)
    return reduce(name, _bce(logits, targets, pos_weight), reduction)


def _clamped_log(p: Any) -> Any:
    """Return log p, and -100 where it would be less, as PyTorch does."""
    positive = ops.greater(p, 0)
    return ops.maximum(ops.where(positive, ops.log(ops.where(positive, p, 1.0)), -100.0), -100.0)


_bce_of_probabilities = primitive(
    lambda p, t: -(t * _clamped_log(p) + (1 - t) * _clamped_log(1 - p)),
    lambda g, _y, p, t: g * (p - t) / ops.maximum(p * (1 - p), 1e-12),  # -t/p + (1 - t)/(1 - p)
    lambda g, _y, p, _t: g * (_clamped_log(1 - p) - _clamped_log(p)),
    name="binary_cross_entropy",
)


def binary_cross_entropy(probabilities: Array, targets: Array, reduction: Reduction = "mean") -> Any:
    """Cross-entropy of yes-or-no targets with probabilities p, -t log p - (1 - t) log(1 - p), in nats.

    The logarithms are at least -100, so that a wrong certainty costs 100 and not infinity, and p (1 - p) in
    the derivative (p - t) / (p (1 - p)) is at least 1e-12; both as in PyTorch. Where scores are at hand,
    `binary_cross_entropy_with_logits` needs neither.

    Args:
        probabilities: p in [0, 1], any shape.
        targets: t in [0, 1], of the same shape.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the losses.

    Raises:
        ShapeError: If the shapes differ.
        DTypeError: If the probabilities are not floating-point.
        ValueRangeError: If a probability lies outside [0, 1], or the reduction is none of these.

    Source: the reconstruction term of Kingma & Welling 2014, arXiv:1312.6114, appendix C.1.

    Example:
        >>> round(float(binary_cross_entropy([0.5, 1.0], [1.0, 1.0], reduction="sum")), 4)
        0.6931
    """
    name = "binary_cross_entropy"
    p, t = same_shape(name, ("probabilities", "targets"), probabilities, targets)
    data = values(p)
    if data.size and not 0 <= data.min() <= data.max() <= 1:
        raise ValueRangeError(
            f"{name} expects probabilities in [0, 1], got {data.min()} to {data.max()}: "
            "pass them through a sigmoid, or use binary_cross_entropy_with_logits"
        )
    return reduce(name, _bce_of_probabilities(p, t), reduction)


def kl_div(
    log_probs: Array,
    targets: Array,
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

    Raises:
        ShapeError: If the shapes differ.
        DTypeError: If the log-probabilities are not floating-point.
        ValueRangeError: If the reduction is none of these.
    """
    name = "kl_div"
    choice(name, "reduction", reduction, ("batchmean", "mean", "sum", "none"))
    log_probs, targets = same_shape(name, ("log_probs", "targets"), log_probs, targets)
    of_logs = flag(name, "log_target", log_target)
    # t = 0 asks nothing of the prediction, which may be log p = -inf there
    positive = np.asarray(~np.isneginf(values(targets)) if of_logs else values(targets) > 0)
    log_probs = ops.where(positive, log_probs, 0.0)
    if of_logs:
        log_t = ops.where(positive, targets, 0.0)
        terms = ops.exp(targets) * (log_t - log_probs)
    else:
        terms = targets * (ops.log(ops.where(positive, targets, 1.0)) - log_probs)
        terms = ops.where(positive, terms, 0.0)
    if reduction == "batchmean":
        if log_probs.ndim < 1 or not log_probs.shape[0]:
            raise ValueRangeError(
                f"kl_div divides by the batch, got shape {log_probs.shape}: use reduction='sum'"
            )
        return ops.sum(terms) / log_probs.shape[0]
    return reduce(name, terms, reduction)


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


def _difference(name: str, prediction: Any, target: Any) -> Any:
    prediction, target = same_shape(name, ("prediction", "target"), prediction, target)
    return prediction - target


def mse_loss(prediction: Array, target: Array, reduction: Reduction = "mean") -> Any:
    """Squared error, (prediction - target)^2.

    Args:
        prediction: Any shape.
        target: Of the same shape.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the squares.

    Raises:
        ShapeError: If the shapes differ.
        DTypeError: If the prediction is not floating-point.
        ValueRangeError: If the reduction is none of these.
    """
    prediction, target = same_shape("mse_loss", ("prediction", "target"), prediction, target)
    return reduce("mse_loss", _squared(prediction, target), reduction)


def l1_loss(prediction: Array, target: Array, reduction: Reduction = "mean") -> Any:
    """Absolute error, |prediction - target|.

    Args:
        prediction: Any shape.
        target: Of the same shape.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the absolute differences.

    Raises:
        ShapeError: If the shapes differ.
        DTypeError: If the prediction is not floating-point.
        ValueRangeError: If the reduction is none of these.
    """
    return reduce("l1_loss", ops.abs(_difference("l1_loss", prediction, target)), reduction)


def _huber(d: Any, delta: float) -> Any:
    near = ops.clip(d, -delta, delta)  # d^2/2 inside; delta |d| - delta^2/2 outside
    return near * (d - near * 0.5)


def huber_loss(prediction: Array, target: Array, delta: float = 1.0, reduction: Reduction = "mean") -> Any:
    """Quadratic near 0 and linear beyond delta: d^2/2 for |d| <= delta, else delta (|d| - delta/2).

    Args:
        prediction: Any shape.
        target: Of the same shape.
        delta: Where the two pieces meet, with equal slope; positive.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the losses.

    Raises:
        ShapeError: If the shapes differ.
        DTypeError: If the prediction is not floating-point.
        ValueRangeError: If delta is not positive, or the reduction is none of these.
        GraphError: If delta requires gradients.

    Source: Huber 1964, Robust estimation of a location parameter.
    """
    delta = number("huber_loss", "delta", delta, 0, above=True)
    return reduce("huber_loss", _huber(_difference("huber_loss", prediction, target), delta), reduction)


def smooth_l1_loss(prediction: Array, target: Array, beta: float = 1.0, reduction: Reduction = "mean") -> Any:
    """Absolute error, rounded off near 0: d^2 / (2 beta) for |d| < beta, else |d| - beta/2.

    It is the Huber loss divided by beta: the slope far from 0 is 1 whatever beta; beta 0 is `l1_loss`.

    Args:
        prediction: Any shape.
        target: Of the same shape.
        beta: Where the two pieces meet, with equal slope; at least 0.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" the losses.

    Raises:
        ShapeError: If the shapes differ.
        DTypeError: If the prediction is not floating-point.
        ValueRangeError: If beta is negative, or the reduction is none of these.
        GraphError: If beta requires gradients.

    Source: Girshick 2015, arXiv:1504.08083, equation 3, where beta is 1.

    Example:
        >>> smooth_l1_loss(np.array([0.5, 3.0]), np.zeros(2), reduction="none")
        array([0.125, 2.5  ])
    """
    name = "smooth_l1_loss"
    beta = number(name, "beta", beta, 0)
    d = _difference(name, prediction, target)
    return reduce(name, _huber(d, beta) / beta if beta else ops.abs(d), reduction)
