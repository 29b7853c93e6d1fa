import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from foundations.errors import ConvergenceError
from foundations.matrix_decomposition import hilbert, singular_values, svd

svd_module = sys.modules["foundations.matrix_decomposition.svd"]  # the name is the function's in the package


def test_equals_numpy(matrix, close, orthonormal):
    u, s, vt = svd(matrix)
    k = min(matrix.shape)
    assert u.shape == (matrix.shape[0], k)
    assert s.shape == (k,)
    assert vt.shape == (k, matrix.shape[1])
    close(s, np.linalg.svd(matrix, compute_uv=False), to=matrix)
    close((u * s) @ vt, matrix, to=matrix, rtol=1e-13)
    orthonormal(u)
    orthonormal(vt.T)
    assert (np.diff(s) <= 0).all()
    assert (s >= 0).all()


def test_full_matrices(matrix, close, orthonormal):
    m, n = matrix.shape
    u, s, vt = svd(matrix, full_matrices=True)
    assert u.shape == (m, m)
    assert vt.shape == (n, n)
    orthonormal(u)
    orthonormal(vt.T)
    close((u[:, : len(s)] * s) @ vt[: len(s)], matrix, to=matrix, rtol=1e-13)


def test_values_alone_are_the_same_values(matrix, close):
    close(singular_values(matrix), svd(matrix).s, to=matrix, rtol=1e-14)


def test_vectors_equal_numpys_up_to_sign(rng):
    a = rng.standard_normal((13, 8))
    u, _, vt = svd(a)
    their_u, _, their_vt = np.linalg.svd(a, full_matrices=False)
    signs = np.sign((u * their_u).sum(axis=0))
    np.testing.assert_allclose(u * signs, their_u, atol=1e-12)
    np.testing.assert_allclose(vt * signs[:, None], their_vt, atol=1e-12)


def test_hilbert_20_to_machine_precision():
    a = hilbert(20)
    s = svd(a).s
    np.testing.assert_allclose(s, np.linalg.svd(a, compute_uv=False), atol=1e-15)


def entries(magnitude: float) -> st.SearchStrategy[float]:
    return st.floats(-magnitude, magnitude, allow_subnormal=False)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).flatmap(
        lambda shape: st.one_of(
            arrays(np.float64, shape, elements=entries(1e3)),
            arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0, -1.0, 1e-8, 1e8])),
        )
    )
)
def test_laws_of_any_matrix(a):
    u, s, vt = svd(a)
    size = np.abs(a).max(initial=0.0)
    np.testing.assert_allclose((u * s) @ vt, a, rtol=0, atol=1e-13 * size)
    np.testing.assert_allclose(u.T @ u, np.eye(len(s)), atol=1e-13)
    np.testing.assert_allclose(vt @ vt.T, np.eye(len(s)), atol=1e-13)
    np.testing.assert_allclose(s, np.linalg.svd(a, compute_uv=False), rtol=0, atol=1e-13 * size)
    np.testing.assert_allclose(np.linalg.norm(s), np.linalg.norm(a), rtol=1e-13)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), m=st.integers(1, 7), n=st.integers(1, 7))
def test_invariances(seed, m, n):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((m, n))
    q = np.linalg.qr(rng.standard_normal((m, m)))[0]
    s = singular_values(a)
    np.testing.assert_allclose(singular_values(q @ a), s, atol=1e-13)
    np.testing.assert_allclose(singular_values(a.T), s, atol=1e-13)
    np.testing.assert_allclose(singular_values(a[rng.permutation(m)]), s, atol=1e-13)
    np.testing.assert_allclose(singular_values(-3 * a), 3 * s, atol=1e-13)


def exact_smallest_singular_value(a: np.ndarray) -> float:
    """Return σ_min of a well-scaled 2×2 or larger A = B D from det: product of σ = |det|, in rationals."""
    rows = [[Fraction(float(x)) for x in row] for row in a]
    n, det = len(rows), Fraction(1)
    for j in range(n):
        pivot = next(i for i in range(j, n) if rows[i][j] != 0)
        rows[j], rows[pivot] = rows[pivot], rows[j]
        det *= rows[j][j]
        for i in range(j + 1, n):
            factor = rows[i][j] / rows[j][j]
            rows[i] = [x - factor * y for x, y in zip(rows[i], rows[j], strict=True)]
    return abs(float(det))


@pytest.mark.parametrize("exponents", [[0, -3, -6, -9, -12], [0, -8, -16, -24, -32], [-40, 0, -20, 10, -30]])
def test_tiny_singular_values_keep_their_digits(exponents, rng):
    """A = BD with B well-conditioned: every σ is right to 13 digits, though they span 32 or 50 decades.

    The exact product of the singular values is |det A|, computed in rational arithmetic: one wrong
    digit in any of them would show. LAPACK's bidiagonal route cannot do this.
    """
    a = (np.eye(5) + 0.3 * rng.standard_normal((5, 5))) * 10.0 ** np.array(exponents)
    product = float(np.prod(np.longdouble(svd(a).s)))
    assert abs(product / exact_smallest_singular_value(a) - 1) < 1e-12


def test_running_out_of_sweeps_is_said(monkeypatch, rng):
    monkeypatch.setattr(svd_module, "MAX_SWEEPS", 2)
    with pytest.raises(ConvergenceError, match=r"expects to finish in 2 sweeps, got a cosine of"):
        svd(rng.standard_normal((20, 20)))


def test_two_hundred_square(rng, orthonormal):
    a = rng.standard_normal((200, 200))
    u, s, vt = svd(a)
    np.testing.assert_allclose(s, np.linalg.svd(a, compute_uv=False), rtol=1e-10)
    np.testing.assert_allclose((u * s) @ vt, a, atol=1e-12)
    orthonormal(u)
    orthonormal(vt.T)
