"""Boosting: the loop, its shares, its stop, and what a fitted model says."""

from itertools import pairwise

import numpy as np
import pytest

from foundations.errors import NotFittedError, ValueRangeError
from implementations.gradient_boosting import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    Limits,
    RegressionTree,
    grow_exactly,
    partial_dependence,
    permutation_importance,
)
from implementations.gradient_boosting import histogram as histogram_module


def numbers(n=300, seed=0, missing=0.1):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 4))
    y = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.1 * rng.standard_normal(n)
    X[rng.random(X.shape) < missing] = np.nan
    return X, y


def classes(n=300, k=3, seed=0):
    X, z = numbers(n, seed, missing=0.0)
    return X, np.array(["ant", "bee", "cat", "dog"])[np.digitize(z, np.quantile(z, np.arange(1, k) / k))]


def test_the_loop_by_hand():
    X, y = numbers()
    model = GradientBoostingRegressor(5, learning_rate=0.4, max_depth=3, tree_method="exact").fit(X, y)
    z = np.full(len(y), y.mean())
    for _ in range(5):
        z += 0.4 * grow_exactly(X, z - y, np.ones(len(y)), Limits(3)).predict(X)
    np.testing.assert_allclose(model.predict(X), z, rtol=1e-10)
    assert model.train_loss_[-1] == pytest.approx(np.mean((y - z) ** 2) / 2)
    assert model.train_loss_[0] == pytest.approx(np.var(y) / 2)
    assert (np.diff(model.train_loss_) < 0).all()
    assert len(model.train_loss_) == 6


@pytest.mark.parametrize("few", [0, 10**9])
def test_histograms_and_the_definition_give_the_same_model(few, monkeypatch):
    monkeypatch.setattr(histogram_module, "FEW", few)
    for data, kind in ((numbers(200), GradientBoostingRegressor), (classes(200), GradientBoostingClassifier)):
        X, y = data
        exact = kind(8, max_depth=4, tree_method="exact").fit(X, y)
        hist = kind(8, max_depth=4).fit(X, y)
        np.testing.assert_allclose(hist.raw_score(X), exact.raw_score(X), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(hist.train_loss_, exact.train_loss_, rtol=1e-8)


@pytest.mark.parametrize("k", [2, 3])
def test_every_stage_adds_a_round(k):
    X, y = classes(k=k)
    model = GradientBoostingClassifier(6, max_depth=3).fit(X, y)
    stages = list(model.staged_raw_score(X))
    assert len(stages) == 7
    np.testing.assert_allclose(stages[0], np.tile(model.base_score_, (len(X), 1)))
    np.testing.assert_allclose(stages[-1], model.raw_score(X), rtol=1e-12)
    leaves = model.apply(X)
    assert leaves.shape == (len(X), 6, 1 if k == 2 else 3)
    for m, (before, after) in enumerate(pairwise(stages)):
        for output, tree in enumerate(model.trees_[m]):
            np.testing.assert_allclose(
                after[:, output] - before[:, output], tree.value[leaves[:, m, output]], atol=1e-12
            )
    shares = list(model.staged_predict_proba(X))
    np.testing.assert_allclose(shares[-1], model.predict_proba(X))
    np.testing.assert_allclose(shares[-1].sum(axis=1), 1)
    assert list(model.staged_predict(X))[-1].tolist() == model.predict(X).tolist()
    decided = model.decision_function(X)
    assert decided.shape == ((len(X),) if k == 2 else (len(X), 3))
    assert model.score(X, y) > 0.75
    assert model.classes_.tolist() == ["ant", "bee", "cat"][:k]


def test_the_last_stage_of_a_regression_is_its_prediction():
    X, y = numbers()
    model = GradientBoostingRegressor(4).fit(X, y)
    stages = list(model.staged_predict(X))
    np.testing.assert_allclose(stages[0], y.mean())
    np.testing.assert_allclose(stages[-1], model.predict(X))


def test_it_stops_early_and_keeps_the_best():
    X, y = numbers(400)
    other = numbers(300, seed=1)
    model = GradientBoostingRegressor(300, learning_rate=0.5, n_iter_no_change=5)
    model.fit(X, y, eval_set=other)
    assert len(model.trees_) == model.n_estimators_ + 5 < 300
    assert model.n_estimators_ == model.validation_loss_.argmin()
    assert np.mean((model.predict(other[0]) - other[1]) ** 2) / 2 == pytest.approx(
        model.validation_loss_.min()
    )
    assert len(list(model.staged_predict(X))) == model.n_estimators_ + 1

    whole = GradientBoostingRegressor(20, learning_rate=0.5).fit(X, y, eval_set=other)
    assert whole.n_estimators_ == 20  # watching alone changes nothing
    np.testing.assert_allclose(whole.validation_loss_, model.validation_loss_[:21])
    assert GradientBoostingRegressor(3).fit(X, y).validation_loss_.size == 0


def test_it_holds_out_a_share_of_every_class():
    X, y = classes(300, k=3)
    model = GradientBoostingClassifier(200, learning_rate=0.5, n_iter_no_change=3, validation_fraction=0.2)
    model.fit(X, y)
    assert model.n_estimators_ < 200
    assert model.validation_loss_[model.n_estimators_] == model.validation_loss_.min()
    np.testing.assert_allclose(np.exp(model.base_score_), 1 / 3, rtol=1e-12)  # 80 rows of 100 in each
    with pytest.raises(ValueRangeError, match="hold out"):
        GradientBoostingClassifier(5, n_iter_no_change=1).fit([[0.0], [1.0]], [0, 1])


def test_held_out_classes_are_checked():
    X, y = classes()
    with pytest.raises(ValueRangeError, match="seen in y, got 'eel'"):
        GradientBoostingClassifier(2).fit(X, y, eval_set=(X[:2], ["ant", "eel"]))


def test_shares_of_rows_and_columns():
    X, y = numbers(500)
    model = GradientBoostingRegressor(20, subsample=0.5, colsample_bytree=0.5, random_state=3).fit(X, y)
    again = GradientBoostingRegressor(20, subsample=0.5, colsample_bytree=0.5, random_state=3).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), again.predict(X))
    other = GradientBoostingRegressor(20, subsample=0.5, colsample_bytree=0.5, random_state=4).fit(X, y)
    assert (other.predict(X) != model.predict(X)).any()
    for (tree,) in model.trees_:
        assert len(np.unique(tree.feature[tree.feature >= 0])) <= 2
        assert tree.cover[0] == 250  # the second derivatives are 1
    assert len(np.unique(np.concatenate([t.feature for (t,) in model.trees_]))) == 5  # four, and the leaves
    exact = GradientBoostingRegressor(
        20, subsample=0.5, colsample_bytree=0.5, random_state=3, tree_method="exact"
    ).fit(X, y)
    assert exact.train_loss_[-1] == pytest.approx(model.train_loss_[-1], rel=0.1)
    # The loss that is reported is on all rows, those left out of a tree included.
    assert model.train_loss_[-1] == pytest.approx(np.mean((model.predict(X) - y) ** 2) / 2)


def test_weights_of_samples_are_copies_of_them():
    X, y = numbers(80)
    copies = np.random.default_rng(0).integers(0, 4, 80)
    weighted = GradientBoostingRegressor(5).fit(X, y, sample_weight=copies)
    repeated = GradientBoostingRegressor(5).fit(np.repeat(X, copies, axis=0), np.repeat(y, copies))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-8)


def test_where_it_begins():
    X, y = numbers()
    assert GradientBoostingRegressor(0, base_score=0.25).fit(X, y).predict(X[:2]).tolist() == [0.25, 0.25]
    counts = np.random.default_rng(0).poisson(3, len(y))
    model = GradientBoostingRegressor(0, loss="poisson", base_score=2.0).fit(X, counts)
    np.testing.assert_allclose(model.predict(X[:2]), 2.0)
    assert (GradientBoostingRegressor(10, loss="poisson").fit(X, counts).predict(X) > 0).all()
    assert (GradientBoostingRegressor(1, base_score=0).fit(X, y).predict(X) != 0).any()
    halves = GradientBoostingClassifier(0, base_score=0.5).fit(*classes(k=2))
    np.testing.assert_allclose(halves.predict_proba(X[:1]), 0.5)


def test_trees_extrapolate_flat():
    x = np.linspace(0, 1, 50)[:, None]
    model = GradientBoostingRegressor(30).fit(x, 3 * x[:, 0])
    assert len(set(model.predict([[1.0], [2.0], [1e9]]))) == 1


def test_one_tree_is_the_first_round_unshrunk():
    X, y = numbers()
    w = np.random.default_rng(2).uniform(0.5, 2, len(y))
    for method in ("hist", "exact"):
        tree = RegressionTree(3, reg_lambda=1.0, tree_method=method).fit(X, y, w)
        model = GradientBoostingRegressor(1, learning_rate=1.0, max_depth=3, tree_method=method).fit(X, y, w)
        np.testing.assert_allclose(tree.predict(X), model.predict(X), rtol=1e-10)
    plain = RegressionTree(2).fit(X, y)
    leaf = plain.tree_.apply(X)
    for node in np.unique(leaf):  # without a penalty a leaf says the mean of its samples
        assert plain.predict(X)[leaf == node][0] == pytest.approx(y[leaf == node].mean())


def test_importances_by_hand():
    X, y = numbers()
    model = GradientBoostingRegressor(3, max_depth=2).fit(X, y)
    gain, number = np.zeros(4), np.zeros(4)
    for (tree,) in model.trees_:
        for node in np.flatnonzero(tree.feature >= 0):
            gain[tree.feature[node]] += tree.gain[node]
            number[tree.feature[node]] += 1
    np.testing.assert_allclose(model.feature_importances_, gain / gain.sum())
    np.testing.assert_allclose(model.importances("weight"), number / number.sum())
    assert model.importances("cover").sum() == pytest.approx(1)
    assert GradientBoostingRegressor(3, max_depth=0).fit(X, y).feature_importances_.tolist() == [0] * 4
    with pytest.raises(ValueRangeError, match="gain, cover, weight"):
        model.importances("split")
    with pytest.raises(NotFittedError):
        _ = GradientBoostingRegressor().feature_importances_


def test_shuffling_a_column_that_is_not_used_costs_nothing():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 3))
    y = X[:, 1] + 0.5 * np.sign(X[:, 0])
    model = GradientBoostingRegressor(20, max_depth=2).fit(X[:, :2], y)

    class OfTwo:
        def score(self, X, y):
            return model.score(X[:, :2], y)

    falls = permutation_importance(OfTwo(), X, y, repeats=4, rng=np.random.default_rng(1))
    assert falls.shape == (3, 4)
    assert (falls[2] == 0).all()
    assert falls[1].min() > falls[0].max() > 0.05
    with pytest.raises(ValueRangeError, match="repeats"):
        permutation_importance(model, X[:, :2], y, repeats=0, rng=rng)


def test_partial_dependence_follows_an_additive_effect():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (800, 2))
    y = np.where(X[:, 0] > 0, 2.0, 0.0) + X[:, 1]
    model = GradientBoostingRegressor(60, max_depth=2).fit(X, y)
    curve = partial_dependence(model, X, 0, [-0.9, -0.1, 0.1, 0.9])
    assert curve.shape == (4, 1)
    np.testing.assert_allclose(curve[:, 0] - y.mean(), [-1, -1, 1, 1], atol=0.2)
    with pytest.raises(ValueRangeError, match="feature from 0 to 1"):
        partial_dependence(model, X, 2, [0.0])
