"""What the scores of probabilities are given: classes that came out, and the probabilities of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import DTypeError, ShapeError, ValueRangeError

SLACK = 1e-6  # how far the probabilities of a sample may be from summing to one


def as_outcomes(y: ArrayLike, caller: str) -> np.ndarray:
    """Return whether each sample is of the larger of two classes, float64 of zeros and ones, shape (n,).

    Args:
        y: classes, shape (n,); two kinds of them, or only zeros, or only ones.
        caller: for the message.

    Raises:
        ShapeError: if y is not flat, or empty.
        ValueRangeError: if there are more than two classes, or one that is neither 0 nor 1.

    Example:
        >>> as_outcomes(["no", "yes"], "roc_curve")
        array([0., 1.])
    """
    y = _flat(y, caller)
    found = np.unique(y)
    if len(found) == 2:
        return (y == found[1]).astype(np.float64)
    if len(found) == 1 and found[0] in (0, 1):
        return y.astype(np.float64)
    what = f"{len(found)} classes" if len(found) > 2 else f"only {found[0]!r}"
    raise ValueRangeError(f"{caller} expects y of two classes, got {what}: compare with one class, y == c")


def as_probabilities(probabilities: ArrayLike, caller: str) -> np.ndarray:
    """Return probabilities as float64, shape (n,) or (n, K).

    Args:
        probabilities: in [0, 1]; rows of several sum to one.
        caller: for the message.

    Raises:
        DTypeError: if they are not numbers.
        ShapeError: if they have another shape.
        ValueRangeError: if they are not probabilities.

    Example:
        >>> as_probabilities([0, 1], "log_loss")
        array([0., 1.])
    """
    try:
        p = np.asarray(probabilities)
        p = p if p.dtype.kind == "c" else p.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DTypeError(f"{caller} expects probabilities, got what is no numbers ({error})") from error
    if p.dtype.kind == "c":
        raise DTypeError(f"{caller} expects real probabilities, got {p.dtype}")
    if p.ndim not in (1, 2) or p.size == 0 or (p.ndim == 2 and p.shape[1] < 2):
        raise ShapeError(
            f"{caller} expects probabilities of shape (n,) or (n, n_classes), got {p.shape}: "
            "ravel() makes a column flat"
        )
    if not ((p >= 0) & (p <= 1)).all():  # NaN fails too
        raise ValueRangeError(
            f"{caller} expects probabilities in [0, 1], got {p.min():g} to {p.max():g}: "
            "scores become probabilities by sigmoid or softmax"
        )
    if p.ndim == 2 and (worst := float(np.abs(p.sum(axis=1) - 1).max())) > SLACK:
        raise ValueRangeError(
            f"{caller} expects rows that sum to one, got one off by {worst:.2g}: divide by p.sum(axis=1)"
        )
    return p


def class_numbers(y: ArrayLike, P: np.ndarray, classes: ArrayLike | None, caller: str) -> np.ndarray:
    """Return the column of P that belongs to each sample's class, shape (n,).

    Args:
        y: classes, shape (n,).
        P: probabilities of all classes in rising order, shape (n, K).
        classes: all classes; those in y by default, or 0 and 1 where there are two and y has one of them.
        caller: for the message.

    Raises:
        ShapeError: if there is not one class a sample, or not one column a class.
        ValueRangeError: if y holds a class that is not among `classes`.

    Example:
        >>> class_numbers(["b", "a"], np.eye(2), None, "log_loss")
        array([1, 0])
    """
    y, K = _flat(y, caller), P.shape[1]
    if len(y) != len(P):
        raise ShapeError(f"{caller} expects {len(P)} classes, one a row of probabilities, got {len(y)}")
    if classes is None:
        known = np.unique(y)
        if K == 2 and len(known) == 1 and known[0] in (0, 1):
            known = np.array([0, 1])
    else:
        known = np.unique(np.asarray(classes))
    if len(known) != K:
        raise ShapeError(
            f"{caller} expects a column of probabilities for each of {len(known)} classes, got {K}: "
            "pass classes=model.classes_ where y lacks some"
        )
    numbers = np.searchsorted(known, y).clip(0, K - 1)
    if not (same := known[numbers] == y).all():
        raise ValueRangeError(f"{caller} expects classes among {known.tolist()}, got {y[~same][0]!r} in y")
    return numbers


def _flat(y: ArrayLike, caller: str) -> np.ndarray:
    array = np.asarray(y)
    if array.ndim != 1 or array.size == 0:
        raise ShapeError(
            f"{caller} expects y of shape (n,) with a sample or more, got {array.shape}: "
            "y.ravel() makes a column flat"
        )
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueRangeError(f"{caller} expects classes in y, got NaN: drop those samples first")
    return array
