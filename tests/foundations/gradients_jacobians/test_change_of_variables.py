import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.autodiff import ops
from foundations.errors import ValueRangeError

POLAR, FULL = gj.MAPS["polar coordinates"].f, 2 * np.pi


def bell(x):
    return ops.exp(-(x * x).sum(-1))


def one(x):
    return 0 * x[..., 0] + 1


def test_the_gaussian_integral_is_pi_by_both_roads():
    assert abs(gj.integrate(bell, ((-6.0, 6.0), (-6.0, 6.0))) - np.pi) < 1e-12
    assert abs(gj.integrate_through(bell, POLAR, ((0.0, 6.0), (0.0, FULL)), cells=400) - np.pi) < 1e-4


def test_areas_of_images():
    assert abs(gj.integrate_through(one, POLAR, ((1.0, 2.0), (0.0, FULL))) - 3 * np.pi) < 1e-12
    swirled = gj.integrate_through(one, gj.MAPS["swirl"].f, ((-1.0, 1.0), (-1.0, 1.0)))
    assert abs(swirled - 4) < 1e-12
    mirrored = gj.integrate_through(one, lambda x: -x[..., ::-1], ((0.0, 1.0), (0.0, 3.0)))
    assert abs(mirrored - 3) < 1e-13  # areas do not become negative


def test_the_midpoint_rule_is_of_second_order():
    f = lambda x: ops.exp(x[..., 0] + x[..., 1])
    exact = (np.e - 1) ** 2
    cells = np.array([5, 10, 20, 40])
    errors = [abs(gj.integrate(f, ((0.0, 1.0), (0.0, 1.0)), cells=n) - exact) for n in cells]
    assert abs(gj.observed_order(1 / cells, errors) - 2) < 0.02


@pytest.mark.parametrize(
    "box", [((0, np.inf), (0, 1)), ((1, 0), (0, 1)), ((0, 0), (0, 1)), ((0, 1), (np.nan, 1))]
)
def test_a_box_is_finite_and_not_empty(box):
    with pytest.raises(ValueRangeError, match="an integral expects a finite box"):
        gj.integrate(one, box)


def test_there_is_a_cell():
    with pytest.raises(ValueRangeError):
        gj.integrate(one, ((0.0, 1.0), (0.0, 1.0)), cells=0)


@pytest.mark.parametrize("cells", [0, 2.5, True])
def test_a_grid_has_a_whole_number_of_cells(cells):
    with pytest.raises(ValueRangeError, match="cells to be a whole number"):
        gj.integrate(lambda x: x[..., 0], ((0.0, 1.0), (0.0, 1.0)), cells=cells)
