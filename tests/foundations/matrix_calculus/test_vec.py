"""vec, Kronecker products and the matrices of zeros and ones: by their laws, over all small shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ShapeError, ValueRangeError
from foundations.matrix_calculus import (
    commutation_matrix,
    duplication_matrix,
    elimination_matrix,
    half_lower,
    kronecker,
    symmetrise,
    unvec,
    vec,
    vech,
)

SIZES = st.integers(1, 5)


def matrix(m: int, n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([m, n, seed]).standard_normal((m, n))


@given(SIZES, SIZES)
def test_vec_stacks_columns_and_unvec_undoes_it(m, n):
    A = matrix(m, n)
    assert np.array_equal(vec(A), np.concatenate([A[:, j] for j in range(n)]))
    assert np.array_equal(unvec(vec(A), (m, n)), A)
    assert np.array_equal(vec(A.T[::-1].T), np.concatenate([A[:, j] for j in reversed(range(n))])), "a view"


@given(SIZES, SIZES, SIZES, SIZES)
def test_the_kronecker_product_is_numpys_and_a_two_sided_product(m, n, p, q):
    A, X, B = matrix(m, n), matrix(n, p, 1), matrix(p, q, 2)
    assert np.array_equal(kronecker(A, B), np.kron(A, B))
    assert np.allclose(kronecker(B.T, A) @ vec(X), vec(A @ X @ B), rtol=1e-12, atol=1e-12)


@given(SIZES, SIZES, SIZES, SIZES)
def test_the_commutation_matrix_transposes_and_swaps(m, n, p, q):
    A, B = matrix(m, n), matrix(p, q, 1)
    K = commutation_matrix(m, n)
    assert np.array_equal(K @ vec(A), vec(A.T))
    assert np.array_equal(K.T, commutation_matrix(n, m))
    assert np.array_equal(K @ K.T, np.eye(m * n))
    swapped = commutation_matrix(p, m) @ kronecker(A, B) @ commutation_matrix(n, q)
    assert np.array_equal(swapped, kronecker(B, A))


@given(SIZES)
def test_duplication_and_elimination(n):
    S = symmetrise(matrix(n, n))
    D, L = duplication_matrix(n), elimination_matrix(n)
    assert np.array_equal(D @ vech(S), vec(S))
    A = matrix(n, n, 1)
    assert np.array_equal(L @ vec(A), vech(A))
    assert np.array_equal(L @ D, np.eye(n * (n + 1) // 2))
    assert np.allclose(vec(symmetrise(A)), D @ np.linalg.pinv(D) @ vec(A)), "D D+ symmetrises"


@given(SIZES)
def test_a_symmetric_matrix_is_two_halves(n):
    S = symmetrise(matrix(n, n))
    assert np.allclose(half_lower(S) + half_lower(S).T, S)
    assert np.array_equal(np.triu(half_lower(S), 1), np.zeros((n, n)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vec(np.ones(3)), r"vec needs a matrix, got shape \(3,\)"),
        (lambda: kronecker(np.ones(3), np.ones((1, 1))), "kronecker needs a matrix"),
        (lambda: unvec(np.ones(5), (2, 3)), r"unvec to 2 x 3 needs a vector of 6, got \(5,\)"),
        (lambda: unvec(np.ones((2, 3)), (2, 3)), "needs a vector of 6"),
        (lambda: vech(np.ones((2, 3))), "vech needs a square matrix"),
    ],
)
def test_what_has_another_shape_is_refused(call, message):
    with pytest.raises(ShapeError, match=message):
        call()


@pytest.mark.parametrize(
    "call", [lambda: commutation_matrix(0, 2), lambda: duplication_matrix(0), lambda: elimination_matrix(-1)]
)
def test_sizes_are_positive(call):
    with pytest.raises(ValueRangeError, match="sizes of 1 or more"):
        call()
