"""The table of types in `operands`, whole: every pair of types, for operations of one and two arguments."""

import numpy as np
import pytest
import torch

from foundations.autodiff import Tensor, fused, gradients, ops
from foundations.errors import DTypeError, FoundationsError

DTYPES = ["bool", "int32", "int64", "float16", "float32", "float64"]
NUMBERS = [True, 2, 0.5, np.bool_(True), np.int64(2), np.float32(0.5), np.float64(0.5)]
COMBINING = ["add", "subtract", "multiply", "maximum", "minimum", "power", "remainder", "floor_divide"]
REAL = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "cos",
    "cosh",
    "erf",
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "reciprocal",
    "sigmoid",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "tan",
    "tanh",
    "mean",
    "var",
    "std",
    "logsumexp",
    "norm",
]
KEEPING = ["abs", "negative", "square", "relu", "max", "min", "sort", "flip", "tril", "clip"]
LAPACK = ["inv", "det", "cholesky", "eigh", "svd", "qr"]
WITHOUT = {("subtract", "bool"), ("negative", "bool")}  # NumPy and PyTorch have none
ONE = {"tril": lambda x: ops.tril(x[None]), "clip": lambda x: ops.clip(x, 0, 1)}


def array(dtype):
    return np.ones(3, dtype)


def by_the_table(a, b, real=False):
    """The type of a result, in the words of the table; of a number only its kind counts."""
    kinds = "bif"
    arrays = [x.dtype for x in (a, b) if isinstance(x, np.ndarray)]
    floats = [t for t in arrays if t.kind == "f"]
    if floats:
        return np.result_type(*floats)
    numbers = [np.asarray(x).dtype.kind for x in (a, b) if not isinstance(x, np.ndarray)]
    if real or "f" in numbers:
        return np.dtype(np.float32)
    highest = max(kinds.index(k) for k in [*numbers, *[t.kind for t in arrays]])
    integers = [t for t in arrays if t.kind == "i"]
    return np.result_type(*integers) if integers else np.dtype([bool, np.int64][highest])


def theirs(dtype):
    return getattr(torch, str(dtype))


@pytest.mark.parametrize("second", [*DTYPES, *NUMBERS], ids=repr)
@pytest.mark.parametrize("first", DTYPES)
@pytest.mark.parametrize("name", [*COMBINING, "divide"])
def test_two_arguments(name, first, second):
    f = getattr(ops, name)
    a, b = array(first), array(second) if isinstance(second, str) else second
    expected = by_the_table(a, b, real=name == "divide")
    if expected == np.bool_ and name in ("subtract", "power", "remainder", "floor_divide"):
        expected = None if name == "subtract" else np.dtype(np.int8)  # NumPy's rule among booleans
    pairs = [(Tensor(a), b), (b, Tensor(a))]
    if isinstance(b, np.ndarray):
        pairs += [(Tensor(a), Tensor(b)), (a, Tensor(b)), (a, b)]
    for pair in pairs:
        if expected is None:
            with pytest.raises(DTypeError):
                f(*pair)
        else:
            assert f(*pair).dtype == expected


@pytest.mark.parametrize("second", [*DTYPES, True, 2, 0.5], ids=repr)
@pytest.mark.parametrize("first", DTYPES)
def test_it_is_pytorchs_rule(first, second):
    """Among arrays with axes, and numbers; where NumPy alone decides (bool with bool) both keep it."""
    a, b = array(first), array(second) if isinstance(second, str) else second
    t = torch.ones(3, dtype=theirs(first))
    u = torch.ones(3, dtype=theirs(second)) if isinstance(second, str) else second
    assert ops.multiply(Tensor(a), b).dtype == np.dtype(str(torch.result_type(t, u)).split(".")[1])


def test_where_it_differs_from_pytorch():
    """Without axes a float64 Tensor counts: a float64 loss stays one. PyTorch gives float32."""
    ours = Tensor(np.float64(1.0)) + Tensor(np.ones(3, np.float32))
    assert ours.dtype == np.float64
    assert torch.result_type(torch.tensor(1.0, dtype=torch.float64), torch.ones(3)) == torch.float32


def test_where_it_differs_from_numpy():
    assert (np.ones(3, np.int64) * np.ones(3, np.float32)).dtype == np.float64
    assert (Tensor(np.ones(3, np.int64)) * np.ones(3, np.float32)).dtype == np.float32
    assert np.exp(np.ones(3, bool)).dtype == np.float16
    assert ops.exp(np.ones(3, bool)).dtype == np.float32
    assert (Tensor([1, 2]) * 0.5).dtype == np.float32
    assert np.result_type(np.uint64, np.int64) == np.float64
    assert (Tensor(np.ones(3, np.uint64)) + np.ones(3, np.int64)).dtype == np.float32


def test_numbers_of_numpy_beside_plain_arrays_keep_numpys_rule():
    assert ops.multiply(np.ones(3, np.float32), np.float64(0.5)).dtype == np.float64
    assert ops.multiply(Tensor(np.ones(3, np.float32)), np.float64(0.5)).dtype == np.float32


def test_numbers_alone_are_left_to_numpy():
    assert ops.exp(1.0) == np.exp(1.0)
    assert ops.divide(1, 3) == 1 / 3


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REAL)
def test_real_functions_of_one_argument(name, dtype):
    expected = np.dtype(dtype) if dtype.startswith("float") else np.dtype(np.float32)
    with np.errstate(all="ignore"):
        for x in (Tensor(array(dtype)), array(dtype)):
            assert getattr(ops, name)(x).dtype == expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", KEEPING)
def test_functions_of_one_argument_that_keep_the_type(name, dtype):
    f = ONE.get(name, getattr(ops, name))
    if (name, dtype) in WITHOUT:
        with pytest.raises(DTypeError):
            f(Tensor(array(dtype)))
        return
    expected = np.dtype(dtype)
    if (name, dtype) in {("relu", "bool"), ("clip", "bool")}:
        expected = np.dtype(np.int64)  # compared with the number 0: NumPy's rule
    if (name, dtype) == ("square", "bool"):
        expected = np.square(array(dtype)).dtype
    assert f(Tensor(array(dtype))).dtype == expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sum", "prod", "cumsum", "cumprod"])
def test_sums_of_booleans_and_small_integers_are_int64(name, dtype):
    expected = np.dtype(dtype) if dtype.startswith("float") else np.dtype(np.int64)
    assert getattr(ops, name)(Tensor(array(dtype))).dtype == expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAPACK)
def test_linear_algebra_refuses_float16_and_converts_integers(name, dtype):
    a = Tensor(np.eye(3).astype(dtype))
    if dtype == "float16":
        with pytest.raises(DTypeError):
            getattr(ops, name)(a)
        return
    y = getattr(ops, name)(a)
    expected = np.float64 if dtype == "float64" else np.float32
    assert all(part.dtype == expected for part in (y if isinstance(y, list | tuple) else [y]))


@pytest.mark.parametrize("second", DTYPES)
@pytest.mark.parametrize("first", DTYPES)
def test_other_functions_of_two_arguments(first, second):
    a, b = array(first), array(second)
    expected = by_the_table(a, b)
    assert ops.concatenate([Tensor(a), b]).dtype == expected
    assert ops.where(np.array([True, False, True]), Tensor(a), b).dtype == expected
    assert ops.clip(Tensor(a), b, None).dtype == expected
    assert ops.einsum("i,j->ij", Tensor(a), b).dtype == expected
    assert (Tensor(a)[None] @ b[:, None]).dtype == expected
    assert ops.masked_fill(Tensor(a), np.array([True, False, True]), Tensor(b)).dtype == expected


def test_a_choice_between_two_numbers_is_float32():
    assert ops.where(Tensor([True, False]), 1.0, 0.0).dtype == np.float32


@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "float16", "float64"])
def test_gradients_have_the_type_of_their_value(dtype):
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = (x * array(dtype)).sum()
    assert y.dtype == (np.float64 if dtype == "float64" else np.float32)
    (slope,) = (y.backward(create_graph=True), x.grad)[1:]
    assert slope.dtype == np.float32
    np.testing.assert_array_equal(slope.data, np.ones(3))


def test_masked_means_stay_float32():
    x = Tensor(np.arange(6.0, dtype=np.float32).reshape(2, 3), requires_grad=True)
    mask = np.array([[True, False, True], [False, True, True]])
    mean = (x * mask).sum() / mask.sum()
    assert mean.dtype == np.float32
    assert mean.item() == 2.75


def test_a_fused_function_of_integers_is_float32():
    double = fused(lambda x: (2 * x, None), lambda g, _r, _n, _x: (2 * g,), lambda x: x * 2, name="double")
    assert double(Tensor([1, 2])).dtype == np.float32


@pytest.mark.parametrize(
    "bad",
    [1j, "a", object(), np.array([1j]), np.array(["a"])],
    ids=["complex", "string", "object", "complex array", "string array"],
)
def test_what_is_no_real_number_is_refused(bad):
    for f in (ops.add, ops.divide, ops.maximum, ops.equal):
        with pytest.raises(FoundationsError):
            f(Tensor([1.0]), bad)


def test_a_number_out_of_range_of_an_integer_type_is_refused():
    with pytest.raises(FoundationsError, match="out of bounds"):
        Tensor(np.ones(2, np.int8)) + 300


def test_gradients_cannot_be_asked_of_integers_by_either_way():
    x = Tensor([1, 2])
    with pytest.raises(DTypeError, match=r"only floating-point tensors have gradients, got int64: convert"):
        x.requires_grad = True
    with pytest.raises(DTypeError, match="only floating-point"):
        x.requires_grad_()
    assert not x.requires_grad


def test_elements_are_not_truncated_on_assignment():
    x = Tensor([1, 2])
    for value in (0.7, np.array([0.5]), Tensor(1.5)):
        with pytest.raises(DTypeError, match="elements of int64 cannot hold"):
            x[0] = value
    x[0] = True
    assert x.tolist() == [1, 2]
    with pytest.raises(DTypeError, match=r"pad of int64 cannot hold 0\.5"):
        ops.pad(x, ((1, 1),), 0.5)
    with pytest.raises(DTypeError, match=r"full_like of int64 cannot hold 0\.5"):
        ops.full_like(x, 0.5)


@pytest.mark.parametrize("name", ["multiply", "divide", "matmul", "maximum"])
def test_a_matrix_beside_a_tensor_is_an_array(name):
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.5, 2.0], [3.0, 5.0]])
    f = getattr(ops, name)
    for order in (f, lambda x, y: f(y, x)):
        x = Tensor(a, requires_grad=True)
        y, expected = order(x, b.view(np.matrix)), order(x, b)
        np.testing.assert_array_equal(y.data, expected.data)
        (g,), (e,) = gradients((y * y).sum(), [x]), gradients((expected * expected).sum(), [x])
        np.testing.assert_array_equal(g.data, e.data)
        assert type(g.data) is np.ndarray


def test_a_masked_array_is_refused_for_its_mask_would_be_lost():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    x = Tensor(np.ones(2), requires_grad=True)
    for use in (lambda: x * masked, lambda: ops.where(masked > 1, x, 0.0), lambda: Tensor(masked)):
        with pytest.raises(DTypeError, match=r"a Tensor has no mask, got a masked array of shape \(2,\)"):
            use()
    assert (x * masked.filled(0.0)).tolist() == [1.0, 0.0]


def test_an_array_of_another_library_is_refused_by_name():
    class Foreign:
        ndim, shape, dtype = 1, (2,), "theirs"

    for use in (lambda x: x * Foreign(), lambda x: ops.where(True, x, Foreign())):
        with pytest.raises(DTypeError, match="needs arrays, Tensors or real numbers, got Foreign"):
            use(Tensor(np.ones(2), requires_grad=True))
