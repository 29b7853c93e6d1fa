"""Activations against PyTorch, and their kernels against their definitions."""

import numpy as np
import pytest
import torch
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations.autodiff import Tensor, gradcheck
from foundations.errors import DTypeError, ValueRangeError
from foundations.nn import functional as F
from foundations.nn.functional import activations

ELEMENTWISE = {
    "gelu": (F.gelu, theirs.gelu),
    "gelu tanh": (lambda x: F.gelu(x, "tanh"), lambda x: theirs.gelu(x, approximate="tanh")),
    "silu": (F.silu, theirs.silu),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.2), lambda x: theirs.leaky_relu(x, 0.2)),
    "relu": (F.relu, theirs.relu),
    "sigmoid": (F.sigmoid, torch.sigmoid),
    "softplus": (F.softplus, theirs.softplus),
    "tanh": (F.tanh, torch.tanh),
}
ALONG = {"softmax": (F.softmax, theirs.softmax), "log_softmax": (F.log_softmax, theirs.log_softmax)}
shapes = st.lists(st.integers(0, 4), min_size=0, max_size=3)


@pytest.mark.parametrize("name", ELEMENTWISE)
@given(shape=shapes, dtype=st.sampled_from(["float32", "float64"]), seed=st.integers(0, 99))
def test_elementwise(agrees, name, shape, dtype, seed):
    ours, reference = ELEMENTWISE[name]
    x = np.asarray(3 * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)
    agrees(ours, reference, x)


@pytest.mark.parametrize("name", ["gelu", "gelu tanh", "silu", "sigmoid", "softplus", "tanh"])
def test_no_activation_overflows(agrees, name):
    agrees(*ELEMENTWISE[name], np.array([-1e4, -100.0, -1e-9, 0.0, 1e-9, 100.0, 1e4]))


@pytest.mark.parametrize("name", ["gelu", "gelu tanh", "silu", "leaky_relu"])
def test_second_derivatives(name):
    rng = np.random.default_rng(0)
    gradcheck(ELEMENTWISE[name][0], rng.standard_normal((2, 5)), rng=rng, order=2)


@pytest.mark.parametrize("name", ALONG)
@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    axis=st.integers(-1, 0),
    layout=st.sampled_from(["channels first", "strided", "reversed"]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_along_an_axis(agrees, lay_out, name, shape, axis, layout, dtype):
    ours, reference = ALONG[name]
    x = lay_out((5 * np.random.default_rng(len(shape)).standard_normal(shape)).astype(dtype), layout)
    agrees(lambda t: ours(t, axis), lambda t: reference(t, axis), x, layout=layout)


@pytest.mark.parametrize("name", ALONG)
def test_along_an_axis_twice_and_by_definition(holds_to_its_definition, name):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 4, 5))
    gradcheck(lambda t: ALONG[name][0](t, 1), x, rng=rng, order=2)
    holds_to_its_definition(getattr(activations, f"_{name}"), x, axis=1)


@given(st.integers(0, 99), st.floats(-1e3, 1e3))
def test_softmax_is_a_distribution_that_ignores_constants(seed, constant):
    x = 4 * np.random.default_rng(seed).standard_normal((3, 7))
    p = F.softmax(x)
    np.testing.assert_allclose(p.sum(-1), 1)
    assert (p >= 0).all()
    np.testing.assert_allclose(F.softmax(x + constant), p, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.exp(F.log_softmax(x)), p)


def test_a_score_of_minus_infinity_gets_nothing_and_huge_scores_survive():
    np.testing.assert_array_equal(F.softmax(np.array([-np.inf, 0.0, -np.inf])), [0, 1, 0])
    np.testing.assert_allclose(F.log_softmax(np.array([1e4, 0.0])), [0, -1e4])


def test_an_unknown_approximation_names_the_two():
    with pytest.raises(ValueRangeError, match=r"'none' or 'tanh', got 'erf'"):
        F.gelu(np.ones(2), "erf")


@given(st.integers(0, 99), st.sampled_from([0.5, 1.0, 2.0]))
def test_elu_and_logsigmoid_are_pytorchs(agrees, seed, alpha):
    x = 5 * np.random.default_rng(seed).standard_normal((3, 4))
    agrees(lambda x: F.elu(x, alpha), lambda x: theirs.elu(x, alpha), x)
    agrees(F.logsigmoid, theirs.logsigmoid, x)


def test_elu_and_logsigmoid_far_from_zero_and_at_it():
    x = np.array([-1000.0, 0.0, 1000.0])
    np.testing.assert_array_equal(F.elu(x), [-1, 0, 1000])
    np.testing.assert_array_equal(F.logsigmoid(x), [-1000, np.log(0.5), 0])
    at_zero = Tensor(np.zeros(1), requires_grad=True)
    F.elu(at_zero, 2.0).sum().backward()
    assert at_zero.grad.item() == 2.0


def test_second_derivatives_of_elu_and_logsigmoid_and_a_learned_alpha():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 4))
    gradcheck(F.elu, x, np.array(1.5), rng=rng, order=2)
    gradcheck(F.leaky_relu, x, np.array(0.3), rng=rng, order=2)
    gradcheck(F.logsigmoid, x, rng=rng, order=2)


@pytest.mark.parametrize("f", [F.gelu, F.silu, F.elu, F.logsigmoid, F.leaky_relu, F.softmax, F.log_softmax])
def test_numbers_and_lists_of_floats_are_used_and_integers_refused(f):
    if f not in (F.softmax, F.log_softmax):
        assert float(f(1.0)) == pytest.approx(float(f(np.array(1.0))))
    np.testing.assert_allclose(f([1.0, -2.0]), f(np.array([1.0, -2.0])), rtol=1e-5)
    with pytest.raises(DTypeError, match="floating-point x, got int"):
        f([1, 2])
