import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import ShapeError
from foundations.matrix_decomposition import (
    fundamental_subspaces,
    orthogonal_projector,
    principal_angles,
    project,
)


def test_four_subspaces(matrix, close, orthonormal):
    spaces = fundamental_subspaces(matrix)
    m, n = matrix.shape
    rank = np.linalg.matrix_rank(matrix) if matrix.size else 0
    assert [basis.shape for basis in spaces] == [(m, rank), (m, m - rank), (n, rank), (n, n - rank)]
    for basis in spaces:
        orthonormal(basis)
    size = np.abs(matrix).max(initial=0.0)
    scaled = matrix / size if size > 1e-300 else matrix
    assert np.abs(scaled @ spaces.null_space).max(initial=0.0) < 1e-13
    assert np.abs(scaled.T @ spaces.left_null_space).max(initial=0.0) < 1e-13
    orthonormal(np.hstack([spaces.column_space, spaces.left_null_space]))
    orthonormal(np.hstack([spaces.row_space, spaces.null_space]))


def test_projector_laws(matrix):
    p = orthogonal_projector(matrix)
    np.testing.assert_allclose(p @ p, p, atol=1e-13)
    np.testing.assert_array_equal(p, p.T)
    assert round(np.trace(p)) == (np.linalg.matrix_rank(matrix) if matrix.size else 0)


def test_projector_equals_the_formula_for_independent_columns(rng):
    a = rng.standard_normal((8, 3))
    np.testing.assert_allclose(orthogonal_projector(a), a @ np.linalg.solve(a.T @ a, a.T), atol=1e-13)


@settings(deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), rank=st.integers(0, 4))
def test_projection_is_the_nearest_point(seed, rank):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((7, rank)) @ rng.standard_normal((rank, 4))
    b = rng.standard_normal(7)
    nearest = project(a, b)
    np.testing.assert_allclose(a.T @ (b - nearest), 0, atol=1e-12)
    np.testing.assert_allclose(project(a, nearest), nearest, atol=1e-13)
    distance = np.linalg.norm(b - nearest)
    for x in rng.standard_normal((20, 4)):
        assert np.linalg.norm(b - a @ x) >= distance - 1e-12


def test_project_takes_several_columns(rng):
    a, b = rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    np.testing.assert_allclose(project(a, b), np.column_stack([project(a, c) for c in b.T]), atol=1e-14)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, 0.3, 1.0, np.pi / 2 - 1e-9, np.pi / 2])
def test_angle_between_planes(angle, rng):
    """Two planes in space that share a line: angles 0 and the one put in, tiny ones to full accuracy."""
    first = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    second = np.array([[1.0, 0.0], [0.0, np.cos(angle)], [0.0, np.sin(angle)]])
    q = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    mixed = second @ rng.standard_normal((2, 2))
    np.testing.assert_allclose(principal_angles(q @ first, q @ mixed), [0, angle], rtol=1e-9, atol=1e-14)


def test_angles_of_different_dimensions(rng):
    a, b = rng.standard_normal((7, 2)), rng.standard_normal((7, 4))
    angles = principal_angles(a, b)
    assert angles.shape == (2,)
    np.testing.assert_allclose(angles, principal_angles(b, a), atol=1e-13)
    cosines = np.linalg.svd(np.linalg.qr(a)[0].T @ np.linalg.qr(b)[0], compute_uv=False)
    np.testing.assert_allclose(np.cos(angles), cosines, atol=1e-13)
    with pytest.raises(ShapeError, match="columns of equal length, got 7 and 5"):
        principal_angles(a, np.eye(5))
