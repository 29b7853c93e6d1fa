import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import ShapeError, SingularError, ValueRangeError
from foundations.matrix_decomposition import (
    lstsq_normal,
    lstsq_qr,
    lstsq_svd,
    matrix_rank,
    pseudo_inverse,
)

FULL_RANK = [lstsq_normal, lstsq_qr, lstsq_svd]


@pytest.mark.parametrize("lstsq", FULL_RANK)
@pytest.mark.parametrize("columns", [(), (1,), (3,)])
def test_equals_numpy(lstsq, columns, rng):
    a, b = rng.standard_normal((17, 5)), rng.standard_normal((17, *columns))
    np.testing.assert_allclose(lstsq(a, b), np.linalg.lstsq(a, b)[0], rtol=1e-10)


@pytest.mark.parametrize("lstsq", FULL_RANK)
@pytest.mark.parametrize("scale", [1e-250, 1e250])
def test_extreme_sizes(lstsq, scale, rng):
    a, x = rng.standard_normal((9, 4)), rng.standard_normal(4)
    np.testing.assert_allclose(lstsq(scale * a, scale * (a @ x)), x, rtol=1e-12)


@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), m=st.integers(1, 9), n=st.integers(1, 9))
def test_residual_is_orthogonal_and_no_point_is_nearer(seed, m, n):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((m, n)), rng.standard_normal(m)
    x = lstsq_svd(a, b)
    residual = b - a @ x
    np.testing.assert_allclose(a.T @ residual, 0, atol=1e-12 * np.linalg.norm(a) * np.linalg.norm(b))
    for step in rng.standard_normal((20, n)):
        assert np.linalg.norm(b - a @ (x + step)) >= np.linalg.norm(residual) - 1e-12


def test_shortest_of_many(matrix, rng):
    b = rng.standard_normal(matrix.shape[0])
    size = np.abs(matrix).max(initial=0.0)
    x = lstsq_svd(matrix / size if size > 0 else matrix, b)
    theirs = np.linalg.pinv(matrix / size if size > 0 else matrix, rcond=max(matrix.shape) * 2**-52) @ b
    assert x.shape == theirs.shape
    np.testing.assert_allclose(x, theirs, rtol=0, atol=1e-2 * np.abs(theirs).max(initial=0.0) + 1e-12)


def test_hilbert_shows_the_three_roads(rng):
    """κ(A) = 5e8 here: QR and the SVD lose it once, the normal equations twice."""
    a = 1.0 / (np.arange(20)[:, None] + np.arange(7) + 1.0)
    truth = np.ones(7)
    errors = [np.abs(lstsq(a, a @ truth) - 1).max() for lstsq in FULL_RANK]
    assert errors[1] < 1e-8
    assert errors[2] < 1e-8
    assert errors[0] > 100 * max(errors[1:])


def test_laeuchli_defeats_the_normal_equations():
    """1 + 1e-18 is 1: AᵀA is exactly singular, though the columns are independent."""
    a = np.vstack([np.ones(3), 1e-9 * np.eye(3)])
    with pytest.raises(SingularError, match="use lstsq_qr"):
        lstsq_normal(a, np.ones(4))
    for lstsq in (lstsq_qr, lstsq_svd):
        np.testing.assert_allclose(lstsq(a, a @ [1.0, 2.0, 3.0]), [1, 2, 3], rtol=1e-6)


@pytest.mark.parametrize("lstsq", [lstsq_normal, lstsq_qr])
def test_dependent_columns_are_refused(lstsq, rng):
    a = rng.standard_normal((9, 3)) @ rng.standard_normal((3, 5))
    with pytest.raises(SingularError, match="lstsq_svd"):
        lstsq(a, np.ones(9))
    with pytest.raises(SingularError):
        lstsq(np.zeros((3, 2)), np.ones(3))
    with pytest.raises(ShapeError, match="at least as many equations as unknowns"):
        lstsq(np.ones((2, 3)), np.ones(2))


@pytest.mark.parametrize("lstsq", FULL_RANK)
def test_no_unknowns(lstsq):
    assert lstsq(np.zeros((3, 0)), np.ones(3)).shape == (0,)
    assert lstsq(np.zeros((3, 0)), np.ones((3, 2))).shape == (0, 2)


PENROSE = ["random", "rank 3 of 8", "zero", "1x1", "repeated and zero", "tall", "wide", "tall, rank 2",
           "wide, rank 2", "row", "column", "no rows", "no columns", "empty"]  # fmt: skip


@pytest.mark.parametrize("matrix", PENROSE, indirect=True)
def test_penroses_four_conditions(matrix):
    p = pseudo_inverse(matrix)
    assert p.shape == matrix.T.shape
    for got, wanted in [
        (matrix @ p @ matrix, matrix),
        (p @ matrix @ p, p),
        ((matrix @ p).T, matrix @ p),
        ((p @ matrix).T, p @ matrix),
    ]:
        np.testing.assert_allclose(got, wanted, atol=1e-12 * max(np.abs(wanted).max(initial=0.0), 1.0))


@pytest.mark.parametrize("matrix", PENROSE, indirect=True)
def test_pseudo_inverse_equals_numpy(matrix):
    theirs = np.linalg.pinv(matrix)
    np.testing.assert_allclose(
        pseudo_inverse(matrix), theirs, rtol=0, atol=1e-10 * np.abs(theirs).max(initial=0.0)
    )


def test_rank(matrix):
    assert matrix_rank(matrix) == (np.linalg.matrix_rank(matrix) if matrix.size else 0)


def test_rcond_is_a_cutoff_and_checked():
    a = np.diag([1.0, 1e-3])
    assert matrix_rank(a) == 2
    assert matrix_rank(a, rcond=1e-2) == 1
    np.testing.assert_allclose(lstsq_svd(a, np.ones(2), rcond=1e-2), [1, 0], atol=1e-15)
    for bad in (-1e-3, 1.0, float("nan")):
        with pytest.raises(ValueRangeError, match="rcond in"):
            pseudo_inverse(a, rcond=bad)


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e200, 1e300])
@pytest.mark.parametrize("lstsq", [lstsq_normal, lstsq_qr, lstsq_svd])
def test_scales_cancel(lstsq, scale, rng):
    a, b = rng.standard_normal((7, 3)), rng.standard_normal(7)
    scaled_a, scaled_b = scale * a, scale * b
    wanted = lstsq(scaled_a / scale, scaled_b / scale)
    np.testing.assert_allclose(lstsq(scaled_a, scaled_b), wanted, rtol=1e-10)


def test_the_pseudo_inverse_of_a_tiny_matrix_keeps_its_digits(rng):
    a = rng.standard_normal((4, 3))
    np.testing.assert_allclose(pseudo_inverse(1e-300 * a) * 1e-300, np.linalg.pinv(a), rtol=1e-10)
