"""Affine maps, embeddings and dropout."""

import numpy as np
import pytest
import torch
import torch.nn.functional as theirs
from hypothesis import given
from hypothesis import strategies as st

from foundations import nn
from foundations.autodiff import Tensor, gradcheck, gradients
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn import functional as F
from foundations.optimization import SGD, AdaGrad, Adam


@given(
    lead=st.lists(st.integers(0, 4), min_size=0, max_size=3),
    n_in=st.integers(1, 5),
    n_out=st.integers(1, 5),
    bias=st.booleans(),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_linear(agrees, lead, n_in, n_out, bias, dtype):
    rng = np.random.default_rng(n_in * 10 + n_out)
    arrays = [rng.standard_normal((*lead, n_in)), rng.standard_normal((n_in, n_out))]
    arrays += [rng.standard_normal(n_out)] if bias else []
    agrees(
        F.linear,
        lambda x, w, b=None: theirs.linear(x, w.T, b),
        *(a.astype(dtype) for a in arrays),
    )


def test_linear_twice():
    rng = np.random.default_rng(0)
    gradcheck(
        lambda x, w, b: F.linear(x, w, b) ** 2,
        rng.standard_normal((2, 3, 5)),
        rng.standard_normal((5, 7)),
        rng.standard_normal(7),
        rng=rng,
        order=2,
    )


def test_linear_names_both_shapes_and_a_remedy():
    with pytest.raises(ShapeError, match=r"\(\.\.\., 64\).*got \(8, 32\): transpose x, or build.*32 rows"):
        F.linear(np.ones((8, 32)), np.ones((64, 10)))


@given(st.lists(st.integers(0, 4), min_size=0, max_size=3), st.integers(0, 99))
def test_embedding_adds_the_gradients_of_repeated_rows(agrees, shape, seed):
    rng = np.random.default_rng(seed)
    indices, table = rng.integers(0, 3, shape), rng.standard_normal((3, 4))
    agrees(lambda w: F.embedding(indices, w), lambda w: theirs.embedding(torch.tensor(indices), w), table)


def test_embedding_refuses_what_is_not_a_row():
    table = np.ones((3, 2))
    with pytest.raises(ValueRangeError, match="rows 0 to 2, got 0 to 3"):
        F.embedding(np.array([0, 3]), table)
    with pytest.raises(ValueRangeError, match="got -1 to 0"):
        F.embedding(np.array([0, -1]), table)
    with pytest.raises(DTypeError, match="expects integer indices, got float64"):
        F.embedding(np.array([0.0]), table)


def test_one_hot():
    np.testing.assert_array_equal(F.one_hot(np.array([[2], [0]]), 3), [[[0, 0, 1]], [[1, 0, 0]]])


def test_dropout_keeps_the_mean_and_drops_the_share():
    x = Tensor(np.ones((400, 500)), requires_grad=True)
    y = F.dropout(x, 0.3, rng=np.random.default_rng(0))
    assert set(np.unique(y.numpy())) == {0.0, np.float64(np.float32(1)) * (1 / 0.7)}
    assert (y.numpy() == 0).mean() == pytest.approx(0.3, abs=0.005)
    assert y.numpy().mean() == pytest.approx(1, abs=0.01)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())


def test_dropout_is_off_outside_training_and_repeats_with_its_seed():
    x = Tensor(np.ones(50))
    assert F.dropout(x, 0.5, training=False) is x
    first, second = (F.dropout(x, 0.5, rng=np.random.default_rng(3)).numpy() for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_dropout_says_what_it_lacks():
    with pytest.raises(ValueRangeError, match=r"\[0, 1\], got 1.1"):
        F.dropout(np.ones(2), 1.1, rng=np.random.default_rng(0))
    with pytest.raises(ValueRangeError, match="rng="):
        F.dropout(np.ones(2), 0.5)


def test_dropping_everything_leaves_zeros_and_no_gradient():
    rng = np.random.default_rng(0)
    x = Tensor(np.ones((3, 4)), requires_grad=True)
    y = F.dropout(x, 1.0, rng=rng)
    y.sum().backward()
    assert not y.numpy().any()
    assert not x.grad.numpy().any()
    assert nn.Dropout(1, rng=rng).eval()(x) is x
    q = np.ones((2, 3))
    assert not F.scaled_dot_product_attention(q, q, q, dropout_p=1.0, rng=rng).any()


def test_dropout_of_integers_and_numbers_says_what_it_takes():
    for x in (3, [1, 2], np.arange(3)):
        with pytest.raises(DTypeError, match="dropout expects floating-point x, got int64"):
            F.dropout(x, 0.5, rng=np.random.default_rng(0))
    assert F.dropout(0.5, 0.0) == 0.5


def test_classes_and_rows_are_never_counted_from_the_end():
    with pytest.raises(ValueRangeError, match="classes 0 to 2, got -1 to -1"):
        F.one_hot([-1], 3)
    with pytest.raises(ValueRangeError, match="classes 0 to 2, got 3 to 3"):
        F.one_hot(3, 3)
    with pytest.raises(ValueRangeError, match="rows 0 to 2, got -1 to 0"):
        F.embedding([0, -1], np.ones((3, 2)))
    with pytest.raises(ValueRangeError, match="padding_idx 0 to 2, got -1"):
        F.embedding([0], np.ones((3, 2)), padding_idx=-1)
    for indices in ([0.0], [True]):
        with pytest.raises(DTypeError, match="integer indices"):
            F.one_hot(indices, 3)


def test_a_row_for_padding_is_pytorchs():
    table = np.random.default_rng(0).standard_normal((5, 3))
    indices = np.array([[1, 2, 2], [0, 2, 4]])
    g = np.random.default_rng(1).standard_normal((2, 3, 3))
    for padding in (None, 2, 3):
        ours, twin = Tensor(table, requires_grad=True), torch.tensor(table, requires_grad=True)
        y = F.embedding(indices, ours, padding)
        z = theirs.embedding(torch.tensor(indices), twin, padding_idx=padding)
        y.backward(g)
        z.backward(torch.tensor(g))
        np.testing.assert_array_equal(y.numpy(), z.detach())
        np.testing.assert_allclose(ours.grad.numpy(), twin.grad)
    layer = nn.Embedding(5, 3, padding_idx=2, rng=np.random.default_rng(0))
    assert not layer.weight.numpy()[2].any()
    assert layer.weight.numpy()[[0, 1, 3, 4]].all()
    layer(indices).sum().backward()
    assert not layer.weight.grad.numpy()[2].any()
    assert repr(layer) == "Embedding(5, 3, padding_idx=2)"


@pytest.mark.parametrize("padding", [None, 2, 3])
def test_a_row_for_padding_among_sparse_rows_is_pytorchs(padding):
    table = np.random.default_rng(0).standard_normal((5, 3))
    indices = np.array([[1, 2, 2], [0, 2, 4]])
    g = np.random.default_rng(1).standard_normal((2, 3, 3))
    ours = nn.Embedding(5, 3, padding, sparse=True, rng=np.random.default_rng(0)).astype(np.float64)
    twin = torch.nn.Embedding(5, 3, padding, sparse=True, dtype=torch.float64)
    ours.weight.data[:] = table
    with torch.no_grad():
        twin.weight[:] = torch.tensor(table)
    y, z = ours(indices), twin(torch.tensor(indices))
    np.testing.assert_array_equal(y.numpy(), z.detach())
    y.backward(g)
    with torch.sparse.check_sparse_tensor_invariants(False):
        z.backward(torch.tensor(g))
        want = twin.weight.grad.coalesce()
    got = ours.weight.grad.coalesce()
    np.testing.assert_array_equal(got.indices, want.indices()[0])
    assert padding not in got.indices
    np.testing.assert_allclose(got.rows, want.values(), rtol=1e-14)
    (asked_for,) = gradients((ours(indices) * g).sum(), [ours.weight])
    np.testing.assert_allclose(asked_for.numpy(), want.to_dense(), rtol=1e-14)
    (recorded,) = gradients((ours(indices) ** 3 * g).sum(), [ours.weight], create_graph=True)
    (second,) = gradients(recorded.sum(), [ours.weight])
    dense = F.embedding(indices, ours.weight, padding)
    (recorded,) = gradients((dense**3 * g).sum(), [ours.weight], create_graph=True)
    (want,) = gradients(recorded.sum(), [ours.weight])
    np.testing.assert_allclose(second.numpy(), want.numpy(), rtol=1e-12)


@pytest.mark.parametrize("kind", [SGD, AdaGrad, Adam])
def test_a_row_for_padding_among_sparse_rows_stays_where_it_is(kind):
    """Its moments may not be 0: an optimiser that is handed a row of zeros would move it."""
    layer = nn.Embedding(5, 3, 2, sparse=True, rng=np.random.default_rng(0))
    optimizer = kind(layer.parameters(), 0.1)
    layer.weight.grad = Tensor(np.ones((5, 3), np.float32))
    optimizer.step()
    before = layer.weight.numpy().copy()
    optimizer.zero_grad()
    layer(np.array([1, 2, 2])).sum().backward()
    optimizer.step()
    moved = (layer.weight.numpy() != before).any(1)
    assert moved.tolist() == [False, True, False, False, False]


def test_a_bias_that_would_be_broadcast_is_refused():
    with pytest.raises(ShapeError, match=r"bias of shape \(2,\), one number an output, got \(1,\)"):
        F.linear(np.ones((3, 4)), np.ones((4, 2)), np.ones(1))
