"""What every estimator shares: parameters by name, checked input, a score, and a place among scikit-learn's.

An estimator follows scikit-learn's conventions (`fit`, `predict`, `score`, `get_params`, `set_params`, what
was learned in attributes with a trailing underscore), so that `Pipeline`, `GridSearchCV` and
`cross_val_score` take it; none of this needs scikit-learn to be there.
"""

from __future__ import annotations

import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from foundations.errors import NotFittedError, ShapeError, ValueRangeError
from foundations.estimator_classes import as_class_weights, as_classes, as_labels, same_kind
from foundations.estimator_inputs import as_features, as_targets, as_weights, without_absent

__all__ = [
    "Classifier",
    "Estimator",
    "Regressor",
    "as_class_weights",
    "as_classes",
    "as_features",
    "as_targets",
    "as_weights",
    "without_absent",
]


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
    _allow_nan: ClassVar[bool] = False  # whether X may have NaN, for missing

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
            input_tags=utils.InputTags(allow_nan=self._allow_nan),
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
        features = as_features(X, f"{type(self).__name__}.fit", allow_nan=self._allow_nan)
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
        features = as_features(X, caller, allow_nan=self._allow_nan)
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
    """Base of estimators that predict classes.

    Attributes:
        classes_: the classes seen by `fit`, sorted, shape (n_classes,).
    """

    _estimator_type = "classifier"

    classes_: np.ndarray

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
            ShapeError, DTypeError, ValueRangeError: if y is not one class a sample, as `fit` was given.
        """
        caller = f"{type(self).__name__}.score"
        predicted = self.predict(X)
        labels = as_labels(y, len(predicted), caller)
        same_kind(predicted, labels, caller)
        return float(np.average(predicted == labels, weights=as_weights(sample_weight, len(labels), caller)))

    def _samples_to_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        class_weight: str | Mapping[Any, float] | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Check everything that `fit` was given, and remember the classes.

        Samples of weight zero are left out, and with them classes that have no other.

        Returns:
            Features, shape (n, n_features); codes of classes and weights, each of shape (n,).
        """
        caller = f"{type(self).__name__}.fit"
        features = self._features_to_fit(X)
        labels = as_labels(y, len(features), caller)
        weights = as_weights(sample_weight, len(features), caller)
        weights, features, labels = without_absent(weights, features, labels)
        self.classes_, codes = as_classes(labels, len(labels), caller)
        return features, codes, as_class_weights(class_weight, self.classes_, codes, weights, caller)


def _column_names(X: Any) -> np.ndarray | None:
    """Return the names of the columns of a data frame, if they are all words."""
    columns = getattr(X, "columns", None)
    if columns is None or not all(isinstance(name, str) for name in columns):
        return None
    return np.asarray(columns, dtype=object)
