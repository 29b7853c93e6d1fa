"""What every routine says to bad input."""

import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.autodiff import Tensor, ops
from foundations.errors import DTypeError, GraphError, ShapeError, ValueRangeError

OF_NUMBERS = {
    "tangent_plane": gj.tangent_plane,
    "quadratic_model": gj.quadratic_model,
    "directional_derivative": lambda f, x: gj.directional_derivative(f, x, [1.0, 0.0]),
    "critical_point": gj.critical_point,
}
OF_ANYTHING = {
    "forward_difference": gj.forward_difference,
    "central_difference": gj.central_difference,
    "complex_step": gj.complex_step,
}
EVERY = {
    **OF_NUMBERS,
    **OF_ANYTHING,
    "linearise": gj.linearise,
    "newton": gj.newton,
    "local_inverse": gj.local_inverse,
}
POINT = [0.5, 2.0]


def parametrised(routines):
    return pytest.mark.parametrize(("name", "routine"), routines.items(), ids=list(routines))


@parametrised(EVERY)
@pytest.mark.parametrize("shape", [(), (0,), (2, 1)])
def test_a_point_is_one_list_of_coordinates(name, routine, shape):
    with pytest.raises(ShapeError, match=r"expects a point of shape \(n,\), got"):
        routine(lambda x: x, np.ones(shape))


@parametrised(EVERY)
def test_a_point_is_finite(name, routine):
    with pytest.raises(ValueRangeError, match=r"expects a point of finite numbers, got nan at \(1,\)"):
        routine(lambda x: x, [0.0, np.nan])


@parametrised(EVERY)
def test_a_point_is_real(name, routine):
    with pytest.raises(DTypeError, match="expects a point of real numbers, got complex128"):
        routine(lambda x: x, [0.0, 1j])


@parametrised(EVERY)
def test_integers_are_taken(name, routine):
    if name == "critical_point":
        assert routine(lambda x: (x * x).sum(), [0, 0]).kind == "minimum"
    elif name in OF_NUMBERS:
        routine(lambda x: x[0] * x[1], [1, 2])
    else:
        routine(lambda x: 2 * x, [1, 2])


@parametrised(OF_NUMBERS)
def test_only_a_number_has_a_gradient(name, routine):
    with pytest.raises(
        ShapeError, match=rf"{name} expects a function that returns a single number, got shape \(2,\)"
    ):
        routine(lambda x: 2 * x, POINT)
    with pytest.raises(ShapeError, match=r"got shape \(1,\): reduce it"):
        routine(lambda x: x[:1], POINT)


@parametrised({**OF_NUMBERS, **OF_ANYTHING})
def test_integers_and_comparisons_have_no_derivative(name, routine):
    with pytest.raises(DTypeError, match=r"got (int64|bool|float64)"):
        routine(lambda x: ops.argmax(x) if isinstance(x, Tensor) else np.argmax(x), POINT)


@parametrised(OF_NUMBERS)
def test_what_left_the_graph_is_an_error_and_not_a_zero(name, routine):
    with pytest.raises(GraphError, match="which has no graph"):
        routine(lambda x: 3.0, POINT)


@parametrised({**OF_NUMBERS, "forward_difference": gj.forward_difference, "linearise": gj.linearise})
def test_float32_inside_a_function_is_noticed(name, routine):
    f = lambda x: ops.astype(x, np.float32) if name == "linearise" else ops.astype(x, np.float32).sum()
    with pytest.raises(DTypeError, match="returns float64, got float32"):
        routine(f, POINT)


@parametrised({**OF_NUMBERS, "linearise": gj.linearise})
def test_poles_and_edges_are_named(name, routine):
    f = lambda x: 1 / (x - 0.5) if name == "linearise" else (1 / (x - 0.5)).sum()
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueRangeError, match=r"finite numbers, got (inf|nan|-inf)"),
    ):
        routine(f, [0.5, 2.0])


def test_an_infinite_slope_is_named():
    with (
        np.errstate(divide="ignore"),
        pytest.raises(ValueRangeError, match="the gradient to hold finite numbers"),
    ):
        gj.tangent_plane(lambda x: ops.sqrt(x[0]), [0.0])


def test_a_direction_has_the_length_of_the_point():
    with pytest.raises(ShapeError, match=r"expects a point of shape \(2,\), got \(3,\)"):
        gj.directional_derivative(lambda x: x[0] * x[1], POINT, [1.0, 0.0, 0.0])


def test_public_names_are_there_and_documented():
    assert len(set(gj.__all__)) == len(gj.__all__)
    documented = [name for name in gj.__all__ if callable(getattr(gj, name))]
    assert len(documented) == len(gj.__all__) - 5
    for name in documented:
        assert getattr(gj, name).__doc__, name
