import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import ShapeError, ValueRangeError
from foundations.matrix_decomposition import low_rank, rank_for_energy, svd, truncate, truncation_errors


def test_error_is_what_the_singular_values_say(matrix):
    size = np.abs(matrix).max(initial=0.0)
    a = matrix / size if size > 1e-300 else matrix
    decomposition = svd(a)
    spectral, frobenius = truncation_errors(decomposition.s)
    for k in range(len(decomposition.s) + 1):
        rest = a - truncate(decomposition, k)
        assert abs(np.linalg.norm(rest) - frobenius[k]) < 1e-12
        if rest.size:
            assert abs(np.linalg.norm(rest, 2) - spectral[k]) < 1e-12


@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(0, 4), near=st.booleans())
def test_eckart_young_no_candidate_is_better(seed, k, near):
    """Random candidates of rank k, near the optimum too, are never nearer in either norm."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((7, 5))
    best = low_rank(a, k)
    assert np.linalg.matrix_rank(best) == k
    spectral, frobenius = np.linalg.norm(a - best, 2), np.linalg.norm(a - best)
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    for _ in range(10):
        left, right = rng.standard_normal((7, k)), rng.standard_normal((k, 5))
        if near:
            left, right = u[:, :k] * s[:k] + 1e-3 * left, vt[:k] + 1e-3 * right
        else:  # the best B for this random row space
            left = a @ np.linalg.pinv(right)
        assert np.linalg.norm(a - left @ right, 2) >= spectral - 1e-12
        assert np.linalg.norm(a - left @ right) >= frobenius - 1e-12


def test_energy(rng):
    s = np.array([4.0, 2.0, 1.0])  # squares 16, 4, 1 of 21
    assert [rank_for_energy(s, share) for share in (0.0, 16 / 21 - 1e-9, 16 / 21 + 1e-9, 20.5 / 21, 1.0)] == [
        0, 1, 2, 3, 3,
    ]  # fmt: skip
    assert rank_for_energy(np.zeros(3), 0.9) == 0


@pytest.mark.parametrize("s", [np.empty(0), np.array([2.0])])
def test_errors_of_small_cases(s):
    spectral, frobenius = truncation_errors(s)
    np.testing.assert_array_equal(spectral, [*s, 0])
    np.testing.assert_array_equal(frobenius, [*s, 0])


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_errors_at_any_scale(scale):
    spectral, frobenius = truncation_errors([4 * scale, 3 * scale])
    np.testing.assert_allclose(spectral, [4 * scale, 3 * scale, 0], rtol=1e-15)
    np.testing.assert_allclose(frobenius, [5 * scale, 3 * scale, 0], rtol=1e-15)
    assert rank_for_energy(np.array([4.0, 3.0]) * scale, 0.6) == 1
    assert rank_for_energy(np.array([4.0, 3.0]) * scale, 0.7) == 2


@pytest.mark.parametrize("share", [2.0, 1.0001, -0.1, float("nan"), float("inf"), True, 0.5j, "1"])
def test_a_share_is_between_nothing_and_everything(share):
    with pytest.raises(ValueRangeError, match="share"):
        rank_for_energy(np.array([4.0, 3.0]), share)


@pytest.mark.parametrize("function", [truncation_errors, lambda s: rank_for_energy(s, 0.5)])
def test_what_are_no_singular_values_is_refused(function):
    for wrong in ([3.0, 4.0], [1.0, -1.0], [1.0, np.nan], [np.inf, 1.0]):
        with pytest.raises(ValueRangeError):
            function(np.array(wrong))
    with pytest.raises(ShapeError):
        function(np.ones((2, 2)))
