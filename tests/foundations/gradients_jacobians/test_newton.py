import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.autodiff import ops
from foundations.errors import ConvergenceError, FoundationsError, ShapeError, SingularError, ValueRangeError


def cube_minus_one(z):
    """z³ = 1 in the complex plane, as two real equations."""
    x, y = z[0], z[1]
    return ops.stack([x * x * x - 3 * x * y * y - 1, 3 * x * x * y - y * y * y])


@pytest.mark.parametrize("k", [0, 1, 2])
def test_it_finds_the_cube_roots_of_one(k):
    root = np.array([np.cos(2 * np.pi * k / 3), np.sin(2 * np.pi * k / 3)])
    result = gj.newton(cube_minus_one, root + np.array([0.1, 0.2]))
    np.testing.assert_allclose(result.root, root, atol=1e-14)
    assert len(result.path) == len(result.residuals)
    np.testing.assert_array_equal(result.path[-1], result.root)


def test_errors_square():
    result = gj.newton(cube_minus_one, [1.3, 0.4])
    errors = np.linalg.norm(result.path - result.root, axis=1)
    errors = errors[(errors > 1e-10) & (errors < 0.2)]
    assert len(errors) >= 2
    assert (errors[1:] <= 2 * errors[:-1] ** 2).all()


def test_a_linear_system_takes_one_step():
    a = np.random.default_rng(0).standard_normal((5, 5))
    result = gj.newton(lambda x: x @ a.T - 1, np.zeros(5), tolerance=1e-9)
    assert len(result.path) == 2
    np.testing.assert_allclose(a @ result.root, 1, atol=1e-9)


def test_a_root_that_is_given_is_kept():
    assert gj.newton(lambda x: x * x, [0.0]).path.tolist() == [[0]]


def test_it_says_when_it_does_not_converge():
    with pytest.raises(ConvergenceError, match=r"in 50 steps, got .*: start nearer to a root, or pass"):
        gj.newton(lambda x: x * x + 1, [0.7])
    with pytest.raises(ConvergenceError, match=r"in 3 steps"):
        gj.newton(cube_minus_one, [-3.0, 0.4], max_steps=3)


def test_a_two_cycle_is_broken_by_damping():
    f = lambda x: x * x * x - 2 * x + 2  # from 0 the plain method goes 0, 1, 0, 1, …
    with pytest.raises(ConvergenceError):
        gj.newton(f, [0.0])
    f = ops.arctan  # from 2 the plain method runs away
    with np.errstate(over="ignore"), pytest.raises(FoundationsError):
        gj.newton(f, [2.0])
    assert abs(gj.newton(f, [2.0], damped=True).root[0]) < 1e-12


def test_damping_lowers_the_residual_at_every_step():
    residuals = gj.newton(cube_minus_one, [-0.1, 3.0], damped=True).residuals
    assert (np.diff(residuals) < 0).all()


def test_damping_says_when_no_step_helps():
    # A minimum of the residual that is no root: the step points along no descent that halving can use.
    with pytest.raises((ConvergenceError, SingularError)):
        gj.newton(lambda x: x * x + 1, [0.5], damped=True)


def test_damping_steps_back_into_the_domain():
    f = lambda x: ops.log(x) + 3
    with np.errstate(invalid="ignore"):
        with pytest.raises(ValueRangeError):
            gj.newton(f, [2.0])
        np.testing.assert_allclose(gj.newton(f, [2.0], damped=True).root, np.exp(-3), rtol=1e-12)


def test_a_singular_jacobian_is_named():
    with pytest.raises(
        SingularError, match=r"expects a Jacobian with an inverse, got det J = 0 at \[0\. 0\.\]"
    ):
        gj.newton(cube_minus_one, [0.0, 0.0])


def test_as_many_equations_as_unknowns():
    with pytest.raises(ShapeError, match=r"as many equations as unknowns, 2, got values of shape \(\)"):
        gj.newton(lambda x: x[0] + x[1], [1.0, 2.0])


@pytest.mark.parametrize(
    "bad",
    [
        {"tolerance": 0},
        {"tolerance": np.nan},
        {"tolerance": 1j},
        {"max_steps": 0},
        {"max_steps": True},
        {"max_steps": 5.5},
    ],
)
def test_options_must_make_sense(bad):
    with pytest.raises(
        ValueRangeError, match=r"newton expects (tolerance > 0|max_steps to be a whole number)"
    ):
        gj.newton(lambda x: x, [1.0], **bad)
