import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import ConvergenceError
from foundations.matrix_decomposition import eig, eigvals, hessenberg, real_schur, schur


def same_values(ours: np.ndarray, theirs: np.ndarray, atol: float) -> None:
    """Match each of theirs with the nearest of ours that is still free."""
    left = list(ours)
    for value in theirs:
        nearest = min(left, key=lambda candidate: abs(candidate - value))
        assert abs(nearest - value) <= atol, f"{value} is missing, nearest {nearest}"
        left.remove(nearest)
    assert not left


def test_hessenberg_form(square, close, orthonormal):
    h, q = hessenberg(square)
    close(q @ h @ q.T, square, to=square, rtol=1e-13)
    np.testing.assert_array_equal(h, np.triu(h, -1))
    orthonormal(q)


def test_schur_form(square, close, orthonormal):
    t, q = real_schur(square)
    close(q @ t @ q.T, square, to=square, rtol=1e-12)
    orthonormal(q)
    np.testing.assert_array_equal(t, np.triu(t, -1))
    below = np.diagonal(t, -1) if len(t) else np.empty(0)
    assert not (below[:-1].astype(bool) & below[1:].astype(bool)).any()  # blocks are 1×1 or 2×2
    for i in np.flatnonzero(below):  # and a 2×2 block is a complex pair
        block = t[i : i + 2, i : i + 2] / np.abs(t[i : i + 2, i : i + 2]).max()
        assert (block[0, 0] - block[1, 1]) ** 2 / 4 + block[0, 1] * block[1, 0] < 0


def test_eigenpairs(square, close):
    values, vectors = eig(square)
    close(square @ vectors, vectors * values, to=square, rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=0), 1, rtol=1e-14)
    assert (np.diff(np.abs(values)) <= 1e-15 * np.abs(values).max(initial=0.0)).all()
    assert values.dtype == vectors.dtype


# a k-fold eigenvalue without k eigenvectors moves by ε**(1/k): nobody's eigenvalues agree there
DIAGONALISABLE = ["random", "random, even", "random, 50", "1x1", "2x2", "identity", "Hilbert 10", "skew",
                  "permutation", "repeated", "graded", "huge", "tiny", "triangular", "empty"]  # fmt: skip


@pytest.mark.parametrize("square", DIAGONALISABLE, indirect=True)
def test_values_equal_numpy(square):
    size = np.abs(square).max(initial=0.0)
    same_values(eigvals(square), np.linalg.eigvals(square), atol=1e-10 * size)


def test_real_eigenvalues_come_out_real(rng):
    s = rng.standard_normal((6, 6))
    a = s @ np.diag([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) @ np.linalg.inv(s)
    values, vectors = eig(a)
    assert values.dtype == vectors.dtype == np.float64
    np.testing.assert_allclose(values, [6, 5, 4, 3, 2, 1], rtol=1e-11)


def test_complex_pairs_are_conjugate_to_the_last_bit(rng):
    values, vectors = eig(rng.standard_normal((21, 21)))
    upper, lower = values.imag > 0, values.imag < 0
    assert upper.any()
    np.testing.assert_array_equal(values[upper], values[lower].conj())
    np.testing.assert_array_equal(vectors[:, upper], vectors[:, lower].conj())


@pytest.mark.parametrize("n", [3, 4, 5, 8])
def test_cyclic_shift_needs_an_exceptional_shift(n):
    """Its QR steps go round in a circle unless one is upset; the eigenvalues are the roots of unity."""
    same_values(eigvals(np.roll(np.eye(n), 1, axis=0)), np.exp(2j * np.pi * np.arange(n) / n), atol=1e-14)


def test_companion_matrix_finds_roots():
    a = np.diag(np.ones(4), -1)
    a[0] = [15.0, -85.0, 225.0, -274.0, 120.0]  # (x - 1)(x - 2)(x - 3)(x - 4)(x - 5)
    np.testing.assert_allclose(eigvals(a), [5, 4, 3, 2, 1], rtol=1e-11)


def test_defective_matrix_has_parallel_vectors():
    values, vectors = eig(np.array([[2.0, 1.0], [0.0, 2.0]]))
    np.testing.assert_allclose(values, 2)
    assert abs(vectors[:, 0] @ vectors[:, 1]) > 1 - 1e-15


def test_large_jordan_block_does_not_overflow():
    a = np.eye(60) + np.eye(60, k=1)
    values, vectors = eig(a)
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(a @ vectors, vectors * values, atol=1e-13)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(n=st.integers(1, 9), seed=st.integers(0, 2**32 - 1), integers=st.booleans())
def test_laws_of_random_matrices(n, seed, integers):
    rng = np.random.default_rng(seed)
    a = rng.integers(-3, 4, (n, n)).astype(float) if integers else rng.standard_normal((n, n))
    values, vectors = eig(a)
    size = max(np.linalg.norm(a), 1.0)
    np.testing.assert_allclose(values.sum(), np.trace(a), atol=1e-13 * size * n)
    assert abs(np.prod(values) - np.linalg.det(a)) <= 1e-12 * size**n
    np.testing.assert_allclose(a @ vectors, vectors * values, atol=1e-12 * size)


def test_running_out_of_steps_is_said(monkeypatch, rng):
    monkeypatch.setattr(schur, "MAX_STEPS_PER_EIGENVALUE", 0)
    monkeypatch.setattr(schur, "LEAST_STEPS", 0)
    with pytest.raises(ConvergenceError, match="got 5 eigenvalues still missing"):
        real_schur(rng.standard_normal((5, 5)))


@pytest.mark.parametrize("h", [10.0**-k for k in range(6, 13)])
def test_pairs_that_hold_each_other_in_balance_converge(h):
    """The shifts are +1 and -1 to the last digit, and with both of them at once nothing moves."""
    a = np.array([[0, 1, 0, 0], [1, 0, -h, 0], [0, h, 0, 1], [0, 0, 1, 0.0]])
    wanted = np.array([1 + 0.5j * h, 1 - 0.5j * h, -1 + 0.5j * h, -1 - 0.5j * h])
    ours = eigvals(a)
    assert max(np.abs(wanted - one).min() for one in ours) < 1e-14 + h * h
    assert max(np.abs(ours - one).min() for one in wanted) < 1e-14 + h * h


@pytest.mark.parametrize("n", [20, 60])
@pytest.mark.parametrize("width", [0.0, 1e-15, 1e-12])
def test_clusters_converge(n, width):
    rng = np.random.default_rng(n)
    q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    values = rng.choice([-1.0, 1.0, 2.0], n) + width * rng.standard_normal(n)
    found = np.sort(eigvals((q * values) @ q.T).real)
    np.testing.assert_allclose(found, np.sort(values), atol=1e-12)


def test_pairs_of_one_modulus_keep_their_own_vectors():
    """Rounded, both pairs have modulus and real part 0.5: only the imaginary parts tell them apart."""
    a = np.zeros((4, 4))
    a[:2, :2], a[2:, 2:] = [[0.5, 3e-10], [-3e-10, 0.5]], [[0.5, 1.5e-10], [-1.5e-10, 0.5]]
    values, vectors = eig(a)
    assert np.abs(values.imag).min() > 0
    np.testing.assert_allclose(a @ vectors, vectors * values, rtol=0, atol=1e-15)
