import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations import gradients_jacobians as gj
from foundations.autodiff import jacobian, ops
from foundations.errors import ShapeError, ValueRangeError

widths = st.lists(st.integers(1, 6), min_size=2, max_size=6)


@given(widths, st.integers(0, 2**32))
def test_the_jacobian_of_a_chain_is_the_product(widths, seed):
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal((a, b)) for a, b in itertools.pairwise(widths)]
    functions = [lambda x, w=w: ops.tanh(x @ w) for w in weights]
    x = rng.standard_normal(widths[0])

    def composed(x):
        for f in functions:
            x = f(x)
        return x

    local = gj.local_jacobians(functions, x)
    exact = jacobian(composed, x).numpy()
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(gj.chain(local, mode=mode), exact, rtol=1e-10, atol=1e-12)


@given(widths, st.sampled_from(["forward", "reverse"]))
def test_costs_are_what_the_products_take(widths, mode):
    shapes = [(b, a) for a, b in itertools.pairwise(widths)]
    left = shapes if mode == "forward" else shapes[::-1]
    cost, done = 0, left[0]
    for shape in left[1:]:
        (rows, inner), columns = (shape, done[1]) if mode == "forward" else (done, shape[1])
        cost += rows * inner * columns
        done = (rows, columns)
    assert gj.chain_cost(shapes, mode=mode) == cost


def test_a_loss_of_many_parameters_wants_reverse_mode():
    shapes = [(100, 10_000), (100, 100), (1, 100)]
    assert gj.chain_cost(shapes, mode="forward") / gj.chain_cost(shapes, mode="reverse") > 50


def test_the_order_matters_and_is_named():
    one, two = np.ones((3, 2)), np.ones((5, 3))
    assert gj.chain([one, two]).shape == (5, 2)
    with pytest.raises(ShapeError, match=r"expects Jacobian 2 to take 5 inputs, got shape \(3, 2\)"):
        gj.chain([two, one])


def test_a_chain_has_a_link():
    with pytest.raises(ShapeError, match="expects one matrix or more"):
        gj.chain([])
    with pytest.raises(ShapeError, match="expects one matrix or more"):
        gj.chain([np.ones(3)])
    with pytest.raises(ValueRangeError, match="mode 'forward' or 'reverse', got 'backward'"):
        gj.chain([np.ones((1, 1))], mode="backward")
