import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.metrics import accuracy_score, r2_score

from foundations.errors import (
    ComplexError,
    DataConversionWarning,
    DTypeError,
    NotFittedError,
    ShapeError,
    ValueRangeError,
)
from foundations.estimators import (
    Classifier,
    Estimator,
    Regressor,
    as_features,
    as_targets,
    as_weights,
    without_absent,
)


class Mean(Regressor):
    _several_targets = True

    def __init__(self, shift=0.0, *, name="mean"):
        self.shift = shift
        self.name = name

    def fit(self, X, y):
        X = self._features_to_fit(X)
        self.mean_ = as_targets(y, len(X), "Mean.fit", several=True).mean(axis=0)
        return self

    def predict(self, X):
        X = self._features_to_use(X, "predict")
        return np.broadcast_to(self.mean_ + self.shift, (len(X), *np.shape(self.mean_))) + 0.1 * X[
            :, 0:1
        ].reshape(len(X), *np.ones(np.ndim(self.mean_), int))


class Majority(Classifier):
    def fit(self, X, y):
        self._features_to_fit(X)
        values, counts = np.unique(y, return_counts=True)
        self.winner_ = values[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(len(self._features_to_use(X, "predict")), self.winner_)


def test_parameters_are_those_of_the_constructor():
    model = Mean(2.0)
    assert model.get_params() == {"shift": 2.0, "name": "mean"}
    assert model.set_params(shift=3.0) is model
    assert model.shift == 3.0
    assert repr(model) == "Mean(shift=3.0)"
    assert repr(Mean()) == "Mean()"
    assert Majority().get_params() == {}
    assert Estimator().get_params() == {}


def test_a_parameter_that_is_not_there_changes_nothing():
    model = Mean(2.0)
    with pytest.raises(ValueRangeError, match="Mean has no parameter 'tilt': it has shift, name"):
        model.set_params(shift=9.0, tilt=1.0)
    assert model.shift == 2.0
    with pytest.raises(ValueRangeError, match="it has none"):
        Majority().set_params(tilt=1.0)


def test_what_is_not_fitted_says_so_in_every_way_it_may_be_caught():
    for kind in (NotFittedError, ValueError, AttributeError):
        with pytest.raises(kind, match=r"Mean\.predict expects a fitted estimator, .*: call fit first"):
            Mean().predict([[1.0]])


def test_later_input_is_held_to_what_fit_saw():
    model = Mean().fit(np.ones((3, 2)), np.ones(3))
    assert model.n_features_in_ == 2
    with pytest.raises(ShapeError, match=r"expects 2 features as seen by fit, got 3"):
        model.predict(np.ones((3, 3)))


def test_columns_in_another_order_are_refused():
    frame = pd.DataFrame({"age": [1.0, 2.0], "height": [3.0, 4.0]})
    model = Mean().fit(frame, [1.0, 2.0])
    assert list(model.feature_names_in_) == ["age", "height"]
    model.predict(frame)
    model.predict(frame.to_numpy())
    with pytest.raises(ValueRangeError, match="expects column 0 to be 'age' as in fit, got 'height'"):
        model.predict(frame[["height", "age"]])
    assert not hasattr(model.fit(frame.to_numpy(), [1.0, 2.0]), "feature_names_in_")
    assert not hasattr(Mean().fit(pd.DataFrame(np.eye(2)), [1.0, 2.0]), "feature_names_in_")


@pytest.mark.parametrize("targets", [(), (3,)])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_score_of_a_regressor_is_r_squared(targets, weighted):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((11, 2)), rng.standard_normal((11, *targets))
    weights = rng.uniform(0, 2, 11) if weighted else None
    model = Mean(0.3).fit(X, y)
    wanted = r2_score(y, model.predict(X), sample_weight=weights)
    assert model.score(X, y, sample_weight=weights) == pytest.approx(wanted, rel=1e-12)


def test_the_score_of_constant_targets():
    X = np.zeros((4, 1))
    assert Mean().fit(X, np.full(4, 2.0)).score(X, np.full(4, 2.0)) == 1
    assert Mean(1.0).fit(X, np.full(4, 2.0)).score(X, np.full(4, 2.0)) == 0
    with pytest.raises(ShapeError, match="two samples or more, got 1"):
        Mean().fit(X, np.ones(4)).score([[1.0]], [1.0])


def test_the_score_of_a_classifier_is_accuracy():
    X, y = np.zeros((5, 1)), np.array(["a", "b", "a", "a", "b"])
    weights = [1.0, 2.0, 3.0, 0.0, 1.0]
    model = Majority().fit(X, y)
    assert model.score(X, y) == pytest.approx(0.6)
    wanted = accuracy_score(y, model.predict(X), sample_weight=weights)
    assert model.score(X, y, sample_weight=weights) == pytest.approx(wanted)
    with pytest.raises(ShapeError, match=r"expects y of shape \(5,\), got \(4,\)"):
        model.score(X, y[:4])
    with pytest.raises(DTypeError, match="expects y with strings, as the classes seen by fit, got numbers"):
        model.score(X, np.arange(5))
    assert model.score(X, y.astype(object)) == pytest.approx(0.6)


def test_scikit_learn_knows_what_kind_it_is():
    from sklearn.base import is_classifier, is_regressor
    from sklearn.utils import get_tags

    assert is_regressor(Mean())
    assert not is_classifier(Mean())
    assert is_classifier(Majority())
    assert get_tags(Mean()).target_tags.multi_output
    assert not get_tags(Majority()).target_tags.multi_output
    assert get_tags(Estimator()).estimator_type is None


def test_it_can_be_pickled():
    model = Mean(0.5).fit([[1.0], [2.0]], [1.0, 2.0])
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict([[3.0]]), model.predict([[3.0]]))


@pytest.mark.parametrize(
    "X", [[[1, 2]], [[True, False]], np.ones((1, 2), np.float32), np.array([[1, "2"]], object)]
)
def test_features_of_any_real_type_become_float64(X):
    features = as_features(X, "f")
    assert features.dtype == np.float64
    assert features.shape == (1, 2)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (
            np.ones(3),
            ShapeError,
            r"f expects X of shape \(n_samples, n_features\), got \(3,\): .*reshape\(-1, 1\)",
        ),
        (np.ones((2, 3, 5)), ShapeError, r"got \(2, 3, 5\)"),
        (1.0, ShapeError, r"got \(\)"),
        (np.ones((0, 3)), ShapeError, "a sample or more, got 0 sample"),
        (np.ones((3, 0)), ShapeError, "a feature or more, got 0 feature"),
        (
            [[1.0, np.nan], [np.inf, 0.0]],
            ValueRangeError,
            r"got 2 that are NaN or infinity .*first at \(0, 1\)",
        ),
        ([["a", "b"]], DTypeError, "expects numbers in X, got <U1: encode words"),
        (np.array([[1, "b"]], object), DTypeError, "expects numbers in X, got objects"),
        ([[1j]], ComplexError, "expects real numbers in X, got complex128"),
        ([[1.0], [2.0, 3.0]], ShapeError, "rows of equal length, got ragged ones"),
        (scipy.sparse.eye(2), DTypeError, r"expects a dense X, got a sparse .*: use X\.toarray\(\)"),
    ],
)
def test_features_that_are_none(X, error, message):
    with pytest.raises(error, match=message):
        as_features(X, "f")


def test_targets():
    assert as_targets([1, 2], 2, "f").dtype == np.float64
    assert as_targets(np.ones((2, 3)), 2, "f", several=True).shape == (2, 3)
    with pytest.warns(DataConversionWarning, match=r"column-vector y .* f expects .*\(2, 1\): give y\.ravel"):
        flat = as_targets([[1], [2]], 2, "f")
    np.testing.assert_array_equal(flat, [1.0, 2.0])
    with pytest.raises(ShapeError, match=r"expects y of shape \(2,\), got \(2, 3\): give one column"):
        as_targets(np.ones((2, 3)), 2, "f")
    with pytest.raises(DTypeError, match=r"expects a dense y, got a sparse"):
        as_targets(scipy.sparse.eye(2), 2, "f", several=True)
    with pytest.raises(
        ShapeError, match=r"\(2,\) or \(2, n_targets\), got \(3,\): X and y need one row a sample"
    ):
        as_targets([1, 2, 3], 2, "f", several=True)
    with pytest.raises(ShapeError, match=r"got \(2, 0\)"):
        as_targets(np.ones((2, 0)), 2, "f", several=True)
    with pytest.raises(ShapeError, match="y is None"):
        as_targets(None, 2, "f")  # type: ignore[arg-type]
    with pytest.raises(ValueRangeError, match="finite numbers in y"):
        as_targets([1, np.nan], 2, "f")


def test_weights():
    np.testing.assert_array_equal(as_weights(None, 2, "f"), [1, 1])
    np.testing.assert_array_equal(as_weights(3, 2, "f"), [3, 3])
    np.testing.assert_array_equal(as_weights([0, 3], 2, "f"), [0, 3])
    with pytest.raises(ShapeError, match=r"sample_weight of shape \(2,\), got \(3,\)"):
        as_weights([1, 2, 3], 2, "f")
    with pytest.raises(ValueRangeError, match="got -1"):
        as_weights([-1, 2], 2, "f")
    with pytest.raises(ValueRangeError, match="only zeros"):
        as_weights([0, 0], 2, "f")
    with pytest.raises(ValueRangeError, match="finite numbers in sample_weight"):
        as_weights([np.nan, 0], 2, "f")


def test_a_weight_of_zero_means_absent():
    X, y = np.arange(6.0).reshape(3, 2), np.array(["a", "b", "c"])
    weights, kept, labels = without_absent(np.array([2.0, 0.0, 1.0]), X, y)
    np.testing.assert_array_equal(weights, [2, 1])
    np.testing.assert_array_equal(kept, X[[0, 2]])
    np.testing.assert_array_equal(labels, ["a", "c"])
    assert without_absent(np.ones(3), X)[1] is X


def test_missing_values_pass_where_they_may():
    holes = [[1.0, np.nan], [np.nan, 0.0]]
    np.testing.assert_array_equal(as_features(holes, "f", allow_nan=True), holes)
    with pytest.raises(ValueRangeError, match=r"numbers or NaN in X, got 1 that .*first at \(1, 0\)"):
        as_features([[1.0, np.nan], [-np.inf, 0.0]], "f", allow_nan=True)
