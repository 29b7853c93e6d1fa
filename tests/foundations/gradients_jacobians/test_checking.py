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
