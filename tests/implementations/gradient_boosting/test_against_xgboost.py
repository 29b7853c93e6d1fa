"""XGBoost with equal parameters: the same splits, the same predictions, where the bins agree."""

import numpy as np
import pytest

from implementations.gradient_boosting import GradientBoostingClassifier, GradientBoostingRegressor

xgboost = pytest.importorskip("xgboost", reason="xgboost-cpu is not installed")

ROUNDS = 12
COMMON = {"n_jobs": 1, "max_bin": 256, "random_state": 0}
SETTINGS = {
    "plain": {},
    "lambda": {"reg_lambda": 7.0, "learning_rate": 0.1},
    "no lambda": {"reg_lambda": 0.0, "max_depth": 2},
    "gamma": {"gamma": 6.0},
    "weights": {"min_child_weight": 12.0, "max_depth": 8},
}
every_setting = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
both_methods = pytest.mark.parametrize("method", ["hist", "exact"])


def draw(seed=0, n=600, missing=0.15):
    """Draw features of few values, exact in float32, so that the bins of both are the values themselves."""
    rng = np.random.default_rng(seed)
    X = rng.integers(-40, 40, (n, 5)) / 8
    z = X[:, 0] * X[:, 1] / 4 + np.sin(X[:, 2]) + X[:, 3] / 4 + rng.standard_normal(n)
    X[rng.random(X.shape) < missing] = np.nan
    return X, z


def dump(booster):
    """Return the splits of XGBoost's trees as (tree, feature, cover, gain), sorted; and those of leaves."""
    frame = booster.get_booster().trees_to_dataframe()
    inner = frame[frame.Feature != "Leaf"]
    return sorted(
        zip(inner.Tree, inner.Feature.str[1:].astype(int), inner.Cover, inner.Gain, strict=True)
    ), len(frame) - len(inner)


def splits(model):
    trees = [tree for trees in model.trees_ for tree in trees]
    rows = [
        (i, int(t.feature[j]), float(t.cover[j]), float(t.gain[j]))
        for i, t in enumerate(trees)
        for j in np.flatnonzero(t.feature >= 0)
    ]
    return sorted(rows), sum(len(t.leaves) for t in trees)


def assert_equal_models(ours, theirs):
    (a, leaves), (b, their_leaves) = splits(ours), dump(theirs)
    assert leaves == their_leaves
    assert [row[:2] for row in a] == [row[:2] for row in b]
    np.testing.assert_allclose([r[2] for r in a], [r[2] for r in b], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose([r[3] for r in a], [r[3] for r in b], rtol=5e-3, atol=5e-3)


@every_setting
@both_methods
def test_regression(settings, method):
    X, y = draw()
    ours = GradientBoostingRegressor(ROUNDS, base_score=0.5, tree_method=method, **settings).fit(X, y)
    theirs = xgboost.XGBRegressor(
        n_estimators=ROUNDS, base_score=0.5, tree_method=method, **COMMON, **settings
    ).fit(X, y)
    assert_equal_models(ours, theirs)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-4, atol=1e-4)
    far, _ = draw(1, missing=0.4)  # values and gaps they have not seen together
    np.testing.assert_allclose(ours.predict(far), theirs.predict(far), rtol=1e-4, atol=1e-4)


@every_setting
@both_methods
def test_two_classes(settings, method):
    X, z = draw(2)
    y = z > 0.3
    ours = GradientBoostingClassifier(ROUNDS, base_score=0.5, tree_method=method, **settings).fit(X, y)
    theirs = xgboost.XGBClassifier(
        n_estimators=ROUNDS, base_score=0.5, tree_method=method, **COMMON, **settings
    ).fit(X, y)
    assert_equal_models(ours, theirs)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-3, atol=1e-4)


@both_methods
def test_three_classes(method):
    X, z = draw(3)
    y = np.digitize(z, [-0.7, 0.8])
    ours = GradientBoostingClassifier(6, base_score=0.5, tree_method=method, max_depth=4).fit(X, y)
    theirs = xgboost.XGBClassifier(
        n_estimators=6, base_score=0.5, tree_method=method, max_depth=4, **COMMON
    ).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-3, atol=1e-4)


@both_methods
def test_counts(method):
    X, z = draw(4)
    y = np.random.default_rng(0).poisson(np.exp(np.clip(z, -2, 2) / 2))
    ours = GradientBoostingRegressor(
        ROUNDS, loss="poisson", base_score=1.0, tree_method=method, max_depth=4
    ).fit(X, y)
    theirs = xgboost.XGBRegressor(
        n_estimators=ROUNDS,
        objective="count:poisson",
        max_delta_step=0,
        base_score=1.0,
        tree_method=method,
        max_depth=4,
        **COMMON,
    ).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-3)


def test_weights_of_samples():
    X, y = draw(5)
    w = np.random.default_rng(1).integers(1, 5, len(y)).astype(float)
    ours = GradientBoostingRegressor(ROUNDS, base_score=0.0).fit(X, y, w)
    theirs = xgboost.XGBRegressor(n_estimators=ROUNDS, base_score=0.0, tree_method="hist", **COMMON)
    theirs.fit(X, y, sample_weight=w)
    assert_equal_models(ours, theirs)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-4, atol=1e-4)


def test_shares_of_total_gain():
    X, y = draw(6)
    ours = GradientBoostingRegressor(ROUNDS, base_score=0.0).fit(X, y)
    theirs = xgboost.XGBRegressor(
        n_estimators=ROUNDS, base_score=0.0, tree_method="hist", importance_type="total_gain", **COMMON
    ).fit(X, y)
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_, rtol=1e-3)


def test_with_bins_of_their_own_the_fit_is_as_good():
    rng = np.random.default_rng(7)
    X = rng.standard_normal((4000, 6))
    y = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.3 * rng.standard_normal(4000)
    ours = GradientBoostingRegressor(50).fit(X[:2000], y[:2000])
    theirs = xgboost.XGBRegressor(n_estimators=50, tree_method="hist", **COMMON).fit(X[:2000], y[:2000])
    errors = [np.mean((m.predict(X[2000:]) - y[2000:]) ** 2) for m in (ours, theirs)]
    assert errors[0] == pytest.approx(errors[1], rel=0.05)
