"""Products cut into small ones are the products."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundations.nn.kernels import products
from foundations.nn.kernels.products import multiply, multiply_transposed

ONE_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # for all examples


@pytest.fixture(params=[1, 30, 300, 10**9])
def small(request, monkeypatch):
    """Call products of so many terms small."""
    monkeypatch.setattr(products, "_SMALL", request.param)
    monkeypatch.setattr(products, "_FEWEST_ROWS", 2)
    return request.param


@ONE_FIXTURE
@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(0, 24), st.integers(1, 12), st.integers(1, 5)),
    turned=st.booleans(),
    out=st.booleans(),
)
def test_parts_make_up_the_product(small, sizes, turned, out):
    batch, n, k, m = sizes
    rng = np.random.default_rng(n)
    a = rng.standard_normal((batch, k, n)).mT if turned else rng.standard_normal((batch, n, k))
    b, c = rng.standard_normal((batch, k, m)), rng.standard_normal((batch, n, m))
    room = np.empty((batch, n, m)) if out else None
    y = multiply(a, b, out=room)
    assert y is room or not out
    np.testing.assert_allclose(y, a @ b, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(multiply_transposed(a, c), a.mT @ c, rtol=1e-12, atol=1e-12)


def test_many_terms_with_few_results_are_added_up_in_parts(monkeypatch):
    monkeypatch.setattr(products, "_SMALL", 1600)
    a, b = np.random.default_rng(0).standard_normal((2, 1, 1280, 5))
    shapes = []
    matmul = np.matmul

    class Spy(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            shapes.append(inputs[0].shape)
            return getattr(ufunc, method)(*[np.asarray(i) for i in inputs], **options)

    np.testing.assert_allclose(multiply_transposed(a.view(Spy), b), matmul(a.mT, b))
    assert shapes[0] == (1, 20, 5, 64)


@pytest.mark.parametrize(
    ("n", "most", "least", "parts"),
    [(12, 12, 1, 1), (12, 5, 2, 3), (12, 5, 5, 1), (13, 5, 2, 1), (1000, 300, 100, 4), (12, 0, 2, 1)],
)
def test_the_fewest_equal_parts(n, most, least, parts):
    assert products._parts(n, most, least) == parts
