"""Deterministic methods: right answers, honest flags, and errors instead of endless loops."""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np
import pytest
import scipy.optimize

from foundations.autodiff import Tensor, grad, no_grad, ops
from foundations.errors import ConvergenceError, ValueRangeError
from foundations.optimization import (
    accelerated_gradient,
    gradient_descent,
    heavy_ball,
    lbfgs,
    newton,
    nonlinear_conjugate_gradient,
)
from foundations.optimization.landscapes import (
    LANDSCAPES,
    logistic_loss,
    quadratic,
    rosenbrock,
    saddle,
    spectrum,
)
from foundations.optimization.quasi_newton import two_loop
from foundations.optimization.second_order import modified_cholesky

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
FAST = {name: GENERAL[name] for name in ("newton", "lbfgs", "nonlinear_conjugate_gradient")}


def logistic(ridge=0.01, n=60, d=5):
    rng = np.random.default_rng(0)
    features = rng.standard_normal((n, d))
    labels = np.where(features @ rng.standard_normal(d) + rng.standard_normal(n) > 0, 1, -1)
    return logistic_loss(features, labels, ridge), np.zeros(d)


def by_scipy(f, x0, method="BFGS"):
    return scipy.optimize.minimize(
        lambda x: float(f(Tensor(x)).data),
        x0,
        jac=lambda x: grad(f)(x).numpy(),
        method=method,
        options={"gtol": 1e-9, "maxiter": 10_000},
    )


PROBLEMS = {name: (land.f, np.array(land.start)) for name, land in LANDSCAPES.items()} | {
    "rosenbrock in 10 dimensions": (rosenbrock, np.linspace(-1, 1, 10)),
    "logistic": logistic(),
    "quadratic": (quadratic(spectrum(20, 1e3, rng=np.random.default_rng(0)), np.ones(20)), np.zeros(20)),
}


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("method", FAST)
def test_a_method_ends_where_scipy_ends_or_in_another_minimum(method, problem):
    f, x0 = PROBLEMS[problem]
    result = FAST[method](f, x0)
    assert result.converged, result.reason
    assert result.gradient_norm <= 1e-8
    reference = by_scipy(f, x0)
    known = [reference.x]
    if problem in LANDSCAPES:
        known += [np.array(m) for m in LANDSCAPES[problem].minima]
    distance = min(np.linalg.norm(result.x - x) for x in known)
    assert distance < 1e-5 * max(1, np.linalg.norm(result.x))
    if problem != "himmelblau":  # its minima have one value
        assert result.value == pytest.approx(reference.fun, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_lbfgs_needs_about_as_many_evaluations_as_that_of_scipy(problem):
    f, x0 = PROBLEMS[problem]
    ours = lbfgs(f, x0, tolerance=1e-6)
    theirs = by_scipy(f, x0, "L-BFGS-B")
    assert ours.converged
    assert ours.evaluations <= 2 * theirs.nfev + 10


@pytest.mark.parametrize("problem", ["saddle", "ill-conditioned", "himmelblau", "logistic"])
def test_gradient_descent_by_backtracking_gets_there_too(problem):
    f, x0 = PROBLEMS[problem]
    result = gradient_descent(f, x0, tolerance=1e-6, max_iterations=3000)
    assert result.converged
    assert result.value == pytest.approx(by_scipy(f, x0).fun, abs=1e-9)
    assert (np.diff(result.values) <= 1e-12 * np.abs(result.values[:-1])).all()


@pytest.mark.parametrize("method", EVERY)
def test_a_result_tells_the_way(method):
    result = EVERY[method](rosenbrock, [-1.2, 1.0], max_iterations=7)
    assert result.iterations == 7
    assert not result.converged
    assert result.reason == "stopped after 7 iterations: allow more"
    assert result.path.shape == (8, 2)
    assert result.values.shape == result.gradient_norms.shape == (8,)
    np.testing.assert_array_equal(result.path[0], [-1.2, 1.0])
    np.testing.assert_array_equal(result.path[-1], result.x)
    for x, value, norm in zip(result.path, result.values, result.gradient_norms, strict=True):
        assert rosenbrock(x) == pytest.approx(value, rel=1e-14)
        assert np.linalg.norm(grad(rosenbrock)(x).numpy()) == pytest.approx(norm, rel=1e-12)
    assert result.value == result.values[-1]
    short = EVERY[method](rosenbrock, [-1.2, 1.0], max_iterations=7, keep_path=False)
    np.testing.assert_array_equal(short.path, [result.x])
    np.testing.assert_array_equal(short.values, result.values)


@pytest.mark.parametrize("method", EVERY)
def test_any_shape_will_do(method):
    x0 = np.random.default_rng(0).standard_normal((3, 1, 2))
    f = lambda x: (x * x).sum() + ops.exp(0.1 * x).sum()
    result = EVERY[method](f, x0, max_iterations=50)
    assert result.x.shape == (3, 1, 2)
    assert result.path.shape == (result.iterations + 1, 3, 1, 2)
    flat = EVERY[method](f, x0.reshape(-1), max_iterations=50)
    np.testing.assert_array_equal(result.x.reshape(-1), flat.x)


@pytest.mark.parametrize("method", EVERY)
def test_a_start_at_the_minimum_is_the_end(method):
    result = EVERY[method](rosenbrock, Tensor(np.ones(2)))
    assert result.converged
    assert result.iterations == 0
    assert result.evaluations == 1
    assert EVERY[method](rosenbrock, [0.0, 0.0], max_iterations=0).iterations == 0


@pytest.mark.parametrize("method", EVERY)
def test_it_works_where_nothing_is_recorded(method):
    with no_grad():
        assert EVERY[method](saddle, [1.0, 0.5], max_iterations=5).iterations == 5


# --- what is special about each


def test_newton_solves_a_quadratic_in_one_step_and_knows_directions_of_descent():
    a = spectrum(7, 1e4, rng=np.random.default_rng(0))
    result = newton(quadratic(a, np.ones(7)), np.zeros(7))
    assert result.iterations == 1
    np.testing.assert_allclose(result.x, np.linalg.solve(a, np.ones(7)), rtol=1e-8)
    # at (0.5, 0.1) the saddle's Hessian is indefinite: a plain Newton step would climb to the saddle
    assert np.linalg.norm(newton(saddle, [0.5, 0.1]).x - [0, 1]) < 1e-7
    # and exactly on the ridge it can only find the saddle, and says that the gradient is small
    stuck = newton(saddle, [0.5, 0.0])
    assert stuck.converged
    np.testing.assert_allclose(stuck.x, 0, atol=1e-8)


@pytest.mark.parametrize(
    "h",
    [
        np.eye(3),
        np.diag([1.0, -1.0, 1e-12]),
        np.zeros((3, 3)),
        -1e8 * np.eye(3),
        np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1.0]]),
        np.array([[1.0, 2, 0], [2, 1, 0], [0, 0, 3]]),  # a positive diagonal, yet indefinite
        1e-200 * np.diag([1.0, -1.0, 1.0]),
    ],
)
def test_the_modified_factor_belongs_to_a_positive_definite_matrix(h):
    factor = modified_cholesky(h)
    shifted = factor @ factor.T
    tau = shifted - h
    np.testing.assert_allclose(tau, tau[0, 0] * np.eye(3), atol=1e-12 * np.abs(shifted).max())
    assert np.linalg.eigvalsh(shifted)[0] > 0
    if np.linalg.eigvalsh(h)[0] > 1e-6:
        np.testing.assert_allclose(shifted, h)


def test_a_matrix_that_cannot_be_mended_is_an_error_in_bounded_time():
    with pytest.raises(ConvergenceError, match="is it symmetric, and finite"):
        modified_cholesky(np.full((2, 2), math.nan))


def test_the_two_loops_multiply_by_the_matrix_they_never_form():
    rng = np.random.default_rng(0)
    n = 5
    pairs = []
    for _ in range(3):
        s, y = rng.standard_normal((2, n))
        pairs.append((s, y if y @ s > 0 else -y))
    s, y = pairs[-1]
    h = (s @ y) / (y @ y) * np.eye(n)
    for s, y in pairs:  # Nocedal & Wright, equation 6.17
        rho = 1 / (y @ s)
        left = np.eye(n) - rho * np.outer(s, y)
        h = left @ h @ left.T + rho * np.outer(s, s)
    g = rng.standard_normal(n)
    np.testing.assert_allclose(two_loop(g, pairs), h @ g, rtol=1e-12)
    np.testing.assert_array_equal(two_loop(g, []), g)
    s, y = pairs[-1]
    np.testing.assert_allclose(two_loop(y, pairs), s, rtol=1e-12)  # the secant equation H y = s


@pytest.mark.parametrize("memory", [1, 3, 30])
def test_lbfgs_works_with_any_memory(memory):
    result = lbfgs(rosenbrock, np.linspace(-1, 1, 10), memory=memory)
    assert result.converged
    np.testing.assert_allclose(result.x, 1, atol=1e-6)


def test_nonlinear_conjugate_gradients_are_the_linear_ones_on_a_quadratic():
    # with nearly exact line searches, n steps solve a quadratic in n dimensions
    a = spectrum(4, 10.0, rng=np.random.default_rng(0))
    result = nonlinear_conjugate_gradient(quadratic(a, np.ones(4)), np.zeros(4), tolerance=1e-9)
    assert result.converged
    assert result.iterations <= 16


def test_nesterov_beats_gradient_descent_where_it_is_made_to():
    a = spectrum(30, 1e3, rng=np.random.default_rng(0))
    f = quadratic(a, a @ np.ones(30))
    settings = {"tolerance": 1e-5, "max_iterations": 3000, "keep_path": False}
    plain = gradient_descent(f, np.zeros(30), step=1.0, **settings)
    fast = accelerated_gradient(f, np.zeros(30), smoothness=1.0, convexity=1e-3, **settings)
    assert fast.converged
    assert plain.iterations > 8 * fast.iterations


# --- bad input


@pytest.mark.parametrize("method", ["fixed step", "heavy_ball", "accelerated_gradient"])
def test_a_run_that_diverges_ends_in_an_error(method):
    with pytest.raises(ValueRangeError, match=r"after step \d+: take a smaller step"):
        EVERY[method](lambda x: 1e6 * (x * x * x * x).sum(), [30.0])


@pytest.mark.parametrize("method", GENERAL)
def test_a_function_without_a_bound_ends_in_a_flag_or_an_error(method):
    def end():
        try:
            result = GENERAL[method](lambda x: -ops.exp(x).sum(), [1.0], max_iterations=200)
        except ValueRangeError as error:
            return str(error)
        assert not result.converged
        return result.reason

    assert re.search("no bound below|not finite|stopped after 200|no step lowers the value", end())


@pytest.mark.parametrize("method", GENERAL)
def test_a_wall_of_nan_is_stepped_back_from(method):
    barrier = lambda x: (x - 3 * ops.log(1 - x) - 0.1 * ops.log(x)).sum()
    result = GENERAL[method](barrier, [0.999], tolerance=1e-7)
    assert result.converged
    assert 0 < result.x[0] < 1


@pytest.mark.parametrize("method", GENERAL)
def test_a_tolerance_below_rounding_ends_and_says_so(method):
    f = lambda x: (x - math.pi).sum() * (x - math.pi).sum() + 1e3 + ops.exp(x - math.pi).sum() - x.sum()
    result = GENERAL[method](f, [1.0], tolerance=0.0, max_iterations=100)
    assert result.gradient_norm < 1e-5
    assert result.converged == (result.gradient_norm == 0)
    assert result.converged or result.reason


@pytest.mark.parametrize("method", FAST)
def test_a_kink_ends_and_is_not_called_converged(method):
    result = FAST[method](lambda x: ops.abs(x).sum() + 0.1 * (x * x).sum(), [1.0, -0.7], max_iterations=60)
    assert not result.converged
    assert result.iterations <= 60
