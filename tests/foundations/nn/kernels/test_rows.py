"""Sums as matrix products, against NumPy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.nn.kernels import rows

shapes = st.lists(st.integers(0, 4), min_size=0, max_size=3).flatmap(
    lambda lead: st.integers(1, 5).map(lambda n: (*lead, n))
)


@given(shapes, st.integers(0, 99), st.booleans())
def test_sums_and_products(shape, seed, reverse):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal(shape), rng.standard_normal(shape)
    if reverse:
        a = np.flip(a)
    leading = tuple(range(len(shape) - 1))
    np.testing.assert_allclose(rows.row_sum(a), a.sum(-1, keepdims=True), atol=1e-14)
    np.testing.assert_allclose(rows.row_mean(a), a.mean(-1, keepdims=True), atol=1e-14)
    np.testing.assert_allclose(rows.row_dot(a, b), (a * b).sum(-1, keepdims=True), atol=1e-14)
    np.testing.assert_allclose(rows.column_sum(a), a.sum(leading), atol=1e-14)


def test_types_are_kept():
    x = np.ones((2, 3), np.float32)
    for function in (rows.row_sum, rows.row_mean, rows.column_sum):
        assert function(x).dtype == np.float32


def test_shared_ones_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        rows.ones(3, np.dtype(np.float32))[0] = 2
