"""Input and parameters that are not what they should be: each is refused, and the message says why."""

import numpy as np
import pytest

from foundations.errors import DTypeError, NotFittedError, ShapeError, ValueRangeError
from implementations.gradient_boosting import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RegressionTree,
)

X = np.random.default_rng(0).standard_normal((20, 2))
Y = np.tile([0, 1], 10)
KINDS = [GradientBoostingClassifier, GradientBoostingRegressor, RegressionTree]
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
BOOSTED = KINDS[:2]


@each
@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (np.full((20, 2), np.inf), ValueRangeError, "infinit"),
        (X[:, 0], ShapeError, "n_samples, n_features"),
        (np.empty((0, 2)), ShapeError, "sample"),
        (np.empty((20, 0)), ShapeError, "feature"),
        (X + 1j, DTypeError, "real"),
        (np.full((20, 2), "a"), DTypeError, "numbers"),
        (X[:5], ShapeError, "y"),
    ],
    ids=["inf", "flat", "no rows", "no columns", "complex", "strings", "too few"],
)
def test_features(kind, bad, error, words):
    with pytest.raises(error, match=words):
        kind().fit(bad, Y)


@each
@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (np.where(Y, np.nan, 0.0), ValueRangeError),
        (np.where(Y, np.inf, 0.0), ValueRangeError),
        (Y + 1j, DTypeError),
        (np.column_stack([Y, Y]), ShapeError),
        (None, ShapeError),
    ],
    ids=["nan", "inf", "complex", "two columns", "none"],
)
def test_targets(kind, bad, error):
    with pytest.raises(error):
        kind().fit(X, bad)


@each
def test_a_column_of_targets_is_made_flat_with_a_warning(kind):
    with pytest.warns(UserWarning, match="column-vector"):
        column = kind().fit(X, Y[:, None])
    np.testing.assert_array_equal(column.predict(X), kind().fit(X, Y).predict(X))


@each
@pytest.mark.parametrize("bad", [-np.ones(20), np.zeros(20), np.ones(3), np.full(20, np.nan)])
def test_weights(kind, bad):
    with pytest.raises((ValueRangeError, ShapeError), match="weight"):
        kind().fit(X, Y, sample_weight=bad)


@each
def test_samples_of_weight_zero_are_absent(kind):
    wild = np.vstack([X, [[1e6, np.nan]]])
    with_absent = kind().fit(wild, np.append(Y, 0), sample_weight=np.append(np.ones(20), 0))
    np.testing.assert_array_equal(with_absent.predict(X), kind().fit(X, Y).predict(X))


@each
def test_missing_values_are_welcome(kind):
    holes = X.copy()
    holes[::2, 0] = np.nan
    model = kind().fit(holes, Y)
    assert model.score(holes, Y) == pytest.approx(1.0, abs=0.2)  # y is told by what is missing
    assert np.isfinite(np.asarray(model.predict(np.full((1, 2), np.nan)), float)).all()


@each
def test_what_comes_later_is_held_to_what_fit_saw(kind):
    with pytest.raises(NotFittedError, match="call fit"):
        kind().predict(X)
    model = kind().fit(X, Y)
    with pytest.raises(ShapeError, match="2 features"):
        model.predict(X[:, :1])
    with pytest.raises(ValueRangeError):
        model.predict(np.full((1, 2), np.inf))


def test_one_class_only():
    with pytest.raises(ValueRangeError, match="2 classes or more"):
        GradientBoostingClassifier().fit(X, np.zeros(20, int))
    with pytest.raises(ValueRangeError, match="continuous"):
        GradientBoostingClassifier().fit(X, X[:, 0])


def test_one_row_and_equal_targets():
    assert GradientBoostingRegressor(3).fit([[1.0]], [5.0]).predict([[7.0]])[0] == 5.0
    assert GradientBoostingRegressor(3).fit(X, np.full(20, 2.5)).predict(X).tolist() == [2.5] * 20


@pytest.mark.parametrize("kind", BOOSTED, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("n_estimators", -1, ValueRangeError),
        ("n_estimators", 2.0, DTypeError),
        ("n_estimators", True, DTypeError),
        ("max_depth", -1, ValueRangeError),
        ("max_depth", None, DTypeError),
        ("learning_rate", 0.0, ValueRangeError),
        ("learning_rate", float("nan"), ValueRangeError),
        ("learning_rate", "fast", DTypeError),
        ("min_child_weight", -1.0, ValueRangeError),
        ("reg_lambda", float("inf"), ValueRangeError),
        ("gamma", -0.1, ValueRangeError),
        ("subsample", 0.0, ValueRangeError),
        ("subsample", 1.1, ValueRangeError),
        ("colsample_bytree", -1, ValueRangeError),
        ("max_bins", 1, ValueRangeError),
        ("max_bins", 257, ValueRangeError),
        ("tree_method", "approx", ValueRangeError),
        ("loss", "hinge", ValueRangeError),
        ("n_iter_no_change", 0, ValueRangeError),
        ("validation_fraction", 1.0, ValueRangeError),
        ("base_score", float("inf"), ValueRangeError),
    ],
)
def test_parameters(kind, name, value, error):
    with pytest.raises(error, match=name):
        kind(**{name: value}).fit(X, Y)


def test_a_beginning_that_has_no_raw_score():
    with pytest.raises(ValueRangeError, match="base_score"):
        GradientBoostingClassifier(base_score=1.0).fit(X, Y)
    with pytest.raises(ValueRangeError, match="base_score"):
        GradientBoostingRegressor(loss="poisson", base_score=0.0).fit(X, Y)
