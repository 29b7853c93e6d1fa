"""Products, inverses, determinants and factors over every batch shape."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from foundations.autodiff import Tensor, gradcheck, gradients, hessian, ops
from foundations.errors import NotPositiveDefiniteError, SingularError

SEEDS = st.integers(0, 2**32 - 1)
LAYOUTS = st.sampled_from(["C", "F", "strided", "reversed"])
FLOATS = st.sampled_from([np.float32, np.float64])
MATMUL = mutually_broadcastable_shapes(signature="(n?,k),(k,m?)->(n?,m?)", max_dims=3, min_side=0, max_side=4)
BATCH = array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3) | st.just(())


@given(shapes=MATMUL, seed=SEEDS, layouts=st.tuples(LAYOUTS, LAYOUTS), dtype=FLOATS)
def test_matmul_of_every_shape(shapes, seed, layouts, dtype, agrees, draw):
    a, b = (draw(seed + i, s, dtype, layouts[i]) for i, s in enumerate(shapes.input_shapes))
    agrees(ops.matmul, torch.matmul, a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((2, 3, 0), (0, 5)),
        ((2, 0, 3), (3, 5)),
        ((2, 3, 4), (4, 0)),
        ((0, 3, 4), (4, 5)),
        ((0,), (0,)),
        ((0, 0), (0, 0)),
    ],
)
def test_matmul_with_nothing_in_an_axis(a, b, agrees):
    agrees(ops.matmul, torch.matmul, np.ones(a), np.ones(b))


def test_matmul_operators_take_arrays_and_lists(rng):
    a = rng.standard_normal((2, 3))
    x = Tensor(rng.standard_normal((3, 2)), requires_grad=True)
    weights = [[0.1, 0.2, 0.3], [1.0, 2.0, 3.0]]
    np.testing.assert_array_equal((a @ x).data, a @ x.data)
    np.testing.assert_array_equal((x @ a).data, x.data @ a)
    np.testing.assert_array_equal((x @ weights).data, x.data @ np.array(weights))
    np.testing.assert_array_equal((weights @ x).data, np.array(weights) @ x.data)
    single = Tensor(np.ones((3, 2), np.float32))
    assert (single @ weights).dtype == np.float32


@given(seed=SEEDS, shape=array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
def test_diagonals(seed, shape, agrees, draw):
    x = draw(seed, shape)
    agrees(ops.embed_diagonal, torch.diag_embed, x)
    if x.ndim > 1:
        agrees(ops.diagonal, lambda x: x.diagonal(dim1=-2, dim2=-1), x)
        agrees(ops.trace, lambda x: x.diagonal(dim1=-2, dim2=-1).sum(-1), x)


def test_outer_of_batches(agrees, rng):
    agrees(
        ops.outer,
        lambda a, b: a[..., :, None] * b[..., None, :],
        rng.standard_normal((2, 3)),
        rng.standard_normal((2, 5)),
    )


# ---------------------------------------------------------------------- inverses and determinants


def well_conditioned(seed, batch, n):
    x = np.random.default_rng(seed).standard_normal((*batch, n, n))
    return x / 2 + 3 * np.eye(n)


@given(seed=SEEDS, batch=BATCH, n=st.integers(0, 4))
def test_inverse_determinant_and_their_logarithm(seed, batch, n, agrees):
    x = well_conditioned(seed, batch, n)
    agrees(ops.inv, torch.linalg.inv, x)
    agrees(ops.det, torch.linalg.det, x)
    agrees(lambda x: ops.slogdet(x)[1], lambda x: torch.linalg.slogdet(x)[1], x)
    np.testing.assert_array_equal(ops.slogdet(-x)[0], np.linalg.slogdet(-x)[0])


@given(
    seed=SEEDS,
    n=st.integers(1, 4),
    m=st.integers(0, 3),
    batches=mutually_broadcastable_shapes(num_shapes=2, max_dims=2, min_side=0, max_side=3),
    dtype=FLOATS,
)
def test_solve_broadcasts_its_batches(seed, n, m, batches, dtype, agrees):
    first, second = batches.input_shapes
    a = well_conditioned(seed, first, n).astype(dtype)
    b = np.random.default_rng(seed).standard_normal((*second, n, m)).astype(dtype)
    agrees(ops.solve, torch.linalg.solve, a, b)


@given(seed=SEEDS, batch=BATCH, n=st.integers(1, 4))
def test_solve_of_a_vector_is_the_product_with_the_inverse(seed, batch, n, agrees):
    a = well_conditioned(seed, batch, n)
    b = np.random.default_rng(seed).standard_normal(n)
    agrees(ops.solve, lambda a, b: (torch.linalg.inv(a) @ b[:, None])[..., 0], a, b)


@given(seed=SEEDS, batch=BATCH, n=st.integers(1, 4))
def test_cholesky(seed, batch, n, agrees):
    x = np.random.default_rng(seed).standard_normal((*batch, n, n))
    a = x @ x.mT + 3 * np.eye(n)
    agrees(ops.cholesky, torch.linalg.cholesky, a)
    agrees(ops.cholesky_logdet, torch.logdet, a)


SINGULAR = {
    "rank 2 of 3": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],
    "rank 1 of 3": [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [-1.0, -2.0, -3.0]],
    "rank 0 of 2": [[0.0, 0.0], [0.0, 0.0]],
    "zero number": [[0.0]],
    "rank 3 of 4": np.diag([1.0, 2.0, 0.0, 3.0]).tolist(),
}


@pytest.mark.parametrize("matrix", SINGULAR.values(), ids=SINGULAR)
def test_the_determinant_is_a_polynomial_at_singular_matrices_too(matrix, rng):
    """First and second derivatives, by minors: d2 det / dA_ij dA_kl is a signed minor without rows i, k."""
    gradcheck(ops.det, np.array(matrix), rng=rng, order=2)
    h = hessian(ops.det, np.array(matrix)).data
    n = len(matrix)
    for i, j, k, m in np.ndindex(n, n, n, n):
        if i == k or j == m:
            expected = 0.0
        else:
            unit = np.array(matrix)
            unit[[i, k]] = 0
            unit[i, j] = unit[k, m] = 1
            expected = np.linalg.det(unit)
        assert h[i, j, k, m] == pytest.approx(expected, abs=1e-8)


def test_a_batch_may_mix_singular_and_regular_matrices(rng):
    batch = np.stack([np.array(SINGULAR["rank 2 of 3"]), rng.standard_normal((3, 3))])
    gradcheck(ops.det, batch, rng=rng, order=2)


def test_determinants_near_singular_keep_their_digits():
    x = np.diag([1e-9, 1.0, 2.0])
    t = Tensor(x, requires_grad=True)
    (g,) = gradients(ops.det(t), [t], create_graph=True)
    np.testing.assert_allclose(g.data, np.diag([2.0, 2e-9, 1e-9]), atol=1e-15)


def test_the_sign_of_slogdet_is_a_constant(rng):
    x = Tensor(-np.eye(3), requires_grad=True)
    sign, value = ops.slogdet(x)
    assert (sign, value.item()) == (-1, 0)
    value.backward()
    np.testing.assert_allclose(x.grad.data, -np.eye(3))


@pytest.mark.parametrize("name", ["inv", "solve"])
def test_a_singular_matrix_is_an_error_with_a_remedy(name):
    a = Tensor(np.ones((2, 2)), requires_grad=True)
    with pytest.raises(SingularError, match=rf"{name} .*\(2, 2\).*[Ss]ingular.*: .*pseudo-inverse"):
        ops.inv(a) if name == "inv" else ops.solve(a, np.ones(2))


def test_the_logarithm_of_a_vanishing_determinant_has_a_value_and_no_gradient():
    a = Tensor(np.ones((2, 2)), requires_grad=True)
    sign, value = ops.slogdet(a)
    assert (float(sign), value.item()) == (0, -np.inf)
    with pytest.raises(SingularError, match="singular"):
        value.backward()


def test_cholesky_of_an_indefinite_matrix_is_an_error_with_a_remedy():
    with pytest.raises(NotPositiveDefiniteError, match=r"cholesky .*\(2, 2\).*: .*diagonal"):
        ops.cholesky(Tensor(np.diag([1.0, -1.0])))


@pytest.mark.parametrize("name", ["inv", "det", "cholesky", "cholesky_logdet", "trace", "diagonal"])
def test_float32_stays_float32(name):
    x = Tensor(np.eye(3, dtype=np.float32) * 2, requires_grad=True)
    y = getattr(ops, name)(x)
    assert y.dtype == np.float32
    (g,) = gradients(y.sum(), [x], create_graph=True)
    assert g.dtype == np.float32
