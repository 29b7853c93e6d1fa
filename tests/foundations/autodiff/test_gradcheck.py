"""The checker is checked: it passes what is right, and names the place of what is wrong."""

import numpy as np
import pytest

from foundations.autodiff import GradientMismatchError, Tensor, gradcheck, no_grad, ops, primitive
from foundations.errors import DTypeError


def wrong_square(factor):
    return primitive(np.square, lambda g, _y, x: factor * g * x, name="wrong square")


def test_right_derivatives_pass_in_any_shape(rng):
    for shape in ((), (1,), (2, 3), (0, 2)):
        gradcheck(lambda x: ops.sin(x) * x, rng.standard_normal(shape), rng=rng, order=2)
    gradcheck(lambda a, b: a @ b, rng.standard_normal((2, 3)), rng.standard_normal((3, 5)), rng=rng, order=2)
    gradcheck(lambda x: Tensor(np.ones(2)), np.ones(3), rng=rng, order=2)  # constant in x


def test_it_runs_inside_no_grad_and_takes_tensors_and_float32(rng):
    with no_grad():
        gradcheck(ops.tanh, Tensor(np.ones((2, 3), np.float32)), rng=rng, order=2)


@pytest.mark.parametrize("factor", [2.001, 0, -2, 1])
def test_a_wrong_factor_is_caught(factor, rng):
    with pytest.raises(GradientMismatchError, match="the derivative with respect to argument 0"):
        gradcheck(wrong_square(factor), rng.standard_normal(3), rng=rng)


def test_the_argument_and_the_index_are_named(rng):
    weight = np.ones((2, 3))
    weight[1, 2] = 7
    right = (lambda g, _y, _a, b: g * b, lambda g, _y, a, _b: g * a)
    wrong = (lambda g, _y, _a, b: g * b * weight, lambda g, _y, a, _b: g * a * weight)
    points = rng.standard_normal((2, 2, 3))
    with pytest.raises(
        GradientMismatchError,
        match=r"argument 0 is .* along a random direction, expected .*; at index \[1, 2\] it is .*: correct",
    ):
        gradcheck(primitive(np.multiply, wrong[0], right[1], name="f"), *points, rng=rng)
    with pytest.raises(GradientMismatchError, match=r"argument 1 .* at index \[1, 2\]"):
        gradcheck(primitive(np.multiply, right[0], wrong[1], name="f"), *points, rng=rng)


def test_a_gradient_that_is_not_a_number_is_caught(rng):
    f = primitive(np.square, lambda g, _y, x: g * x * np.nan, name="f")
    with pytest.raises(GradientMismatchError, match="is nan along"):
        gradcheck(f, rng.standard_normal(3), rng=rng)


def test_a_missing_derivative_is_caught(rng):
    f = primitive(np.multiply, lambda g, _y, _a, b: g * b, None, name="f")
    with pytest.raises(GradientMismatchError, match="argument 1 is 0 along"):
        gradcheck(f, rng.standard_normal(3), rng.standard_normal(3), rng=rng)


def test_a_derivative_that_is_right_once_and_wrong_twice_is_caught(rng):
    """It leaves the differentiable world: the second derivative is silently zero."""
    f = primitive(np.square, lambda g, _y, x: 2 * g * (x.data if isinstance(x, Tensor) else x), name="f")
    gradcheck(f, rng.standard_normal(3), rng=rng)
    with pytest.raises(GradientMismatchError, match="second derivative"):
        gradcheck(f, rng.standard_normal(3), rng=rng, order=2)


def test_float32_inside_the_function_is_an_error_with_a_hint(rng):
    with pytest.raises(DTypeError, match="checked in float64, but the function returned float32: look for"):
        gradcheck(lambda x: x.astype(np.float32), rng.standard_normal(3), rng=rng)


def test_a_function_must_return_a_tensor(rng):
    with pytest.raises(DTypeError, match="return a Tensor, got ndarray: compute it with"):
        gradcheck(lambda x: x.data, rng.standard_normal(3), rng=rng)


def test_the_points_are_left_alone(rng):
    x = rng.standard_normal(3)
    before = x.copy()
    gradcheck(ops.exp, x, rng=rng, order=2)
    np.testing.assert_array_equal(x, before)


def test_the_same_seed_checks_the_same_directions():
    seen = []

    def f(x):
        seen.append(x.data.copy())
        return x * x

    for _ in range(2):
        gradcheck(f, np.ones(2), rng=np.random.default_rng(1))
    half = len(seen) // 2
    np.testing.assert_array_equal(seen[:half], seen[half:])
