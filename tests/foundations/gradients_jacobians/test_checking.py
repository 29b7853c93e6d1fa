import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.autodiff import GradientMismatchError, grad
from foundations.errors import DTypeError, ShapeError, ValueRangeError

ROSENBROCK = gj.SURFACES["Rosenbrock"].f


def by_hand(x: np.ndarray) -> np.ndarray:
    over = x[1] - x[0] ** 2
    return np.array([-2 * (1 - x[0]) - 400 * x[0] * over, 200 * over])


def test_a_right_gradient_passes():
    assert gj.check_gradient(ROSENBROCK, by_hand, [-1.2, 1.0]) < 1e-6
    gj.check_gradient(ROSENBROCK, grad(ROSENBROCK), [-1.2, 1.0])


@pytest.mark.parametrize("j", [0, 1])
def test_the_wrong_entry_is_named(j):
    wrong = lambda x: by_hand(x) * (1 + 1e-4 * (np.arange(2) == j))
    with pytest.raises(GradientMismatchError, match=rf"expects entry {j} to be .*: correct that partial"):
        gj.check_gradient(ROSENBROCK, wrong, [-1.2, 1.0])


def test_a_kink_is_told_from_a_mistake():
    f = lambda x: np.abs(x[0]) + x[1]
    with pytest.raises(
        GradientMismatchError, match=r"from the left the slope is -1 and from the right 1: f has a kink"
    ):
        gj.check_gradient(f, lambda x: np.array([1.0, 1.0]), [0.0, 2.0])


def test_a_gradient_has_the_shape_of_the_point():
    with pytest.raises(ShapeError, match=r"the point's shape, \(2,\), got \(1, 2\)"):
        gj.check_gradient(ROSENBROCK, lambda x: by_hand(x)[None], [1.0, 2.0])


def test_a_gradient_that_is_not_a_number_is_refused():
    with pytest.raises(ValueRangeError, match=r"a gradient of finite numbers, got nan at \(1,\)"):
        gj.check_gradient(ROSENBROCK, lambda x: np.array([0.0, np.nan]), [1.0, 2.0])


def test_float32_functions_are_refused():
    with pytest.raises(DTypeError, match="returns float64, got float32: differences would keep half"):
        gj.check_gradient(lambda x: np.float32(x[0]), lambda x: np.ones(1), [1.0])


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e8, -1e10])
def test_a_constant_does_not_make_a_right_gradient_wrong(offset):
    """A plain difference of 1e8 + x.x is off by 4e-3: values that large forget the slope."""
    assert gj.check_gradient(lambda x: offset + x @ x, lambda x: 2 * x, [1.0, 2.0]) < 1e-5


def test_a_wrong_gradient_is_noticed_beside_a_constant():
    for offset in (1e4, 1e8):
        with pytest.raises(GradientMismatchError, match="entry 1 to be 4"):
            gj.check_gradient(lambda x: offset + x @ x, lambda x: np.array([2.0, 4.01]) * x[0], [1.0, 2.0])  # noqa: B023


def test_what_rounding_leaves_open_is_not_called_wrong():
    with pytest.raises(ValueRangeError, match="rounding errors of f leave"):
        gj.check_gradient(lambda x: 1e16 + x @ x, lambda x: 2 * x, [1.0, 2.0])


@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (np.log, lambda x: 1 / x, 1e-9),
        (lambda x: 1 / x, lambda x: -1 / x**2, 1e-5),
        (lambda x: 1e-12 * np.sin(1e8 * x), lambda x: 1e-4 * np.cos(1e8 * x), 0.3),
        (np.exp, np.exp, 1e-9),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), 1e-12),
    ],
)
def test_functions_that_vary_over_short_lengths(f, slope, x):
    gj.check_gradient(lambda v: f(v[0]), slope, [x], atol=0)
    with pytest.raises(GradientMismatchError, match="correct that partial"):
        gj.check_gradient(lambda v: f(v[0]), lambda v: 1.001 * slope(v), [x], atol=0)


def test_a_kink_beside_a_constant_is_still_a_kink():
    with pytest.raises(GradientMismatchError, match="f has a kink"):
        gj.check_gradient(lambda x: 100 + np.abs(x[0]), lambda x: np.ones(1), [0.0])
