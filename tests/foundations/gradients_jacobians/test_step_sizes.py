import math
from fractions import Fraction

import numpy as np
import pytest

from foundations import gradients_jacobians as gj
from foundations.errors import ValueRangeError

EPS = 2.0**-52
STEPS = np.geomspace(1e-13, 0.5, 60)


def cubic(x: Fraction) -> Fraction:
    return x**3 - 2 * x + Fraction(1, 3)


@pytest.mark.parametrize("rule", [gj.FORWARD, gj.CENTRAL, gj.SECOND])
def test_truncation_errors_hold_in_exact_arithmetic(rule):
    # For a polynomial of degree `order` the bounded derivative is constant and the bound is attained.
    x, n = Fraction(1, 7), rule.order
    f = lambda t: t**n + cubic(t) * (n == 4)
    for h in (Fraction(1, 2), Fraction(1, 100)):
        quotient = {
            "forward": (f(x + h) - f(x)) / h,
            "central": (f(x + h) - f(x - h)) / (2 * h),
            "second": (f(x + h) - 2 * f(x) + f(x - h)) / h**2,
        }[rule.name]
        power = lambda k: k * x ** (k - 1)
        exact = power(n) if rule.q == 1 else n * (n - 1) * x ** (n - 2) + 6 * x
        bound = rule.error_bound(float(h), noise=0, derivative=math.factorial(n))
        assert math.isclose(abs(quotient - exact), bound, rel_tol=1e-12)


@pytest.mark.parametrize("rule", [gj.FORWARD, gj.CENTRAL])
@pytest.mark.parametrize("x", [0.3, 1.0, 2.5])
def test_measured_errors_stay_below_the_bound(rule, x):
    difference = {"forward": gj.forward_difference, "central": gj.central_difference}[rule.name]
    f = lambda x: np.exp(x[0])
    for h in STEPS:
        got = difference(f, [x], step=h)[0]
        bound = rule.error_bound(h, noise=EPS * math.exp(x + h), derivative=math.exp(x + h))
        assert abs(got - math.exp(x)) <= bound


def test_measured_second_differences_stay_below_the_bound():
    for h in np.geomspace(1e-7, 0.5, 40):
        got = gj.second_difference(lambda x: np.exp(x[0]), [0.3], step=h)[0, 0]
        size = math.exp(0.3 + h)
        # x + h is rounded too, and its error is divided by h twice: a further eps f'/h.
        bound = gj.SECOND.error_bound(h, noise=EPS * size, derivative=size) + EPS * size / h
        assert abs(got - math.exp(0.3)) <= bound


@pytest.mark.parametrize("rule", [gj.FORWARD, gj.CENTRAL, gj.SECOND])
@pytest.mark.parametrize(("noise", "derivative"), [(1e-16, 1.0), (1e-10, 300.0), (1.0, 1e-4)])
def test_the_best_step_is_the_lowest_point_of_the_bound(rule, noise, derivative):
    best = rule.best_step(noise=noise, derivative=derivative)
    least = rule.error_bound(best, noise=noise, derivative=derivative)
    for factor in (0.5, 0.9, 0.999, 1.001, 1.1, 2):
        assert rule.error_bound(factor * best, noise=noise, derivative=derivative) > least


def test_the_best_steps_are_the_well_known_powers():
    steps = [rule.best_step(noise=EPS, derivative=1.0) for rule in (gj.FORWARD, gj.CENTRAL, gj.SECOND)]
    powers = [math.log(step) / math.log(EPS) for step in steps]
    np.testing.assert_allclose(powers, [1 / 2, 1 / 3, 1 / 4], atol=0.04)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_sizes_must_make_sense(bad):
    with pytest.raises(ValueRangeError, match="the forward difference expects a finite step above 0, got"):
        gj.FORWARD.error_bound(bad, noise=1, derivative=1)
    with pytest.raises(ValueRangeError, match="expects a finite noise above 0"):
        gj.CENTRAL.best_step(noise=bad, derivative=1)
    if bad != 0:
        with pytest.raises(ValueRangeError, match="take absolute values"):
            gj.FORWARD.error_bound(1, noise=bad, derivative=1)
