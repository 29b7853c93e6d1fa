import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.autodiff import ops
from foundations.errors import FoundationsError, ShapeError, SingularError, ValueRangeError

REGULAR = {
    "swirl": [0.8, -0.5],
    "polar coordinates": [1.2, 0.7],
    "complex square": [0.8, -0.5],
    "shear": [1.0, 2.0],
}


@pytest.mark.parametrize("name", REGULAR)
def test_the_local_inverse_inverts(name):
    f, x = gj.MAPS[name].f, np.array(REGULAR[name])
    inverse = gj.local_inverse(f, x)
    rng = np.random.default_rng(0)
    for _ in range(5):
        near = x + 0.1 * rng.standard_normal(2)
        np.testing.assert_allclose(inverse(f(near)), near, atol=1e-10)


@pytest.mark.parametrize("name", REGULAR)
def test_its_jacobian_is_the_inverse_and_the_slope_of_what_it_computes(name):
    f, x = gj.MAPS[name].f, np.array(REGULAR[name])
    inverse = gj.local_inverse(f, x)
    np.testing.assert_allclose(inverse.jacobian @ inverse.at.jacobian, np.eye(2), atol=1e-13)
    np.testing.assert_allclose(gj.central_difference(inverse, inverse.at.value), inverse.jacobian, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "x"), [("fold", [0.5, 0.0]), ("complex square", [0.0, 0.0]), ("waves", [0.0, 0.0])]
)
def test_where_the_theorem_is_silent_it_is_said(name, x):
    with pytest.raises(SingularError, match=r"expects J\(x\) to have an inverse, got one of condition"):
        gj.local_inverse(gj.MAPS[name].f, x)


def test_beyond_the_fold_there_is_nothing():
    inverse = gj.local_inverse(gj.MAPS["fold"].f, [0.0, 0.5])
    with pytest.raises(FoundationsError):
        inverse([0.0, -1.0])  # y² = -1


def test_an_inverse_keeps_the_dimension():
    with pytest.raises(ShapeError, match="as many outputs as inputs"):
        gj.local_inverse(lambda x: x[:1] * x[1:], [1.0, 2.0])
    with pytest.raises(ShapeError):
        gj.local_inverse(gj.MAPS["shear"].f, [1.0, 2.0])([1.0])


def test_implicit_slopes_are_those_of_the_solution():
    # Kepler's equation: E - e sin E = M defines E as a function of (M, e).
    def kepler(x, y):
        return y - x[1] * ops.sin(y) - x[0]

    def solution(x):
        return gj.newton(lambda y: kepler(x, y), [x[0]]).root

    x = np.array([1.0, 0.4])
    exact = gj.implicit_jacobian(kepler, x, solution(x))
    assert exact.shape == (1, 2)
    np.testing.assert_allclose(exact, gj.central_difference(solution, x), atol=1e-9)


def test_implicit_systems():
    a = np.random.default_rng(1).standard_normal((3, 3)) + 3 * np.eye(3)
    b = np.random.default_rng(2).standard_normal((3, 2))

    def g(x, y):
        return y @ a.T + y * y * y - x @ b.T

    x = np.array([0.3, -0.2])
    y = gj.newton(lambda y: g(x, y), np.zeros(3)).root
    estimate = gj.central_difference(lambda x: gj.newton(lambda y: g(x, y), y).root, x)
    np.testing.assert_allclose(gj.implicit_jacobian(g, x, y), estimate, atol=1e-9)


def circle(x, y):
    return x * x + y * y - 1


def test_a_vertical_tangent_has_no_slope():
    with pytest.raises(SingularError, match="expects dG/dy to have an inverse"):
        gj.implicit_jacobian(circle, [1.0], [0.0])


def test_the_point_must_lie_on_the_curve():
    with pytest.raises(ValueRangeError, match=r"a point with G\(x, y\) = 0, got \[1\.\]: solve for y first"):
        gj.implicit_jacobian(circle, [1.0], [1.0])


def test_one_equation_for_each_unknown():
    with pytest.raises(ShapeError, match="one equation for each of the 2 entries of y"):
        gj.implicit_jacobian(lambda x, y: x[0] + y[0] + y[1], [1.0], [0.0, -1.0])
