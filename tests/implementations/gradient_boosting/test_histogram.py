"""Histograms: sums by feature, node and bin, counted one sample at a time."""

import numpy as np
import pytest

from implementations.gradient_boosting import Histogram
from implementations.gradient_boosting import histogram as histogram_module


def draw(n=500, features=4, nodes=3, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 256, (features, n)).astype(np.uint8)
    g, h = rng.standard_normal(n), rng.random(n)
    rows = rng.permutation(n)[: n // 2]
    sizes = np.array([len(rows) - 40, 0, 40][:nodes])
    return codes, g, h, rows, sizes


def slowly(codes, g, h, rows, sizes):
    G = np.zeros((len(codes), len(sizes), 256))
    H = np.zeros_like(G)
    node = [j for j, size in enumerate(sizes) for _ in range(size)]
    for f in range(len(codes)):
        for j, row in zip(node, rows, strict=True):
            G[f, j, codes[f, row]] += g[row]
            H[f, j, codes[f, row]] += h[row]
    return G, H


@pytest.mark.parametrize("few", [0, 10**9], ids=["by sparse matrices", "by bincount"])
def test_it_is_what_counting_one_by_one_gives(few, monkeypatch):
    monkeypatch.setattr(histogram_module, "FEW", few)
    codes, g, h, rows, sizes = draw()
    G, H = slowly(codes, g, h, rows, sizes)
    found = Histogram.of_rows(codes, g + 1j * h, rows, sizes)
    np.testing.assert_allclose(found.G, G, atol=1e-12)
    np.testing.assert_allclose(found.H, H, atol=1e-12)
    out = np.full((8, 3, 256), np.nan, complex)[::2]
    Histogram.of_rows(codes, g + 1j * h, rows, sizes, out=out)
    np.testing.assert_array_equal(out, found.sums)
    other = Histogram.of(codes[:, rows], (g + 1j * h)[rows], sizes)
    np.testing.assert_allclose(other.sums, found.sums, atol=1e-12)


def test_a_sibling_is_parent_minus_child():
    codes, g, h, rows, _ = draw(nodes=1)
    gh = g + 1j * h
    both = Histogram.of_rows(codes, gh, rows, np.array([len(rows)]))
    left = Histogram.of_rows(codes, gh, rows[:77], np.array([77]))
    right = Histogram.of_rows(codes, gh, rows[77:], np.array([len(rows) - 77]))
    np.testing.assert_allclose((both - left).sums, right.sums, atol=1e-12)
