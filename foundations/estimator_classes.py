"""What classifiers are given: classes of any kind as codes 0, 1, …, and weights of classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import DTypeError, ValueRangeError
from foundations.estimator_inputs import as_array, finite, flat, refuse_none


def as_classes(
    y: ArrayLike,
    n_samples: int,
    caller: str,
    *,
    at_least: int = 2,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes in y, sorted, and for each sample the index of its class.

    Args:
        y: one class a sample: strings, integers, booleans, or floats without a fraction.
        n_samples: how many there must be.
        caller: for the message.
        at_least: how many classes there must be.

    Returns:
        Classes, shape (n_classes,), of y's type; and codes in [0, n_classes), shape (n_samples,).

    Raises:
        ShapeError: if there is not one class a sample.
        DTypeError: if y is sparse, complex, dates, or mixes types.
        ValueRangeError: if a label is missing, is a fraction, or there are too few classes.

    Example:
        >>> as_classes(["no", "yes", "no"], 3, "LogisticRegression.fit")
        (array(['no', 'yes'], dtype='<U3'), array([0, 1, 0]))
    """
    classes, codes = np.unique(as_labels(y, n_samples, caller), return_inverse=True)
    if len(classes) < at_least:
        raise ValueRangeError(
            f"{caller} expects {at_least} classes or more in y, got {len(classes)} class "
            f"({', '.join(repr(one) for one in classes.tolist())}): look at how the samples were selected"
        )
    return classes, codes.reshape(-1)


def as_labels(y: ArrayLike, n_samples: int, caller: str) -> np.ndarray:
    """Return y as labels of one type, shape (n_samples,): booleans, numbers or strings.

    Raises:
        ShapeError, DTypeError, ValueRangeError: as `as_classes` does.

    Example:
        >>> as_labels(np.array([1, 2], dtype=object), 2, "accuracy")
        array([1, 2])
    """
    refuse_none(y, caller)
    labels = flat(as_array(y, "y", caller), n_samples, caller)
    if labels.dtype.kind == "O":
        labels = _of_one_type(labels, caller)
    if labels.dtype.kind not in "biufUSO":
        raise DTypeError(
            f"{caller} expects classes in y, got {labels.dtype}: Unknown label type: give strings"
        )
    if labels.dtype.kind == "f":
        finite(labels, "y", caller)
        fractions = labels != np.floor(labels)
        if fractions.any():
            raise ValueRangeError(
                f"{caller} expects classes in y, got fractions such as {labels[fractions][0]:g} "
                "(Unknown label type: continuous): use a regressor, or cut y into classes"
            )
    return labels


def as_class_weights(
    class_weight: str | Mapping[Any, float] | None,
    classes: np.ndarray,
    codes: np.ndarray,
    weights: np.ndarray,
    caller: str,
) -> np.ndarray:
    r"""Return weights of samples times the weight of their class, shape (n_samples,).

    "balanced" gives class c the weight $\sum_n w_n / (K \sum_{n \in c} w_n)$: each of the K classes then
    weighs the same.

    Args:
        class_weight: None, "balanced", or weights by class; a class that is not named weighs 1.
        classes: shape (n_classes,).
        codes: shape (n_samples,), as from `as_classes`.
        weights: of the samples, shape (n_samples,).
        caller: for the message.

    Raises:
        ValueRangeError: if class_weight is none of these; a weight is negative or not finite, or none is
            positive; or a class is not named while a name is none of the classes.

    Example:
        >>> as_class_weights("balanced", np.array([0, 1]), np.array([0, 0, 0, 1]), np.ones(4), "fit")
        array([0.66666667, 0.66666667, 0.66666667, 2.        ])
    """
    if class_weight is None:
        return weights
    if isinstance(class_weight, str) and class_weight == "balanced":
        totals = np.bincount(codes, weights=weights, minlength=len(classes))  # (n_classes,)
        return weights * (totals.sum() / (len(classes) * np.where(totals > 0, totals, 1)))[codes]
    if not isinstance(class_weight, Mapping):
        raise ValueRangeError(
            f"{caller} expects class_weight to be None, 'balanced' or a dictionary, got {class_weight!r}"
        )
    names = classes.tolist()
    unnamed = [name for name in names if name not in class_weight]
    strangers = [name for name in class_weight if name not in names]
    if unnamed and strangers:
        raise ValueRangeError(
            f"{caller} expects class_weight for classes {names}, got weights for {strangers} and none for "
            f"{unnamed}: correct the names"
        )
    by_class = np.array([class_weight.get(name, 1.0) for name in names], dtype=np.float64)
    if not np.isfinite(by_class).all() or (by_class < 0).any() or not by_class.any():
        raise ValueRangeError(
            f"{caller} expects finite class weights of zero or more, one of them positive, got "
            f"{dict(zip(names, by_class.tolist(), strict=True))}"
        )
    return weights * by_class[codes]


def _of_one_type(labels: np.ndarray, caller: str) -> np.ndarray:
    """Return an array of objects as it is if all are strings, else as numbers or booleans."""
    values = labels.tolist()
    if all(isinstance(value, str) for value in values):
        return labels
    if any(_missing(value) for value in values):
        raise ValueRangeError(f"{caller} expects a class for every sample, got a missing one (NaN or None)")
    if all(isinstance(value, bool | np.bool_) for value in values) or not any(
        isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number)
        for value in values
    ):
        return np.array(values)
    kinds = ", ".join(sorted({type(value).__name__ for value in values}))
    raise DTypeError(
        f"{caller} expects classes of one type in y, got {kinds} (Unknown label type: unknown): "
        "give all as strings or all as integers"
    )


def _missing(value: Any) -> bool:
    """Return whether a label is None, NaN, or pandas' NA, which will not say whether it equals itself."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True
    except ValueError:  # an array in place of a label
        return False


def same_kind(predicted: np.ndarray, labels: np.ndarray, caller: str) -> None:
    """Raise a DTypeError if one holds strings and the other does not: they could never agree."""
    words = [array.dtype.kind in "USO" for array in (predicted, labels)]
    if words[0] != words[1]:
        wanted, got = ("strings", "numbers") if words[0] else ("numbers", "strings")
        raise DTypeError(
            f"{caller} expects y with {wanted}, as the classes seen by fit, got {got}: give y as fit had it"
        )
