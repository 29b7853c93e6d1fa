"""Indexing by everything NumPy indexes with, and its transpose; gather, sort and their relatives."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, basic_indices, integer_array_indices

from foundations.autodiff import Tensor, gradcheck, ops

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)
EMPTY_TOO = array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)


def dense_transpose(x, index, g):
    """The gradient by the slow, certain route: add one element at a time."""
    expected = np.zeros(x.shape)
    np.add.at(expected, index, g)
    return expected


def check(x, index, rng):
    t = Tensor(x, requires_grad=True)
    y = t[index]
    np.testing.assert_array_equal(y.data, x[index])
    g = rng.standard_normal(y.shape)
    y.backward(g)
    np.testing.assert_allclose(t.grad.data, dense_transpose(x, index, g), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        ops.put(g, index, x.shape), dense_transpose(x, index, g), rtol=1e-12, atol=1e-12
    )


@given(data=st.data(), seed=SEEDS, shape=EMPTY_TOO, layout=st.sampled_from(["C", "F", "strided", "reversed"]))
def test_basic_indices(data, seed, shape, layout, draw):
    index = data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    check(draw(seed, shape, layout=layout), index, np.random.default_rng(seed))


@given(data=st.data(), seed=SEEDS, shape=SHAPES, dtype=st.sampled_from([np.int64, np.int8, np.uint8]))
def test_integer_arrays_with_repeats(data, seed, shape, dtype, draw):
    index = data.draw(integer_array_indices(shape, dtype=np.dtype(dtype)))
    check(draw(seed, shape), index, np.random.default_rng(seed))


@given(data=st.data(), seed=SEEDS, shape=SHAPES)
def test_one_integer_array_counts_rows_from_both_ends(data, seed, shape, draw):
    rows = data.draw(
        arrays(
            np.int64,
            array_shapes(min_dims=0, max_dims=2, min_side=0),
            elements=st.integers(-shape[0], shape[0] - 1),
        )
    )
    check(draw(seed, shape), rows, np.random.default_rng(seed))


@given(data=st.data(), seed=SEEDS, shape=EMPTY_TOO)
def test_masks_of_the_whole_of_leading_axes_and_inside_tuples(data, seed, shape, draw):
    rng = np.random.default_rng(seed)
    x = draw(seed, shape)
    mask = rng.random(shape) < 0.5
    check(x, mask, rng)
    check(x, mask[(..., *(slice(0, 1),) * 0)], rng)
    leading = rng.random(shape[:1]) < 0.5
    check(x, leading, rng)
    check(x, (leading, ...), rng)
    if len(shape) > 1:
        check(x, (slice(None), rng.random(shape[1]) < 0.5), rng)
        if shape[1]:
            check(x, (leading, 0), rng)


@pytest.mark.parametrize(
    "index",
    [
        [],
        [0, -1, 0],
        ([0, 1], [2, 2]),
        (slice(None), [1, 1, 0]),
        ([[0], [1]], [0, 2, 0]),
        (None, [1, 1], slice(0, 2), None),
        (0, ..., [2, 2]),
        True,
        False,
        np.int64(1),
        np.array(1),
        (np.array(1), np.array(2)),
        -1,
        ...,
        (),
        None,
    ],
    ids=repr,
)
def test_every_way_to_write_an_index(index, rng):
    x = rng.standard_normal((2, 3, 4))
    plain = [
        np.asarray(i, dtype=int) if isinstance(i, list) else i
        for i in (index if isinstance(index, tuple) else [index])
    ]
    t = Tensor(x, requires_grad=True)
    y = t[index]
    expected = x[tuple(plain) if isinstance(index, tuple) else plain[0]]
    np.testing.assert_array_equal(y.data, expected)
    g = rng.standard_normal(y.shape)
    y.backward(g)
    np.testing.assert_allclose(
        t.grad.data, dense_transpose(x, tuple(plain) if isinstance(index, tuple) else plain[0], g), atol=1e-12
    )
    gradcheck(lambda v: v[index] * v[index], x, rng=rng, order=2)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint32])
def test_small_integers_reach_into_long_axes(dtype, rng):
    """A row number must not overflow its own type while the gradient is put back."""
    check(rng.standard_normal((300, 2)), np.array([0, 1, 100, 1], dtype), rng)
    if np.dtype(dtype).kind == "i":
        check(rng.standard_normal((300, 2)), np.array([-1, 100, -1], dtype), rng)


def test_tensors_as_indices(rng):
    x = Tensor(rng.standard_normal((3, 4)), requires_grad=True)
    rows = Tensor([2, 0, 2])
    np.testing.assert_array_equal(x[rows].data, x.data[[2, 0, 2]])
    np.testing.assert_array_equal(x[rows, 1:].data, x.data[[2, 0, 2], 1:])
    x[x > 0].sum().backward()
    np.testing.assert_array_equal(x.grad.data, (x.data > 0).astype(float))


def test_an_index_changed_afterwards_does_not_matter(rng):
    rows = np.array([0, 1])
    x = Tensor(rng.standard_normal((3, 2)), requires_grad=True)
    y = x[rows]
    y.sum().backward()
    assert rows.tolist() == [0, 1]


def test_rows_of_float32_stay_float32(rng):
    x = Tensor(rng.standard_normal((5, 3)).astype(np.float32), requires_grad=True)
    for index in (np.array([0, 0, 4]), (np.array([0, 0]), np.array([1, 1])), x.data > 0, slice(1, 3)):
        x.grad = None
        x[index].sum().backward()
        assert x.grad.dtype == np.float32


def test_many_repeats_add_up_exactly():
    """Ten thousand ones meet in one place of a float32 row."""
    x = Tensor(np.zeros((2, 3), np.float32), requires_grad=True)
    x[np.zeros(10_000, int)].sum().backward()
    assert x.grad.tolist() == [[10_000] * 3, [0] * 3]


# ---------------------------------------------------------------------- take, gather, scatter


@given(data=st.data(), seed=SEEDS, shape=SHAPES)
def test_take(data, seed, shape, agrees, draw):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    n = shape[axis]
    rows = data.draw(arrays(np.int64, st.integers(0, 5), elements=st.integers(0, n - 1)))
    agrees(
        lambda x: ops.take(x, rows, axis),
        lambda x: x.index_select(axis, torch.tensor(rows)),
        draw(seed, shape),
    )
    np.testing.assert_array_equal(
        ops.take(draw(seed, shape), rows[None] - n, axis), np.take(draw(seed, shape), rows[None], axis)
    )


@given(data=st.data(), seed=SEEDS, shape=SHAPES)
def test_gather_and_scatter(data, seed, shape, agrees, draw):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    picked = list(shape)
    picked[axis] = data.draw(st.integers(1, 4))
    indices = data.draw(arrays(np.int64, tuple(picked), elements=st.integers(0, shape[axis] - 1)))
    agrees(
        lambda x: ops.gather(x, indices, axis),
        lambda x: x.gather(axis, torch.tensor(indices)),
        draw(seed, shape),
    )
    agrees(
        lambda v: ops.scatter(v, indices, axis, shape[axis]),
        lambda v: torch.zeros(shape, dtype=v.dtype).scatter_add(axis, torch.tensor(indices), v),
        draw(seed, tuple(picked)),
    )


def test_gather_may_be_shorter_than_its_source_along_other_axes(agrees, rng):
    indices = np.array([[1, 0, 1]])
    agrees(
        lambda x: ops.gather(x, indices, 0),
        lambda x: x.gather(0, torch.tensor(indices)),
        rng.standard_normal((2, 5)),
    )


def test_scatter_is_the_transpose_of_gather(rng):
    x, v = rng.standard_normal((4, 3)), rng.standard_normal((4, 6))
    indices = rng.integers(0, 3, (4, 6))
    assert (ops.gather(x, indices, 1) * v).sum() == pytest.approx((ops.scatter(v, indices, 1, 3) * x).sum())


def test_put_of_a_single_number_or_a_row_spreads_it():
    assert ops.put(2.0, (slice(None), 1), (2, 3)).tolist() == [[0, 2, 0], [0, 2, 0]]
    assert ops.put(np.array([1.0, 2.0]), np.array([0, 0, 2]), (3, 2)).tolist() == [[2, 4], [0, 0], [1, 2]]


# ---------------------------------------------------------------------- sort, topk


@given(data=st.data(), seed=SEEDS, shape=EMPTY_TOO)
def test_sort_is_stable_where_values_tie(data, seed, shape, agrees, draw):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    agrees(
        lambda x: ops.sort(x, axis),
        lambda x: x.sort(dim=axis, stable=True)[0],
        np.round(draw(seed, shape)),
    )


@given(data=st.data(), seed=SEEDS, shape=SHAPES)
def test_topk(data, seed, shape, agrees, draw):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    k = data.draw(st.integers(1, shape[axis]))
    x = draw(seed, shape)
    agrees(lambda x: ops.topk(x, k, axis)[0], lambda x: x.topk(k, axis)[0], x)
    np.testing.assert_array_equal(ops.topk(x, k, axis)[1], torch.tensor(x).topk(k, axis)[1].numpy())


def test_topk_takes_the_first_of_equals():
    values, indices = ops.topk(np.array([1.0, 3.0, 3.0, 0.0, 3.0]), 2)
    assert values.tolist() == [3, 3]
    assert indices.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool])
def test_topk_of_small_integers(dtype):
    x = np.array([0, 1, np.iinfo(dtype).min if dtype == np.int8 else 0], dtype)
    assert ops.topk(x, 1)[1].tolist() == [1]


def test_topk_takes_nan_for_the_largest_as_pytorch_does():
    x = np.array([1.0, np.nan, 2.0])
    assert ops.topk(x, 2)[1].tolist() == torch.tensor(x).topk(2)[1].tolist() == [1, 2]


# ---------------------------------------------------------------------- iteration


def test_iteration_goes_along_the_first_axis(rng):
    x = Tensor(rng.standard_normal((3, 2)), requires_grad=True)
    rows = list(x)
    assert [r.shape for r in rows] == [(2,)] * 3
    a, _, c = x
    (a * c).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [x.data[2], [0, 0], x.data[0]])
    assert len(x) == 3
    with pytest.raises(TypeError, match="unsized"):
        iter(Tensor(1.0))
    with pytest.raises(TypeError, match="unsized"):
        len(Tensor(1.0))
