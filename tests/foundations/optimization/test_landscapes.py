"""Functions to try methods on: their gradients, their minima, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from foundations.autodiff import Tensor, grad, gradcheck
from foundations.errors import ShapeError, ValueRangeError
from foundations.optimization import newton
from foundations.optimization.landscapes import (
    LANDSCAPES,
    chain,
    logistic_loss,
    quadratic,
    rosenbrock,
    spectrum,
)


@pytest.mark.parametrize("name", LANDSCAPES)
def test_gradients_are_those_of_finite_differences(name):
    rng = np.random.default_rng(0)
    for _ in range(5):
        gradcheck(LANDSCAPES[name].f, rng.uniform(-1.5, 1.5, 2), rng=rng, order=2)


@pytest.mark.parametrize("name", LANDSCAPES)
def test_minima_are_where_and_what_they_are_said_to_be(name):
    landscape = LANDSCAPES[name]
    for minimum in landscape.minima:
        at = np.array(minimum)
        assert landscape.f(at) == pytest.approx(landscape.least, abs=1e-14)
        assert np.linalg.norm(grad(landscape.f)(at).numpy()) < 1e-7
        around = at + 1e-3 * np.random.default_rng(1).standard_normal((200, 2))
        assert (landscape.f(around) >= landscape.least - 1e-14).all()
        low, high, below, above = landscape.window
        assert low < at[0] < high
        assert below < at[1] < above


@pytest.mark.parametrize("name", LANDSCAPES)
def test_a_grid_of_points_is_evaluated_at_once(name):
    f = LANDSCAPES[name].f
    grid = np.random.default_rng(2).standard_normal((3, 5, 2))
    values = f(grid)
    assert values.shape == (3, 5)
    for i in range(3):
        for j in range(5):
            assert values[i, j] == pytest.approx(f(Tensor(grid[i, j])).item(), rel=1e-12)


def test_rosenbrock_in_many_dimensions_is_its_sum():
    x = np.random.default_rng(0).standard_normal(7)
    by_hand = sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(6))
    assert rosenbrock(x) == pytest.approx(by_hand, rel=1e-13)
    assert rosenbrock(np.ones(7)) == 0


def test_a_quadratic_has_the_gradient_it_is_defined_by():
    rng = np.random.default_rng(0)
    a, b, x = spectrum(5, 30.0, rng=rng), rng.standard_normal(5), rng.standard_normal(5)
    np.testing.assert_allclose(grad(quadratic(a, b))(x).numpy(), a @ x - b, rtol=1e-12)
    assert quadratic(a, b)(x) == pytest.approx(0.5 * x @ a @ x - b @ x, rel=1e-12)


@pytest.mark.parametrize(("n", "condition"), [(2, 1.0), (5, 30.0), (11, 1e6)])
def test_a_spectrum_runs_from_one_end_to_the_other(n, condition):
    a = spectrum(n, condition, rng=np.random.default_rng(1))
    eigenvalues = np.linalg.eigvalsh(a)
    np.testing.assert_array_equal(a, a.T)
    assert eigenvalues[-1] == pytest.approx(1)
    assert eigenvalues[0] == pytest.approx(1 / condition, rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 9])
@pytest.mark.parametrize("smoothness", [1.0, 7.0])
def test_the_chain_has_the_minimum_and_the_smoothness_it_is_said_to_have(n, smoothness):
    f = chain(n, smoothness)
    minimum = 1 - np.arange(1, n + 1) / (n + 1)
    np.testing.assert_allclose(grad(f)(minimum).numpy(), 0, atol=1e-12)
    assert f(minimum) == pytest.approx(smoothness / 8 * (1 / (n + 1) - 1))
    columns = [grad(f)(e).numpy() - grad(f)(np.zeros(n)).numpy() for e in np.eye(n)]
    assert np.linalg.eigvalsh(np.array(columns))[-1] <= smoothness
    x = np.random.default_rng(0).standard_normal(n)
    inner = sum((x[i] - x[i + 1]) ** 2 for i in range(n - 1))
    assert f(x) == pytest.approx(smoothness / 4 * ((x[0] ** 2 + inner + x[-1] ** 2) / 2 - x[0]))


def test_the_logistic_loss_is_its_formula_and_does_not_overflow():
    rng = np.random.default_rng(0)
    features, labels, w = rng.standard_normal((11, 3)), rng.choice([-1, 1], 11), rng.standard_normal(3)
    f = logistic_loss(features, labels, 0.3)
    by_hand = np.mean(np.log(1 + np.exp(-labels * (features @ w)))) + 0.15 * w @ w
    assert f(Tensor(w)).item() == pytest.approx(by_hand, rel=1e-12)
    gradcheck(f, w, rng=rng, order=2)
    far = f(Tensor(1e4 * w)).item()
    assert far == pytest.approx(np.mean(np.maximum(-labels * (features @ w) * 1e4, 0)) + 0.15e8 * w @ w)
    assert newton(f, w).converged


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: quadratic(np.ones((2, 3))), ShapeError, "expected A of shape"),
        (lambda: quadratic(np.eye(2), np.ones(3)), ShapeError, "and b of shape"),
        (lambda: spectrum(1, 2.0, rng=np.random.default_rng(0)), ValueRangeError, "n >= 2"),
        (lambda: spectrum(3, 0.5, rng=np.random.default_rng(0)), ValueRangeError, "condition >= 1"),
        (lambda: logistic_loss(np.ones((3, 2)), np.ones(2)), ShapeError, "expected features"),
        (lambda: logistic_loss(np.ones((2, 2)), np.array([0, 1])), ValueRangeError, "labels are -1 or 1"),
        (
            lambda: logistic_loss(np.ones((1, 2)), np.ones(1), -1.0),
            ValueRangeError,
            "ridge is a finite number, at least 0",
        ),
    ],
)
def test_what_makes_no_function_is_an_error(build, error, message):
    with pytest.raises(error, match=message):
        build()
