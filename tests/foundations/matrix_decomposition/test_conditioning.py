import math

import numpy as np
import pytest

from foundations.errors import ShapeError, ValueRangeError
from foundations.matrix_decomposition import (
    backward_error,
    condition_number,
    hilbert,
    qr_householder,
    solve,
    spectral_norm,
)


def test_norm_equals_numpy(matrix):
    wanted = np.linalg.norm(matrix, 2) if matrix.size else 0.0
    assert math.isclose(spectral_norm(matrix), wanted, rel_tol=1e-10, abs_tol=1e-320)


def test_condition_number_equals_numpy(rng):
    for shape in ((7, 7), (9, 4), (4, 9), (1, 1)):
        a = rng.standard_normal(shape)
        assert math.isclose(condition_number(a), np.linalg.cond(a), rel_tol=1e-10)
    assert math.isclose(condition_number(hilbert(10)), 1.6024909e13, rel_tol=1e-3)


def test_condition_number_laws(rng):
    a = rng.standard_normal((6, 6))
    q, _ = qr_householder(rng.standard_normal((6, 6)))
    assert math.isclose(condition_number(q), 1.0, rel_tol=1e-13)
    assert math.isclose(condition_number(5 * q @ a), condition_number(a), rel_tol=1e-11)
    assert math.isclose(condition_number(a.T @ a), condition_number(a) ** 2, rel_tol=1e-8)
    assert condition_number(np.diag([1.0, 0.0])) == math.inf
    with pytest.raises(ShapeError, match="at least one entry"):
        condition_number(np.zeros((0, 3)))


def test_the_condition_number_is_reached(rng):
    """b along u₁ and a change of b along u_n is the worst case: the bound is an equality."""
    a = rng.standard_normal((5, 5))
    u, _, _ = np.linalg.svd(a)
    b, change = u[:, 0], 1e-6 * u[:, -1]
    x, moved = solve(a, b), solve(a, b + change)
    magnified = np.linalg.norm(moved - x) / np.linalg.norm(x) / 1e-6
    assert math.isclose(magnified, condition_number(a), rel_tol=1e-6)


def test_backward_error(rng):
    a, b = hilbert(10), rng.standard_normal(10)
    assert backward_error(a, solve(a, b), b) < 2.0**-50
    assert backward_error(np.zeros((2, 2)), np.zeros(2), np.zeros(2)) == 0.0
    with pytest.raises(ShapeError, match="one x and one b"):
        backward_error(np.eye(2), np.eye(2), np.eye(2))


@pytest.mark.parametrize("scale", [1e-200, 1e-150, 1e150, 1e160])
@pytest.mark.parametrize("side", [1e-100, 1.0, 1e140])
def test_a_backward_error_does_not_depend_on_the_scale(scale, side):
    wanted = backward_error(np.eye(2), np.ones(2), np.array([1.0, 2.0]))
    assert wanted > 0.2
    x, b = side * np.ones(2), scale * (side * np.array([1.0, 2.0]))
    assert math.isclose(backward_error(scale * np.eye(2), x, b), wanted, rel_tol=1e-12)


def test_a_backward_error_of_nothing_is_that_of_the_right_hand_side():
    assert backward_error(np.zeros((2, 2)), np.ones(2), np.ones(2)) == 1.0
    assert backward_error(np.eye(2), np.zeros(2), np.ones(2)) == 1.0
    assert backward_error(np.eye(2), np.ones(2), np.zeros(2)) == 1.0


def test_backward_error_is_attained(rng):
    """A rank-one change E of A and a change f of b, both of relative size δ, make the wrong x exact."""
    a, b, x = rng.standard_normal((6, 6)), rng.standard_normal(6), rng.standard_normal(6)
    delta = backward_error(a, x, b)
    residual = b - a @ x
    a_norm, x_norm, b_norm = np.linalg.norm(a, 2), np.linalg.norm(x), np.linalg.norm(b)
    direction = residual / np.linalg.norm(residual)
    change_a = delta * a_norm * np.outer(direction, x / x_norm)
    change_b = -delta * b_norm * direction
    np.testing.assert_allclose((a + change_a) @ x, b + change_b, atol=1e-13)
    assert math.isclose(np.linalg.norm(change_a, 2), delta * a_norm, rel_tol=1e-12)


@pytest.mark.parametrize("n", [-1, 1001, 2.0])
def test_hilbert_refuses(n):
    with pytest.raises(ValueRangeError):
        hilbert(n)


def test_hilbert_is_a_matrix_of_integrals():
    """h_ij is the integral of x**(i + j - 2) over [0, 1], here by Gauss–Legendre, exact for these degrees."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    powers = ((nodes + 1) / 2) ** np.arange(6)[:, None]
    np.testing.assert_allclose(hilbert(6), (powers * weights / 2) @ powers.T, rtol=1e-13)
