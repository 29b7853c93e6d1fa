import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.autodiff import grad, hessian, jacobian, ops
from foundations.errors import ShapeError, ValueRangeError

POINTS = np.random.default_rng(0).uniform(-1.5, 1.5, (2, 3, 2))


def each(transform, points):
    flat = [transform(point).numpy() for point in points.reshape(-1, points.shape[-1])]
    return np.array(flat).reshape(*points.shape[:-1], *flat[0].shape)


@pytest.mark.parametrize("one", gj.SURFACES.values(), ids=lambda one: one.name)
def test_fields_hold_what_one_point_at_a_time_gives(one):
    np.testing.assert_allclose(
        gj.gradient_field(one.f, POINTS), each(grad(one.f), POINTS), rtol=1e-12, atol=1e-14
    )
    curvatures = each(lambda x: hessian(one.f, x), POINTS)
    np.testing.assert_allclose(gj.hessian_field(one.f, POINTS), curvatures, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("one", gj.MAPS.values(), ids=lambda one: one.name)
def test_so_do_fields_of_jacobians(one):
    slopes = each(lambda x: jacobian(one.f, x), POINTS)
    np.testing.assert_allclose(gj.jacobian_field(one.f, POINTS), slopes, rtol=1e-12, atol=1e-14)


def test_rows_are_outputs():
    f = lambda x: ops.stack([x[..., 0] * x[..., 1], x[..., 2], x[..., 0] + x[..., 2], 0 * x[..., 0]], axis=-1)
    slopes = gj.jacobian_field(f, np.arange(15.0).reshape(5, 3))
    assert slopes.shape == (5, 4, 3)
    assert slopes[1].tolist() == [[4, 3, 0], [0, 0, 1], [1, 0, 1], [0, 0, 0]]


def test_a_function_must_act_along_the_last_axis():
    with pytest.raises(
        ShapeError, match=r"one number for each of \(2, 3\) points, got \(3, 2\): let f act along"
    ):
        gj.gradient_field(lambda x: x[0], POINTS)
    with pytest.raises(ShapeError, match=r"one vector for each of \(2, 3\) points, got \(2, 3\)"):
        gj.jacobian_field(lambda x: x[..., 0], POINTS)


@pytest.mark.parametrize("field", [gj.gradient_field, gj.jacobian_field, gj.hessian_field])
def test_points_are_finite_and_some(field):
    with pytest.raises(ValueRangeError, match=r"points of finite numbers, got nan at \(1, 0\)"):
        field(lambda x: x, [[0.0, 1.0], [np.nan, 1.0]])
    with pytest.raises(ShapeError):
        field(lambda x: x, np.zeros((0, 2)))
    with pytest.raises(ShapeError):
        field(lambda x: x, 1.0)
