"""Trees, split for split, against an exhaustive search by masks; and histograms against the definition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from implementations.gradient_boosting import Bins, Limits, best_split, grow_by_histograms, grow_exactly
from implementations.gradient_boosting import histogram as histogram_module


def exhaustive(X, g, h, limits):
    """Return the tree as nested tuples, by trying every division of the samples; no sums are shared."""

    def score(part):
        return g[part].sum() ** 2 / (h[part].sum() + limits.reg_lambda)

    def grow(part, depth):
        value = -g[part].sum() / (h[part].sum() + limits.reg_lambda)
        best, chosen = max(limits.gamma, 1e-6), None
        for feature in range(X.shape[1] * (depth < limits.max_depth)):
            x = X[:, feature]
            seen = sorted(set(x[part & ~np.isnan(x)]))
            cuts = [(a + b) / 2 for a, b in pairwise(seen)] + [np.inf]
            for missing_left in (False, True):
                for cut in cuts:
                    goes_left = np.where(np.isnan(x), missing_left, x < cut)
                    left, right = part & goes_left, part & ~goes_left
                    if not left.any() or not right.any():
                        continue
                    if min(h[left].sum(), h[right].sum()) < limits.min_child_weight:
                        continue
                    gain = score(left) + score(right) - score(part)
                    if gain > best + 1e-9 * (gain + score(part)) * (chosen is not None):
                        best, chosen = gain, (feature, missing_left, left, right)
        if chosen is None:
            return value
        feature, missing_left, left, right = chosen
        return (
            feature,
            missing_left,
            np.flatnonzero(left).tolist(),
            grow(left, depth + 1),
            grow(right, depth + 1),
        )

    return grow(np.ones(len(X), bool), 0)


def nested(tree, X, rows=None, node=0):
    """Return a tree as `exhaustive` does: a threshold counts by the samples that it sends to the left."""
    rows = np.arange(len(X)) if rows is None else rows
    if tree.feature[node] < 0:
        return tree.value[node]
    feature, missing_left, left = int(tree.feature[node]), bool(tree.missing_left[node]), int(tree.left[node])
    x = X[rows, feature]
    goes_left = np.where(np.isnan(x), missing_left, x < tree.threshold[node])
    parts = rows[goes_left], rows[~goes_left]
    return (
        feature,
        missing_left,
        parts[0].tolist(),
        *(nested(tree, X, part, left + i) for i, part in enumerate(parts)),
    )


def assert_same(ours, theirs):
    if not isinstance(theirs, tuple):
        assert not isinstance(ours, tuple), ours
        assert ours == pytest.approx(theirs, rel=1e-8, abs=1e-11)
        return
    assert isinstance(ours, tuple), theirs
    assert ours[:3] == theirs[:3]
    assert_same(ours[3], theirs[3])
    assert_same(ours[4], theirs[4])


def draw(seed, *, n=60, features=3, missing=0.0, levels=None, weights=False):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, features)) if levels is None else rng.integers(0, levels, (n, features)) * 0.5
    X[rng.random(X.shape) < missing] = np.nan
    g = rng.standard_normal(n) + np.nan_to_num(X[:, 0])
    h = rng.uniform(0.1, 1, n)
    if weights:
        w = rng.uniform(0.2, 3, n)
        g, h = w * g, w * h
    return X, g, h


def by_histograms(X, g, h, limits):
    bins = Bins.of(X)
    tree, leaf = grow_by_histograms(bins.codes(X), bins, g, h, limits)
    np.testing.assert_array_equal(leaf, tree.apply(X))
    return tree


CASES = {
    "plain": {},
    "missing": {"missing": 0.3},
    "mostly missing": {"missing": 0.9, "n": 80},
    "few levels": {"levels": 4},
    "few levels, missing": {"levels": 3, "missing": 0.2},
    "weights": {"weights": True, "missing": 0.1},
    "one feature": {"features": 1},
}
LIMITS = {
    "depth 3": Limits(3, 1.0, 1.0),
    "no penalties": Limits(4, 0.0, 0.0),
    "gamma": Limits(4, 0.5, 0.1, 2.0),
    "heavy": Limits(4, 5.0, 10.0),
}


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_split_for_split_as_the_exhaustive_search(case, limits):
    splits = 0
    for seed in range(3):
        X, g, h = draw(seed, **case)
        slow = exhaustive(X, g, h, limits)
        assert_same(nested(grow_exactly(X, g, h, limits), X), slow)
        assert_same(nested(by_histograms(X, g, h, limits), X), slow)
        splits += isinstance(slow, tuple)
    assert splits


@pytest.mark.parametrize("few", [0, 10**9], ids=["by sparse matrices", "by bincount"])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_histograms_lose_nothing_where_every_value_has_a_bin(few, missing, monkeypatch):
    monkeypatch.setattr(histogram_module, "FEW", few)
    X, g, h = draw(5, n=2000, features=6, levels=200, missing=missing)
    slow, fast = grow_exactly(X, g, h, Limits(6)), by_histograms(X, g, h, Limits(6))
    assert_same(nested(fast, X), nested(slow, X))
    # the nodes of a level are numbered in another order
    np.testing.assert_allclose(np.sort(fast.gain), np.sort(slow.gain), rtol=1e-8)
    np.testing.assert_allclose(np.sort(fast.cover), np.sort(slow.cover), rtol=1e-9)
    assert fast.depth == 6
    assert len(fast.leaves) >= 30


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.floats(0, 1), st.integers(1, 5), st.integers(1, 40))
def test_any_tree_is_its_own_leaves(seed, missing, levels, n):
    X, g, h = draw(seed, n=n, missing=missing, levels=levels)
    limits = Limits(4, 0.0, 0.5)
    slow, fast = grow_exactly(X, g, h, limits), by_histograms(X, g, h, limits)
    assert_same(nested(fast, X), nested(slow, X))
    leaf = slow.apply(X)
    assert set(leaf) == set(slow.leaves)
    for node in slow.leaves:  # a leaf's value is that of the samples in it
        part = leaf == node
        assert slow.value[node] == pytest.approx(-g[part].sum() / (h[part].sum() + 0.5), rel=1e-9, abs=1e-12)
        assert slow.cover[node] == pytest.approx(h[part].sum(), rel=1e-9)
    assert slow.depth <= 4


def test_a_part_of_the_rows():
    X, g, h = draw(7, n=300, missing=0.1)
    rows = np.arange(0, 300, 3)
    bins = Bins.of(X)
    tree, leaf = grow_by_histograms(bins.codes(X), bins, g, h, Limits(3), rows)
    assert (leaf[np.setdiff1d(np.arange(300), rows)] == -1).all()
    np.testing.assert_array_equal(leaf[rows], tree.apply(X[rows]))
    few = grow_exactly(X[rows], g[rows], h[rows], Limits(3))
    np.testing.assert_allclose(tree.predict(X[rows]), few.predict(X[rows]), rtol=1e-9)


def test_the_order_of_rows_and_copies_of_columns_change_nothing():
    X, g, h = draw(3, n=400, levels=6)
    X = np.column_stack([X, X[:, 0]])
    order = np.random.default_rng(0).permutation(len(X))
    for grow in (grow_exactly, by_histograms):
        first, second = grow(X, g, h, Limits(5)), grow(X[order], g[order], h[order], Limits(5))
        np.testing.assert_array_equal(first.threshold, second.threshold)
        np.testing.assert_array_equal(first.feature, second.feature)
        assert 3 not in first.feature  # of two equal columns the first is taken


def test_no_depth_and_constant_columns_give_a_single_leaf():
    X, g, h = draw(0)
    for grow in (grow_exactly, by_histograms):
        for tree in (grow(X, g, h, Limits(0)), grow(np.ones_like(X), g, h, Limits(3))):
            assert tree.leaves.tolist() == [0]
            assert tree.depth == 0
            np.testing.assert_allclose(tree.predict(X), -g.sum() / (h.sum() + 1))
    assert best_split(np.full((5, 2), np.nan), np.ones(5), np.ones(5), Limits()) is None


def test_a_column_of_missing_values_only_decides_nothing():
    X, g, h = draw(2)
    X[:, 1] = np.nan
    for grow in (grow_exactly, by_histograms):
        assert 1 not in grow(X, g, h, Limits(4)).feature


def test_missing_values_may_part_from_all_others():
    x = np.array([[1.0], [2.0], [3.0], [np.nan], [np.nan]])
    g = np.array([1.0, 1.0, 1.0, -5.0, -5.0])
    for grow in (grow_exactly, by_histograms):
        tree = grow(x, g, np.ones(5), Limits(1))
        assert tree.threshold[0] == np.inf
        assert tree.predict(np.array([[1e9], [np.nan]]))[0] < 0 < tree.predict(np.array([[np.nan]]))[0]


def test_a_value_missing_only_later_goes_right():
    X, g, h = draw(1)
    tree = grow_exactly(X, g, h, Limits(1))
    hole = np.full((1, 3), np.nan)
    assert tree.apply(hole)[0] == 2
    far = np.full((1, 3), 1e300)
    np.testing.assert_array_equal(tree.apply(hole), tree.apply(far))


def test_the_text_of_a_tree():
    tree = grow_exactly(np.array([[0.0], [1.0], [np.nan]]), np.array([2.0, -2.0, 2.0]), np.ones(3), Limits(1))
    assert tree.text(["age"]).splitlines() == [
        "age < 0.5, or missing  (gain 6.333)",
        "    -1.333  (H = 2)",
        "    +1  (H = 1)",
    ]
    assert "x0" in tree.text()
    assert (tree.scaled(0.5).value == tree.value / 2).all()
