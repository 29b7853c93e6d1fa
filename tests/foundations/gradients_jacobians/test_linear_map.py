import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.errors import ShapeError, ValueRangeError

MAPS = pytest.mark.parametrize("one", gj.MAPS.values(), ids=lambda one: one.name)
POINT = np.array([0.8, -0.5])


@MAPS
def test_the_linear_map_leaves_a_remainder_of_second_order(one):
    local = gj.linearise(one.f, POINT)
    np.testing.assert_array_equal(local(POINT), local.value)
    steps = np.geomspace(1e-1, 1e-3, 5)
    points = POINT + steps[:, None] * np.array([0.6, 0.8])
    errors = np.linalg.norm(one.f(points) - local(points), axis=1)
    if one.name == "shear":
        assert errors.max() < 1e-15
    else:
        assert abs(gj.observed_order(steps, errors) - 2) < 0.15


@MAPS
def test_areas_change_by_the_determinant(one):
    determinant = gj.linearise(one.f, POINT).determinant
    errors = [abs(gj.area_ratio(one.f, POINT, side) - determinant) for side in (0.1, 0.01)]
    assert errors[1] < 1e-4
    assert errors[1] < 0.05 * errors[0] + 1e-10


def test_orientation_shows_in_the_sign():
    mirror = lambda x: x[..., ::-1] * 1.0
    assert gj.linearise(mirror, POINT).determinant == -1
    assert abs(gj.area_ratio(mirror, POINT, 0.1) + 1) < 1e-12


def test_well_known_determinants():
    r, theta = 1.7, 0.6
    assert np.isclose(gj.linearise(gj.MAPS["polar coordinates"].f, [r, theta]).determinant, r)
    assert np.isclose(gj.linearise(gj.MAPS["swirl"].f, POINT).determinant, 1)
    local = gj.linearise(gj.MAPS["complex square"].f, POINT)
    assert np.isclose(local.determinant, 4 * POINT @ POINT)
    np.testing.assert_allclose(
        local.svd.s, 2 * np.linalg.norm(POINT)
    )  # angles stay: a circle becomes a circle


@MAPS
def test_half_axes_are_the_extremes_of_the_ellipse(one):
    local = gj.linearise(one.f, POINT)
    angles = np.linspace(0, np.pi, 2001)
    lengths = np.linalg.norm(local.jacobian @ [np.cos(angles), np.sin(angles)], axis=0)
    axes = np.linalg.norm(local.half_axes, axis=0)
    np.testing.assert_allclose([lengths.max(), lengths.min()], axes, rtol=1e-5)
    assert abs(local.half_axes[:, 0] @ local.half_axes[:, 1]) < 1e-13


def test_maps_need_not_keep_the_dimension():
    curve = gj.linearise(lambda t: t[0] * np.array([1.0, 2.0, 3.0]), [2.0])
    assert curve.jacobian.tolist() == [[1], [2], [3]]
    assert curve(np.zeros((4, 1))).shape == (4, 3)
    assert np.isclose(curve.svd.s[0], np.sqrt(14))
    with pytest.raises(ShapeError, match=r"needs a square Jacobian, got shape \(3, 1\)"):
        _ = curve.determinant


def test_a_number_is_no_map():
    with pytest.raises(ShapeError, match=r"a map that returns a vector, shape \(m,\), got \(\): flatten"):
        gj.linearise(lambda x: x[0], POINT)


def test_a_square_lies_in_the_plane_and_has_a_side():
    with pytest.raises(ShapeError):
        gj.area_ratio(lambda x: x, [1.0, 2.0, 3.0], 0.1)
    with pytest.raises(ValueRangeError):
        gj.area_ratio(lambda x: x, [1.0, 2.0], -0.1)


@pytest.mark.parametrize("points", [0, 2.5, True])
def test_a_square_has_a_whole_number_of_points(points):
    with pytest.raises(ValueRangeError, match="points_a_side to be a whole number"):
        gj.area_ratio(lambda x: x, [0.0, 0.0], 1.0, points_a_side=points)
