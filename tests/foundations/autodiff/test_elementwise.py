"""Elementwise functions over drawn shapes, layouts and types; kinks; the edges of their domains."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from foundations.autodiff import Tensor, gradients, ops

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
LAYOUTS = st.sampled_from(["C", "F", "strided", "reversed"])
FLOATS = st.sampled_from([np.float32, np.float64])
PAIRS = mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=4)

# name: (theirs, lowest, highest value drawn)
UNARY = {
    "abs": (torch.abs, -2, 2),
    "arccos": (torch.arccos, -0.9, 0.9),
    "arccosh": (torch.arccosh, 1.2, 4),
    "arcsin": (torch.arcsin, -0.9, 0.9),
    "arcsinh": (torch.arcsinh, -2, 2),
    "arctan": (torch.arctan, -2, 2),
    "arctanh": (torch.arctanh, -0.9, 0.9),
    "cos": (torch.cos, -4, 4),
    "cosh": (torch.cosh, -2, 2),
    "exp": (torch.exp, -2, 2),
    "expm1": (torch.expm1, -2, 2),
    "log": (torch.log, 0.2, 4),
    "log1p": (torch.log1p, -0.7, 4),
    "negative": (torch.negative, -2, 2),
    "reciprocal": (torch.reciprocal, 0.4, 3),
    "relu": (torch.relu, -2, 2),
    "sigmoid": (torch.sigmoid, -30, 30),
    "sin": (torch.sin, -4, 4),
    "sinh": (torch.sinh, -2, 2),
    "softplus": (lambda x: torch.nn.functional.softplus(x, threshold=40), -30, 30),
    "sqrt": (torch.sqrt, 0.2, 4),
    "square": (torch.square, -2, 2),
    "tan": (torch.tan, -1, 1),
    "tanh": (torch.tanh, -4, 4),
}
BINARY = {
    "add": (torch.add, -2, 2),
    "divide": (torch.divide, 0.4, 2),
    "maximum": (torch.maximum, -2, 2),
    "minimum": (torch.minimum, -2, 2),
    "multiply": (torch.multiply, -2, 2),
    "power": (torch.pow, 0.4, 2),
    "subtract": (torch.subtract, -2, 2),
}


@pytest.mark.parametrize("name", UNARY)
@given(seed=SEEDS, shape=SHAPES, layout=LAYOUTS, dtype=FLOATS)
def test_functions_of_one_argument(name, seed, shape, layout, dtype, agrees, draw):
    theirs, low, high = UNARY[name]
    agrees(getattr(ops, name), theirs, draw(seed, shape, dtype, layout, low, high))


@pytest.mark.parametrize("name", BINARY)
@given(seed=SEEDS, shapes=PAIRS, layouts=st.tuples(LAYOUTS, LAYOUTS), dtypes=st.tuples(FLOATS, FLOATS))
def test_functions_of_two_arguments_broadcast(name, seed, shapes, layouts, dtypes, agrees, draw):
    theirs, low, high = BINARY[name]
    arrays = [
        draw(seed + i, shape, dtypes[i], layouts[i], low, high) for i, shape in enumerate(shapes.input_shapes)
    ]
    # PyTorch computes a gradient in the type of its argument, we in the type of the result
    tolerance = 1e-5 if np.float32 in dtypes else None
    if any(a.ndim == 0 for a in arrays):  # where PyTorch's single numbers take the other's type
        arrays = [a.astype(dtypes[0]) for a in arrays]
    agrees(getattr(ops, name), theirs, *arrays, tolerance=tolerance)


@given(seed=SEEDS, shapes=mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=4, min_side=0))
def test_where_broadcasts_condition_and_branches(seed, shapes, agrees, draw, to_torch):
    c, a, b = (draw(seed + i, shape) for i, shape in enumerate(shapes.input_shapes))
    agrees(
        lambda x, y: ops.where(c > 0, x, y),
        lambda x, y: torch.where(to_torch(c) > 0, x, y),
        a,
        b,
    )


@given(
    seed=SEEDS, shape=SHAPES, exponent=st.sampled_from([-2, -1, -0.5, 0, 0.5, 1, 2, 3, 4, 2.5]), dtype=FLOATS
)
def test_power_with_a_number_as_exponent(seed, shape, exponent, dtype, agrees, draw):
    x = draw(seed, shape, dtype, low=0.3, high=2)
    agrees(lambda x: ops.power(x, exponent), lambda x: x**exponent, x)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, -1, -2, 0.0, 2.0])
def test_power_of_negative_bases_and_whole_exponents(exponent, agrees):
    x = np.array([-2.0, -0.5, 1.5])
    agrees(lambda x: ops.power(x, exponent), lambda x: x**exponent, x)
    agrees(lambda x: ops.power(x, np.full(3, float(exponent))), lambda x: x**exponent, x)


def test_power_zero_is_flat_even_at_zero():
    x = Tensor([0.0, 2.0], requires_grad=True)
    p = Tensor([0.0, 0.0], requires_grad=True)
    (x**p).sum().backward()
    assert x.grad.tolist() == [0, 0]
    assert p.grad.tolist() == [0, pytest.approx(math.log(2))]
    y = Tensor([0.0, 2.0], requires_grad=True)
    (y**0).sum().backward()
    assert y.grad.tolist() == [0, 0]


def test_zero_to_a_positive_power_does_not_move_with_the_exponent(agrees):
    x, p = np.array([0.0, 0.0, 3.0]), np.array([2.0, 0.5, 2.0])
    agrees(lambda p: ops.power(x, p), lambda p: torch.tensor(x) ** p, p)


def test_a_negative_base_has_no_derivative_in_the_exponent():
    p = Tensor(np.array([2.0]), requires_grad=True)
    with pytest.warns(RuntimeWarning, match="invalid"):
        ops.power(np.array([-2.0]), p).sum().backward()
    assert np.isnan(p.grad.data).all()


# ---------------------------------------------------------------------- kinks


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_tie_shares_the_gradient(name, agrees):
    a, b = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 3.0])
    agrees(getattr(ops, name), getattr(torch, name), a, b)


@pytest.mark.parametrize("name", ["relu", "abs"])
def test_the_slope_at_the_kink_is_pytorchs(name, agrees):
    agrees(getattr(ops, name), getattr(torch, name), np.array([-1.0, 0.0, -0.0, 1.0]))


@pytest.mark.parametrize("bounds", [(-1.0, 1.0), (None, 1.0), (-1.0, None), (1.0, -1.0)])
def test_clip_at_and_beyond_its_bounds(bounds, agrees):
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    agrees(lambda x: ops.clip(x, *bounds), lambda x: torch.clamp(x, *bounds), x)


def test_clip_without_bounds_is_the_identity(agrees):
    agrees(ops.clip, lambda x: x, np.array([-2.0, 3.0]))


def test_the_bounds_of_clip_have_gradients_where_they_are_active(agrees):
    x, low = np.array([-2.0, 0.0, 2.0, 0.5, -2.0]), np.array([-1.0])
    high = np.array([1.0, 1.0, 1.0, -3.0, -3.0])  # twice below the lower bound: then it wins
    agrees(ops.clip, torch.clamp, x, low, high)
    agrees(lambda x, low: ops.clip(x, low, None), lambda x, low: torch.clamp(x, min=low), x, low)
    agrees(lambda x, high: ops.clip(x, None, high), lambda x, high: torch.clamp(x, max=high), x, high)


# ---------------------------------------------------------------------- large and small arguments


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_is_exact_where_it_is_tiny(dtype, agrees):
    """Relative precision on both sides: log(sigmoid(x)) must not end at -inf when x is -20."""
    x = np.array([-80.0, -20.0, -5.0, 0.0, 5.0, 20.0, 80.0], dtype)
    y = ops.sigmoid(x)
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    np.testing.assert_allclose(y, exact, rtol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "tanh", "relu", "logsumexp"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows(name, dtype):
    x = Tensor(np.array([-np.inf, -1e30, 0.0, 1e30], dtype), requires_grad=True)
    y = getattr(ops, name)(x)
    y.sum().backward()
    assert not np.isnan(y.data).any()
    assert np.isfinite(x.grad.data).all()


def test_exact_near_zero():
    x = np.array([1e-12, -1e-14])
    np.testing.assert_allclose(ops.expm1(x), x, rtol=1e-11)
    np.testing.assert_allclose(ops.log1p(x), x, rtol=1e-11)
    np.testing.assert_allclose(ops.softplus(np.array([-40.0])), [math.exp(-40)], rtol=1e-12)


@pytest.mark.parametrize("name", [*UNARY, "sign", "floor", "round"])
def test_nan_stays_nan(name):
    x = Tensor(np.array([np.nan, 1.5 if name == "arccosh" else 0.5]), requires_grad=True)
    y = getattr(ops, name)(x)
    assert np.isnan(y.data).tolist() == [True, False]


@pytest.mark.parametrize("name", BINARY)
def test_nan_stays_nan_in_two_arguments(name):
    y = getattr(ops, name)(Tensor(np.array([np.nan, 2.0])), Tensor(np.array([2.0, 3.0])))
    assert np.isnan(y.data).tolist() == [True, False]


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_gradient_of_a_nan_is_not_lost(name, agrees):
    agrees(getattr(ops, name), getattr(torch, name), np.array([np.nan, 2.0]), np.array([2.0, 3.0]))


def test_numpys_warning_at_the_edge_of_a_domain_is_kept():
    x = Tensor(np.array([0.0]), requires_grad=True)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert ops.log(x).item() == -np.inf
    y = ops.sqrt(x)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y.sum().backward()
    assert x.grad.item() == np.inf


# ---------------------------------------------------------------------- types


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum"])
@pytest.mark.parametrize("other", [2, 2.0, True, np.float64(2), np.float32(2), np.int64(2), math.pi])
def test_numbers_do_not_change_the_type(name, other, dtype):
    f = getattr(ops, name)
    x = Tensor(np.array([1.5, 2.5], dtype), requires_grad=True)
    for y in (f(x, other), f(other, x)):
        assert y.dtype == dtype
        (g,) = gradients(y.sum(), [x], create_graph=True)
        assert g.dtype == dtype
        if g.requires_grad:
            (h,) = gradients(g.sum(), [x])
            assert h.dtype == dtype


@pytest.mark.parametrize("number", [0.0, 1, True, np.float64(0), np.int64(3)])
def test_where_with_a_number_keeps_float32(number):
    x = Tensor([1.0, -1.0], requires_grad=True)
    for y in (ops.where(x > 0, x, number), ops.where(x > 0, number, x)):
        assert y.dtype == np.float32
        assert gradients(y.sum(), [x])[0].dtype == np.float32


def test_float64_meets_float32_in_float64_and_each_gradient_keeps_its_type():
    a = Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)
    b = Tensor(np.array([3.0, 4.0]), requires_grad=True)
    y = a * b
    y.sum().backward()
    assert (y.dtype, a.grad.dtype, b.grad.dtype) == (np.float64, np.float32, np.float64)


def test_float16_works_and_stays_float16():
    x = Tensor(np.array([0.5, -1.5], np.float16), requires_grad=True)
    y = ops.tanh(x * 2 + 1).sum()
    y.backward()
    assert y.dtype == x.grad.dtype == np.float16
    np.testing.assert_allclose(x.grad.data, 2 / np.cosh(2 * x.data + 1.0) ** 2, rtol=5e-3)


def test_conversion_between_floats_converts_the_gradient_back():
    x = Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)
    y = x.astype(np.float64)
    (y * y).sum().backward()
    assert y.dtype == np.float64
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [2, 4]


@pytest.mark.parametrize("dtype", [int, bool, np.uint8])
def test_a_conversion_to_integers_is_a_constant(dtype):
    x = Tensor([1.5, 0.0], requires_grad=True)
    y = x.astype(dtype)
    assert y.dtype == dtype
    assert not y.requires_grad
    assert ops.astype(x.data, dtype).dtype == dtype


def test_a_list_beside_a_tensor_is_read_in_full_precision():
    x = Tensor(np.array([1.0, 1.0]), requires_grad=True)
    y = x * [0.1, 0.2]
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y.data, [0.1, 0.2])
    single = Tensor([1.0, 1.0])
    assert (single * [0.1, 0.2]).dtype == np.float32
    assert ([0.1, 0.2] * single).dtype == np.float32
    assert (single * (1, 2)).dtype == np.float32
