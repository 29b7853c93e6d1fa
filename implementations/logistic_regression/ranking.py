"""How well scores put one class above the other: the receiver operating characteristic and its area."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ValueRangeError
from foundations.estimators import as_targets, as_weights
from implementations.logistic_regression.outcomes import as_outcomes


class RocCurve(NamedTuple):
    """Rates of false and true alarms as the threshold falls.

    Attributes:
        fpr: share of the smaller class that reaches the threshold, rising from 0 to 1, shape (m,).
        tpr: share of the larger class that does, rising from 0 to 1, shape (m,).
        thresholds: falling, the first infinite, so that nothing reaches it, shape (m,).
    """

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray

    @property
    def auc(self) -> float:
        """Area below the curve: the probability that a sample of the larger class has the higher score.

        Ties count one half; 0.5 is what chance gives.
        """
        return float(np.trapezoid(self.tpr, self.fpr))


def roc_curve(y: ArrayLike, scores: ArrayLike, *, sample_weight: ArrayLike | None = None) -> RocCurve:
    """Return the rates of false and true alarms at every threshold that occurs among the scores.

    Args:
        y: classes, shape (n,), two of them; an alarm is meant for the larger.
        scores: any numbers that rise with the larger class, shape (n,): log-odds or probabilities.
        sample_weight: shape (n,).

    Raises:
        ShapeError, DTypeError, ValueRangeError: if these are not two classes and finite numbers.

    Example:
        >>> curve = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
        >>> curve.fpr, curve.tpr, curve.auc
        (array([0. , 0. , 0.5, 0.5, 1. ]), array([0. , 0.5, 0.5, 1. , 1. ]), 0.75)

    Source: Fawcett 2006, algorithm 1; all points are kept.
    """
    happened = as_outcomes(y, "roc_curve")
    scores = as_targets(scores, len(happened), "roc_curve")
    weights = as_weights(sample_weight, len(happened), "roc_curve")
    order = np.argsort(-scores, kind="stable")
    scores, alarms = scores[order], (weights * happened)[order]
    last = np.flatnonzero(np.append(np.diff(scores) < 0, True))  # the last of equal scores
    true = np.append(0.0, np.cumsum(alarms)[last])
    false = np.append(0.0, np.cumsum(weights[order] - alarms)[last])
    if not (true[-1] > 0 and false[-1] > 0):
        raise ValueRangeError("roc_curve expects samples of both classes, got one: there is nothing to rank")
    return RocCurve(false / false[-1], true / true[-1], np.append(np.inf, scores[last]))
