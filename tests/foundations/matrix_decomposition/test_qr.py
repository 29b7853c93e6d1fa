import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import ShapeError, SingularError
from foundations.matrix_decomposition import (
    gram_schmidt_classical,
    gram_schmidt_modified,
    loss_of_orthogonality,
    qr_householder,
    qr_pivoted,
)
from foundations.matrix_decomposition.rotations import (
    givens,
    householder_vector,
    jacobi_rotations,
    rotate_rows,
    round_robin,
)


def test_householder_factors(matrix, close, orthonormal):
    q, r = qr_householder(matrix)
    k = min(matrix.shape)
    assert q.shape == (matrix.shape[0], k)
    assert r.shape == (k, matrix.shape[1])
    close(q @ r, matrix, to=matrix, rtol=1e-13)
    orthonormal(q)
    np.testing.assert_array_equal(r, np.triu(r))
    assert (np.diagonal(r) >= 0).all()


def test_complete_mode(matrix, close, orthonormal):
    m, n = matrix.shape
    q, r = qr_householder(matrix, mode="complete")
    assert q.shape == (m, m)
    assert r.shape == (m, n)
    close(q @ r, matrix, to=matrix, rtol=1e-13)
    orthonormal(q)


@pytest.mark.parametrize("shape", [(7, 7), (11, 5), (5, 11), (1, 1), (6, 1), (1, 6)])
def test_equals_lapack_after_its_signs(shape, rng):
    a = rng.standard_normal(shape)
    q, r = qr_householder(a)
    their_q, their_r = np.linalg.qr(a)
    signs = np.sign(np.diagonal(their_r))
    np.testing.assert_allclose(q, their_q * signs, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(r, their_r * signs[:, None], rtol=1e-10, atol=1e-13)


def test_pivoted_factors(matrix, close, orthonormal):
    q, r, permutation = qr_pivoted(matrix)
    close(q @ r, matrix[:, permutation], to=matrix, rtol=1e-13)
    orthonormal(q)
    assert sorted(permutation) == list(range(matrix.shape[1]))
    diagonal = np.diagonal(r)
    assert (np.diff(diagonal) <= 1e-14 * diagonal.max(initial=0.0)).all()
    if diagonal.size:  # each pivot is at least as long as what is left of every later column
        tails = np.sqrt(np.cumsum((r / max(diagonal[0], 5e-324))[::-1] ** 2, axis=0))[::-1]
        for j in range(len(diagonal)):
            assert (tails[j, j:] <= diagonal[j] / max(diagonal[0], 5e-324) + 1e-14).all()


def test_pivoting_reveals_the_rank(rng):
    a = rng.standard_normal((9, 3)) @ rng.standard_normal((3, 6))
    diagonal = np.diagonal(qr_pivoted(a).r)
    assert (diagonal[:3] > 0.1).all()
    assert (diagonal[3:] < 1e-14).all()


@pytest.mark.parametrize("gram_schmidt", [gram_schmidt_classical, gram_schmidt_modified])
def test_gram_schmidt_agrees_on_well_conditioned_input(gram_schmidt, rng):
    a = rng.standard_normal((11, 5))
    q, r = gram_schmidt(a)
    their_q, their_r = qr_householder(a)
    np.testing.assert_allclose(q, their_q, atol=1e-13)
    np.testing.assert_allclose(r, their_r, atol=1e-13)


def made_with_condition(kappa: float, rng: np.random.Generator) -> np.ndarray:
    left, right = (
        np.linalg.qr(rng.standard_normal((30, 10)))[0],
        np.linalg.qr(rng.standard_normal((10, 10)))[0],
    )
    return (left * np.geomspace(1, 1 / kappa, 10)) @ right


@pytest.mark.parametrize("kappa", [1e2, 1e4, 1e6, 1e7])
def test_orthogonality_is_lost_as_theory_says(kappa, rng):
    a, eps = made_with_condition(kappa, rng), 2.0**-52
    classical = loss_of_orthogonality(gram_schmidt_classical(a).q)
    modified = loss_of_orthogonality(gram_schmidt_modified(a).q)
    householder = loss_of_orthogonality(qr_householder(a).q)
    assert householder < 100 * eps
    assert modified < 100 * kappa * eps
    assert classical < 100 * kappa**2 * eps
    if kappa >= 1e4:
        assert householder < 0.1 * modified < 0.01 * classical


@pytest.mark.parametrize("gram_schmidt", [gram_schmidt_classical, gram_schmidt_modified])
def test_gram_schmidt_refuses_dependent_columns(gram_schmidt):
    a = np.array([[1.0, 1.0, 3.0], [1.0, 1.0, 2.0], [1.0, 1.0, 5.0]])
    with pytest.raises(SingularError, match="column 1 that is a combination"):
        gram_schmidt(a)
    with pytest.raises(SingularError, match="column 0"):
        gram_schmidt(np.zeros((3, 2)))
    with pytest.raises(ShapeError, match="at least as many rows as columns"):
        gram_schmidt(np.ones((2, 3)))


@pytest.mark.parametrize("gram_schmidt", [gram_schmidt_classical, gram_schmidt_modified])
def test_gram_schmidt_of_no_columns(gram_schmidt):
    assert gram_schmidt(np.zeros((3, 0))).q.shape == (3, 0)


floats = st.floats(-1e3, 1e3)


@settings(deadline=None, derandomize=True)
@given(st.lists(floats, min_size=1, max_size=6))
def test_reflection_sends_x_to_an_axis(values):
    x = np.array(values)
    v = householder_vector(x)
    image = x - 2 * v * (v @ x)
    length = math.hypot(*values)
    np.testing.assert_allclose(image[1:], 0, atol=1e-13 * length + 1e-320)
    np.testing.assert_allclose(abs(image[0]), length, rtol=1e-13, atol=1e-320)
    assert image[0] * x[0] <= 0


@settings(deadline=None, derandomize=True)
@given(floats, floats)
def test_givens_zeroes_the_second(a, b):
    c, s = givens(a, b)
    assert abs(c * c + s * s - 1) < 1e-15
    assert abs(s * a + c * b) <= 1e-15 * np.hypot(a, b)


@settings(deadline=None, derandomize=True)
@given(floats, floats, floats.filter(lambda x: abs(x) > 1e-200))
def test_jacobi_rotation_diagonalises(alpha, beta, gamma):
    (j,) = jacobi_rotations(np.array([alpha]), np.array([beta]), np.array([gamma]))
    g = np.array([[alpha, gamma], [gamma, beta]])
    assert abs((j @ g @ j.T)[0, 1]) <= 1e-14 * np.abs(g).max()
    np.testing.assert_allclose(j @ j.T, np.eye(2), atol=4e-16)
    assert j[0, 0] >= 0.7071


def test_small_rotations_do_not_drift():
    """The mean of c² + s² - 1 is far below one rounding: rotations by the thousand keep lengths."""
    gamma = np.random.default_rng(0).uniform(-1e-5, 1e-5, 2000)
    rotations = jacobi_rotations(np.ones_like(gamma), np.full_like(gamma, 2.0), gamma)
    excess = [Fraction(c) ** 2 + Fraction(s) ** 2 - 1 for c, s in rotations[:, 1, ::-1].tolist()]
    assert abs(sum(excess) / len(excess)) < 2.0**-56


@pytest.mark.parametrize("n", range(9))
def test_round_robin_meets_every_pair_once(n):
    rounds = round_robin(n)
    met = [tuple(pair) for pairs in rounds for pair in pairs.tolist()]
    assert sorted(met) == [(i, j) for i in range(n) for j in range(i + 1, n)]
    for pairs in rounds:
        assert len(set(pairs.ravel().tolist())) == pairs.size


def test_rotate_rows_in_place(rng):
    rows = rng.standard_normal((6, 5))
    before, pairs = rows.copy(), np.array([[4, 0], [1, 3]])
    rotations = rng.standard_normal((2, 2, 2))
    rotate_rows(rows, pairs, rotations, np.empty((2, 3, 2, 5)))
    np.testing.assert_allclose(rows[[4, 0]], rotations[0] @ before[[4, 0]])
    np.testing.assert_allclose(rows[[1, 3]], rotations[1] @ before[[1, 3]])
    np.testing.assert_array_equal(rows[[2, 5]], before[[2, 5]])
