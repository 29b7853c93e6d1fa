import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import ConvergenceError
from foundations.matrix_decomposition import eigh_jacobi, eigh_qr, symmetric_eigen, tridiagonalise

SOLVERS = [eigh_jacobi, eigh_qr]


@pytest.mark.parametrize("eigh", SOLVERS)
def test_equals_numpy(eigh, symmetric, close, orthonormal):
    values, vectors = eigh(symmetric)
    close(values, np.linalg.eigvalsh(symmetric), to=symmetric)
    close(symmetric @ vectors, vectors * values, to=symmetric, rtol=1e-12)
    orthonormal(vectors)
    assert (np.diff(values) >= 0).all()


def test_tridiagonal_form(symmetric, close, orthonormal):
    diagonal, off, q = tridiagonalise(symmetric)
    t = np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1) if len(symmetric) else symmetric
    close(q @ t @ q.T, symmetric, to=symmetric, rtol=1e-13)
    orthonormal(q)


@pytest.mark.parametrize("eigh", SOLVERS)
@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    values=st.lists(st.sampled_from([-2.0, -1.0, 0.0, 1e-9, 1.0, 1.0 + 1e-12, 3.0]), min_size=1, max_size=8),
    seed=st.integers(0, 2**32 - 1),
)
def test_finds_the_eigenvalues_that_were_put_in(eigh, values, seed):
    n = len(values)
    q = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    a = (q * values) @ q.T
    found = eigh((a + a.T) / 2)
    np.testing.assert_allclose(found.values, np.sort(values), atol=2e-14)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(n), atol=1e-14)


@pytest.mark.parametrize("eigh", SOLVERS)
def test_trace_and_frobenius_norm_are_kept(eigh, rng):
    a = rng.standard_normal((31, 31))
    a += a.T
    values = eigh(a).values
    np.testing.assert_allclose(values.sum(), np.trace(a), atol=1e-12)
    np.testing.assert_allclose((values**2).sum(), (a**2).sum(), rtol=1e-13)


@pytest.mark.parametrize("eigh", SOLVERS)
def test_second_difference_has_its_known_eigenvalues(eigh):
    n = 40
    a = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    wanted = 2 - 2 * np.cos(np.arange(1, n + 1) * np.pi / (n + 1))
    np.testing.assert_allclose(eigh(a).values, wanted, rtol=1e-12)


def test_wilkinsons_pairs_agree_to_the_last_digits():
    """W21+ has pairs of eigenvalues equal to 14 digits: neither method may take two for one."""
    a = np.diag(np.abs(np.arange(-10.0, 11.0))) + np.eye(21, k=1) + np.eye(21, k=-1)
    for eigh in SOLVERS:
        values, vectors = eigh(a)
        np.testing.assert_allclose(values, np.linalg.eigvalsh(a), atol=1e-13)
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(21), atol=1e-13)


def test_running_out_of_sweeps_is_said(monkeypatch, rng):
    a = rng.standard_normal((8, 8))
    monkeypatch.setattr(symmetric_eigen, "MAX_SWEEPS", 1)
    with pytest.raises(ConvergenceError, match="expects to finish in 1 sweeps, got an off-diagonal entry"):
        eigh_jacobi(a + a.T)
    monkeypatch.setattr(symmetric_eigen, "MAX_STEPS_PER_EIGENVALUE", 0)
    with pytest.raises(ConvergenceError, match="got 8 eigenvalues still missing: use eigh_jacobi"):
        eigh_qr(a + a.T)


@pytest.mark.parametrize("power", [10, 20, 40])
def test_small_eigenvalues_of_scaled_positive_definite_matrices_keep_their_digits(power):
    """Of D G D with a harmless G every eigenvalue is well determined, whatever D is."""
    g = np.array([[2.0, 1.0, 1.0], [1.0, 3.0, 1.0], [1.0, 1.0, 4.0]])
    d = 2.0 ** -(power * np.arange(3.0))
    values = eigh_jacobi(d[:, None] * g * d).values
    # to first order in the ratio of scales: the pivots of elimination from the largest down
    pivots = np.array([np.linalg.det(g) / np.linalg.det(g[:2, :2]), 2.5, 2.0]) * (d**2)[::-1]
    np.testing.assert_allclose(values, pivots, rtol=2.0 ** (1 - 2 * power) * 4 + 1e-15)


def test_graded_matrices_that_are_not_definite_stop_too(rng):
    d = 10.0 ** -np.arange(0.0, 24.0, 3)
    a = rng.standard_normal((8, 8)) * d[:, None] * d
    a = a + a.T
    np.testing.assert_allclose(eigh_jacobi(a).values, np.linalg.eigvalsh(a), atol=1e-15)
