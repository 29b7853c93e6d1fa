"""Roots that the engine can differentiate."""

from __future__ import annotations

import numpy as np
import pytest

from foundations.autodiff import Tensor, gradcheck, ops
from foundations.errors import ConvergenceError, ShapeError, SingularError, ValueRangeError
from foundations.matrix_calculus import implicit_root
from foundations.matrix_calculus.rows.inverses import fixed_point


def cube_root(a):
    return implicit_root(lambda z, a: z * z * z - a, np.cbrt(getattr(a, "data", a)), a)


def test_the_derivative_is_that_of_the_root():
    a = Tensor(np.array([8.0, 27.0]), requires_grad=True)
    root = cube_root(a)
    assert np.allclose(root.numpy(), [2.0, 3.0], rtol=1e-14)
    root.backward(np.ones(2))
    assert np.allclose(a.grad.numpy(), [1 / 12, 1 / 27], rtol=1e-13)


def test_arrays_give_an_array():
    assert isinstance(cube_root(np.array([8.0])), np.ndarray)


def test_several_unknowns_against_differences():
    def system(z, a, b):  # x + y = a, x y = b
        return ops.stack([z[0] + z[1] - a, z[0] * z[1] - b])

    def solved(a, b):
        discriminant = np.sqrt(float(a) ** 2 - 4 * float(b))
        x = np.array([(float(a) - discriminant) / 2, (float(a) + discriminant) / 2])
        return implicit_root(system, x, a, b)

    gradcheck(solved, np.array(5.0), np.array(6.0), rng=np.random.default_rng(0))


def test_what_is_no_root_is_refused():
    with pytest.raises(ValueRangeError, match=r"a Newton step moves it by 0\.17"):
        implicit_root(lambda z, a: z * z - a, np.array([3.0]), Tensor(np.array([8.0]), requires_grad=True))


def test_shapes_are_checked():
    a = Tensor(np.array([1.0]), requires_grad=True)
    with pytest.raises(ShapeError, match="as one vector"):
        implicit_root(lambda z, a: z - a, np.ones((1, 1)), a)
    with pytest.raises(ShapeError, match="2 unknowns need 2 equations, got 1"):
        implicit_root(lambda z, a: z[:1] - a, np.ones(2), a)


def test_a_double_root_has_no_derivative():
    with pytest.raises(SingularError):
        implicit_root(lambda z, a: z * z - a, np.array([0.0]), Tensor(np.array([0.0]), requires_grad=True))


def test_a_fixed_point_that_is_not_reached_is_told():
    with pytest.raises(ConvergenceError, match="not solved in 1 steps"):
        fixed_point(np.array([[0.5]]), np.array([1.0]), steps=1)
