import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import NotPositiveDefiniteError
from foundations.matrix_decomposition import cholesky, log_determinant, solve_cholesky


def test_equals_numpy(positive_definite, close):
    lower = cholesky(positive_definite)
    close(lower, np.linalg.cholesky(positive_definite), to=lower)
    close(lower @ lower.T, positive_definite, to=positive_definite, rtol=1e-14)
    np.testing.assert_array_equal(lower, np.tril(lower))
    assert (np.diagonal(lower) > 0).all()


@pytest.mark.parametrize(
    ("a", "place"),
    [
        (np.diag([1.0, -1.0]), 1),
        (np.zeros((2, 2)), 0),
        (np.array([[1.0, 2.0], [2.0, 1.0]]), 1),
        (np.ones((3, 3)), 1),
        (np.outer([0.1, 0.7, 0.3], [0.1, 0.7, 0.3]), 1),
    ],
)
def test_refuses_what_is_not_positive_definite(a, place):
    with pytest.raises(NotPositiveDefiniteError, match=rf"got pivot .* at {place}: add a small multiple"):
        cholesky(a)


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_rank_deficient_gram_matrices_are_refused(n, seed):
    """AᵀA of a wide A is singular; rounding may leave its last pivots positive, and still it is refused."""
    a = np.random.default_rng(seed).standard_normal((n, n + 2))
    with pytest.raises(NotPositiveDefiniteError):
        cholesky(a.T @ a)


def test_solve_and_determinant(rng):
    a = rng.standard_normal((9, 9))
    a = a @ a.T + np.eye(9)
    b = rng.standard_normal((9, 2))
    np.testing.assert_allclose(solve_cholesky(cholesky(a), b), np.linalg.solve(a, b), rtol=1e-10)
    assert math.isclose(log_determinant(a), np.linalg.slogdet(a)[1], rel_tol=1e-12)


def test_rows_of_any_scales():
    """No square of an entry is representable here; scaling by powers of two changes no digit."""
    g = np.array([[4.0, 1.0, 1.0], [1.0, 3.0, 1.0], [1.0, 1.0, 2.0]])
    d = np.array([2.0**500, 1.0, 2.0**-500])
    np.testing.assert_array_equal(cholesky(d[:, None] * g * d), d[:, None] * cholesky(g))


def test_large_entries_beside_a_small_diagonal_are_refused():
    for a in ([[1e-300, 1e300], [1e300, 1e-300]], [[1e-300, 1e200], [1e200, 1e300]]):
        with pytest.raises(NotPositiveDefiniteError, match="got pivot"):
            cholesky(np.array(a))
