import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.autodiff import ops
from foundations.errors import ShapeError, SingularError, ValueRangeError

SURFACES = pytest.mark.parametrize("one", gj.SURFACES.values(), ids=lambda one: one.name)
POINT = np.array([0.4, -0.9])
STEPS = np.geomspace(1e-1, 1e-3, 5)


@SURFACES
def test_remainders_fall_with_the_next_power(one):
    v = np.array([0.6, 0.8])
    plane = gj.remainders(one.f, gj.tangent_plane(one.f, POINT), v, STEPS)
    assert abs(gj.observed_order(STEPS, plane) - 2) < 0.15
    if one.name not in ("bowl", "saddle"):
        quadratic = gj.remainders(one.f, gj.quadratic_model(one.f, POINT), v, STEPS)
        assert abs(gj.observed_order(STEPS, quadratic) - 3) < 0.15


@pytest.mark.parametrize("name", ["bowl", "saddle"])
def test_a_quadratic_function_is_its_own_model(name):
    f = gj.SURFACES[name].f
    points = np.random.default_rng(0).uniform(-3, 3, (7, 5, 2))
    np.testing.assert_allclose(gj.quadratic_model(f, POINT)(points), f(points), atol=1e-13)


def test_models_take_points_of_any_leading_shape():
    model = gj.quadratic_model(lambda x: x[0] * x[1] * x[2], [1.0, 2.0, 3.0])
    points = np.random.default_rng(1).standard_normal((2, 5, 3))
    each = np.array([[model(point) for point in row] for row in points])
    np.testing.assert_allclose(model(points), each, rtol=1e-14)
    assert model([1.0, 2.0, 3.0]) == 6


@SURFACES
def test_the_directional_derivative_is_a_slope_and_linear(one):
    rng = np.random.default_rng(2)
    u, v = rng.standard_normal((2, 2))
    slope = lambda w: gj.directional_derivative(one.f, POINT, w)
    along = gj.complex_step(lambda t: one.f(POINT + t[0] * v), [0.0])[0]
    assert np.isclose(slope(v), along, rtol=1e-12, atol=1e-12)
    assert np.isclose(slope(2 * u - 3 * v), 2 * slope(u) - 3 * slope(v), rtol=1e-12, atol=1e-12)


def test_no_unit_direction_is_steeper_than_the_gradient():
    f = gj.SURFACES["hills"].f
    gradient = gj.tangent_plane(f, POINT).gradient
    angles = np.linspace(0, 2 * np.pi, 721)
    slopes = [gj.directional_derivative(f, POINT, [np.cos(a), np.sin(a)]) for a in angles]
    length = np.linalg.norm(gradient)
    assert max(slopes) <= length * (1 + 1e-12)
    assert max(slopes) > length * (1 - 1e-4)


def test_the_normal_is_perpendicular_to_the_plane():
    plane = gj.tangent_plane(gj.SURFACES["hills"].f, POINT)
    for step in ([1.0, 0.0], [0.0, 1.0], [2.0, -3.0]):
        in_plane = np.append(step, plane(POINT + step) - plane.value)
        assert abs(plane.normal @ in_plane) < 1e-14


def test_the_stationary_point_of_the_model_is_flat():
    f = gj.SURFACES["Rosenbrock"].f
    model = gj.quadratic_model(f, POINT)
    at = model.stationary_point()
    np.testing.assert_allclose(model.gradient + model.hessian @ (at - POINT), 0, atol=1e-10)
    bowl = gj.quadratic_model(gj.SURFACES["bowl"].f, POINT)
    np.testing.assert_allclose(bowl.stationary_point(), 0, atol=1e-15)


def test_where_there_is_no_stationary_point_it_is_said():
    with pytest.raises(SingularError):
        gj.quadratic_model(lambda x: x[0] + 0 * x[1], [1.0, 2.0]).stationary_point()
    with pytest.raises(ShapeError, match="expects a quadratic model, got a plane"):
        gj.tangent_plane(lambda x: x[0], [1.0]).stationary_point()


def test_the_observed_order_is_a_slope():
    h = np.geomspace(1, 1e-3, 7)
    assert np.isclose(gj.observed_order(h, 5 * h**2.5), 2.5, rtol=1e-12)
    for steps, errors in (([1.0, 0.1], [1.0, 0.0]), ([1.0, 1.0], [1.0, 2.0]), ([-1.0, 0.1], [1.0, 1.0])):
        with pytest.raises(ValueRangeError, match="expects positive errors at two steps or more"):
            gj.observed_order(steps, errors)
    with pytest.raises(ShapeError):
        gj.observed_order([1.0, 0.1], [1.0])


def test_partial_derivatives_do_not_make_a_derivative():
    # x² y / (x² + y²) has a slope in every direction from 0, and these slopes are not linear.
    f = lambda x: x[0] * x[0] * x[1] / (x[0] * x[0] + x[1] * x[1])
    slope = lambda v: gj.central_difference(lambda t: f(t[0] * np.array(v)), [0.0], step=1e-3)[0]
    with np.errstate(invalid="ignore"):
        assert slope([1.0, 0.0]) == slope([0.0, 1.0]) == 0
        assert slope([1.0, 1.0]) == 0.5


def test_models_hold_more_than_two_variables():
    a = np.random.default_rng(3).standard_normal((5, 5))
    f = lambda x: ops.sin(x @ a @ x)
    model = gj.quadratic_model(f, np.full(5, 0.1))
    np.testing.assert_allclose(model.hessian, gj.second_difference(f, np.full(5, 0.1)), atol=1e-6)
    np.testing.assert_allclose(model.gradient, gj.complex_step(f, np.full(5, 0.1)), atol=1e-14)
