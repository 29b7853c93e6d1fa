"""What every estimator shares: parameters by name, checked input, a score, and a place among scikit-learn's.

An estimator follows scikit-learn's conventions (`fit`, `predict`, `score`, `get_params`, `set_params`, what
was learned in attributes with a trailing underscore), so that `Pipeline`, `GridSearchCV` and
`cross_val_score` take it; none of this needs scikit-learn to be there.
"""

from __future__ import annotations

import inspect
import sys
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import DTypeError, NotFittedError, ShapeError, ValueRangeError

__all__ = ["Classifier", "Estimator", "Regressor", "as_features", "as_targets", "as_weights"]


class Estimator:
    """Base of estimators. A subclass's `__init__` only stores its arguments, each under its own name.

    `fit` begins with `_features_to_fit`, every other method with `_features_to_use`: the first learns how
    many features there are and their names, the second holds later input to that.

    Attributes:
        n_features_in_: number of features seen by `fit`.
        feature_names_in_: their names, shape (n_features,); only where X had columns with names.
    """

    _estimator_type: ClassVar[str | None] = None
    _several_targets: ClassVar[bool] = False

    n_features_in_: int
    feature_names_in_: np.ndarray

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the arguments of the constructor by name.

        Args:
            deep: accepted because tools pass it; no parameter here is itself an estimator.

        Example:
            >>> Estimator().get_params()
            {}
        """
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> Self:
        """Change arguments of the constructor; what was fitted stays until the next `fit`.

        Raises:
            ValueRangeError: if there is no parameter of that name.
        """
        known = self._parameters()
        for name in params:
            if name not in known:
                have = ", ".join(known) or "none"
                raise ValueRangeError(f"{type(self).__name__} has no parameter {name!r}: it has {have}")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = self._parameters()
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value is not defaults[name] and repr(value) != repr(defaults[name])
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def __sklearn_tags__(self) -> Any:
        """Describe this estimator to scikit-learn: nobody else calls it, so scikit-learn is there already."""
        utils = sys.modules["sklearn.utils"]
        tags = utils.Tags(
            estimator_type=self._estimator_type,
            target_tags=utils.TargetTags(required=True, multi_output=self._several_targets),
        )
        if self._estimator_type == "regressor":
            tags.regressor_tags = utils.RegressorTags()
        elif self._estimator_type == "classifier":
            tags.classifier_tags = utils.ClassifierTags()
        return tags

    @classmethod
    def _parameters(cls) -> dict[str, Any]:
        """Return the names of the constructor's arguments with their defaults."""
        if cls.__init__ is object.__init__:
            return {}
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]  # without self
        return {parameter.name: parameter.default for parameter in parameters}

    def _features_to_fit(self, X: ArrayLike) -> np.ndarray:
        """Return X as `as_features` does, and remember how many features it has and their names."""
        features = as_features(X, f"{type(self).__name__}.fit")
        self.n_features_in_ = features.shape[1]
        names = _column_names(X)
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return features

    def _features_to_use(self, X: ArrayLike, method: str) -> np.ndarray:
        """Return X as `as_features` does, after holding it to what `fit` saw."""
        caller = f"{type(self).__name__}.{method}"
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"{caller} expects a fitted estimator, got one that is not: call fit first")
        features = as_features(X, caller)
        if features.shape[1] != self.n_features_in_:
            raise ShapeError(
                f"{caller} expects {self.n_features_in_} features as seen by fit, got {features.shape[1]} "
                f"(X has {features.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input): give the columns that fit was given"
            )
        names, known = _column_names(X), getattr(self, "feature_names_in_", None)
        if names is not None and known is not None and (names != known).any():
            i = int(np.flatnonzero(names != known)[0])
            raise ValueRangeError(
                f"{caller} expects column {i} to be {known[i]!r} as in fit, got {names[i]!r}: "
                "reorder with X[model.feature_names_in_]"
            )
        return features


class Regressor(Estimator, ABC):
    """Base of estimators that predict numbers."""

    _estimator_type = "regressor"

    @abstractmethod
    def predict(self, X: ArrayLike) -> Any:
        """Predict; every regressor has its own way."""

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        r"""Return $R^2$, the share of the variance of y that is predicted, averaged over targets.

        $R^2 = 1 - \sum_n w_n (y_n - \hat y_n)^2 / \sum_n w_n (y_n - \bar y)^2$: 1 is perfect, 0 is as good as
        the mean of y. Where all y are equal it is 1 if the prediction is exact and 0 if not.

        Args:
            X: shape (n_samples, n_features), two samples or more.
            y: what is true, shape (n_samples,) or (n_samples, n_targets).
            sample_weight: shape (n_samples,), not negative; all one by default.

        Raises:
            NotFittedError: before `fit`.
            ShapeError: if shapes do not fit, or there are fewer than two samples.
        """
        caller = f"{type(self).__name__}.score"
        predicted = self.predict(X)
        y = as_targets(y, len(predicted), caller, several=self._several_targets)
        weights = as_weights(sample_weight, len(predicted), caller)[:, None]  # (n, 1)
        if len(predicted) < 2:
            raise ShapeError(
                f"{caller} expects two samples or more, got {len(predicted)}: R² compares with their mean"
            )
        y, predicted = y.reshape(len(y), -1), predicted.reshape(len(y), -1)  # (n, targets)
        missed = (weights * (y - predicted) ** 2).sum(axis=0)
        spread = (weights * (y - np.average(y, axis=0, weights=weights[:, 0])) ** 2).sum(axis=0)
        flat = spread == 0
        return float(np.where(flat, missed == 0, 1 - missed / np.where(flat, 1, spread)).mean())


class Classifier(Estimator, ABC):
    """Base of estimators that predict classes."""

    _estimator_type = "classifier"

    @abstractmethod
    def predict(self, X: ArrayLike) -> Any:
        """Predict; every classifier has its own way."""

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of samples whose class is predicted right, by weight.

        Args:
            X: shape (n_samples, n_features).
            y: true classes, shape (n_samples,).
            sample_weight: shape (n_samples,), not negative; all one by default.

        Raises:
            NotFittedError: before `fit`.
            ShapeError: if shapes do not fit.
        """
        caller = f"{type(self).__name__}.score"
        predicted, y = self.predict(X), np.asarray(y)
        if y.shape != predicted.shape:
            raise ShapeError(
                f"{caller} expects y of shape {predicted.shape}, got {y.shape}: one class a sample"
            )
        return float(np.average(predicted == y, weights=as_weights(sample_weight, len(y), caller)))


def as_features(X: ArrayLike, caller: str) -> np.ndarray:
    """Return X as a finite float64 matrix, shape (n_samples, n_features), or say why it is not one.

    Args:
        X: numbers of any real type; a list, an array or a data frame.
        caller: for the message, such as `Ridge.fit`.

    Raises:
        ShapeError: if X is not two-dimensional, or has no samples or no features.
        DTypeError: if X is sparse, complex, or not numbers.
        ValueRangeError: if an entry is NaN or infinite.

    Example:
        >>> as_features([[1, 2], [3, 4]], "Ridge.fit")
        array([[1., 2.],
               [3., 4.]])
    """
    if hasattr(X, "toarray"):
        raise DTypeError(f"{caller} expects a dense X, got a sparse {type(X).__name__}: use X.toarray()")
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
    return _finite(features, "X", caller)


def as_targets(y: ArrayLike, n_samples: int, caller: str, *, several: bool = False) -> np.ndarray:
    """Return y as finite float64, shape (n_samples,), or also (n_samples, n_targets) where several may be.

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
    if y is None:
        raise ShapeError(
            f"{caller} requires y to be passed, but the target y is None: give one target a sample"
        )
    targets = _as_numbers(y, "y", caller)
    wanted = f"({n_samples},)" + (f" or ({n_samples}, n_targets)" if several else "")
    if targets.ndim not in ((1, 2) if several else (1,)) or len(targets) != n_samples or not targets.size:
        remedy = "y.ravel() makes a column flat" if targets.ndim == 2 else "X and y need one row a sample"
        raise ShapeError(f"{caller} expects y of shape {wanted}, got {targets.shape}: {remedy}")
    return _finite(targets, "y", caller)


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
    weights = _finite(weights, "sample_weight", caller)
    if (weights < 0).any() or not weights.any():
        what = f"{weights.min():g}" if (weights < 0).any() else "only zeros"
        raise ValueRangeError(
            f"{caller} expects weights of zero or more, one of them positive, got {what}: "
            "drop samples instead"
        )
    return weights


def _as_numbers(values: ArrayLike, what: str, caller: str) -> np.ndarray:
    """Return values as float64 of any shape."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ShapeError(
            f"{caller} expects {what} with rows of equal length, got ragged ones: pad them"
        ) from error
    if array.dtype.kind == "c":
        raise DTypeError(
            f"{caller} expects real numbers in {what}, got {array.dtype} (Complex data not supported): "
            "give real and imaginary parts as two columns"
        )
    if array.dtype.kind not in "biufO":
        raise DTypeError(
            f"{caller} expects numbers in {what}, got {array.dtype}: encode words and dates as numbers"
        )
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DTypeError(
            f"{caller} expects numbers in {what}, got objects ({error}; argument must be real numbers): "
            "encode words and dates as numbers"
        ) from error


def _finite(array: np.ndarray, what: str, caller: str) -> np.ndarray:
    finite = np.isfinite(array)
    if not finite.all():
        first = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueRangeError(
            f"{caller} expects finite numbers in {what}, got {np.count_nonzero(~finite)} that are NaN or "
            f"infinity (inf) of {array.size}, the first at {first}: drop or fill them first"
        )
    return array


def _column_names(X: Any) -> np.ndarray | None:
    """Return the names of the columns of a data frame, if they are all words."""
    columns = getattr(X, "columns", None)
    if columns is None or not all(isinstance(name, str) for name in columns):
        return None
    return np.asarray(columns, dtype=object)
