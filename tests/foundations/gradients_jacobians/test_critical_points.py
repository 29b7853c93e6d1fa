from collections import Counter

import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.autodiff import ops
from foundations.errors import ShapeError, ValueRangeError


def starts(one, n=7):
    (left, right), (low, high) = one.window
    return [[x, y] for x in np.linspace(left, right, n) for y in np.linspace(low, high, n)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.0, 2.0], "minimum"),
        ([-1.0, -2.0], "maximum"),
        ([-1.0, 2.0], "saddle"),
        ([-1.0, 0.0, 2.0], "saddle"),
        ([0.0, 2.0], "degenerate"),
        ([-3.0, 0.0], "degenerate"),
        ([0.0, 0.0], "degenerate"),
        ([1e-12, 1.0], "degenerate"),
        ([3.0], "minimum"),
    ],
)
def test_signs_decide(values, kind):
    assert gj.classify(values) == kind


def test_himmelblau_has_nine_and_they_balance():
    one = gj.SURFACES["Himmelblau"]
    search = gj.critical_points(one.f, starts(one))
    kinds = Counter(found.kind for found in search.found)
    assert kinds == {"minimum": 4, "saddle": 4, "maximum": 1}
    assert kinds["minimum"] - kinds["saddle"] + kinds["maximum"] == 1  # f grows towards infinity on all sides
    lowest = np.array([found.point for found in search.found[:4]])
    known = [[-3.779310, -3.283186], [-2.805118, 3.131313], [3.0, 2.0], [3.584428, -1.848127]]
    np.testing.assert_allclose(lowest[np.argsort(lowest[:, 0])], known, atol=1e-6)
    np.testing.assert_allclose([found.value for found in search.found[:4]], 0, atol=1e-15)


def test_eigenvectors_point_along_the_curvatures():
    one = gj.SURFACES["hills"]
    for found in gj.critical_points(one.f, starts(one, 3)).found:
        for curvature, axis in zip(found.eigenvalues, found.eigenvectors.T, strict=True):
            f = lambda t, at=found.point, axis=axis: one.f(at + t[0] * axis)
            assert abs(gj.second_difference(f, [0.0])[0, 0] - curvature) < 1e-6


@pytest.mark.parametrize(
    ("name", "kind"), [("bowl", "minimum"), ("saddle", "saddle"), ("monkey saddle", "degenerate")]
)
def test_the_origin(name, kind):
    assert gj.critical_point(gj.SURFACES[name].f, [0.0, 0.0]).kind == kind


def test_rosenbrock_has_one_critical_point():
    one = gj.SURFACES["Rosenbrock"]
    (found,) = gj.critical_points(one.f, [[-1.0, 1.2], [0.5, 0.5], [1.5, 1.5]]).found
    np.testing.assert_allclose(found.point, 1, atol=1e-9)
    np.testing.assert_allclose(found.eigenvalues, 501 + np.array([-1, 1]) * np.sqrt(250601), rtol=1e-9)


def test_a_degenerate_point_is_known_though_it_is_found_only_nearly():
    one = gj.SURFACES["monkey saddle"]
    (found,) = gj.critical_points(one.f, starts(one, 4)).found
    assert found.kind == "degenerate"
    np.testing.assert_allclose(found.point, 0, atol=1e-4)


def test_a_slope_that_dies_away_towards_infinity_is_no_find():
    search = gj.critical_points(lambda x: ops.exp(-(x * x).sum()), [[0.1, 0.2], [3.0, 1.0], [-2.0, 2.5]])
    assert [found.kind for found in search.found] == ["maximum"]
    assert search.lost == 2


def test_starts_that_lead_nowhere_are_counted():
    search = gj.critical_points(lambda x: x[0] + 0 * x[1], [[0.0, 0.0], [1.0, 2.0]])
    assert search == ((), 2)


def test_a_point_with_a_slope_is_no_critical_point():
    with pytest.raises(ValueRangeError, match=r"expects a gradient of 0, got one of length 2\.83"):
        gj.critical_point(gj.SURFACES["saddle"].f, [1.0, 1.0])


def test_eigenvalues_are_a_list_of_numbers():
    with pytest.raises(ShapeError):
        gj.classify(np.eye(2))


@pytest.mark.parametrize("factor", [1.0, 1e-9, 1e9])
def test_a_quadratic_is_found_in_one_stride(factor):
    bowl = gj.SURFACES["bowl"].f
    search = gj.critical_points(lambda x: factor * bowl(x), [[1.0, 1.0], [-300.0, 20.0]])
    assert search.lost == 0
    (found,) = search.found
    assert found.kind == "minimum"
    np.testing.assert_allclose(found.point, 0, atol=1e-12)


@pytest.mark.parametrize("factor", [1e-9, 1.0, 1e9])
def test_a_small_factor_does_not_make_a_slope_vanish(factor):
    f = lambda x: factor * ((x - 1) ** 2).sum()
    with pytest.raises(ValueRangeError, match="expects a gradient of 0"):
        gj.critical_point(f, [0.0, 0.0])
    assert gj.critical_point(f, [1.0, 1.0]).kind == "minimum"


def test_a_quartic_minimum_that_is_found_only_nearly_is_found():
    search = gj.critical_points(lambda x: (x * x * x * x).sum(), [[1.0, 0.7]])
    assert search.lost == 0
    assert search.found[0].kind == "degenerate"
