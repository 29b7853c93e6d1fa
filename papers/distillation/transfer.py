"""Transfer sets that lack classes, and the output bias that makes up for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from foundations import nn
from foundations.errors import ShapeError, ValueRangeError
from foundations.nn.arguments import floats, integers
from papers.distillation.networks import Net


class Shift(NamedTuple):
    """What `best_shift` found.

    Attributes:
        by: Added to the bias of the classes, in logits.
        errors: Cases read wrong with it.
    """

    by: float
    errors: int


def without_classes(labels: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """Return which cases a transfer set keeps, all but those of some classes.

    Args:
        labels: Class of every case, shape (n,).
        classes: Left out.

    Returns:
        Indices, ascending.

    Raises:
        ValueRangeError: If nothing is left.

    Example:
        >>> without_classes(np.array([3, 1, 4, 1, 3]), [3]).tolist()
        [1, 2, 3]

    Source: section 3.
    """
    kept = np.flatnonzero(~np.isin(labels, list(classes)))
    if not len(kept):
        raise ValueRangeError(
            f"without {list(classes)} no case is left of {len(labels)}: leave out fewer classes"
        )
    return kept


def rule_out(logits: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """Return logits whose softmax gives some classes nothing and keeps the ratios of the others.

    Args:
        logits: Shape (n, N).
        classes: Ruled out: minus infinity is their logit.
    """
    ruled = np.array(logits, copy=True)
    ruled[:, list(classes)] = -np.inf
    return ruled


def shift_bias(net: Net, classes: Sequence[int], by: float) -> None:
    """Add to the output biases of some classes, in place.

    Args:
        net: Changed in place.
        classes: Whose biases.
        by: Logits; below 0 to lower them.

    Raises:
        ValueRangeError: If a class is not the net's.

    Source: section 3.
    """
    outputs = net.config.outputs
    if unknown := [c for c in classes if not 0 <= c < outputs]:
        raise ValueRangeError(f"this net has classes 0 to {outputs - 1}, got {unknown[0]}: choose among them")
    bias = cast(nn.Parameter, net.layers[-1].bias)
    moved = bias.data.copy()
    moved[list(classes)] += by
    bias.data = moved


def errors(logits: np.ndarray, labels: np.ndarray) -> int:
    """Count the cases whose largest logit is not their label's.

    Args:
        logits: Shape (n, N).
        labels: Classes, shape (n,).

    Raises:
        ShapeError: If there is not one label a case.
    """
    logits, labels = floats("errors", "logits", logits), integers("errors", "labels", labels)
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ShapeError(f"expected one label for each row of logits {logits.shape}, got {labels.shape}")
    return int((np.argmax(logits, axis=1) != labels).sum())


def best_shift(logits: np.ndarray, labels: np.ndarray, classes: Sequence[int]) -> Shift:
    """Return the shift of the biases of some classes under which fewest cases are read wrong.

    Only where a case changes its answer does the count change: with m the largest logit of the other classes
    minus the largest of these, a case is given to these classes once the shift exceeds m. So midpoints
    between neighbouring m, and one beyond each end, are all there is to try. Among equals the smallest
    change wins.

    Args:
        logits: Shape (n, N), of cases to choose on.
        labels: Classes, shape (n,).
        classes: Whose biases are shifted together.

    Returns:
        The shift and the errors left.

    Raises:
        ShapeError: If there is no case, or not one label a case.

    Example:
        >>> best_shift(np.array([[2.0, 0.0], [1.0, 0.5]]), np.array([0, 1]), [1])
        Shift(by=1.25, errors=0)

    Source: section 3, where it was chosen on the test set. Deviation: choose on validation cases.
    """
    errors(logits, labels)
    if not len(labels):
        raise ShapeError(
            "the best shift is that of some cases, got none: "
            "give validation cases"
        )  # fmt: skip
    inside = np.isin(np.arange(logits.shape[1]), list(classes))
    mine, rest = logits[:, inside], logits[:, ~inside]
    margins = np.unique((rest.max(axis=1) - mine.max(axis=1)).astype(np.float64))
    tried = np.concatenate([
        [0.0, margins[0] - 1], (margins[:-1] + margins[1:]) / 2, [margins[-1] + 1]
    ])  # fmt: skip
    right_in = np.flatnonzero(inside)[mine.argmax(axis=1)] == labels
    right_out = np.flatnonzero(~inside)[rest.argmax(axis=1)] == labels
    margin = rest.max(axis=1) - mine.max(axis=1)
    wrong = [int((~np.where(by > margin, right_in, right_out)).sum()) for by in tried]
    least = min(wrong)
    by = min(
        (float(by) for by, n in zip(tried, wrong, strict=True) if n == least), key=abs
    )  # fmt: skip
    return Shift(by, least)
