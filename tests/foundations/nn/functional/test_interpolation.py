"""Resizing images against PyTorch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as theirs

from foundations.autodiff import gradcheck
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.functional import interpolation
from foundations.nn.functional.interpolation import interpolate

LAYOUTS = st.sampled_from(["channels first", "channels last", "strided", "reversed", "broadcast"])
MODES = st.sampled_from(
    [{"mode": "nearest"}, *({"mode": "bilinear", "align_corners": a} for a in (None, False, True))]
)
SHAPES = st.tuples(*[st.integers(low, high) for low, high in ((1, 3), (1, 4), (1, 9), (1, 9))])
FLOATS = st.sampled_from([np.float32, np.float64])


def draw(seed, shape, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@given(
    seed=st.integers(0, 2**16),
    shape=SHAPES,
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    mode=MODES,
    layout=LAYOUTS,
    dtype=FLOATS,
)
def test_to_a_size(agrees, lay_out, seed, shape, size, mode, layout, dtype):
    x = lay_out(draw(seed, shape, dtype), layout)
    agrees(
        lambda x: interpolate(x, size, **mode),
        lambda x: theirs.interpolate(x, size, **mode),
        x,
        layout=layout,
    )


@given(
    seed=st.integers(0, 2**16),
    shape=SHAPES,
    factors=st.tuples(st.floats(1, 3.5), st.sampled_from([1, 1.5, 2, 2.5, 3])),
    mode=MODES,
)
def test_by_a_factor(agrees, seed, shape, factors, mode):
    x = draw(seed, shape)
    agrees(
        lambda x: interpolate(x, scale_factor=factors, **mode),
        lambda x: theirs.interpolate(x, scale_factor=factors, **mode),
        x,
    )


@pytest.mark.parametrize("factor", [1.2, 2.2, 1 + 1e-12])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_a_factor_that_leaves_or_doubles_the_size(agrees, factor, mode):
    x = draw(0, (1, 1, 3, 2))
    agrees(
        lambda x: interpolate(x, scale_factor=factor, mode=mode),
        lambda x: theirs.interpolate(x, scale_factor=factor, mode=mode),
        x,
    )


@pytest.mark.parametrize("factor", [2, 0.5, 1.5])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_one_factor_for_both_axes(agrees, factor, mode):
    x = draw(0, (2, 3, 6, 8), np.float32)
    agrees(
        lambda x: interpolate(x, scale_factor=factor, mode=mode),
        lambda x: theirs.interpolate(x, scale_factor=factor, mode=mode),
        x,
    )


def test_nearest_holds_to_its_definition(holds_to_its_definition):
    rows, columns = np.array([0, 0, 2, 3]), np.array([1, 1, 1, 2, 4])
    holds_to_its_definition(interpolation._nearest, draw(0, (2, 3, 4, 5)), rows=rows, columns=columns)


def test_nearest_copies_every_value_exactly():
    x = np.array([[[[1.0, np.inf], [np.nan, -0.0]]]])
    np.testing.assert_array_equal(interpolate(x, scale_factor=2), x.repeat(2, 2).repeat(2, 3))


def test_bilinear_continues_a_line():
    x = np.arange(5.0).reshape(1, 1, 1, 5)
    y = interpolate(x, (1, 9), mode="bilinear", align_corners=True)
    np.testing.assert_allclose(y[0, 0, 0], np.arange(9) / 2)


def test_second_derivatives(rng):
    x = draw(0, (2, 3, 4, 5))
    for options in ({"mode": "nearest"}, {"mode": "bilinear"}):
        gradcheck(lambda x, o=options: interpolate(x * x, (7, 3), **o), x, rng=rng, order=2)


def test_the_layout_of_the_result():
    x = draw(0, (2, 4, 4, 3)).transpose(0, 3, 1, 2)
    for mode in ("nearest", "bilinear"):
        assert interpolate(x, 8, mode=mode).transpose(0, 2, 3, 1).flags.c_contiguous


X = np.zeros((2, 3, 5, 5))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: interpolate(X), ValueRangeError, "one of size and scale_factor, got None and None"),
        (lambda: interpolate(X, 3, 2), ValueRangeError, "one of size and scale_factor, got 3 and 2"),
        (lambda: interpolate(X, 0), ValueRangeError, "size"),
        (lambda: interpolate(X, scale_factor=-1), ValueRangeError, "positive"),
        (lambda: interpolate(X, scale_factor=(1, 2, 3)), ValueRangeError, "pair"),
        (lambda: interpolate(X, scale_factor=0.1), ValueRangeError, "leaves nothing"),
        (lambda: interpolate(X, 3, mode="cubic"), ValueRangeError, "'nearest' or 'bilinear', got 'cubic'"),
        (lambda: interpolate(X, 3, align_corners=True), ValueRangeError, "'bilinear' only"),
        (lambda: interpolate(X[0], 3), ShapeError, "add the batch axis"),
        (lambda: interpolate(X[:, :, :0], 3), ShapeError, "at least 1 x 1"),
        (lambda: interpolate(X.astype(int), 3), DTypeError, "got int64"),
    ],
)
def test_misuse_says_what_was_expected_what_came_and_what_to_do(call, error, says):
    with pytest.raises(error, match=says):
        call()
