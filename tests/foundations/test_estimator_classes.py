import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.utils.class_weight import compute_sample_weight

from foundations.errors import ComplexError, DataConversionWarning, DTypeError, ShapeError, ValueRangeError
from foundations.estimators import as_class_weights, as_classes


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (["no", "yes", "no"], ["no", "yes"]),
        (np.array(["no", "yes", "no"], object), ["no", "yes"]),
        (pd.Series(["no", "yes", "no"]), ["no", "yes"]),
        ([-1, 7, -1], [-1, 7]),
        (np.array([-1, 7, -1], object), [-1, 7]),
        ([-1.0, 7.0, -1.0], [-1.0, 7.0]),
        ([False, True, False], [False, True]),
        (np.array([False, True, False], object), [False, True]),
        (np.array([b"n", b"y", b"n"]), [b"n", b"y"]),
    ],
)
def test_classes_of_any_kind_become_codes(y, classes):
    found, codes = as_classes(y, 3, "f")
    assert found.tolist() == classes
    np.testing.assert_array_equal(codes, [0, 1, 0])
    assert codes.dtype.kind == "i"


def test_a_column_of_classes_is_made_flat_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        _, codes = as_classes([["a"], ["b"]], 2, "f")
    assert codes.shape == (2,)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([0.5, 1.0, 2.0], ValueRangeError, r"fractions such as 0\.5 \(Unknown label type: continuous\)"),
        ([0.0, np.nan, 1.0], ValueRangeError, "finite numbers in y, got 1 that are NaN"),
        ([0.0, np.inf, 1.0], ValueRangeError, "NaN or infinity"),
        (np.array(["a", None, "b"], object), ValueRangeError, "a missing one"),
        (np.array(["a", np.nan, "b"], object), ValueRangeError, "a missing one"),
        (np.array(["a", pd.NA, "b"], object), ValueRangeError, "a missing one"),
        (pd.Series(["a", pd.NA, "b"]), ValueRangeError, "a missing one"),
        (np.array(["a", 1, "b"], object), DTypeError, "classes of one type in y, got int, str"),
        (np.array([True, 1, 0], object), DTypeError, "classes of one type in y, got bool, int"),
        (np.array([0.5, 1, 2], object), ValueRangeError, "continuous"),
        (np.array([[1], [1, 2], [3]], object), DTypeError, "of one type in y, got list"),
        (np.array(["2020", "2021", "2020"], "datetime64[Y]"), DTypeError, "got datetime64"),
        ([1j, 0, 1], ComplexError, "Complex data not supported"),
        (scipy.sparse.eye(3), DTypeError, "expects a dense y, got a sparse"),
        (None, ShapeError, "requires y to be passed, but the target y is None"),
        ([0, 1], ShapeError, r"expects y of shape \(3,\), got \(2,\)"),
        (np.eye(3), ShapeError, r"expects y of shape \(3,\), got \(3, 3\): give one column"),
        (["a", "a", "a"], ValueRangeError, r"2 classes or more in y, got 1 class \('a'\)"),
    ],
)
def test_what_is_no_class(y, error, message):
    with pytest.raises(error, match=message):
        as_classes(y, 3, "f")


def test_one_class_where_one_is_enough():
    assert as_classes([3, 3], 2, "f", at_least=1)[0].tolist() == [3]


@pytest.mark.parametrize("names", [[0, 1, 2], ["a", "b", "c"]])
@pytest.mark.parametrize("how", ["balanced", "all", "some", None])
def test_class_weights_are_scikit_learns(names, how):
    codes = np.array([0, 0, 1, 2, 2, 2, 0])
    y = np.take(names, codes)
    chosen = {"all": dict(zip(names, (2.0, 0.0, 0.5), strict=True)), "some": {names[1]: 3.0}}.get(how, how)
    weighted = as_class_weights(chosen, np.unique(y), codes, np.ones(7), "f")
    np.testing.assert_allclose(weighted, compute_sample_weight(chosen, y), rtol=1e-12)


def test_balanced_classes_weigh_the_same_whatever_the_samples_weigh():
    codes, weights = np.array([0, 0, 1, 1, 1]), np.array([1.0, 2.0, 0.5, 4.0, 0.0])
    balanced = as_class_weights("balanced", np.array([3, 8]), codes, weights, "f")
    np.testing.assert_allclose(np.bincount(codes, weights=balanced), 7.5 / 2)
    assert balanced[4] == 0


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ("even", "None, 'balanced' or a dictionary, got 'even'"),
        ([1.0, 2.0], "or a dictionary"),
        ({"a": -1.0}, "zero or more, one of them positive, got {'a': -1.0, 'b': 1.0}"),
        ({"a": np.nan}, "finite class weights"),
        ({"a": 0.0, "b": 0.0}, "one of them positive"),
        ({"a": 1.0, "B": 1.0}, r"weights for \['B'\] and none for \['b'\]"),
    ],
)
def test_class_weights_that_are_none(class_weight, message):
    with pytest.raises(ValueRangeError, match=message):
        as_class_weights(class_weight, np.array(["a", "b"]), np.array([0, 1]), np.ones(2), "f")


def test_a_class_that_a_fold_lacks_may_be_named():
    named = {"a": 2.0, "b": 3.0, "rare": 9.0}
    weighted = as_class_weights(named, np.array(["a", "b"]), np.array([0, 1]), np.ones(2), "f")
    np.testing.assert_array_equal(weighted, [2, 3])
