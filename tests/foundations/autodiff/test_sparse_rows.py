"""The rows of a gradient: what they stand for, how they add, and where they become dense."""

from __future__ import annotations

import numpy as np
import pytest

from foundations.autodiff import SparseRows, Tensor, grad, gradcheck, gradients, hvp, ops
from foundations.errors import DTypeError, ShapeError
from foundations.nn import functional as F

INDICES = np.array([[1, 3, 1], [0, 1, 3]])


def table(dtype=np.float64):
    return Tensor(np.random.default_rng(0).standard_normal((5, 2)).astype(dtype), requires_grad=True)


def loss(w, indices=INDICES, sparse=True):
    y = F.embedding(indices, w, sparse=sparse)
    return (y * y * y).sum()


def dense_gradient(*parts):
    w = table()
    sum((part(w) for part in parts), start=Tensor(0.0, dtype=np.float64)).backward()
    return w.grad.numpy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "indices", [INDICES, np.array([2]), np.array(4), np.zeros((0, 3), int), INDICES.astype("u1")]
)
def test_the_rows_are_the_dense_gradient(indices, dtype):
    sparse, dense = table(dtype), table(dtype)
    loss(sparse, indices).backward()
    loss(dense, indices, sparse=False).backward()
    assert isinstance(sparse.grad, SparseRows)
    assert (sparse.grad.dtype, sparse.grad.shape, sparse.grad.size) == (dtype, (5, 2), 10)
    np.testing.assert_allclose(sparse.grad.numpy(), dense.grad.numpy(), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(sparse.grad), dense.grad.numpy(), rtol=1e-6)
    once = sparse.grad.coalesce()
    assert once.indices.tolist() == sorted(set(indices.ravel().tolist()))
    np.testing.assert_allclose(once.to_dense().numpy(), dense.grad.numpy(), rtol=1e-6)


def test_gradients_of_several_passes_and_uses_add():
    cases = {
        "two passes": ([loss, lambda w: loss(w, np.array([3, 4]))], SparseRows),
        "then dense": ([loss, lambda w: (w * w).sum()], Tensor),
        "dense first": ([lambda w: (w * w).sum(), loss], Tensor),
        "all three": ([loss, lambda w: (w * w).sum(), loss], Tensor),
    }
    for name, (parts, kind) in cases.items():
        expected = sum(
            dense_gradient(lambda w, part=part: part(w))
            if part is not loss
            else dense_gradient(lambda w: loss(w, sparse=False))
            for part in parts
        )
        apart, together = table(), table()
        for part in parts:
            part(apart).backward()
        sum((part(together) for part in parts[1:]), start=parts[0](together)).backward()
        for w in (apart, together):
            assert isinstance(w.grad, kind), name
            np.testing.assert_allclose(np.asarray(w.grad.numpy()), expected, rtol=1e-13, err_msg=name)


def test_a_gradient_that_was_kept_does_not_change_with_the_next_pass():
    w = table()
    loss(w).backward()
    kept, before = w.grad, w.grad.numpy()
    loss(w).backward()
    np.testing.assert_array_equal(kept.numpy(), before)
    np.testing.assert_allclose(w.grad.numpy(), 2 * before)


def test_rows_do_not_share_memory_with_the_gradient_that_came():
    w, seed = table(), np.ones((2, 2))
    F.embedding(np.array([1, 2]), w, sparse=True).backward(seed)
    w.grad.rows[...] = 7
    np.testing.assert_array_equal(seed, 1)


def test_a_computed_table_and_the_functions_of_derivatives_see_a_dense_gradient():
    w = table()
    loss(w * 2).backward()
    assert isinstance(w.grad, Tensor)
    w = table()
    (direct,) = gradients(loss(w), [w])
    assert isinstance(direct, Tensor)
    np.testing.assert_allclose(direct.numpy(), dense_gradient(lambda w: loss(w, sparse=False)), rtol=1e-13)
    np.testing.assert_allclose(grad(loss)(w).numpy(), direct.numpy())
    v = np.random.default_rng(1).standard_normal((5, 2))
    plain = hvp(lambda w: loss(w, sparse=False), w, v)
    np.testing.assert_allclose(hvp(loss, w, v).numpy(), plain.numpy(), rtol=1e-13)
    loss(w).backward(create_graph=True)
    assert isinstance(w.grad, Tensor)
    assert w.grad.requires_grad


def test_derivatives_of_both_orders_are_right():
    gradcheck(
        loss,
        np.random.default_rng(0).standard_normal((5, 2)),
        rng=np.random.default_rng(1),
        order=2,
    )


def test_it_prints_what_it_holds_and_says_what_it_lacks():
    g = SparseRows(np.array([3, 1]), np.array([[1.0, 2.0], [5.0, 5.0]]), (5, 2))
    assert repr(g) == "SparseRows([[1., 2.],\n            [5., 5.]], indices=[3, 1], shape=(5, 2))"
    for name in ("data", "sum", "reshape"):
        with pytest.raises(AttributeError, match=f"has no '{name}': take .to_dense\\(\\)"):
            getattr(g, name)
    assert len(g) == 5
    assert g.astype(np.float32).dtype == np.float32


def test_arrays_and_tensors_add():
    g = SparseRows(np.array([1, 1]), np.ones((2, 2)), (3, 2))
    expected = np.array([[1.0, 1], [3, 3], [1, 1]])
    np.testing.assert_array_equal(g + np.ones((3, 2)), expected)
    np.testing.assert_array_equal(np.ones((3, 2)) + g, expected)
    np.testing.assert_array_equal((g + ops.exp(Tensor(np.zeros((3, 2))))).numpy(), expected)


@pytest.mark.parametrize(
    ("indices", "rows"), [(np.zeros((1, 1), int), np.ones((1, 2))), (np.zeros(2, int), np.ones((3, 2)))]
)
def test_what_does_not_fit_together_is_refused(indices, rows):
    with pytest.raises(ShapeError, match=r"expected indices \(k,\) and rows \(k, 2\)"):
        SparseRows(indices, rows, (5, 2))
    with pytest.raises(ShapeError, match="gradients of one shape"):
        SparseRows(np.array([0]), np.ones((1, 2)), (5, 2)) + SparseRows(
            np.array([0]), np.ones((1, 2)), (4, 2)
        )


def test_options_of_the_embedding_are_used_or_refused():
    with pytest.raises(DTypeError, match="sparse as True or False, got 'yes'"):
        F.embedding(INDICES, table(), sparse="yes")
    with pytest.raises(ShapeError, match=r"weight of shape \(n, d\), got \(5,\)"):
        F.embedding(INDICES, Tensor(np.ones(5), requires_grad=True), sparse=True)
