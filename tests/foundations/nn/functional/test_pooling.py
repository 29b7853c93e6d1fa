"""Pooling against PyTorch, ties included, against its definition, and against laws."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn import functional as theirs

from foundations.autodiff import Tensor, gradcheck
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.functional import adaptive_pooling, pooling
from foundations.nn.functional.adaptive_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
)
from foundations.nn.functional.pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d

LAYOUTS = st.sampled_from(["channels first", "channels last", "strided", "reversed", "broadcast"])
FLOATS = st.sampled_from([np.float32, np.float64])
SEEDS = st.integers(0, 2**16)


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


def draw(seed, shape, dtype=np.float64, ties=False):
    rng = np.random.default_rng(seed)
    return (rng.integers(-1, 2, shape) if ties else rng.standard_normal(shape)).astype(dtype)


@given(
    seed=SEEDS,
    shape=st.tuples(*[st.integers(low, high) for low, high in ((0, 3), (1, 5), (1, 12), (1, 12))]),
    kernel=pairs(1, 4),
    stride=st.none() | pairs(1, 5),
    padding=pairs(0, 2),
    dilation=pairs(1, 3),
    ties=st.booleans(),
    layout=LAYOUTS,
    dtype=FLOATS,
)
def test_max_pool2d_is_pytorchs(
    agrees, lay_out, seed, shape, kernel, stride, padding, dilation, ties, layout, dtype
):
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    # PyTorch allows half the kernel; wider frames leave windows without any element
    assume(all(2 * p <= k for p, k in zip(padding, kernel, strict=True)))
    assume(all(n + 2 * p >= r and n > p for n, p, r in zip(shape[2:], padding, reach, strict=True)))
    x = lay_out(draw(seed, shape, dtype, ties), layout)
    options = (kernel, stride, padding, dilation)
    assume(np.isfinite(max_pool2d(x, *options)).all())
    agrees(lambda x: max_pool2d(x, *options), lambda x: theirs.max_pool2d(x, *options), x, layout=layout)


@given(
    seed=SEEDS,
    shape=st.tuples(*[st.integers(low, high) for low, high in ((0, 3), (1, 5), (1, 12), (1, 12))]),
    kernel=pairs(1, 4),
    stride=st.none() | pairs(1, 5),
    padding=pairs(0, 2),
    whole=st.booleans(),
    layout=LAYOUTS,
    dtype=FLOATS,
)
def test_avg_pool2d_is_pytorchs(agrees, lay_out, seed, shape, kernel, stride, padding, whole, layout, dtype):
    assume(all(2 * p <= k for p, k in zip(padding, kernel, strict=True)))
    assume(all(n + 2 * p >= k for n, p, k in zip(shape[2:], padding, kernel, strict=True)))
    x = lay_out(draw(seed, shape, dtype), layout)
    agrees(
        lambda x: avg_pool2d(x, kernel, stride, padding, count_include_pad=whole),
        lambda x: theirs.avg_pool2d(x, kernel, stride, padding, count_include_pad=whole),
        x,
        layout=layout,
    )


@given(
    seed=SEEDS,
    shape=st.tuples(*[st.integers(low, high) for low, high in ((0, 3), (1, 5), (1, 12), (1, 12))]),
    size=pairs(1, 8),
    ties=st.booleans(),
    layout=LAYOUTS,
    dtype=FLOATS,
)
def test_adaptive_pooling_is_pytorchs(agrees, lay_out, seed, shape, size, ties, layout, dtype):
    x = lay_out(draw(seed, shape, dtype, ties), layout)
    agrees(
        lambda x: adaptive_avg_pool2d(x, size),
        lambda x: theirs.adaptive_avg_pool2d(x, size),
        x,
        layout=layout,
    )
    if len(x):  # PyTorch refuses an empty batch here
        agrees(
            lambda x: adaptive_max_pool2d(x, size),
            lambda x: theirs.adaptive_max_pool2d(x, size),
            x,
            layout=layout,
        )


@given(
    seed=SEEDS,
    length=st.integers(4, 12),
    kernel=st.integers(2, 4),
    stride=st.integers(1, 5),
    padding=st.integers(0, 1),
)
def test_sequences(agrees, seed, length, kernel, stride, padding):
    x = draw(seed, (2, 3, length))
    agrees(
        lambda x: max_pool1d(x, kernel, stride, padding),
        lambda x: theirs.max_pool1d(x, kernel, stride, padding),
        x,
    )
    for whole in (True, False):
        agrees(
            lambda x, whole=whole: avg_pool1d(x, kernel, stride, padding, count_include_pad=whole),
            lambda x, whole=whole: theirs.avg_pool1d(x, kernel, stride, padding, count_include_pad=whole),
            x,
        )
    agrees(lambda x: adaptive_avg_pool1d(x, kernel), lambda x: theirs.adaptive_avg_pool1d(x, kernel), x)
    agrees(lambda x: adaptive_max_pool1d(x, kernel), lambda x: theirs.adaptive_max_pool1d(x, kernel), x)


@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("options", [(2,), (3, 2, 1), (2, 1), ((2, 3), (1, 2), (1, 0))])
def test_images_of_real_networks(agrees, lay_out, pool, options):
    x = lay_out(draw(0, (7, 40, 30, 26), np.float32), "channels last")  # several blocks
    agrees(
        lambda x: getattr(pooling, pool)(x, *options),
        lambda x: getattr(theirs, pool)(x, *options),
        x,
        layout="channels last",
    )


def test_none_keeps_a_size(agrees):
    x = draw(0, (2, 3, 5, 7))
    for name in ("adaptive_avg_pool2d", "adaptive_max_pool2d"):
        agrees(
            lambda x, name=name: getattr(adaptive_pooling, name)(x, (None, 3)),
            lambda x, name=name: getattr(theirs, name)(x, (None, 3)),
            x,
        )


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [((2, 2), (2, 2), (0, 0), (1, 1)), ((3, 2), (2, 1), (1, 1), (1, 1)), ((2, 3), (1, 2), (0, 1), (2, 1))],
)
@pytest.mark.parametrize("ties", [True, False])
def test_kernels_hold_to_their_definitions(holds_to_its_definition, kernel, stride, padding, dilation, ties):
    x = draw(0, (2, 3, 8, 7), ties=ties)
    options = {"kernel": kernel, "stride": stride, "padding": padding}
    count = max_pool2d(x, kernel, stride, padding, dilation).shape[2:]
    holds_to_its_definition(pooling._max_pool2d, x, dilation=dilation, count=count, **options)
    count = avg_pool2d(x, kernel, stride, padding).shape[2:]
    for whole in (True, False):
        holds_to_its_definition(pooling._avg_pool2d, x, count=count, count_include_pad=whole, **options)


def test_second_derivatives(rng):
    x = draw(0, (2, 3, 5, 7))
    for f in (
        lambda x: max_pool2d(x, 2, 1, 1),
        lambda x: avg_pool2d(x, 2, 2, 1, count_include_pad=False),
        lambda x: adaptive_avg_pool2d(x, (2, 3)),
        lambda x: adaptive_max_pool2d(x, (2, 3)),
        lambda x: adaptive_avg_pool2d(x, (5, 1)),
    ):
        gradcheck(lambda x, f=f: f(x * x), x, rng=rng, order=2)


def test_ties_go_to_the_first():
    x = Tensor(np.zeros((1, 1, 3, 3)), requires_grad=True)
    max_pool2d(x, 2, 1).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy()[0, 0], [[1, 1, 0], [1, 1, 0], [0, 0, 0]])


def test_not_a_number_is_the_largest():
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, 1, 2] = np.nan
    np.testing.assert_array_equal(max_pool2d(x, 2), [[[[0, np.nan]]]])


def test_pooling_keeps_the_layout():
    x = Tensor(np.zeros((2, 8, 8, 3)).transpose(0, 3, 1, 2), requires_grad=True)
    for y in (max_pool2d(x, 2), avg_pool2d(x, 2), adaptive_avg_pool2d(x, 3)):
        assert y.numpy().transpose(0, 2, 3, 1).flags.c_contiguous


X = np.zeros((2, 3, 5, 5))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: max_pool2d(X, 6), ShapeError, "at least 6 x 6.*got 5 x 5"),
        (lambda: max_pool2d(X, 3, dilation=3), ShapeError, "at least 7 x 7"),
        (lambda: max_pool2d(X[0], 2), ShapeError, "add the batch axis"),
        (lambda: max_pool2d(X, 0), ValueRangeError, "kernel_size.*at least 1"),
        (lambda: max_pool2d(X, 2, 0), ValueRangeError, "stride"),
        (
            lambda: max_pool2d(X, 2, padding=2),
            ValueRangeError,
            r"at most half the window \(2, 2\), got \(2, 2\)",
        ),
        (lambda: max_pool2d(X.astype(int), 2), DTypeError, "got int64"),
        (lambda: avg_pool2d(X, (1, 2, 3)), ValueRangeError, "kernel_size"),
        (lambda: max_pool1d(X, 2), ShapeError, r"\(batch, channels, length\)"),
        (lambda: adaptive_avg_pool2d(X, 0), ValueRangeError, "output_size"),
        (lambda: adaptive_avg_pool2d(X, (1, 2, 3)), ValueRangeError, "a number or a pair"),
        (lambda: adaptive_max_pool2d(X[:, :, :0], 1), ShapeError, "at least 1 x 1"),
    ],
)
def test_misuse_says_what_was_expected_what_came_and_what_to_do(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
def test_a_window_in_the_padding_alone_is_refused(pool):
    with pytest.raises(ValueRangeError, match="in the padding alone along an axis of 0"):
        pool(np.zeros((1, 1, 0, 5)), (2, 1), padding=(1, 0))
    assert pool(np.ones((1, 1, 1, 5)), (2, 1), padding=(1, 0)).shape == (1, 1, 1, 5)


def test_a_dilated_window_that_steps_over_the_image_is_refused():
    x = np.ones((1, 1, 1, 5))
    with pytest.raises(ValueRangeError, match="in the padding alone along an axis of 1"):
        max_pool2d(x, (2, 1), padding=(1, 0), dilation=(2, 1))
    with pytest.raises(ValueRangeError, match="in the padding alone along an axis of 1"):
        max_pool1d(x[:, :, 0, :1], 2, padding=1, dilation=2)
    assert np.isfinite(max_pool2d(x, (3, 1), padding=(1, 0))).all()
    assert np.isfinite(max_pool1d(x[:, :, 0], 2, padding=1, dilation=2)).all()
