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
every_case = pytest.mark.parametrize(
    ("settings", "method"),
    [
        pytest.param(settings, method, id=f"{name}-{method}")
        for name, settings in SETTINGS.items()
        for method in ("hist", "exact")
        if (name, method) != ("gamma", "exact")  # XGBoost's exact method grows first and prunes afterwards
    ],
)
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


@every_case
def test_regression(settings, method):
    X, y = draw()
    ours = GradientBoostingRegressor(ROUNDS, base_score=0.5, tree_method=method, **settings).fit(X, y)
    theirs = xgboost.XGBRegressor(
        n_estimators=ROUNDS, base_score=0.5, tree_method=method, **COMMON, **settings
    ).fit(X, y)
    assert_equal_models(ours, theirs)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-4, atol=1e-4)


@every_case
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


def test_values_missing_only_later_go_right_as_in_their_hist():
    X, y = draw(8, missing=0.0)
    ours = GradientBoostingRegressor(1, base_score=0.0).fit(X, y)
    theirs = xgboost.XGBRegressor(n_estimators=1, base_score=0.0, tree_method="hist", **COMMON).fit(X, y)
    holes = np.full((1, 5), np.nan)
    np.testing.assert_allclose(ours.predict(holes), theirs.predict(holes), rtol=1e-5)


def test_exact_trees_agree_on_rows_they_have_not_seen():
    rng = np.random.default_rng(7)
    X = rng.standard_normal((900, 4)).astype(np.float32)
    y = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.3 * rng.standard_normal(900)
    ours = GradientBoostingRegressor(10, base_score=0.0, tree_method="exact").fit(X[:500], y[:500])
    theirs = xgboost.XGBRegressor(n_estimators=10, base_score=0.0, tree_method="exact", **COMMON)
    theirs.fit(X[:500], y[:500])
    np.testing.assert_allclose(ours.predict(X[500:]), theirs.predict(X[500:]), rtol=1e-3, atol=1e-4)


def test_with_bins_of_their_own_the_fit_is_as_good():
    errors = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((3000, 5))
        y = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.3 * rng.standard_normal(3000)
        ours = GradientBoostingRegressor(20).fit(X[:1500], y[:1500])
        theirs = xgboost.XGBRegressor(n_estimators=20, tree_method="hist", **COMMON).fit(X[:1500], y[:1500])
        errors.append([np.mean((m.predict(X[1500:]) - y[1500:]) ** 2) for m in (ours, theirs)])
    ours, theirs = np.mean(errors, axis=0)
    assert ours == pytest.approx(theirs, rel=0.05)
