"""How Gram–Schmidt computes its diagonal, and what that does to orthogonality."""

import numpy as np
import pytest

from foundations.errors import ValueRangeError
from foundations.matrix_decomposition import (
    gram_schmidt_classical,
    gram_schmidt_modified,
    loss_of_orthogonality,
)


def glued(rng, blocks=8, width=3, spread=0.6, inner=2.3):
    """Orthonormal columns, spread and turned as a whole and again within each block."""
    n = blocks * width
    orthogonal = lambda k: np.linalg.qr(rng.standard_normal((k, k)))[0]
    a = (np.linalg.qr(rng.standard_normal((n + 12, n)))[0] * np.logspace(0, -spread, n)) @ orthogonal(n)
    for start in range(0, n, width):
        part = slice(start, start + width)
        a[:, part] = (a[:, part] * np.logspace(0, -inner, width)) @ orthogonal(width)
    return a


def test_the_bound_holds_for_the_diagonal_of_cholesky_alone():
    worst = 0.0
    for seed in (
        2153,
        11723,
        15281,
        29621,
        34313,
    ):  # of 40,000, those that lose most; the median loses 2 bounds
        a = glued(np.random.default_rng(seed))
        bound = np.linalg.cond(a) ** 2 * 2.0**-52
        assert loss_of_orthogonality(gram_schmidt_classical(a, diagonal="cholesky").q) < bound
        assert loss_of_orthogonality(gram_schmidt_modified(a).q) < np.linalg.cond(a) * 2.0**-52
        worst = max(worst, loss_of_orthogonality(gram_schmidt_classical(a).q) / bound)
    assert worst > 1000


def test_both_diagonals_agree_on_harmless_columns(rng):
    a = rng.standard_normal((9, 5))
    by_norm, by_cholesky = gram_schmidt_classical(a), gram_schmidt_classical(a, diagonal="cholesky")
    np.testing.assert_allclose(by_norm.r, by_cholesky.r, atol=1e-13)
    np.testing.assert_allclose(by_cholesky.r.T @ by_cholesky.r, a.T @ a, atol=1e-13)


@pytest.mark.parametrize("diagonal", ["Cholesky", "", None])
def test_an_unknown_diagonal_is_refused(diagonal, rng):
    with pytest.raises(ValueRangeError, match="expects 'norm' or 'cholesky'"):
        gram_schmidt_classical(rng.standard_normal((3, 2)), diagonal=diagonal)


@pytest.mark.parametrize("scale", [1e-170, 1e-300, 1e170, 1e300])
@pytest.mark.parametrize("method", [gram_schmidt_classical, gram_schmidt_modified])
def test_tiny_and_huge_columns_are_not_dependent(method, scale, rng):
    q, r = method(scale * np.eye(3))
    np.testing.assert_array_equal(q, np.eye(3))
    np.testing.assert_array_equal(r, scale * np.eye(3))
    a = rng.standard_normal((5, 3))
    np.testing.assert_allclose(method(scale * a).q, method(a).q, atol=1e-12)
