"""Reductions over any axes, with ties, zeros, infinities and nothing at all to reduce."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from foundations.autodiff import Tensor, gradcheck, gradients, ops
from foundations.errors import ShapeError

SEEDS = st.integers(0, 2**32 - 1)
LAYOUTS = st.sampled_from(["C", "F", "strided", "reversed"])
FLOATS = st.sampled_from([np.float32, np.float64])
EMPTY_TOO = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
NOT_EMPTY = array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=4)


def axes_of(shape):
    """Every way to name axes: none, one, several, from either end."""
    n = len(shape)
    several = st.lists(st.integers(0, n - 1), unique=True, max_size=n) if n else st.just([])
    signs = st.tuples(several, st.lists(st.booleans(), min_size=n, max_size=n)).map(
        lambda p: tuple(a - n if p[1][a] else a for a in p[0])
    )
    one = st.integers(-n, n - 1) if n else st.none()
    return st.one_of(st.none(), one, signs)


def reduce_like(theirs):
    """PyTorch's function of `dim`, with NumPy's meaning of None and of an empty tuple."""

    def apply(x, axis, keepdims):
        if axis == ():
            axis = tuple(range(x.ndim)) if x.ndim == 0 else axis
            return theirs(x[None], (0,), False) if axis == () else theirs(x, axis, keepdims)
        dims = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
        return theirs(x, dims, keepdims)

    return apply


def their_prod(x, dims, keepdims):
    for d in sorted((d % x.ndim for d in dims), reverse=True):
        x = x.prod(d, keepdim=keepdims)
    return x


REDUCTIONS = {
    "sum": (lambda x, d, k: x.sum(d, keepdim=k), EMPTY_TOO),
    "mean": (lambda x, d, k: x.mean(d, keepdim=k), NOT_EMPTY),
    "max": (lambda x, d, k: x.amax(d, keepdim=k), NOT_EMPTY),
    "min": (lambda x, d, k: x.amin(d, keepdim=k), NOT_EMPTY),
    "prod": (their_prod, EMPTY_TOO),
    "logsumexp": (lambda x, d, k: x.logsumexp(d, keepdim=k), EMPTY_TOO),
    "var": (lambda x, d, k: x.var(d, keepdim=k, correction=0), NOT_EMPTY),
    "std": (lambda x, d, k: x.std(d, keepdim=k, correction=0), NOT_EMPTY),
}


@pytest.mark.parametrize("name", REDUCTIONS)
@given(data=st.data(), seed=SEEDS, layout=LAYOUTS, dtype=FLOATS, keepdims=st.booleans())
def test_reductions(name, data, seed, layout, dtype, keepdims, agrees, draw):
    theirs, shapes = REDUCTIONS[name]
    shape = data.draw(shapes)
    axis = data.draw(axes_of(shape))
    agrees(
        lambda x: getattr(ops, name)(x, axis, keepdims),
        lambda x: reduce_like(theirs)(x, axis, keepdims),
        draw(seed, shape, dtype, layout),
    )


@pytest.mark.parametrize("name", ["max", "min"])
@given(data=st.data(), seed=SEEDS, keepdims=st.booleans())
def test_ties_share_the_gradient(name, data, seed, keepdims, agrees, draw):
    shape = data.draw(NOT_EMPTY)
    axis = data.draw(axes_of(shape))
    x = np.round(draw(seed, shape))  # few distinct values
    agrees(
        lambda x: getattr(ops, name)(x, axis, keepdims),
        lambda x: reduce_like(REDUCTIONS[name][0])(x, axis, keepdims),
        x,
    )


@given(data=st.data(), seed=SEEDS)
def test_prod_with_zeros(data, seed, agrees, draw):
    shape = data.draw(NOT_EMPTY)
    axis = data.draw(axes_of(shape))
    x = draw(seed, shape)
    x = np.where(draw(seed + 1, shape) < 0, 0.0, x)
    agrees(lambda x: ops.prod(x, axis), lambda x: reduce_like(their_prod)(x, axis, False), x)


@given(seed=SEEDS, shape=array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4), data=st.data())
def test_cumsum_along_every_axis(seed, shape, data, agrees, draw):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    agrees(lambda x: ops.cumsum(x, axis), lambda x: x.cumsum(axis), draw(seed, shape))


@given(seed=SEEDS, shape=NOT_EMPTY, ddof=st.sampled_from([0, 1, 2]), data=st.data(), keepdims=st.booleans())
@pytest.mark.parametrize("name", ["var", "std"])
def test_spread_with_degrees_of_freedom(name, seed, shape, ddof, data, keepdims, agrees, draw):
    axis = data.draw(axes_of(shape))
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    if np.prod([shape[a] for a in axes]) <= ddof or axis == ():
        return
    dims = tuple(axes)
    agrees(
        lambda x: getattr(ops, name)(x, axis, keepdims, ddof),
        lambda x: getattr(x, name)(dims, keepdim=keepdims, correction=ddof),
        draw(seed, shape),
    )


@pytest.mark.parametrize("name", ["var", "std"])
@pytest.mark.parametrize("shape", [(3, 1), (3, 0)])
def test_spread_of_too_few_values_is_not_a_number(name, shape):
    """NumPy warns and gives NaN; so does the gradient, and nothing else fails."""
    x = Tensor(np.ones(shape), requires_grad=True)
    with pytest.warns(RuntimeWarning):
        y = getattr(ops, name)(x, 1, ddof=1)
    assert np.isnan(y.data).all()
    y.sum().backward()
    assert np.isnan(x.grad.data).all()
    assert x.grad.shape == shape


def test_std_at_zero_has_gradient_zero_at_every_order(agrees):
    x = np.array([[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]])
    agrees(lambda x: ops.std(x, 1), lambda x: x.std(1, correction=0), x)
    t = Tensor(x, requires_grad=True)
    (g,) = gradients(ops.std(t, 1).sum(), [t], create_graph=True)
    (h,) = gradients((g * g).sum(), [t])
    assert h.data[0].tolist() == [0, 0, 0]
    assert np.isfinite(h.data).all()


# ---------------------------------------------------------------------- log-sum-exp


@pytest.mark.parametrize(
    "row",
    [
        [-np.inf, 0.0, 1.0],
        [-np.inf, -np.inf, 3.0],
        [1e4, -1e4, 0.0],
        [-1e4, -1e4, -1e4],
        [700.0, 710.0, 720.0],
    ],
)
def test_logsumexp_at_the_extremes(row, agrees):
    agrees(lambda x: ops.logsumexp(x, -1), lambda x: x.logsumexp(-1), np.array([row, row[::-1]]))


def test_logsumexp_of_nothing_possible_is_minus_infinity_with_gradient_zero():
    x = Tensor(np.full(3, -np.inf), requires_grad=True)  # where PyTorch's gradient is NaN
    y = ops.logsumexp(x)
    y.backward()
    assert y.item() == -np.inf
    assert x.grad.tolist() == [0, 0, 0]
    assert ops.logsumexp(np.zeros((0, 2)), 0).tolist() == [-np.inf, -np.inf]


def test_logsumexp_does_not_hide_nan():
    x = Tensor(np.array([np.nan, 1.0]), requires_grad=True)
    y = ops.logsumexp(x)
    y.backward()
    assert np.isnan(y.item())
    assert np.isnan(x.grad.data).all()


def test_logsumexp_of_plus_infinity_is_plus_infinity():
    x = Tensor(np.array([np.inf, 1.0]), requires_grad=True)
    assert ops.logsumexp(x).item() == np.inf


def test_logsumexp_is_shift_equivariant(rng):
    x = rng.standard_normal((3, 5))
    np.testing.assert_allclose(ops.logsumexp(x + 100, 1), ops.logsumexp(x, 1) + 100, rtol=1e-14)


def test_logsumexp_of_integers_is_a_float():
    assert ops.logsumexp(np.array([0, 0])) == pytest.approx(np.log(2))


def test_logsumexp_twice_differentiable_beside_minus_infinity(rng):
    fixed = np.array([0.3, -np.inf, -1.0, 2.0])
    x = Tensor(fixed, requires_grad=True)
    (g,) = gradients(ops.logsumexp(x), [x], create_graph=True)
    (h,) = gradients((g * np.arange(4.0)).sum(), [x])
    assert np.isfinite(h.data).all()
    finite = fixed[[0, 2, 3]]
    gradcheck(ops.logsumexp, finite, rng=rng, order=2)


# ---------------------------------------------------------------------- nothing, single numbers, NaN, types


@pytest.mark.parametrize("name", ["sum", "prod", "logsumexp"])
def test_reducing_an_empty_axis_gives_the_neutral_value(name):
    neutral = {"sum": 0.0, "prod": 1.0, "logsumexp": -np.inf}[name]
    x = Tensor(np.zeros((2, 0, 3)), requires_grad=True)
    y = getattr(ops, name)(x, 1)
    assert y.shape == (2, 3)
    assert (y.data == neutral).all()
    y.sum().backward()
    assert x.grad.shape == (2, 0, 3)


@pytest.mark.parametrize("name", ["max", "min"])
def test_the_extreme_of_nothing_is_an_error(name):
    with pytest.raises(ShapeError, match=rf"{name} .*\(2, 0\).*: "):
        getattr(ops, name)(Tensor(np.zeros((2, 0))), 1)
    assert getattr(ops, name)(np.zeros((0, 2)), 1).shape == (0,)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod", "logsumexp", "var", "std"])
@pytest.mark.parametrize("value", [3.0, 0.0])
def test_a_single_number_reduces_to_itself(name, value):
    x = Tensor(np.array(value), requires_grad=True)
    y = getattr(ops, name)(x)
    assert y.shape == ()
    assert y.item() == (0 if name in ("var", "std") else value)
    y.backward()
    assert x.grad.shape == ()
    assert x.grad.item() == (0 if name in ("var", "std") else 1)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod", "var", "std"])
def test_nan_propagates_through_value_and_gradient(name):
    x = Tensor(np.array([[1.0, np.nan], [2.0, 3.0]]), requires_grad=True)
    y = getattr(ops, name)(x, 1)
    assert np.isnan(y.data).tolist() == [True, False]
    y.sum().backward()
    assert np.isfinite(x.grad.data[1]).all()
    if name not in ("sum", "mean"):
        assert np.isnan(x.grad.data[0]).any()


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod", "logsumexp", "var", "std", "cumsum"])
def test_float32_stays_float32(name):
    x = Tensor([[1.0, 2.0], [4.0, 0.5]], requires_grad=True)
    y = getattr(x, name)(axis=1)
    assert y.dtype == np.float32
    (g,) = gradients(y.sum(), [x], create_graph=True)
    assert g.dtype == np.float32


def test_means_of_integers_are_floats_and_sums_are_integers():
    x = Tensor([1, 2, 4])
    assert x.mean().item() == pytest.approx(7 / 3)
    assert x.sum().dtype == np.int64
    assert (x > 1).sum().item() == 2


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_the_place_of_the_extreme_is_the_first(name):
    x = Tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 5.0]], requires_grad=True)
    y = getattr(x, name)(axis=1)
    assert y.tolist() == {"argmax": [1, 2], "argmin": [0, 0]}[name]
    assert not y.requires_grad


def test_methods_and_functions_are_the_same(rng):
    x = Tensor(rng.standard_normal((2, 3)))
    for name in (
        "sum",
        "mean",
        "max",
        "min",
        "prod",
        "logsumexp",
        "var",
        "std",
        "any",
        "all",
        "argmax",
        "argmin",
    ):
        np.testing.assert_array_equal(getattr(x, name)(axis=1).data, getattr(ops, name)(x.data, axis=1))


def test_sum_does_not_keep_its_argument(rng):
    """Its derivative needs the shape alone, so the values may change or go."""
    for reduce in (ops.sum, ops.mean):
        x = Tensor(rng.standard_normal((2, 3)), requires_grad=True)
        y = reduce(x * 1)
        assert all(a is None for a in y._node.saved)
