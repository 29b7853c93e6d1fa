"""What the deterministic methods refuse: functions that are none, starts and settings out of range."""

from __future__ import annotations

import math
from functools import partial

import pytest

from foundations.autodiff import Tensor, ops
from foundations.errors import GraphError, ShapeError, ValueRangeError
from foundations.optimization import (
    accelerated_gradient,
    gradient_descent,
    heavy_ball,
    lbfgs,
    newton,
    nonlinear_conjugate_gradient,
)
from foundations.optimization.landscapes import rosenbrock

GENERAL = {
    "gradient_descent": gradient_descent,
    "newton": newton,
    "lbfgs": lbfgs,
    "nonlinear_conjugate_gradient": nonlinear_conjugate_gradient,
}
EVERY = GENERAL | {
    "fixed step": partial(gradient_descent, step=1e-3),
    "heavy_ball": partial(heavy_ball, step=1e-3, momentum=0.9),
    "accelerated_gradient": partial(accelerated_gradient, smoothness=1e3),
    "accelerated, strongly": partial(accelerated_gradient, smoothness=1e3, convexity=1.0),
}


@pytest.mark.parametrize("method", EVERY)
@pytest.mark.parametrize(
    ("f", "x0", "error", "message"),
    [
        (rosenbrock, [math.nan, 1.0], ValueRangeError, "the start holds 1 values that are not finite"),
        (rosenbrock, [math.inf, math.inf], ValueRangeError, "the start holds 2 values"),
        (rosenbrock, [], ShapeError, "the start is empty"),
        (lambda x: x * x, [1.0, 2.0], ShapeError, r"returned shape \(2,\), expected a single number"),
        (lambda x: 3.0, [1.0], GraphError, "returned float, expected a Tensor"),
        (lambda x: Tensor(3.0), [1.0], GraphError, "does not depend on the argument"),
        (lambda x: ops.log(x).sum(), [-1.0], ValueRangeError, "the value is nan at the start"),
        (lambda x: ops.log(x).sum(), [0.0], ValueRangeError, "no bound below"),
        (lambda x: ops.exp(x).sum(), [1e3], ValueRangeError, "the value is inf at the start"),
        (lambda x: ops.sqrt(x).sum(), [0.0], ValueRangeError, "the gradient is not finite at the start"),
    ],
    ids=["nan", "inf", "empty", "vector", "number", "constant", "log", "minus inf", "exp", "sqrt"],
)
def test_what_cannot_be_minimised_is_an_error(method, f, x0, error, message):
    with pytest.raises(error, match=message):
        EVERY[method](f, x0)


@pytest.mark.parametrize("method", EVERY)
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tolerance": -1e-8}, "tolerance is a finite number, at least 0; got -1e-08"),
        ({"tolerance": math.nan}, "tolerance is a finite number"),
        ({"max_iterations": -1}, "max_iterations is a whole number, at least 0"),
        ({"max_iterations": 1.5}, "max_iterations is a whole number"),
    ],
)
def test_bounds_that_bound_nothing_are_errors(method, settings, message):
    with pytest.raises(ValueRangeError, match=message):
        EVERY[method](rosenbrock, [0.0, 0.0], **settings)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (partial(gradient_descent, step=0.0), "step is a finite positive number"),
        (partial(gradient_descent, step=-1.0), "step is a finite positive number"),
        (partial(heavy_ball, step=math.nan, momentum=0.5), "step is a finite positive number"),
        (partial(heavy_ball, step=0.1, momentum=1.0), r"momentum lies in \[0, 1\)"),
        (partial(accelerated_gradient, smoothness=0.0), "smoothness is a finite positive number"),
        (
            partial(accelerated_gradient, smoothness=1.0, convexity=2.0),
            r"convexity lies in \[0, smoothness\]",
        ),
        (partial(lbfgs, memory=0), "memory is a whole number, at least 1"),
    ],
)
def test_settings_out_of_range_are_errors(call, message):
    with pytest.raises(ValueRangeError, match=message):
        call(rosenbrock, [0.0, 0.0])
