import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import ShapeError, SingularError
from foundations.matrix_decomposition import (
    back_substitution,
    determinant,
    forward_substitution,
    lu,
    solve,
)
from foundations.matrix_decomposition.lu import permutation_sign


def test_factors(matrix, close):
    permutation, lower, upper = lu(matrix)
    k = min(matrix.shape)
    assert lower.shape == (matrix.shape[0], k)
    assert upper.shape == (k, matrix.shape[1])
    close(lower @ upper, matrix[permutation], to=matrix, rtol=1e-13)
    np.testing.assert_array_equal(upper, np.triu(upper))
    np.testing.assert_array_equal(lower, np.tril(lower))
    np.testing.assert_array_equal(np.diagonal(lower), 1)
    assert np.abs(lower).max(initial=0.0) <= 1
    assert sorted(permutation) == list(range(matrix.shape[0]))


def test_growth_of_wilkinsons_matrix():
    """Partial pivoting can double an entry at every step: the bound 2**(n - 1) is reached."""
    n = 12
    a = np.eye(n) - np.tril(np.ones((n, n)), -1)
    a[:, -1] = 1
    assert lu(a).upper[-1, -1] == 2.0 ** (n - 1)


@pytest.mark.parametrize("columns", [(), (1,), (3,)])
def test_solve_equals_numpy(columns, rng):
    a, b = rng.standard_normal((20, 20)), rng.standard_normal((20, *columns))
    np.testing.assert_allclose(solve(a, b), np.linalg.solve(a, b), rtol=1e-10)


def test_solve_hilbert_is_backward_stable(rng):
    a = 1.0 / (np.arange(10)[:, None] + np.arange(10) + 1.0)
    x = solve(a, a @ np.ones(10))
    residual = np.linalg.norm(a @ x - a @ np.ones(10))
    assert residual < 1e-15 * np.linalg.norm(a) * np.linalg.norm(x)
    assert np.abs(x - 1).max() < 1e-2  # κ = 1.6e13 leaves two digits or three


@pytest.mark.parametrize(
    "a",
    [
        np.zeros((3, 3)),
        np.array([[1.0, 2.0], [2.0, 4.0]]),
        np.arange(1.0, 10.0).reshape(3, 3),
        np.outer(np.arange(1.0, 6.0), np.arange(2.0, 7.0)) / 3,
        1e200 * np.arange(1.0, 10.0).reshape(3, 3),
        np.diag([1.0, 1e-300, 1.0]) @ np.arange(1.0, 10.0).reshape(3, 3),
    ],
)
def test_solve_refuses_singular(a):
    with pytest.raises(SingularError, match="use lstsq_svd"):
        solve(a, np.ones(len(a)))


@pytest.mark.parametrize("scales", [[1.0, 1e-20], [1e200, 1e-200], [1e-200, 1e200], [1e-300, 1e-300]])
def test_bad_scaling_is_not_singularity(scales):
    a = np.array([[1.0, 2.0], [3.0, 5.0]])
    np.testing.assert_allclose(solve((a.T * scales).T, scales * a.sum(axis=1)), [1, 1], rtol=1e-12)
    np.testing.assert_allclose(solve(a * scales, a.sum(axis=1)) * scales, [1, 1], rtol=1e-12)


def test_solve_of_nothing():
    assert solve(np.zeros((0, 0)), np.zeros((0, 2))).shape == (0, 2)


def test_determinant_equals_numpy(square):
    with np.errstate(over="ignore"):
        ours, theirs = determinant(square), np.linalg.det(square)
        size = math.prod(np.linalg.norm(row) for row in square) if square.size else 1.0
    assert ours == theirs or abs(ours - theirs) <= 1e-10 * size


@settings(deadline=None, derandomize=True)
@given(st.permutations(range(6)))
def test_permutation_sign_is_a_determinant(permutation):
    assert permutation_sign(np.array(permutation)) == round(np.linalg.det(np.eye(6)[permutation]))


@pytest.mark.parametrize("columns", [(), (4,)])
@pytest.mark.parametrize("n", [0, 1, 7])
def test_triangular_systems(n, columns, rng):
    full = rng.standard_normal((n, n)) + 3 * np.eye(n)  # the other triangle must not be read
    b = rng.standard_normal((n, *columns))
    np.testing.assert_allclose(np.tril(full) @ forward_substitution(full, b), b, atol=1e-12)
    np.testing.assert_allclose(np.triu(full) @ back_substitution(full, b), b, atol=1e-12)


@pytest.mark.parametrize("substitution", [forward_substitution, back_substitution])
def test_triangular_zero_on_the_diagonal(substitution):
    with pytest.raises(SingularError, match="zero at 1"):
        substitution(np.diag([1.0, 0.0]), np.ones(2))
    with pytest.raises(ShapeError):
        substitution(np.eye(2), np.ones(3))
