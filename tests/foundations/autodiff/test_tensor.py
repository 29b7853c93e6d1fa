"""The Tensor: what it holds, how it prints, compares, converts and stands beside arrays."""

import copy
import operator
import pickle

import numpy as np
import pytest

from foundations.autodiff import Tensor, no_grad
from foundations.errors import DTypeError, GraphError, ShapeError


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, np.float32),
        ([1.0, 2.0], np.float32),
        (((1.0,), (2,)), np.float32),
        ([], np.float32),
        (3, np.int64),
        ([1, 2], np.int64),
        (True, np.bool_),
        (np.array([1.0]), np.float64),
        (np.array([1.0], np.float32), np.float32),
        (np.array([1.0], np.float16), np.float16),
        (np.float64(2), np.float64),
        (np.float32(2), np.float32),
        (np.array([1], np.uint8), np.uint8),
    ],
)
def test_numbers_become_float32_and_arrays_keep_their_type(data, dtype):
    assert Tensor(data).dtype == dtype


def test_a_type_may_be_asked_for():
    x = Tensor([1, 2], dtype=np.float64, requires_grad=True)
    assert x.dtype == np.float64
    assert x.requires_grad
    assert Tensor([0.1], dtype=np.float64).item() == 0.1


def test_an_array_shares_its_memory_and_a_list_does_not():
    a = np.zeros(3)
    x = Tensor(a)
    x += 1
    assert a.tolist() == [1, 1, 1]
    assert x.numpy() is a
    assert np.shares_memory(Tensor(x).data, a)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("text", DTypeError),
        (np.array([1j]), DTypeError),
        (np.array(["a"]), DTypeError),
        (None, DTypeError),
        ([[1.0], [1.0, 2.0]], ShapeError),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(data, error):
    with pytest.raises(error, match=r"a Tensor holds .*, got .*: give"):
        Tensor(data)


@pytest.mark.parametrize("data", [1, [1, 2], True, np.array([1], np.uint8)])
def test_integers_have_no_gradients(data):
    with pytest.raises(
        DTypeError, match=r"only floating-point tensors have gradients, got .*: convert first"
    ):
        Tensor(data, requires_grad=True)
    with pytest.raises(DTypeError, match="only floating-point"):
        Tensor(data).requires_grad_()


def test_a_tensor_says_what_it_is():
    x = Tensor(np.zeros((2, 3)))
    assert (x.shape, x.ndim, x.size, len(x)) == ((2, 3), 2, 6, 2)
    assert x.is_leaf
    y = Tensor([1.0], requires_grad=True)
    assert not (y * 2).is_leaf
    assert repr(y) == "Tensor([1.], requires_grad=True)"
    assert repr(Tensor(np.array([1.0, 2.0]))) == "Tensor([1., 2.], dtype=float64)"
    assert repr(Tensor([1, 2])) == "Tensor([1, 2])"
    assert repr(Tensor(1.0)) == "Tensor(1.)"


def test_conversions_to_python():
    assert (float(Tensor([2.5])), int(Tensor(3.0)), Tensor([[4.0]]).item()) == (2.5, 3, 4.0)
    assert bool(Tensor(1.0)) is True
    assert bool(Tensor([0])) is False
    assert Tensor([[1, 2]]).tolist() == [[1, 2]]
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(ShapeError, match=r"exactly one element, got shape \(2,\): index or reduce"):
        Tensor([1.0, 2.0]).item()


def test_numpy_may_read_a_constant_and_not_a_tracked_tensor():
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert np.asarray(x.detach()).tolist() == [1, 2]
    assert np.array(Tensor([1.0]), dtype=np.float64).dtype == np.float64
    for read in (np.asarray, np.array, np.mean):
        with pytest.raises(GraphError, match=r"cannot follow gradients .*: use .*\.detach\(\)\.numpy\(\)"):
            read(x) if read is not np.mean else np.asarray(x * 2)
    with no_grad():
        assert np.asarray(x).tolist() == [1, 2]


def test_a_copy_for_numpy_is_a_copy():
    x = Tensor([1.0])
    np.array(x)[0] = 5
    np.array(x, copy=True)[0] = 5
    assert x.item() == 1
    assert np.shares_memory(np.asarray(x), x.data)


def test_detach_shares_memory_and_has_no_graph():
    x = Tensor([1.0], requires_grad=True)
    y = (x * 2).detach()
    assert not y.requires_grad
    assert y.is_leaf
    z = x.detach()
    assert np.shares_memory(z.data, x.data)


def test_comparison_is_elementwise_and_hashing_by_identity():
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0, 2.0])
    assert (x == y).tolist() == [True, True]
    assert (x != y).tolist() == [False, False]
    assert ((x < 2).tolist(), (x <= 1).tolist(), (x > 1).tolist(), (x >= 2).tolist()) == (
        [True, False],
        [True, False],
        [False, True],
        [False, True],
    )
    assert (np.array([1.0, 3.0]) == x).tolist() == [True, False]
    assert operator.gt(2, x).tolist() == [True, False]
    assert (x == y).dtype == bool
    assert not (x == y).requires_grad
    assert len({x, y, x}) == 2
    assert {x: 1}[x] == 1


@pytest.mark.parametrize("number", [np.float64(2), np.float32(2), np.int64(2), 2, 2.0])
def test_tensors_take_over_from_arrays_and_numpys_numbers(number):
    x = Tensor([1.0, 4.0], requires_grad=True)
    array = np.array([2.0, 2.0], np.float32)
    for other in (number, array):
        for y, expected in (
            (other + x, [3, 6]),
            (x + other, [3, 6]),
            (other - x, [1, -2]),
            (x - other, [-1, 2]),
            (other * x, [2, 8]),
            (other / x, [2, 0.5]),
            (x / other, [0.5, 2]),
            (other**x, [2, 16]),
            (x**other, [1, 16]),
        ):
            assert isinstance(y, Tensor)
            assert y.dtype == np.float32
            assert y.tolist() == expected


def test_unary_operators(rng):
    x = Tensor(rng.standard_normal(3))
    np.testing.assert_array_equal((-x).data, -x.data)
    np.testing.assert_array_equal(abs(x).data, abs(x.data))
    for name in ("exp", "sin", "cos", "tanh", "square"):
        np.testing.assert_array_equal(getattr(x, name)().data, getattr(np, name)(x.data))
    positive = abs(x)
    for name in ("log", "sqrt"):
        np.testing.assert_array_equal(getattr(positive, name)().data, getattr(np, name)(positive.data))
    np.testing.assert_array_equal(x.abs().data, abs(x.data))
    np.testing.assert_array_equal(x.relu().data, np.maximum(x.data, 0))
    np.testing.assert_allclose(x.sigmoid().data, 1 / (1 + np.exp(-x.data)))
    np.testing.assert_array_equal(x.clip(-0.1, 0.1).data, np.clip(x.data, -0.1, 0.1))


def test_pythons_sum_works(rng):
    xs = [Tensor(rng.standard_normal(2), requires_grad=True) for _ in range(3)]
    total = sum(x * x for x in xs)
    total.sum().backward()
    np.testing.assert_allclose(xs[1].grad.data, 2 * xs[1].data)


def test_a_leaf_can_be_copied_and_pickled():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin.requires_grad
        assert twin.tolist() == [1, 2]
        assert not np.shares_memory(twin.data, x.data)
        (twin * twin).sum().backward()
        assert twin.grad.tolist() == [2, 4]
    assert x.grad is None


def test_gradients_can_be_switched_on_and_off():
    x = Tensor([1.0]).requires_grad_()
    y = x * 2
    with pytest.raises(GraphError, match=r"always carries its graph: use x.detach\(\)"):
        y.requires_grad_(False)
    x.requires_grad_(False)
    assert not (x * 2).requires_grad
    assert y.requires_grad_() is y


def test_arrays_of_the_other_byte_order_work():
    x = Tensor(np.array([1.0, 2.0], dtype=">f8"), requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2, 4]


def test_a_gradient_has_the_type_of_its_value():
    x = Tensor(np.ones(2), requires_grad=True)
    for wrong in (np.float32, np.int64):
        with pytest.raises(DTypeError, match="a gradient has the type of its value, float64"):
            x.grad = Tensor(np.ones(2, wrong))


@pytest.mark.parametrize("data", [np.ones(1), np.ones(3), np.ones(2, np.float32)])
def test_a_gradient_of_replaced_data_is_not_added_to(data):
    x = Tensor(np.ones(2), requires_grad=True)
    (x * x).sum().backward()
    x.data = data
    with pytest.raises(GraphError, match=r"data were replaced since, set \.grad = None"):
        (x * x).sum().backward()
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.shape == data.shape
    assert x.grad.dtype == data.dtype
