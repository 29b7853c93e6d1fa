"""Rearrangements over drawn shapes, held to PyTorch and to NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from foundations.autodiff import Tensor, gradients, ops
from foundations.errors import ShapeError

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)
LAYOUTS = st.sampled_from(["C", "F", "strided", "reversed"])
FLOATS = st.sampled_from([np.float32, np.float64])


@given(data=st.data(), seed=SEEDS, shape=SHAPES, layout=LAYOUTS, dtype=FLOATS)
def test_transpose_permutes(data, seed, shape, layout, dtype, agrees, draw):
    order = data.draw(st.permutations(range(len(shape))))
    signed = tuple(a - len(shape) * data.draw(st.integers(0, 1)) for a in order)
    agrees(lambda x: ops.transpose(x, signed), lambda x: x.permute(order), draw(seed, shape, dtype, layout))


@given(data=st.data(), seed=SEEDS, shape=SHAPES, layout=LAYOUTS)
def test_swapaxes_and_moveaxis(data, seed, shape, layout, agrees, draw):
    n = len(shape)
    x = draw(seed, shape, layout=layout)
    a, b = (data.draw(st.integers(-n, n - 1)) for _ in range(2))
    agrees(lambda x: ops.swapaxes(x, a, b), lambda x: x.swapaxes(a, b), x)
    agrees(lambda x: ops.moveaxis(x, a, b), lambda x: x.moveaxis(a, b), x)
    k = data.draw(st.integers(0, n))
    sources = tuple(data.draw(st.permutations(range(n)))[:k])
    places = tuple(data.draw(st.permutations(range(n)))[:k])
    agrees(lambda x: ops.moveaxis(x, sources, places), lambda x: x.moveaxis(sources, places), x)


@given(data=st.data(), seed=SEEDS, shape=SHAPES, layout=LAYOUTS, dtype=FLOATS)
def test_reshape(data, seed, shape, layout, dtype, agrees, draw):
    x = draw(seed, shape, dtype, layout)
    target = tuple(data.draw(st.permutations(shape)))
    if x.size and data.draw(st.booleans()):
        target = (*target[:-1], -1)
    agrees(lambda x: ops.reshape(x, target), lambda x: x.reshape(target), x)
    agrees(lambda x: ops.reshape(x, -1), lambda x: x.reshape(-1), x)


@given(data=st.data(), seed=SEEDS, shape=SHAPES)
def test_flip_and_roll(data, seed, shape, agrees, draw):
    x = draw(seed, shape)
    axes = tuple(data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True, min_size=1)))
    shifts = tuple(data.draw(st.integers(-5, 5)) for _ in axes)
    agrees(lambda x: ops.flip(x, axes), lambda x: x.flip(axes), x)
    agrees(ops.flip, lambda x: x.flip(tuple(range(x.ndim))), x)
    agrees(lambda x: ops.roll(x, shifts, axes), lambda x: x.roll(shifts, axes), x)


@given(data=st.data(), seed=SEEDS, shape=array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
def test_broadcast_to(data, seed, shape, agrees, draw):
    new = tuple(data.draw(st.lists(st.integers(0, 3), max_size=2)))
    target = new + tuple(data.draw(st.integers(0, 3)) if n == 1 else n for n in shape)
    agrees(lambda x: ops.broadcast_to(x, target), lambda x: x.expand(target), draw(seed, shape))


@given(data=st.data(), seed=SEEDS, shape=array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
def test_expand_dims_is_undone_by_squeeze(data, seed, shape, draw):
    n = len(shape)
    places = tuple(data.draw(st.lists(st.integers(0, n + 1), unique=True, min_size=2, max_size=2)))
    x = draw(seed, shape)
    signed = tuple(p - (n + 2) * data.draw(st.integers(0, 1)) for p in places)
    wide = ops.expand_dims(x, signed)
    np.testing.assert_array_equal(wide, np.expand_dims(x, signed))
    np.testing.assert_array_equal(ops.squeeze(wide, signed), x)


@given(seed=SEEDS, shape=array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=2))
def test_squeeze_of_all_axes_of_length_one(seed, shape, agrees, draw):
    agrees(ops.squeeze, torch.squeeze, draw(seed, shape))


@given(data=st.data(), seed=SEEDS, shape=SHAPES, value=st.floats(-2, 2, width=32))
def test_pad(data, seed, shape, value, agrees, draw):
    width = [(data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))) for _ in shape]
    flat = [n for pair in reversed(width) for n in pair]
    agrees(
        lambda x: ops.pad(x, width, value),
        lambda x: torch.nn.functional.pad(x, flat, value=value),
        draw(seed, shape),
    )


@given(data=st.data(), seed=SEEDS, shape=array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3))
def test_repeat_and_tile(data, seed, shape, agrees, draw):
    x = draw(seed, shape)
    axis, times = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(st.integers(1, 3))
    agrees(lambda x: ops.repeat(x, times, axis), lambda x: x.repeat_interleave(times, axis), x)
    repeats = tuple(data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4)))
    agrees(lambda x: ops.tile(x, repeats), lambda x: x.tile(repeats), x)


@given(data=st.data(), seed=SEEDS, shape=SHAPES, layouts=st.tuples(LAYOUTS, LAYOUTS))
def test_concatenate_and_stack(data, seed, shape, layouts, agrees, draw):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    other = list(shape)
    other[axis] = data.draw(st.integers(0, 3))
    a, b = draw(seed, shape, layout=layouts[0]), draw(seed + 1, tuple(other), layout=layouts[1])
    agrees(lambda a, b: ops.concatenate([a, b, a], axis), lambda a, b: torch.cat([a, b, a], axis), a, b)
    where = data.draw(st.integers(-len(shape) - 1, len(shape)))
    agrees(
        lambda a, c: ops.stack([a, c], where), lambda a, c: torch.stack([a, c], where), a, draw(seed, shape)
    )


@given(data=st.data(), seed=SEEDS, shape=SHAPES)
def test_split_is_undone_by_concatenate(data, seed, shape, draw):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    cuts = sorted(data.draw(st.lists(st.integers(0, shape[axis]), max_size=3)))
    x = Tensor(draw(seed, shape), requires_grad=True)
    parts = ops.split(x, cuts, axis)
    for part, expected in zip(parts, np.split(x.data, cuts, axis), strict=True):
        np.testing.assert_array_equal(part.data, expected)
    whole = ops.concatenate(parts, axis)
    np.testing.assert_array_equal(whole.data, x.data)
    weights = draw(seed + 1, shape)
    (whole * weights).sum().backward()
    np.testing.assert_array_equal(x.grad.data, weights)


def test_split_into_equal_parts_of_which_one_is_used():
    x = Tensor(np.arange(6.0), requires_grad=True)
    _, second, _ = ops.split(x, 3)
    (second * second).sum().backward()
    assert x.grad.tolist() == [0, 0, 4, 6, 0, 0]


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_split_of_an_empty_axis(parts):
    assert [p.shape for p in ops.split(np.zeros((0, 2)), parts)] == [(0, 2)] * parts


def test_concatenate_mixes_tensors_arrays_and_lists():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = ops.concatenate([x, [3.0], np.array([4.0], np.float32)])
    assert y.dtype == np.float32
    assert y.tolist() == [1, 2, 3, 4]
    (y * y).sum().backward()
    assert x.grad.tolist() == [2, 4]
    assert ops.stack([x[0], 5.0]).tolist() == [1, 5]


def test_concatenate_of_two_types_gives_each_its_gradient():
    a = Tensor(np.ones(2, np.float32), requires_grad=True)
    b = Tensor(np.ones(3), requires_grad=True)
    y = ops.concatenate([a, b])
    y.sum().backward()
    assert (y.dtype, a.grad.dtype, b.grad.dtype) == (np.float64, np.float32, np.float64)


def test_the_methods_take_axes_one_by_one_or_together(rng):
    x = Tensor(rng.standard_normal((2, 3, 5)))
    for y in (x.transpose(2, 0, 1), x.transpose((2, 0, 1)), x.transpose([2, 0, 1])):
        np.testing.assert_array_equal(y.data, x.data.transpose(2, 0, 1))
    for y in (x.reshape(5, -1), x.reshape((5, -1)), x.reshape([5, 6])):
        np.testing.assert_array_equal(y.data, x.data.reshape(5, 6))
    np.testing.assert_array_equal(x.T.data, x.data.T)
    np.testing.assert_array_equal(x.mT.data, x.data.mT)
    np.testing.assert_array_equal(x.transpose().data, x.data.T)
    np.testing.assert_array_equal(x.flatten().data, x.data.ravel())
    np.testing.assert_array_equal(x.swapaxes(0, 2).data, x.data.swapaxes(0, 2))
    np.testing.assert_array_equal(x.moveaxis(0, 2).data, np.moveaxis(x.data, 0, 2))
    assert x[:, :1].squeeze(1).shape == (2, 5)
    assert x[:1].broadcast_to((4, 3, 5)).shape == (4, 3, 5)
    assert Tensor(3.0).reshape(1, 1).reshape().shape == ()


def test_axes_may_be_numpys_integers(rng):
    x = rng.standard_normal((2, 3, 4))
    one = np.int64(1)
    assert ops.moveaxis(x, one, np.int64(0)).shape == (3, 2, 4)
    assert ops.expand_dims(x, one).shape == (2, 1, 3, 4)
    assert ops.roll(x, one, one).shape == x.shape
    assert ops.squeeze(x[:, :1], one).shape == (2, 4)
    assert ops.tile(x, np.int64(2)).shape == (2, 3, 8)
    assert [p.shape for p in ops.split(x, np.int64(2), np.int64(2))] == [(2, 3, 2)] * 2
    assert ops.flip(x, one).shape == x.shape
    assert ops.broadcast_to(3.0, np.int64(4)).shape == (4,)


def test_a_view_needs_no_values_for_its_gradient():
    x = Tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    for view in (
        x.reshape(2, 2),
        x[1:],
        x.T,
        x[[0, 2]],
        x.astype(np.float64),
        ops.flip(x),
        ops.roll(x, 1, 0),
    ):
        assert all(a is None for a in view._node.saved)


def test_the_gradient_of_a_view_is_not_a_view(rng):
    """Gradients at leaves are their own memory, writeable, whatever made them."""
    g = rng.standard_normal((2, 3))
    for view in (ops.transpose, ops.flip, lambda x: x.reshape(2, 3), lambda x: ops.broadcast_to(x, (2, 3))):
        x = Tensor(rng.standard_normal((3, 2) if view is ops.transpose else (2, 3)), requires_grad=True)
        view(x).backward(g)
        assert not np.shares_memory(x.grad.data, g)
        assert x.grad.data.flags.writeable
        x.grad += 1
    x = Tensor(np.zeros(3), requires_grad=True)
    x.sum().backward()
    x.grad += 1
    assert x.grad.tolist() == [2, 2, 2]


@pytest.mark.parametrize("name", ["transpose", "flip", "squeeze"])
def test_single_numbers_pass_through(name):
    x = Tensor(np.array(2.0), requires_grad=True)
    y = getattr(ops, name)(x)
    assert y.shape == ()
    (g,) = gradients(y * y, [x])
    assert g.item() == 4


def test_pad_wants_a_pair_for_every_axis():
    with pytest.raises(ShapeError, match=r"pad .*2 axes.*got 1"):
        ops.pad(Tensor(np.zeros((2, 3))), [(1, 1)])
