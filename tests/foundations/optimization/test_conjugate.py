"""Conjugate gradients for linear systems: against SciPy, against their definition, and on bad matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse.linalg
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import NotPositiveDefiniteError, ShapeError, ValueRangeError
from foundations.optimization import conjugate_gradient
from foundations.optimization.landscapes import quadratic, spectrum


@pytest.mark.parametrize("n", [2, 7, 60])
@pytest.mark.parametrize("condition", [1.0, 30.0, 1e4])
def test_it_ends_where_scipy_ends_after_as_many_steps(n, condition):
    rng = np.random.default_rng(n)
    a, b = spectrum(n, condition, rng=rng), rng.standard_normal(n)
    steps = 0

    def count(_):
        nonlocal steps
        steps += 1

    theirs, info = scipy.sparse.linalg.cg(a, b, rtol=1e-9, atol=0, maxiter=10 * n, callback=count)
    ours = conjugate_gradient(a, b, tolerance=1e-9)
    assert ours.converged == (info == 0) is True
    assert abs(ours.iterations - steps) <= 2
    np.testing.assert_allclose(ours.x, theirs, atol=1e-7 * condition**0.5 * np.linalg.norm(theirs))
    np.testing.assert_allclose(ours.x, np.linalg.solve(a, b), rtol=1e-6, atol=1e-8 * condition)
    assert np.linalg.norm(b - a @ ours.x) <= 1.0001e-9 * np.linalg.norm(b)


@given(
    seed=st.integers(0, 10_000),
    eigenvalues=st.lists(st.sampled_from([1.0, 2.0, 5.0, 40.0]), min_size=2, max_size=12),
)
def test_it_takes_one_step_an_eigenvalue(seed, eigenvalues):
    rng = np.random.default_rng(seed)
    n = len(eigenvalues)
    q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    a = (q * eigenvalues) @ q.T
    a = (a + a.T) / 2
    result = conjugate_gradient(a, rng.standard_normal(n), tolerance=1e-8)
    assert result.converged
    assert result.iterations <= len(set(eigenvalues))


def test_residuals_are_orthogonal_directions_conjugate_and_every_point_the_best_of_its_subspace():
    rng = np.random.default_rng(1)
    n = 6
    a, b = spectrum(n, 20.0, rng=rng), rng.standard_normal(n)
    path = conjugate_gradient(a, b, tolerance=1e-13).path
    residuals = b - path @ a  # (k, n)
    steps = np.diff(path, axis=0)
    gram, energy = residuals @ residuals.T, steps @ a @ steps.T
    for matrix in (gram, energy):
        scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
        assert np.abs((matrix / scale)[: n - 1, : n - 1] - np.eye(n - 1)).max() < 1e-6
    krylov = np.array([np.linalg.matrix_power(a, i) @ b for i in range(n)]).T
    for k in range(1, 5):
        basis = krylov[:, :k]
        best = basis @ np.linalg.solve(basis.T @ a @ basis, basis.T @ b)  # least energy over the subspace
        np.testing.assert_allclose(path[k], best, rtol=1e-6, atol=1e-8)


def test_the_result_is_that_of_the_quadratic_it_minimises():
    rng = np.random.default_rng(2)
    a, b, x0 = spectrum(5, 9.0, rng=rng), rng.standard_normal(5), rng.standard_normal(5)
    result = conjugate_gradient(a, b, x0)
    f = quadratic(a, b)
    np.testing.assert_allclose(result.values, f(result.path), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        result.gradient_norms[:-1], np.linalg.norm(result.path @ a - b, axis=1)[:-1], rtol=1e-6, atol=1e-12
    )
    assert (np.diff(result.values) <= 1e-15).all()
    np.testing.assert_array_equal(result.path[0], x0)
    short = conjugate_gradient(a, b, x0, keep_path=False)
    np.testing.assert_array_equal(short.path, [result.x])


def test_a_function_serves_as_the_matrix_and_a_preconditioner_saves_steps():
    n = 200
    diagonal = np.linspace(1, 1e4, n)
    a = np.diag(diagonal) + 0.1 * (np.eye(n, k=1) + np.eye(n, k=-1))
    b = np.ones(n)
    plain = conjugate_gradient(lambda v: a @ v, b)
    scaled = conjugate_gradient(a, b, preconditioner=lambda r: r / np.diag(a))
    assert plain.converged
    assert scaled.converged
    assert scaled.iterations < plain.iterations / 5
    np.testing.assert_allclose(scaled.x, plain.x, rtol=1e-6, atol=1e-9)
    assert plain.evaluations >= plain.iterations + 1


def test_degenerate_systems():
    assert conjugate_gradient(np.eye(3), np.zeros(3)).iterations == 0
    back = conjugate_gradient(np.eye(3), np.zeros(3), np.ones(3))  # nothing to compare the residual with
    assert back.converged
    np.testing.assert_allclose(back.x, 0)
    np.testing.assert_allclose(conjugate_gradient([[4.0]], [2.0]).x, [0.5])
    exact = conjugate_gradient(2 * np.eye(2), np.ones(2), tolerance=0.0)
    assert exact.converged
    # singular, yet b lies in its range
    a = np.diag([1.0, 2.0, 0.0])
    assert conjugate_gradient(a, [1.0, 1.0, 0.0]).converged


def test_it_says_when_it_did_not_converge():
    a = spectrum(50, 1e8, rng=np.random.default_rng(0))
    result = conjugate_gradient(a, np.ones(50), max_iterations=5)
    assert not result.converged
    assert result.iterations == 5
    assert result.reason == "stopped after 5 iterations: allow more, or precondition"
    endless = conjugate_gradient(a, np.ones(50), tolerance=0.0)
    assert endless.iterations == 500
    assert not endless.converged


@pytest.mark.parametrize(
    ("a", "b", "error", "message"),
    [
        (
            np.diag([1.0, -1.0]),
            [1.0, 1.0],
            NotPositiveDefiniteError,
            "expected a positive definite matrix, met",
        ),
        (np.diag([1.0, 0.0]), [1.0, 1.0], NotPositiveDefiniteError, "met p\\^T A p = 0 in step 2"),
        (-np.eye(2), [1.0, 1.0], NotPositiveDefiniteError, "add a multiple of the identity"),
        (
            np.array([[1.0, 1.0], [0.0, 1.0]]),
            [1.0, 1.0],
            NotPositiveDefiniteError,
            "expected a symmetric matrix",
        ),
        (np.ones((2, 3)), [1.0, 1.0], ShapeError, r"expected A of shape \(2, 2\) to fit b, got \(2, 3\)"),
        (np.eye(2), [[1.0, 1.0]], ShapeError, r"expected b and x0 of one shape \(n,\)"),
        (np.eye(0), [], ShapeError, "expected b and x0"),
        (
            np.array([[math.nan, 0], [0, 1]]),
            [1.0, 1.0],
            ValueRangeError,
            "A holds values that are not finite",
        ),
        (np.eye(2), [1.0, math.inf], ValueRangeError, "b or x0 holds values"),
        (lambda v: v[:1], [1.0, 1.0], ShapeError, r"has shape \(2,\), got \(1,\)"),
        (lambda v: v * math.nan, [1.0, 1.0], ValueRangeError, "look at A"),
    ],
    ids=[
        *("indefinite", "singular", "negative", "not symmetric", "not square"),
        *("matrix b", "empty", "nan", "infinite b", "wrong product", "nan product"),
    ],
)
def test_what_is_no_such_system_is_an_error(a, b, error, message):
    with pytest.raises(error, match=message):
        conjugate_gradient(a, b)


@pytest.mark.parametrize("bad", [{"tolerance": -1.0}, {"tolerance": math.nan}, {"max_iterations": -1}])
def test_bounds_are_checked(bad):
    with pytest.raises(ValueRangeError, match="at least 0"):
        conjugate_gradient(np.eye(2), np.ones(2), **bad)
