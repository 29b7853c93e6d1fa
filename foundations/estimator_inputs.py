"""What estimators are given, as arrays of float64: features, targets and weights, checked."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import ComplexError, DataConversionWarning, DTypeError, ShapeError, ValueRangeError


def as_features(X: ArrayLike, caller: str, *, allow_nan: bool = False) -> np.ndarray:
    """Return X as a finite float64 matrix, shape (n_samples, n_features), or say why it is not one.

    Args:
        X: numbers of any real type; a list, an array or a data frame.
        caller: for the message, such as `Ridge.fit`.
        allow_nan: whether an entry may be NaN, for missing; infinities never pass.

    Raises:
        ShapeError: if X is not two-dimensional, or has no samples or no features.
        DTypeError: if X is sparse or not numbers; `ComplexError` if it is complex.
        ValueRangeError: if an entry is infinite, or NaN where that is not allowed.

    Example:
        >>> as_features([[1, 2], [3, 4]], "Ridge.fit")
        array([[1., 2.],
               [3., 4.]])
    """
    features = _as_numbers(X, "X", caller)
    if features.ndim != 2:
        raise ShapeError(
            f"{caller} expects X of shape (n_samples, n_features), got {features.shape}: Reshape your data "
            "with X.reshape(-1, 1) if it is one feature, X.reshape(1, -1) if it is one sample"
        )
    for count, what in zip(features.shape, ("sample", "feature"), strict=True):
        if count == 0:
            raise ShapeError(
                f"{caller} expects X with a {what} or more, got 0 {what}(s) (shape={features.shape}) while a "
                "minimum of 1 is required: look at how X was selected"
            )
    return finite(features, "X", caller, allow_nan=allow_nan)


def as_targets(y: ArrayLike, n_samples: int, caller: str, *, several: bool = False) -> np.ndarray:
    """Return y as finite float64, shape (n_samples,), or also (n_samples, n_targets) where several may be.

    Where there can be one target only, a column of shape (n_samples, 1) is made flat with a warning.

    Args:
        y: numbers of any real type.
        n_samples: how many there must be.
        caller: for the message.
        several: whether a sample may have more than one target.

    Raises:
        ShapeError: if y has another shape.
        DTypeError: if y is not real numbers.
        ValueRangeError: if an entry is NaN or infinite.

    Example:
        >>> as_targets([1, 2], 2, "Ridge.fit")
        array([1., 2.])
    """
    refuse_none(y, caller)
    targets = _as_numbers(y, "y", caller)
    if not several:
        return finite(flat(targets, n_samples, caller), "y", caller)
    if targets.ndim not in (1, 2) or len(targets) != n_samples or not targets.size:
        wanted = f"({n_samples},) or ({n_samples}, n_targets)"
        raise ShapeError(
            f"{caller} expects y of shape {wanted}, got {targets.shape}: X and y need one row a sample"
        )
    return finite(targets, "y", caller)


def as_weights(sample_weight: ArrayLike | None, n_samples: int, caller: str) -> np.ndarray:
    """Return the weights of the samples, float64 of shape (n_samples,), all one where none are given.

    Args:
        sample_weight: not negative, not all zero; one a sample, or one number for all; None for ones.
        n_samples: how many samples there are.
        caller: for the message.

    Raises:
        ShapeError: if there is not one weight a sample.
        ValueRangeError: if one is negative or not finite, or all are zero.

    Example:
        >>> as_weights(None, 3, "Ridge.fit")
        array([1., 1., 1.])
    """
    if sample_weight is None:
        return np.ones(n_samples)
    weights = _as_numbers(sample_weight, "sample_weight", caller)
    if weights.ndim == 0:
        weights = np.full(n_samples, weights)
    if weights.shape != (n_samples,):
        raise ShapeError(
            f"{caller} expects sample_weight of shape ({n_samples},), got {weights.shape}: one a sample"
        )
    weights = finite(weights, "sample_weight", caller)
    if (weights < 0).any() or not weights.any():
        what = f"{weights.min():g}" if (weights < 0).any() else "only zeros"
        raise ValueRangeError(
            f"{caller} expects weights of zero or more, one of them positive, got {what}: "
            "drop samples instead"
        )
    return weights


def without_absent(weights: np.ndarray, *rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return weights and rows of the samples whose weight is positive: a weight of zero means absent.

    Args:
        weights: shape (n,), not negative.
        rows: arrays of n rows each.

    Example:
        >>> without_absent(np.array([1.0, 0.0]), np.array(["a", "b"]))
        (array([1.]), array(['a'], dtype='<U1'))
    """
    present = weights > 0
    if present.all():
        return weights, *rows
    return weights[present], *(array[present] for array in rows)


def refuse_none(y: ArrayLike | None, caller: str) -> None:
    """Raise a ShapeError if there are no targets."""
    if y is None:
        raise ShapeError(
            f"{caller} requires y to be passed, but the target y is None: give one target a sample"
        )


def flat(y: np.ndarray, n_samples: int, caller: str) -> np.ndarray:
    """Return y of shape (n_samples,); a column of that many is made flat, with a warning.

    Raises:
        ShapeError: if y has another shape.
    """
    if y.shape == (n_samples, 1):
        warnings.warn(
            DataConversionWarning(
                "A column-vector y was passed when a 1d array was expected: "
                f"{caller} expects y of shape ({n_samples},), got ({n_samples}, 1): give y.ravel()"
            ),
            stacklevel=2,
        )
        y = y[:, 0]
    if y.shape != (n_samples,) or not y.size:
        remedy = "give one column of it" if y.ndim == 2 else "X and y need one row a sample"
        raise ShapeError(f"{caller} expects y of shape ({n_samples},), got {y.shape}: {remedy}")
    return y


def as_array(values: ArrayLike, what: str, caller: str) -> np.ndarray:
    """Return values as an array of any type that is neither sparse nor complex.

    Raises:
        ShapeError: if rows differ in length.
        DTypeError: if values are sparse; `ComplexError` if they are complex.
    """
    if hasattr(values, "toarray"):
        raise DTypeError(
            f"{caller} expects a dense {what}, got a sparse {type(values).__name__}: use {what}.toarray()"
        )
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ShapeError(
            f"{caller} expects {what} with rows of equal length, got ragged ones: pad them"
        ) from error
    if array.dtype.kind == "c":
        raise ComplexError(
            f"{caller} expects real numbers in {what}, got {array.dtype} (Complex data not supported): "
            "give real and imaginary parts as two columns"
        )
    return array


def _as_numbers(values: ArrayLike, what: str, caller: str) -> np.ndarray:
    """Return values as float64 of any shape."""
    array = as_array(values, what, caller)
    if array.dtype.kind not in "biufO":
        raise DTypeError(
            f"{caller} expects numbers in {what}, got {array.dtype}: encode words and dates as numbers"
        )
    try:
        return array.astype(np.float64, copy=False)  # nobody writes into what was given
    except (TypeError, ValueError) as error:
        raise DTypeError(
            f"{caller} expects numbers in {what}, got objects ({error}; argument must be real numbers): "
            "encode words and dates as numbers"
        ) from error


def finite(array: np.ndarray, what: str, caller: str, *, allow_nan: bool = False) -> np.ndarray:
    """Return an array of float64 as it is.

    Raises:
        ValueRangeError: if an entry is infinite, or NaN where that is not allowed.
    """
    good = np.isfinite(array) | np.isnan(array) if allow_nan else np.isfinite(array)
    if not good.all():
        first = tuple(int(i) for i in np.argwhere(~good)[0])
        wanted, bad = ("numbers or NaN", "") if allow_nan else ("finite numbers", "NaN or ")
        raise ValueRangeError(
            f"{caller} expects {wanted} in {what}, got {np.count_nonzero(~good)} that are {bad}"
            f"infinity (inf) of {array.size}, the first at {first}: drop or fill them first"
        )
    return array
