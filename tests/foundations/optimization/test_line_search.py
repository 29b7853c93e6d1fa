"""The line search: what it returns meets the Wolfe conditions, and it always ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ValueRangeError
from foundations.optimization import strong_wolfe
from foundations.optimization.landscapes import LANDSCAPES
from foundations.optimization.line_search import EXPANSIONS, HALVINGS, ROUNDING, backtrack
from foundations.optimization.minimization import Minimization


class Counted:
    """A function of a step, with its slope, that counts its calls."""

    def __init__(self, value, slope):
        self.value, self.slope, self.calls = value, slope, 0

    def __call__(self, step):
        self.calls += 1
        return self.value(step), self.slope(step)


# the least points lie where `start` has to be stretched or cut by many orders of magnitude
SHAPES = {
    "parabola": (lambda t: (t - 1) ** 2, lambda t: 2 * (t - 1)),
    "far": (lambda t: (t - 1e4) ** 2, lambda t: 2 * (t - 1e4)),
    "near": (lambda t: (1e4 * t - 1) ** 2, lambda t: 2e4 * (1e4 * t - 1)),
    # Moré & Thuente 1994, the first two functions of their tests
    "flat tail": (lambda t: -t / (t * t + 2), lambda t: (t * t - 2) / (t * t + 2) ** 2),
    "steep": (
        lambda t: (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
        lambda t: 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
    ),
    "wavy": (
        lambda t: 1 - t + 0.05 * math.sin(20 * t) / 20 + 0.3 * t * t,
        lambda t: -1 + 0.05 * math.cos(20 * t) + 0.6 * t,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("start", [1e-3, 0.1, 1.0, 10.0, 1e3])
@pytest.mark.parametrize(("sufficient", "curvature"), [(1e-4, 0.9), (1e-4, 0.1), (0.1, 0.11)])
def test_the_step_meets_both_conditions(shape, start, sufficient, curvature):
    phi = Counted(*SHAPES[shape])
    value, slope = phi(0.0)
    step = strong_wolfe(phi, value, slope, start=start, sufficient=sufficient, curvature=curvature)
    assert step is not None
    there, slope_there = phi(step)
    assert there <= value + sufficient * step * slope + ROUNDING * abs(value)
    assert abs(slope_there) <= curvature * abs(slope)
    assert phi.calls <= EXPANSIONS + HALVINGS


@given(
    roots=st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    start=st.floats(1e-3, 1e3),
    lift=st.floats(0.01, 1.0),
)
def test_it_is_right_on_random_quartics(roots, start, lift):
    p = np.polynomial.Polynomial.fromroots(roots) ** 2 * lift + np.polynomial.Polynomial([0, 0, 0, 0, 0.1])
    value, slope = p(0.0), p.deriv()(0.0)
    if not slope < -1e-6:
        return
    step = strong_wolfe(lambda t: (p(t), p.deriv()(t)), value, slope, start=start)
    assert step is not None
    assert p(step) <= value + 1e-4 * step * slope + ROUNDING * abs(value)
    assert abs(p.deriv()(step)) <= 0.9 * abs(slope)


def test_steps_out_of_the_domain_are_too_long():
    def phi(t):
        return (-math.log(1 - t) - 5 * t, 1 / (1 - t) - 5) if t < 1 else (math.nan, math.nan)

    step = strong_wolfe(phi, 0.0, -4.0, start=64.0, curvature=0.1)
    assert step == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize(
    "phi",
    [
        lambda t: (-t, -1.0),  # falls without end
        lambda t: (0.0 if t == 0 else 1.0, -1.0),  # the slope is a lie: no step falls
        lambda t: (math.nan, math.nan) if t else (0.0, -1.0),
        lambda t: (-math.inf, -1.0) if t else (0.0, -1.0),
        lambda t: (-1e-30 * t, -1e-30),
    ],
    ids=["unbounded", "wrong slope", "nan", "minus infinity", "flat"],
)
def test_it_ends_where_there_is_no_such_step(phi):
    counted = Counted(lambda t: phi(t)[0], lambda t: phi(t)[1])
    value, slope = phi(0.0)
    assert strong_wolfe(counted, value, slope) is None
    assert counted.calls <= EXPANSIONS + HALVINGS


@pytest.mark.parametrize(
    ("slope", "constants", "message"),
    [
        (1.0, {}, "does not fall in this direction, its slope is 1.0"),
        (math.nan, {}, "does not fall"),
        (-1.0, {"sufficient": 0.9, "curvature": 0.1}, "expected 0 < sufficient < curvature < 1"),
    ],
)
def test_misuse_is_an_error(slope, constants, message):
    with pytest.raises(ValueRangeError, match=message):
        strong_wolfe(lambda t: (t, slope), 0.0, slope, **constants)


@pytest.mark.parametrize("name", LANDSCAPES)
def test_backtracking_finds_a_step_that_falls_enough(name):
    landscape = LANDSCAPES[name]
    run = Minimization(landscape.f, landscape.start, tolerance=0.0, max_iterations=1)
    direction = -run.gradient
    step = backtrack(run, direction, start=64.0, sufficient=0.5)
    assert step is not None
    assert run.value_at(run.x + step * direction) <= run.value - 0.5 * step * run.gradient @ run.gradient
    tried = run.value_at(run.x + 2 * step * direction)
    assert step == 64.0 or tried > run.value - step * run.gradient @ run.gradient


def test_backtracking_ends_where_no_step_falls():
    run = Minimization(lambda x: (x - 1000).sum(), [1000.0], tolerance=0.0, max_iterations=1)
    run.gradient = -run.gradient  # a lie: in this direction it rises
    before = run.evaluations
    assert backtrack(run, -run.gradient) is None
    assert run.evaluations - before <= HALVINGS
