"""What people write first: formatting, logic, NumPy's functions, copies. It works, or says what to write."""

import copy
import pickle

import numpy as np
import pytest

from foundations.autodiff import Tensor, gradients, no_grad, ops
from foundations.autodiff.numpy_table import FUNCTIONS, UFUNCS
from foundations.errors import DTypeError, FoundationsError, GraphError, ShapeError


@pytest.fixture
def x():
    return Tensor(np.array([[1.0, -2.5, 3.0], [0.5, 4.0, -1.0]]), requires_grad=True)


def test_one_number_is_formatted_and_several_are_not(x):
    assert f"{x.sum():.3f} {Tensor([[7]]):3d} {Tensor(2.0)!r:>12}" == "5.000   7   Tensor(2.)"
    assert f"{Tensor([1, 2])}" == "Tensor([1, 2])"
    with pytest.raises(ShapeError, match=r"'.2f' is for exactly one element, got shape \(2, 3\): index"):
        f"{x:.2f}"


def test_logical_operators():
    a, b = Tensor([True, True, False]), np.array([True, False, False])
    assert (~a).tolist() == [False, False, True]
    assert (a & b).tolist() == [True, False, False]
    assert (b | a).tolist() == [True, True, False]
    assert (a ^ b).tolist() == [False, True, False]
    assert (Tensor([6]) & 3).tolist() == [2]
    for misuse in (lambda: a & 0.5, lambda: ~Tensor([1.0]), lambda: Tensor([1.0]) | a):
        with pytest.raises(DTypeError):
            misuse()


def test_remainders_and_whole_quotients(x):
    for y, expected in (
        (x % 2, x.data % 2),
        (x // 2, x.data // 2),
        (7 % x, 7 % x.data),
        (7 // x, 7 // x.data),
        (divmod(x, 2)[1], x.data % 2),
        (divmod(7, x)[0], 7 // x.data),
    ):
        np.testing.assert_array_equal(y.data, expected)
    (x % 2).sum().backward()
    np.testing.assert_array_equal(x.grad.data, np.ones((2, 3)))
    assert not (x // 2).requires_grad


def test_an_integer_tensor_is_an_index():
    assert [10, 20, 30][Tensor(1)] == 20
    assert list(range(Tensor([3]))) == [0, 1, 2]
    for bad in (Tensor(1.0), Tensor([1, 2]), Tensor(True)):
        with pytest.raises(DTypeError, match="an index is one integer"):
            [10, 20][bad]


def test_truth_is_of_one_element():
    assert bool(Tensor([[2.0]]))
    assert not Tensor(0)
    for many in (Tensor([1.0, 2.0]), Tensor(np.zeros(0))):
        with pytest.raises(ShapeError, match=r"needs exactly one element.*any\(\)"):
            bool(many)


def test_rounding_and_membership(x):
    assert round(Tensor(2.567), 1).item() == pytest.approx(2.6)
    assert round(x).tolist() == np.round(x.data).tolist()
    assert 4.0 in x
    assert 9.0 not in x


def test_a_single_number_has_no_length():
    for misuse in (lambda: len(Tensor(1.0)), lambda: list(Tensor(1.0))):
        with pytest.raises(DTypeError, match="length"):
            misuse()


def test_a_gradient_has_the_shape_of_its_value(x):
    x.grad = Tensor(np.ones((2, 3)))
    x.grad = None
    for bad in (Tensor(np.ones(3)), np.ones((2, 3)), 1.0):
        with pytest.raises(ShapeError, match="a gradient is a Tensor of the value's shape"):
            x.grad = bad


# ---------------------------------------------------------------------- NumPy's functions

A = np.array([[1.0, 2.0], [0.5, 3.0]])
CALLS = {
    np.transpose: (A,),
    np.reshape: (A, (4,)),
    np.swapaxes: (A, 0, 1),
    np.moveaxis: (A, 0, 1),
    np.broadcast_to: (A, (3, 2, 2)),
    np.expand_dims: (A, 0),
    np.roll: (A, 1, 0),
    np.tile: (A, (1, 2)),
    np.repeat: (A, 2, 0),
    np.pad: (A, 1),
    np.take: (A, [0, 0], 1),
    np.take_along_axis: (A, np.array([[0], [1]]), 1),
    np.clip: (A, 0.7, 2.5),
    np.bincount: (np.array([0, 1, 1]), A.ravel()[:3]),
    np.concatenate: ([A, A], 1),
    np.stack: ([A, A],),
    np.split: (A, 2),
    np.dot: (A, A),
    np.outer: (A, A),
    np.full_like: (A, 7),
    np.linalg.cholesky: (A + A.T,),
    np.linalg.eigh: (A + A.T,),
    np.linalg.solve: (A, A),
    np.linalg.svd: (A, False),
    np.round: (A, 1),
}


def track(value):
    if isinstance(value, list) and isinstance(value[0], np.ndarray):
        return [track(v) for v in value]
    floating = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return Tensor(value, requires_grad=True) if floating else value


def parts(y):
    return list(y) if isinstance(y, list | tuple) else [y]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_numpys_functions_are_the_operations(function):
    args = CALLS.get(function, (A,))
    want = function(*args)
    for theirs, ours in zip(parts(want), parts(function(*map(track, args))), strict=True):
        assert isinstance(ours, Tensor)
        np.testing.assert_allclose(ours.data, theirs, atol=1e-12)


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
def test_numpys_ufuncs_are_the_operations(ufunc):
    a = A > 1 if ufunc.__name__.startswith(("bitwise", "invert")) else A
    a = a / 4 if ufunc.__name__ in ("arcsin", "arccos", "arctanh") else a
    a = a + 1 if ufunc is np.arccosh else a
    args = [a] * ufunc.nin
    for tensors in ([Tensor(track(v)) if v.dtype == bool else track(v) for v in args], [*map(Tensor, args)]):
        y = ufunc(*tensors)
        assert isinstance(y, Tensor)
        np.testing.assert_allclose(y.data, ufunc(*args), rtol=1e-12)


def test_numpys_functions_carry_gradients(x):
    total = np.sum(np.exp(x) * np.where(x > 0, x, 0.0)) + np.mean(np.einsum("ij,kj->ik", x, x))
    total.backward()
    got, x.grad = x.grad, None
    y = (ops.exp(x) * ops.where(x > 0, x, 0.0)).sum() + ops.einsum("ij,kj->ik", x, x).mean()
    y.backward()
    np.testing.assert_array_equal(got.data, x.grad.data)


def test_options_are_used_or_refused(x):
    assert np.sum(x, axis=1, keepdims=True).shape == (2, 1)
    assert np.sum(x, 0, None).shape == (3,)  # the default of dtype
    assert np.add.reduce(x).shape == (3,)
    assert np.maximum.reduce(x, axis=1).shape == (2,)
    for misuse in (
        lambda: np.sum(x, dtype=np.float64),
        lambda: np.mean(x, 0, np.float64),
        lambda: np.sum(x, where=x.data > 0),
        lambda: np.linalg.svd(x),
        lambda: np.linalg.norm(x, 2),
        lambda: np.pad(x, 1, mode="edge"),
        lambda: np.exp(x, where=x.data > 0),
        lambda: np.add(x, x, dtype=np.float64),
        lambda: np.einsum("ij->i", x, out=np.zeros(2)),
    ):
        with pytest.raises(FoundationsError):
            misuse()


def test_what_would_lose_a_gradient_is_refused_and_constants_go_through(x):
    for f in (np.unique, np.fft.fft, np.vstack, lambda a: np.hypot(a, a), np.add.accumulate):
        with pytest.raises(GraphError, match="NumPy cannot follow gradients through np"):
            f(x)
    with no_grad():
        assert np.hypot(x, x).shape == (2, 3)
    assert isinstance(np.vstack([x.detach(), x.detach()]), Tensor)
    assert np.unique(x.detach()).tolist() == sorted(x.data.ravel())


def test_what_only_looks_is_allowed(x):
    assert np.shape(x) == (2, 3)
    assert np.ndim(x) == 2
    assert np.size(x) == 6
    assert np.allclose(x, x.data)
    assert np.array_equal(x, x)


def test_arrays_meet_tensors_in_their_operators(x):
    a = np.ones((2, 3))
    for y in (a * x, a + x, a - x, a / x, a @ x.T, a > x, a == x, a ** x.abs()):
        assert isinstance(y, Tensor)
    with pytest.raises(GraphError, match="with out"):
        a += x
    a += x.detach()
    np.testing.assert_array_equal(a, 1 + x.data)
    t = Tensor(np.zeros((2, 3)))
    assert np.add(a, 1, out=t) is t
    np.testing.assert_array_equal(t.data, a + 1)


# ---------------------------------------------------------------------- copies


def test_copies_of_a_leaf(x):
    (x * x).sum().backward()
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert type(twin) is type(x)
        assert twin.requires_grad
        assert twin.is_leaf
        np.testing.assert_array_equal(twin.grad.data, x.grad.data)
        twin.data += 1
        twin.grad.data += 1
    assert x.data[0, 0] == 1
    assert x.grad.data[0, 0] == 2
    alias = copy.copy(x)
    assert alias.data is x.data
    assert alias.requires_grad


def test_a_copy_of_a_computed_value_is_an_alias_and_no_more(x):
    y = x * x
    copy.copy(y).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 2 * x.data)
    for duplicate in (copy.deepcopy, pickle.dumps):
        with pytest.raises(GraphError, match=r"carries its graph.*take x.detach\(\)"):
            duplicate(x * x)


def test_a_long_chain_is_refused_as_shortly():
    y = Tensor(1.0, requires_grad=True)
    for _ in range(100_000):
        y = y + 1
    with pytest.raises(GraphError, match="carries its graph"):
        copy.deepcopy(y)
    with pytest.raises(GraphError, match="carries its graph"):
        pickle.dumps(y)


def test_the_same_leaf_twice_is_one_leaf_in_the_copy(x):
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_numpy_take_without_an_axis_is_that_of_the_elements_in_a_row():
    x = np.arange(6.0).reshape(2, 3)
    t = Tensor(x, requires_grad=True)
    for indices in ([0, 4, 4], 5, [[1, -1]]):
        y = np.take(t, indices)
        np.testing.assert_array_equal(y.data, np.take(x, indices))
        (g,) = gradients(y.sum(), [t])
        np.testing.assert_array_equal(g.data.ravel(), np.bincount(np.ravel(indices) % 6, minlength=6))
    np.testing.assert_array_equal(np.take(t, [2, 0], axis=1).data, x[:, [2, 0]])


@pytest.mark.parametrize(
    ("indices", "axis"),
    [([[1]], 1), ([[1]], 0), ([[0, 2]], 1), ([[0], [1]], -1), ([[0, 1, 1]], -2), ([4], None)],
)
def test_numpy_take_along_axis_repeats_the_indices_as_numpy_does(indices, axis):
    x = np.arange(6.0).reshape(2, 3)
    t = Tensor(x, requires_grad=True)
    indices = np.array(indices)
    y = np.take_along_axis(t, indices, axis)
    np.testing.assert_array_equal(y.data, np.take_along_axis(x, indices, axis))
    expected = np.zeros_like(x)
    places = np.take_along_axis(np.arange(6).reshape(2, 3), indices, axis)
    np.add.at(expected.reshape(-1), places.ravel(), 1.0)
    np.testing.assert_array_equal(gradients(y.sum(), [t])[0].data, expected)


def test_numpy_functions_refuse_what_they_cannot_honour():
    t = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(DTypeError, match="got both"):
        np.clip(t, 0.0, 1.0, min=0.5)
    with pytest.raises(ShapeError):
        np.take_along_axis(t, np.zeros((4, 1), int), 1)
    with pytest.raises(ShapeError):
        np.take_along_axis(t, np.zeros((1, 1), int), 2)
