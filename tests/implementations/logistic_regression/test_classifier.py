"""The estimator: laws, separable data, and everything it must refuse."""

import warnings

import numpy as np
import pytest

from foundations.errors import (
    DataConversionWarning,
    DTypeError,
    NotFittedError,
    ShapeError,
    ValueRangeError,
)
from implementations.logistic_regression import (
    BinaryObjective,
    ConvergenceWarning,
    LogisticRegression,
    SeparableDataWarning,
    SoftmaxObjective,
    margins,
    newton,
    one_hot,
    separation,
)

SMOOTH = ("lbfgs", "newton-cholesky")


def blobs(n=40, K=2, seed=0):
    rng = np.random.default_rng(seed)
    k = np.arange(n) % K
    return rng.standard_normal((n, 2)) + 1.2 * np.column_stack([np.cos(k), np.sin(k)]), k


@pytest.mark.parametrize("solver", [*SMOOTH, "fista"])
@pytest.mark.parametrize("K", [2, 3])
def test_weights_count_samples(solver, K):
    X, y = blobs(K=K)
    counts = np.random.default_rng(1).integers(0, 4, len(y))
    settings = {"solver": solver, "tol": 1e-9, "max_iter": 5000}
    weighted = LogisticRegression(**settings).fit(X, y, counts)
    repeated = LogisticRegression(**settings).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)
    np.testing.assert_allclose(weighted.intercept_, repeated.intercept_, atol=1e-7)


def test_class_weights_multiply():
    X, y = blobs(n=41)
    weighted = LogisticRegression(class_weight={0: 2.0, 1: 0.5}, tol=1e-9).fit(X, y)
    by_hand = LogisticRegression(tol=1e-9).fit(X, y, np.where(y == 0, 2.0, 0.5))
    np.testing.assert_allclose(weighted.coef_, by_hand.coef_, atol=1e-8)


def test_the_intercept_is_never_penalised():
    X, y = blobs()
    y = (np.arange(40) < 30).astype(int)
    for ratio in (0.0, 1.0):
        model = LogisticRegression(C=1e-9, l1_ratio=ratio, solver="fista", tol=1e-9).fit(X, y)
        np.testing.assert_allclose(model.coef_, 0, atol=1e-6)
        assert model.intercept_[0] == pytest.approx(np.log(3), abs=1e-6)  # the log-odds of 30 to 10


def test_a_constant_added_to_a_feature_moves_only_the_intercept():
    X, y = blobs(K=3)
    settings = {"solver": "newton-cholesky", "tol": 1e-10}
    one = LogisticRegression(**settings).fit(X, y)
    two = LogisticRegression(**settings).fit(X + np.array([10.0, -3.0]), y)
    np.testing.assert_allclose(two.coef_, one.coef_, atol=1e-7)
    np.testing.assert_allclose(two.predict_proba(X + np.array([10.0, -3.0])), one.predict_proba(X), atol=1e-7)


def test_the_mean_probability_is_the_share_of_the_class():
    X, y = blobs(n=45, K=3)
    model = LogisticRegression(tol=1e-9).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X).mean(axis=0), np.bincount(y) / 45, atol=1e-8)
    np.testing.assert_allclose(model.coef_.sum(axis=0), 0, atol=1e-8)  # squares choose among the shifts


def test_scores_probabilities_and_classes_agree():
    X, y = blobs(K=3)
    names = np.array(["oak", "elm", "ash"])[y]
    model = LogisticRegression().fit(X, names)
    assert model.classes_.tolist() == ["ash", "elm", "oak"]
    P = model.predict_proba(X)
    np.testing.assert_allclose(P.sum(axis=1), 1, atol=1e-14)
    np.testing.assert_allclose(np.log(P), model.predict_log_proba(X), atol=1e-12)
    np.testing.assert_array_equal(model.predict(X), model.classes_[P.argmax(axis=1)])
    two = LogisticRegression().fit(*blobs())
    assert two.decision_function(X).shape == (40,)
    np.testing.assert_allclose(np.diff(two.predict_log_proba(X))[:, 0], two.decision_function(X), atol=1e-12)
    assert np.isfinite(two.predict_log_proba(1e6 * X)).all()


def test_a_warm_start_goes_on():
    X, y = blobs(n=400)
    cold = LogisticRegression(tol=1e-7).fit(X, y)
    warm = LogisticRegression(tol=1e-7, warm_start=True).fit(X, y)
    assert warm.n_iter_[0] == cold.n_iter_[0] > 1
    assert warm.fit(X, y).n_iter_[0] == 0
    assert warm.fit(X[:, :1], y).coef_.shape == (1, 1)  # other data: from the beginning


def test_sgd_repeats_with_its_seed():
    X, y = blobs(n=200)
    settings = {"solver": "sgd", "tol": 1e-2}
    one, two = (LogisticRegression(random_state=3, **settings).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(one.coef_, two.coef_)
    other = LogisticRegression(random_state=np.random.default_rng(4), **settings).fit(X, y)
    assert (other.coef_ != one.coef_).any()
    np.testing.assert_allclose(other.coef_, LogisticRegression().fit(X, y).coef_, atol=0.3)


SEPARATED = (np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1]))
TOUCHING = (np.array([[-2.0], [0.0], [0.0], [2.0]]), np.array([0, 0, 1, 1]))
OVERLAPPING = (np.array([[-2.0], [0.5], [-0.5], [2.0]]), np.array([0, 0, 1, 1]))


@pytest.mark.parametrize(
    ("solver", "classes"),
    [*((solver, K) for solver in (*SMOOTH, "fista") for K in (2, 3)), ("sgd", 2)],
)
@pytest.mark.parametrize("data", [SEPARATED, TOUCHING])
def test_separable_data_end_with_a_word(solver, data, classes):
    X, y = data
    if classes == 3:
        X, y = np.append(X, [[5.0], [6.0]], axis=0), np.append(y, [2, 2])
    what = "complete" if data is SEPARATED else "quasi-complete"
    settings = {"C": np.inf, "tol": 0.02 if solver == "sgd" else 1e-3, "max_iter": 2000, "random_state": 0}
    with pytest.warns(
        SeparableDataWarning, match=rf"with {what} separation: .* no maximum.*: set a finite C"
    ):
        model = LogisticRegression(solver=solver, **settings).fit(X, y)
    assert np.isfinite(model.coef_).all()
    assert model.score(X, y) >= 0.75
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LogisticRegression(C=10, solver=solver, tol=0.02, max_iter=500, random_state=0).fit(X, y)


@pytest.mark.parametrize("solver", [*SMOOTH, "fista"])
def test_data_that_overlap_are_not_called_separable(solver):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for X, y in (OVERLAPPING, blobs(), blobs(K=3, n=60)):
            LogisticRegression(C=np.inf, solver=solver, tol=1e-4, max_iter=5000).fit(X, y)


def test_more_features_than_samples_are_separable():
    rng = np.random.default_rng(0)
    for K in (2, 3):
        with pytest.warns(SeparableDataWarning, match="complete"):
            LogisticRegression(C=np.inf).fit(rng.standard_normal((12, 20)), np.arange(12) % K)


def test_margins_prove_complete_separation():
    X, y = SEPARATED
    objective = BinaryObjective(X, y.astype(float), np.ones(4))
    w = np.array([[1.0, 0.0]])
    np.testing.assert_array_equal(margins(objective, w), [2, 1, 1, 2])
    values = [objective.value(t * w) for t in (1, 2, 4, 8, 16)]
    assert (np.diff(values) < 0).all()  # it falls for ever
    softmax = SoftmaxObjective(X, one_hot(y, 2), np.ones(4))
    np.testing.assert_array_equal(margins(softmax, np.array([[-0.5, 0.0], [0.5, 0.0]])), [2, 1, 1, 2])
    assert separation(objective, w) == "complete"
    overlapping = BinaryObjective(OVERLAPPING[0], OVERLAPPING[1].astype(float), np.ones(4))
    assert separation(overlapping, newton(overlapping, tol=1e-8).x) == ""


def test_too_few_steps_are_named():
    X, y = blobs()
    with pytest.warns(
        ConvergenceWarning, match=r"gradient of 1e-09 or less, got .* after 1 iter.*: allow more"
    ):
        LogisticRegression(max_iter=1, tol=1e-9).fit(X, y)
    with pytest.warns(ConvergenceWarning, match="scale the features"):
        LogisticRegression(max_iter=5, tol=1e-6).fit(X * [1, 1e4], y)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"C": 0}, r"C > 0, got 0: np\.inf means no penalty"),
        ({"C": np.nan}, "C > 0"),
        ({"C": "1"}, "C > 0, got '1'"),
        ({"l1_ratio": 1.5}, r"l1_ratio in \[0, 1\], got 1\.5"),
        ({"l1_ratio": None}, "l1_ratio in"),
        ({"l1_ratio": 0.5}, r"l1_ratio=0 with solver='lbfgs'.*take solver='fista'"),
        ({"l1_ratio": 1.0, "solver": "sgd"}, "smooth penalty"),
        ({"solver": "saga"}, "among lbfgs, .* got 'saga': take 'fista'"),
        ({"solver": "newton-cg"}, "take 'newton-cholesky'"),
        ({"solver": "magic"}, "got 'magic'$"),
        ({"tol": 0}, "finite tol > 0, got 0"),
        ({"max_iter": 2.5}, r"whole max_iter of 1 or more, got 2\.5"),
        ({"max_iter": 0}, "max_iter"),
        ({"solver": "sgd", "random_state": -1}, "random_state"),
        ({"class_weight": "fair"}, "class_weight"),
        ({"class_weight": {0: 1.0, 1: 0.0}}, "weight on every class, got none on class number 1"),
    ],
)
def test_wrong_parameters(wrong, match):
    with pytest.raises(ValueRangeError, match=match):
        LogisticRegression(**wrong).fit(*blobs())


@pytest.mark.parametrize(
    ("X", "y", "weights", "error", "match"),
    [
        ([[np.nan], [1.0]], [0, 1], None, ValueRangeError, "NaN"),
        ([["a"], ["b"]], [0, 1], None, DTypeError, "encode words"),
        (np.empty((0, 2)), [], None, ShapeError, "0 sample"),
        (np.empty((2, 0)), [0, 1], None, ShapeError, "0 feature"),
        ([1.0, 2.0], [0, 1], None, ShapeError, "Reshape your data"),
        ([[1j], [2.0]], [0, 1], None, DTypeError, "[Cc]omplex"),
        ([[1.0], [2.0]], [1j, 2.0], None, DTypeError, "[Cc]omplex"),
        ([[1.0], [2.0]], [0, 1, 1], None, ShapeError, "y of shape"),
        ([[1.0], [2.0]], [[0, 1], [1, 0]], None, ShapeError, "y of shape"),
        ([[1.0], [2.0]], [3, 3], None, ValueRangeError, "2 classes or more in y, got 1 class"),
        ([[1.0], [2.0]], [0.5, 1.5], None, ValueRangeError, "continuous"),
        ([[1.0], [2.0]], None, None, ShapeError, "requires y"),
        ([[1.0], [2.0]], [0, 1], [0.0, 0.0], ValueRangeError, "only zeros"),
        ([[1.0], [2.0]], [0, 1], [1.0, 0.0], ValueRangeError, "2 classes or more in y, got 1 class"),
        ([[1.0], [2.0]], [0, 1], [-1.0, 1.0], ValueRangeError, "zero or more"),
        ([[1.0], [2.0]], [0, 1], [1.0], ShapeError, "sample_weight"),
    ],
)
def test_bad_data(X, y, weights, error, match):
    with pytest.raises(error, match=match):
        LogisticRegression().fit(X, y, weights)


def test_bad_use():
    X, y = blobs()
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        with pytest.raises(NotFittedError, match=f"LogisticRegression.{method} expects a fitted"):
            getattr(LogisticRegression(), method)(X)
    half = LogisticRegression()
    with pytest.raises(ValueRangeError):
        half.fit(X, np.zeros(40))
    with pytest.raises(NotFittedError):
        half.predict(X)
    model = LogisticRegression().fit(X, y)
    with pytest.raises(ShapeError, match="expects 2 features as seen by fit, got 1"):
        model.predict(X[:, :1])
    with pytest.raises(ValueRangeError, match="NaN"):
        model.predict_proba([[np.nan, 0.0]])
    with pytest.warns(DataConversionWarning, match="column-vector"):
        column = LogisticRegression().fit(X, y[:, None])
    np.testing.assert_array_equal(column.coef_, model.coef_)
