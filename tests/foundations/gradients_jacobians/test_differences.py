import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations import gradients_jacobians as gj
from foundations.autodiff import Tensor, grad, hessian, jacobian, ops
from foundations.errors import DTypeError, ShapeError, ValueRangeError

RULES = [gj.forward_difference, gj.central_difference, gj.complex_step]
TOLERANCE = {gj.forward_difference: 1e-6, gj.central_difference: 1e-8, gj.complex_step: 1e-13}
POINT = np.array([0.7, -1.3])
BOTH = [*gj.SURFACES.values(), *gj.MAPS.values()]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("one", BOTH, ids=lambda one: one.name)
def test_every_rule_agrees_with_exact_derivatives(rule, one):
    exact = jacobian(one.f, POINT).numpy()
    estimate = rule(one.f, POINT)
    assert estimate.shape == exact.shape
    np.testing.assert_allclose(estimate, exact, rtol=0, atol=TOLERANCE[rule] * (1 + np.abs(exact).max()))


@given(st.lists(st.floats(-3, 3), min_size=5, max_size=5), st.integers(0, 2**32))
def test_the_complex_step_is_exact_on_random_functions(x, seed):
    a = np.random.default_rng(seed).standard_normal((3, 5))
    f = lambda x: ops.tanh(x @ a.T) * ops.exp(0.3 * x[..., :3])
    np.testing.assert_allclose(
        gj.complex_step(f, x), jacobian(f, np.array(x)).numpy(), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("rule", [*RULES, gj.second_difference])
def test_the_point_is_not_changed(rule):
    x = POINT.copy()
    rule(lambda x: x[0] * x[1] * x[1], x)
    np.testing.assert_array_equal(x, POINT)


@pytest.mark.parametrize("rule", RULES)
def test_shapes_of_outputs_and_inputs_do_not_mix(rule):
    a = np.arange(30.0).reshape(5, 2, 3)  # outputs (5, 2), inputs (3,)
    np.testing.assert_allclose(rule(lambda x: a @ x, [0.5, -0.2, 0.1]), a, atol=1e-6)


@pytest.mark.parametrize("one", gj.SURFACES.values(), ids=lambda one: one.name)
def test_second_differences_agree_with_the_hessian(one):
    exact = hessian(one.f, POINT).numpy()
    estimate = gj.second_difference(one.f, POINT)
    np.testing.assert_array_equal(estimate, estimate.T)
    np.testing.assert_allclose(estimate, exact, rtol=0, atol=1e-6 * (1 + np.abs(exact).max()))


def test_differences_are_exact_where_the_truncation_vanishes():
    line, parabola = (lambda x: 3 * x[0] - x[1]), (lambda x: 3 * x[0] * x[0] - x[1])
    assert gj.forward_difference(line, [1.0, 2.0], step=0.25).tolist() == [3, -1]
    assert gj.central_difference(parabola, [1.0, 2.0], step=0.25).tolist() == [6, -1]


def test_the_step_that_is_taken_is_the_one_that_is_divided_by():
    x = np.array([1e8 + 1 / 3])  # 1e-7 is rounded to 1.04e-7 or 8.9e-8 there
    np.testing.assert_allclose(gj.forward_difference(lambda x: 4 * x[0], x, step=1e-7), 4, rtol=1e-15)


def test_a_step_that_moves_nothing_is_refused():
    for rule in (gj.forward_difference, gj.central_difference, gj.second_difference):
        with pytest.raises(
            ValueRangeError, match=r"expects a step that moves the point, got 1e-09 beside x\[0\]"
        ):
            rule(lambda x: x[0], [1e8], step=1e-9)


@pytest.mark.parametrize("step", [0, -1e-3, np.inf, np.nan, True, "1"])
@pytest.mark.parametrize("rule", [*RULES, gj.second_difference])
def test_a_step_is_a_finite_distance(rule, step):
    with pytest.raises(ValueRangeError, match="expects a finite step above 0, got"):
        rule(lambda x: x[0], [1.0], step=step)


@pytest.mark.parametrize("f", [lambda x: np.abs(x[0]), lambda x: np.real(x[0]) * 2, lambda x: 1.0])
def test_the_complex_step_needs_the_imaginary_part(f):
    with pytest.raises(DTypeError, match=r"expects f to keep the imaginary part, got \w+64"):
        gj.complex_step(f, POINT)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.conj(x[0]) * x[0] + x[1],
        lambda x: np.abs(x[0]) + x[1],
        lambda x: np.real(x[0]) * x[1],
    ],
)
def test_the_complex_step_notices_what_is_not_analytic(f):
    with pytest.raises(ValueRangeError, match="expects an analytic function, got a slope of"):
        gj.complex_step(f, POINT)


def test_the_complex_step_says_so_when_f_takes_no_complex_numbers():
    with pytest.raises(DTypeError, match="expects f to take complex numbers, got a Tensor holds floats"):
        gj.complex_step(lambda x: Tensor(x).sum(), POINT)
    with pytest.raises(DTypeError, match="expects f to take complex numbers, got Casting complex values"):
        gj.complex_step(lambda x: np.array([float(x[0]), 1.0]), POINT)


def test_the_complex_step_stays_right_for_a_fast_function():
    f = lambda x: np.sin(1e4 * x[0])
    np.testing.assert_allclose(gj.complex_step(f, [0.3]), [1e4 * np.cos(3e3)], rtol=1e-12)


def test_the_complex_step_survives_where_differences_cancel():
    f = lambda x: 1e10 + np.sin(x[0])
    slope = np.cos(0.5)
    assert abs(gj.complex_step(f, [0.5])[0] - slope) < 1e-15
    assert abs(gj.central_difference(f, [0.5])[0] - slope) > 1e-3


def test_a_gradient_of_gradients_can_be_differenced():
    estimate = gj.central_difference(grad(gj.SURFACES["hills"].f), POINT)
    np.testing.assert_allclose(estimate, hessian(gj.SURFACES["hills"].f, POINT).numpy(), atol=1e-9)


@pytest.mark.parametrize("rule", [*RULES, gj.second_difference])
def test_functions_that_leave_their_domain_are_refused(rule):
    with np.errstate(all="ignore"), pytest.raises(ValueRangeError, match="finite"):
        rule(lambda x: np.log(x[0]), [0.0])


def test_second_differences_are_of_a_number():
    with pytest.raises(ShapeError, match=r"a single number, got shape \(2,\)"):
        gj.second_difference(lambda x: x, POINT)


@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (np.log, lambda x: 1 / x, 1e-9),
        (lambda x: 1 / x, lambda x: -1 / x**2, 1e-5),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), 1e-10),
        (np.exp, np.exp, 1e-9),
        (np.cos, lambda x: -np.sin(x), 0.01),
        (lambda x: 3.0 + x, np.ones_like, 1e-7),
    ],
)
def test_steps_go_with_the_length_over_which_f_varies(f, slope, x):
    """log at 1e-9 wants a step in proportion to x; exp at 1e-9 wants one in proportion to 1."""
    g = lambda v: f(v[0])
    wanted = slope(np.array(x))
    assert abs(gj.forward_difference(g, [x])[0] - wanted) <= 2e-7 * max(abs(wanted), 0.1)
    assert abs(gj.central_difference(g, [x])[0] - wanted) <= 2e-9 * max(abs(wanted), 0.1)


def test_second_differences_of_a_logarithm_near_0():
    np.testing.assert_allclose(gj.second_difference(lambda x: np.log(x[0]), [1e-6]), [[-1e12]], rtol=1e-5)


@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (lambda x: 1 / x, lambda x: -1 / x**2, 1e-6),
        (np.log, lambda x: 1 / x, 1e-9),
        (np.sin, np.cos, 1e8),
        (lambda x: 1 / x, lambda x: -1 / x**2, 1e-30),
        (np.exp, np.exp, 1e-9),
        (np.exp, np.exp, 0.0),
        (lambda x: x * x, lambda x: 2 * x, 0.0),
    ],
)
def test_the_complex_step_accepts_what_is_analytic_at_any_scale(f, slope, x):
    np.testing.assert_allclose(gj.complex_step(lambda v: f(v[0]), [x]), [slope(x)], rtol=1e-12)


@pytest.mark.parametrize("offset", [1e3, 1e5, -1e7])
def test_a_constant_does_not_hide_what_is_not_analytic(offset):
    for wrong in (lambda z: np.sqrt(z * np.conj(z)), lambda z: np.real(z) + 0 * z, lambda z: z * np.conj(z)):
        with pytest.raises(ValueRangeError, match="expects an analytic function"):
            gj.complex_step(lambda x: offset + wrong(x[0]), [1.0])  # noqa: B023


def test_one_output_that_is_not_analytic_is_enough():
    with pytest.raises(ValueRangeError, match="expects an analytic function"):
        gj.complex_step(lambda x: np.stack([1e6 * x[0], x[1] * x[0], np.conj(x[1])]), [1.0, 2.0])
