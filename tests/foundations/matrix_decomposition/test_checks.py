import numpy as np
import pytest

import foundations.matrix_decomposition as md
from foundations.errors import DTypeError, ShapeError, ValueRangeError

MATRIX = np.eye(3)
ANY_SHAPE = [
    md.svd, md.singular_values, md.qr_householder, md.qr_pivoted, md.gram_schmidt_classical,
    md.gram_schmidt_modified, md.lu, md.pseudo_inverse, md.matrix_rank, md.fundamental_subspaces,
    md.orthogonal_projector, md.spectral_norm, md.condition_number, md.loss_of_orthogonality,
    lambda a: md.low_rank(a, 1), lambda a: md.pca_svd(a, 1), lambda a: md.pca_covariance(a, 1),
    lambda a: md.principal_angles(a, MATRIX), lambda a: md.lstsq_normal(a, np.ones(3)),
    lambda a: md.lstsq_qr(a, np.ones(3)), lambda a: md.lstsq_svd(a, np.ones(3)),
    lambda a: md.project(a, np.ones(3)), lambda a: md.backward_error(a, np.ones(3), np.ones(3)),
]  # fmt: skip
SQUARE_ONLY = [
    md.eig, md.eigvals, md.eigh_jacobi, md.eigh_qr, md.tridiagonalise, md.hessenberg, md.real_schur,
    md.cholesky, md.log_determinant, md.determinant, lambda a: md.solve(a, np.ones(3)),
    lambda a: md.power_iteration(a, rng=np.random.default_rng(0)),
    lambda a: md.inverse_iteration(a, 0.5, rng=np.random.default_rng(0)),
    lambda a: md.rayleigh_quotient_iteration(a, np.ones(3)),
    lambda a: md.forward_substitution(a, np.ones(3)), lambda a: md.back_substitution(a, np.ones(3)),
    lambda a: md.solve_cholesky(a, np.ones(3)),
]  # fmt: skip
EVERY = ANY_SHAPE + SQUARE_ONLY


@pytest.mark.parametrize("routine", EVERY)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite_is_named_with_its_place(routine, bad):
    a = MATRIX.copy()
    a[2, 1] = a[1, 2] = bad
    with pytest.raises(ValueRangeError, match=r"expects finite entries, got 2 .* at \(1, 2\): drop"):
        routine(a)


@pytest.mark.parametrize("routine", EVERY)
def test_integers_are_refused_with_the_remedy(routine):
    with pytest.raises(DTypeError, match=r"got int64: convert with A\.astype\(np\.float64\)"):
        routine(np.eye(3, dtype=np.int64))


@pytest.mark.parametrize("routine", EVERY)
def test_complex_is_refused_with_the_remedy(routine):
    with pytest.raises(DTypeError, match=r"got complex128: write X \+ iY as the real matrix"):
        routine(1j * MATRIX)


@pytest.mark.parametrize("dtype", [bool, object, "U1"])
def test_other_types_are_refused(dtype):
    with pytest.raises(DTypeError, match="expects float16, float32 or float64"):
        md.svd(np.array([[1, 0], [0, 1]]).astype(dtype))


@pytest.mark.parametrize("routine", EVERY)
@pytest.mark.parametrize("shape", [(), (3,), (3, 3, 1)])
def test_only_matrices(routine, shape):
    with pytest.raises(ShapeError):
        routine(np.ones(shape))


@pytest.mark.parametrize("routine", SQUARE_ONLY)
def test_not_square_is_refused(routine):
    with pytest.raises(ShapeError, match=r"expects a square matrix, got shape \(3, 2\)"):
        routine(np.ones((3, 2)))


@pytest.mark.parametrize(
    "routine", [md.eigh_jacobi, md.eigh_qr, md.tridiagonalise, md.cholesky, md.log_determinant]
)
def test_not_symmetric_is_named_with_its_place(routine):
    a = np.eye(3)
    a[0, 2] = 1e-6
    with pytest.raises(ValueRangeError, match=r"A\[0, 2\] = 1e-06 and A\[2, 0\] = 0: symmetrise"):
        routine(a)


def test_rounding_sized_asymmetry_passes():
    a = np.array([[2.0, 1.0], [1.0 + 2e-16, 2.0]])
    np.testing.assert_allclose(md.eigh_qr(a).values, [1, 3], rtol=1e-14)


@pytest.mark.parametrize("routine", EVERY)
def test_the_argument_is_never_changed(routine):
    a = np.array([[3.0, 1.0, 0.5], [1.0, 2.0, 0.25], [0.5, 0.25, 1.0]])
    before = a.copy()
    routine(a)
    np.testing.assert_array_equal(a, before)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_narrow_floats_are_widened(dtype):
    a = np.array([[3.0, 1.0], [1.0, 2.0]], dtype=dtype)
    u, s, vt = md.svd(a)
    assert u.dtype == s.dtype == vt.dtype == np.float64
    np.testing.assert_allclose((u * s) @ vt, [[3, 1], [1, 2]], rtol=1e-14)


def test_nested_lists_are_taken():
    np.testing.assert_allclose(md.singular_values([[3.0, 0.0], [0.0, 4.0]]), [4, 3], rtol=1e-15)


@pytest.mark.parametrize("solver", [md.solve, md.lstsq_normal, md.lstsq_qr, md.lstsq_svd, md.project])
@pytest.mark.parametrize("shape", [(), (2,), (2, 3), (3, 1, 1)])
def test_right_hand_side_must_fit(solver, shape):
    with pytest.raises(ShapeError, match=r"right-hand side of shape \(3,\) or \(3, k\), got"):
        solver(MATRIX, np.ones(shape))


@pytest.mark.parametrize("k", [-1, 4, 1.0, True, None])
def test_counts_must_be_integers_in_range(k):
    with pytest.raises(ValueRangeError, match=r"low_rank|truncate expects an integer in \[0, 3\], got"):
        md.low_rank(MATRIX, k)


def test_public_names_are_there_and_sorted_out():
    assert len(set(md.__all__)) == len(md.__all__)
    for name in md.__all__:
        assert getattr(md, name).__doc__, name
