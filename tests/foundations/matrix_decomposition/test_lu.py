import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import ShapeError, SingularError, ValueRangeError
from foundations.matrix_decomposition import (
    back_substitution,
    backward_error,
    determinant,
    forward_substitution,
    growth_factor,
    lu,
    solve,
    solve_expert,
)
from foundations.matrix_decomposition.linear_systems import exact_residual
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


def wilkinson(n):
    a = np.eye(n) - np.tril(np.ones((n, n)), -1)
    a[:, -1] = 1
    return a


def test_growth_of_wilkinsons_matrix():
    """Partial pivoting can double an entry at every step: the bound 2**(n - 1) is reached."""
    a = wilkinson(12)
    assert growth_factor(a) == growth_factor(a, lu(a)) == growth_factor(1e-300 * a) == 2.0**11
    assert growth_factor(np.zeros((3, 3))) == growth_factor(np.zeros((0, 0))) == 1.0


def test_what_growth_spoils_is_refined_and_reported(rng):
    """LAPACK returns an x with a backward error of 0.01 here, though the condition number is 27."""
    a, b = wilkinson(60), rng.standard_normal(60)
    assert backward_error(a, np.linalg.solve(a, b), b) > 1e-3
    solution = solve_expert(a, b)
    assert solution.growth == 2.0**59
    assert backward_error(a, solution.x, b) < 1e-15
    assert solution.error_bound < 1e-15
    assert solution.condition < 100
    q, r = np.linalg.qr(a)
    np.testing.assert_allclose(solution.x, np.linalg.solve(r, q.T @ b), rtol=1e-12)


@pytest.mark.parametrize("e", [1e-20, 1e-200, 1e-9])
def test_a_tiny_pivot_that_is_no_rounding_error_is_no_singularity(e):
    a = np.array([[0.0, 1.0, 1.0], [1.0, e, 0.0], [1.0, 0.0, e]])
    np.testing.assert_allclose(solve(a, np.array([2.0, 1.0, 1.0])), [1 - e, 1, 1], rtol=1e-15)
    np.testing.assert_allclose(solve(a, np.array([2.0, 0.0, 0.0])), [-e, 1, 1], rtol=1e-15)


def test_a_singular_system_that_has_solutions_is_refused_all_the_same():
    a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]) / 7
    with pytest.raises(SingularError):
        solve(a, a @ np.array([1.0, -1.0, 2.0]))
    for seed in range(300):  # of these, rounding leaves a dozen without a pivot that looks lost
        draw = np.random.default_rng(seed)
        n = int(draw.integers(4, 9))
        integers = draw.integers(-9, 10, (n, n - 1)).astype(float) @ draw.integers(-9, 10, (n - 1, n))
        a = integers * 2.0 ** draw.integers(-30, 30, (n, 1))
        with pytest.raises(SingularError):
            solve(a, a @ draw.integers(-5, 6, n))


def test_the_condition_counts_relative_changes_of_entries(rng):
    """An entry-wise change of 1e-9 moves x by at most condition times 1e-9, at any scale of the rows."""
    a = rng.standard_normal((5, 5)) * 10.0 ** rng.integers(-12, 12, (5, 1))
    b = a @ rng.standard_normal(5)
    solution = solve_expert(a, b)
    for _ in range(100):
        other = solve(a * (1 + 1e-9 * rng.uniform(-1, 1, (5, 5))), b * (1 + 1e-9 * rng.uniform(-1, 1, 5)))
        assert np.abs(other - solution.x).max() <= 4e-9 * solution.condition * np.abs(solution.x).max()


def test_the_residual_has_twice_the_digits(rng):
    a, x = rng.standard_normal((6, 6)), rng.standard_normal((6, 2))
    b = a @ x
    exact = [
        [
            Fraction(b[i, k]) - sum(Fraction(p) * Fraction(q) for p, q in zip(a[i], x[:, k], strict=True))
            for k in (0, 1)
        ]
        for i in range(6)
    ]
    np.testing.assert_allclose(exact_residual(a, x, b), np.array(exact, dtype=float), rtol=1e-12)


def test_a_solution_beyond_the_range_is_an_error():
    with pytest.raises(ValueRangeError, match="larger than float64 can hold"):
        solve(1e-300 * np.eye(2), 1e300 * np.ones(2))
    with pytest.raises(ValueRangeError, match="larger than float64 can hold"):
        back_substitution(1e-300 * np.eye(2), 1e300 * np.ones(2))


@pytest.mark.parametrize(
    ("diagonal", "wanted"),
    [
        ([1e200, 1e200, 1e-200, 1e-200], 1.0),
        ([1e-200, 1e-200, 1e200, -1e200], -1.0),
        ([1e200, 1e200], math.inf),
        ([1e200, -1e200], -math.inf),
        ([1e-200, 1e-200], 0.0),
        ([1e308, 0.0, 1e308], 0.0),
    ],
)
def test_a_determinant_does_not_overflow_on_the_way(diagonal, wanted):
    assert determinant(np.diag(diagonal)) == pytest.approx(wanted, rel=1e-13)


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
