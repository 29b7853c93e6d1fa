"""Bins: a code says on which side of every edge a value lies."""

import numpy as np
import pytest

from implementations.gradient_boosting import Bins
from implementations.gradient_boosting.binning import MISSING, between


def test_a_code_is_the_number_of_edges_at_or_below():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal(3000), rng.integers(0, 9, 3000), np.zeros(3000)])
    bins = Bins.of(X)
    codes = bins.codes(X)
    assert codes.dtype == np.uint8
    assert codes.flags.c_contiguous
    assert codes.shape == (3, 3000)
    for code, x, edges in zip(codes, X.T, bins.edges, strict=True):
        assert (np.diff(edges) > 0).all()
        for k, edge in enumerate(edges):
            np.testing.assert_array_equal(code <= k, x < edge)
    assert [len(e) for e in bins.edges] == [255, 8, 0]


@pytest.mark.parametrize("max_bins", [2, 3, 16, 255, 256])
def test_many_values_share_bins_evenly(max_bins):
    x = np.random.default_rng(1).standard_normal((5000, 1))
    counts = np.bincount(Bins.of(x, max_bins).codes(x)[0])
    assert len(counts) == max_bins
    assert counts.max() - counts.min() <= 1


def test_few_values_get_an_edge_half_way_between_any_two():
    x = np.array([3.0, 1.0, 2.0, 1.0, 7.0])[:, None]
    np.testing.assert_array_equal(Bins.of(x).edges[0], [1.5, 2.5, 5.0])
    assert Bins.of(x).threshold(0, 1) == 2.5
    assert Bins.of(x).threshold(0, 3) == np.inf


def test_missing_values_take_one_bin_of_those_allowed():
    x = np.random.default_rng(2).standard_normal((4000, 2))
    x[::3, 0] = np.nan
    bins = Bins.of(x)
    codes = bins.codes(x)
    assert bins.has_missing.tolist() == [True, False]
    assert (codes[0, ::3] == MISSING).all()
    assert codes[0][~np.isnan(x[:, 0])].max() == 254
    assert codes[1].max() == 255
    only = bins.only(np.array([1]))
    np.testing.assert_array_equal(only.codes(x[:, 1:]), codes[1:])


def test_ties_at_a_quantile_stay_together():
    x = np.concatenate([np.zeros(900), np.linspace(1, 2, 600)])[:, None]
    bins = Bins.of(x, 16)
    codes = bins.codes(x)[0]
    assert len(np.unique(codes[:900])) == 1
    assert len(np.unique(codes)) > 5


@pytest.mark.parametrize(
    ("low", "high"),
    [(1.0, np.nextafter(1.0, 2)), (-1e308, 1e308), (0.0, 5e-324), (-5e-324, 0.0), (2.0, 4.0)],
)
def test_a_threshold_parts_even_neighbours(low, high):
    t = between(np.array([low]), np.array([high]))[0]
    assert low < t <= high
    codes = Bins.of(np.array([[low], [high]])).codes(np.array([[low], [high]]))
    assert codes.tolist() == [[0, 1]]
