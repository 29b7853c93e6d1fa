"""Convolutions against PyTorch, against their definitions, and against laws they must obey."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional as theirs

from foundations import runtime
from foundations.autodiff import Tensor, gradcheck, gradients
from foundations.errors import DTypeError, ShapeError, ValueRangeError
from foundations.nn.functional.conv_transpose import _conv_transpose2d, conv_transpose2d
from foundations.nn.functional.convolution import _conv2d, conv1d, conv2d
from foundations.nn.kernels import correlation, unrolling

LAYOUTS = st.sampled_from(["channels first", "channels last", "strided", "reversed", "broadcast"])
FLOATS = st.sampled_from([np.float32, np.float64])
ONE_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # for all examples


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


def draw(seed, shape, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.fixture(params=["planar", "planar, many blocks", "in runs", "in runs, many blocks"])
def blocks(request, monkeypatch):
    """Copy windows in either way, with the work in one piece, or cut as small as it goes and shared."""
    if "many blocks" in request.param:
        monkeypatch.setattr(correlation, "_BLOCK_BYTES", 1)
        monkeypatch.setattr(correlation, "_BLOCK_WINDOWS", 1)
        monkeypatch.setattr(correlation, "_PARALLEL_FLOPS", 0)
    if "in runs" in request.param:
        monkeypatch.setattr(unrolling, "_NARROW", 0)
        monkeypatch.setattr(unrolling, "_FEWEST_WINDOWS", 0)


@given(
    seed=st.integers(0, 2**16),
    batch=st.integers(0, 3),
    groups=st.sampled_from([1, 1, 2, 3]),
    channels=pairs(1, 7),
    size=pairs(1, 11),
    kernel=pairs(1, 4),
    stride=pairs(1, 4),
    padding=pairs(0, 3),
    dilation=pairs(1, 3),
    layout=LAYOUTS,
    dtype=FLOATS,
)
@ONE_FIXTURE
def test_conv2d_is_pytorchs(
    blocks,
    agrees,
    lay_out,
    seed,
    batch,
    groups,
    channels,
    size,
    kernel,
    stride,
    padding,
    dilation,
    layout,
    dtype,
):
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    assume(all(n + 2 * p >= r for n, p, r in zip(size, padding, reach, strict=True)))
    x = lay_out(draw(seed, (batch, groups * channels[0], *size), dtype), layout)
    weight = lay_out(draw(seed + 1, (groups * channels[1], channels[0], *kernel), dtype), layout)
    bias = draw(seed + 2, groups * channels[1], dtype)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    agrees(
        lambda *a: conv2d(*a, **options),
        lambda *a: theirs.conv2d(*a, **options),
        x,
        weight,
        bias,
        layout=layout,
    )


@given(
    seed=st.integers(0, 2**16),
    batch=st.integers(1, 3),
    groups=st.sampled_from([1, 1, 2, 3]),
    channels=pairs(1, 7),
    size=pairs(1, 6),
    kernel=pairs(1, 4),
    stride=pairs(1, 4),
    padding=pairs(0, 2),
    extra=pairs(0, 3),
    dilation=pairs(1, 3),
    layout=LAYOUTS,
    dtype=FLOATS,
)
@ONE_FIXTURE
def test_conv_transpose2d_is_pytorchs(
    blocks,
    agrees,
    lay_out,
    seed,
    batch,
    groups,
    channels,
    size,
    kernel,
    stride,
    padding,
    extra,
    dilation,
    layout,
    dtype,
):
    assume(all(e < max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)))
    assume(
        all(
            (n - 1) * s - 2 * p + d * (k - 1) + e + 1 > 0
            for n, s, p, d, k, e in zip(size, stride, padding, dilation, kernel, extra, strict=True)
        )
    )
    x = lay_out(draw(seed, (batch, groups * channels[0], *size), dtype), layout)
    weight = lay_out(draw(seed + 1, (groups * channels[0], channels[1], *kernel), dtype), layout)
    bias = draw(seed + 2, groups * channels[1], dtype)
    options = (stride, padding, extra, groups, dilation)
    agrees(
        lambda *a: conv_transpose2d(*a, *options),
        lambda *a: theirs.conv_transpose2d(*a, *options),
        x,
        weight,
        bias,
        layout=layout,
    )


@given(
    seed=st.integers(0, 2**16),
    batch=st.integers(0, 2),
    length=st.integers(1, 12),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
    groups=st.integers(1, 2),
    layout=LAYOUTS,
)
def test_conv1d_is_pytorchs(
    agrees, lay_out, seed, batch, length, kernel, stride, padding, dilation, groups, layout
):
    assume(length + 2 * padding >= dilation * (kernel - 1) + 1)
    x = lay_out(draw(seed, (batch, 3 * groups, length)), layout)
    weight, bias = draw(seed + 1, (2 * groups, 3, kernel)), draw(seed + 2, 2 * groups)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    agrees(
        lambda *a: conv1d(*a, **options),
        lambda *a: theirs.conv1d(*a, **options),
        x,
        weight,
        bias,
        layout=layout,
    )


@pytest.mark.parametrize("kernel", [(1, 1), (2, 3), (4, 2), (5, 5)])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_padding_by_name(agrees, kernel, padding):
    x, weight = draw(0, (2, 3, 7, 11)), draw(1, (5, 3, *kernel))
    even = any(k % 2 == 0 for k in kernel)
    options = {"padding": padding, "dilation": 2 if padding == "same" else 1}
    ours = conv2d(x, weight, **options)
    if padding == "same":
        assert ours.shape == (2, 5, 7, 11)
    if not even:  # PyTorch warns that it copies where the kernel is even
        agrees(lambda *a: conv2d(*a, **options), lambda *a: theirs.conv2d(*a, **options), x, weight)


def test_an_even_kernel_padded_to_the_same_size_gets_its_odd_zero_at_the_end(agrees):
    def pytorchs(x, weight):
        return theirs.conv2d(theirs.pad(x, (0, 1, 1, 2)), weight)

    x, weight = draw(0, (2, 3, 5, 7)), draw(1, (2, 3, 4, 2))
    agrees(lambda x, weight: conv2d(x, weight, padding="same"), pytorchs, x, weight)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("shape", "weight", "options"),
    [
        ((8, 16, 32, 32), (16, 16, 3, 3), {"padding": 1}),
        ((9, 1, 28, 28), (32, 1, 5, 5), {"padding": 2}),
        ((5, 64, 14, 14), (64, 64, 3, 3), {"padding": 1}),
        ((4, 24, 15, 13), (40, 24, 3, 3), {"padding": 1, "stride": 2}),
        ((3, 16, 16, 16), (32, 16, 1, 1), {"stride": 2}),
        ((3, 64, 14, 14), (32, 64, 1, 1), {}),
        ((1, 8, 96, 96), (8, 8, 3, 3), {"padding": 1}),
        ((4, 32, 14, 14), (32, 1, 3, 3), {"padding": 1, "groups": 32}),
        ((2, 130, 6, 6), (140, 130, 3, 3), {"padding": 1}),
    ],
)
def test_layers_of_real_networks(agrees, lay_out, shape, weight, options, dtype):
    x = lay_out(draw(0, shape, dtype), "channels last")
    w = draw(1, weight, dtype) / np.sqrt(np.prod(weight[1:])).astype(dtype)
    # gradients of the weight sum over 10,000 places: a few more roundings
    tolerance = 1e-10 if dtype == np.float64 else 2e-5
    agrees(
        lambda *a: conv2d(*a, **options),
        lambda *a: theirs.conv2d(*a, **options),
        x,
        w,
        layout="channels last",
        tolerance=tolerance,
    )


@pytest.mark.parametrize(
    ("windows", "groups", "c", "d", "layout"),
    [
        ({}, 1, 16, 16, "by rows"),
        ({"dilation": (2, 3), "stride": (1, 2)}, 1, 16, 32, "by rows"),
        ({}, 1, 16, 33, "whole"),
        ({}, 2, 16, 16, "whole"),
        ({"stride": (2, 1)}, 1, 16, 16, "whole"),
        ({"kernel": (1, 5)}, 1, 16, 16, "whole"),
        ({"count": (8, 8)}, 1, 16, 16, "whole"),
        ({}, 1, 5, 5, "planar"),
        ({"kernel": (1, 1)}, 1, 5, 5, "whole"),
    ],
)
def test_which_layout_is_taken(windows, groups, c, d, layout):
    plain = {"kernel": (3, 3), "stride": (1, 1), "dilation": (1, 1), "offset": (0, 0), "count": (16, 16)}
    assert unrolling.layout_for(unrolling.Windows(**{**plain, **windows}), groups, c, d) == layout


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2), (3, 2), (2, 4)])
@pytest.mark.parametrize("bias", [True, False])
def test_kernels_hold_to_their_definitions(holds_to_its_definition, groups, stride, dilation, bias):
    x, weight = draw(0, (2, 2 * groups, 11, 10)), draw(1, (3 * groups, 2, 3, 2))
    holds_to_its_definition(
        _conv2d,
        x,
        weight,
        draw(2, 3 * groups) if bias else None,
        stride=(stride, 1),
        padding=((1, 2), (0, 3)),
        dilation=(dilation, 1),
        groups=groups,
    )
    holds_to_its_definition(
        _conv_transpose2d,
        draw(0, (2, 2 * groups, 4, 3)),
        draw(1, (2 * groups, 3, 3, 2)),
        draw(2, 3 * groups) if bias else None,
        stride=(stride, 2),
        padding=(1, 0),
        size=(3 * stride - 1 + 2 * dilation, 7),
        groups=groups,
        dilation=(dilation, 1),
    )


def test_second_derivatives(rng):
    x, weight, bias = draw(0, (2, 4, 5, 4)), draw(1, (4, 2, 3, 2)), draw(2, 4)
    gradcheck(
        lambda *a: conv2d(*a, stride=2, padding=1, groups=2, dilation=(2, 1)),
        x,
        weight,
        bias,
        rng=rng,
        order=2,
    )
    gradcheck(
        lambda *a: conv_transpose2d(*a, stride=2, padding=1, groups=2), x, weight, bias, rng=rng, order=2
    )
    gradcheck(lambda *a: conv1d(*a, padding="same"), x[:, :, 0], draw(1, (4, 4, 3)), bias, rng=rng, order=2)


def test_a_convolution_is_the_sum_its_equation_says():
    x, weight, bias = draw(0, (2, 3, 6, 5)), draw(1, (4, 3, 2, 3)), draw(2, 4)
    y = conv2d(x, weight, bias, stride=(2, 1), dilation=(2, 1))
    for n, o, h, w in np.ndindex(y.shape):
        terms = sum(x[n, c, 2 * h + 2 * i, w + j] * weight[o, c, i, j] for c, i, j in np.ndindex(3, 2, 3))
        assert y[n, o, h, w] == pytest.approx(bias[o] + terms)


@given(stride=pairs(1, 3), padding=pairs(0, 1), dilation=pairs(1, 2), groups=st.integers(1, 2))
def test_the_transpose_is_the_adjoint(stride, padding, dilation, groups):
    """<conv(x), y> = <x, conv_transpose(y)>, the property that names it."""
    x, weight = draw(0, (2, 2 * groups, 8, 9)), draw(1, (3 * groups, 2, 3, 2))
    y = conv2d(x, weight, None, stride, padding, dilation, groups)
    g = draw(2, y.shape)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    smallest = conv_transpose2d(g, weight, **options).shape
    extra = (8 - smallest[2], 9 - smallest[3])
    assume(all(e < max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)))
    back = conv_transpose2d(g, weight, output_padding=extra, **options)
    assert back.shape == x.shape
    assert np.vdot(y, g) == pytest.approx(np.vdot(x, back))


def test_results_do_not_depend_on_the_number_of_threads():
    x, weight = draw(0, (7, 16, 20, 20), np.float32), draw(1, (16, 16, 3, 3), np.float32)
    before = runtime.get_num_threads()
    results = []
    try:
        for n in (1, 2, 3):
            runtime.set_num_threads(n)
            runs = []
            for _ in range(2):
                a, b = Tensor(x, requires_grad=True), Tensor(weight, requires_grad=True)
                y = conv2d(a, b, padding=1)
                y.backward(np.cos(y.numpy()))
                runs.append((y.numpy(), a.grad.numpy(), b.grad.numpy()))
            for first, again in zip(*runs, strict=True):  # same setting, same bits
                np.testing.assert_array_equal(first, again)
            results.append(runs[0])
    finally:
        runtime.set_num_threads(before)
    for other in results[1:]:
        for got, want in zip(other, results[0], strict=True):
            np.testing.assert_allclose(got, want, rtol=0, atol=2e-5 * np.abs(want).max())


def test_a_chain_of_layers_stays_in_one_layout():
    x = Tensor(draw(0, (2, 3, 8, 8), np.float32), requires_grad=True)
    weight = draw(1, (5, 3, 3, 3), np.float32)
    y = conv2d(x, weight, np.zeros(5, np.float32), padding=1)
    assert y.numpy().transpose(0, 2, 3, 1).flags.c_contiguous
    assert y.relu().numpy().transpose(0, 2, 3, 1).flags.c_contiguous
    (g,) = gradients(y.sum(), [x])
    assert g.numpy().transpose(0, 2, 3, 1).flags.c_contiguous


def test_only_the_gradients_asked_for_are_computed():
    x, weight, bias = draw(0, (2, 3, 5, 5)), draw(1, (4, 3, 3, 3)), draw(2, 4)
    for wanted in (0, 1, 2):
        alone = [Tensor(a, requires_grad=i == wanted) for i, a in enumerate((x, weight, bias))]
        together = [Tensor(a, requires_grad=True) for a in (x, weight, bias)]
        for tensors in (alone, together):
            conv2d(*tensors, stride=2).sum().backward()
        np.testing.assert_allclose(alone[wanted].grad.numpy(), together[wanted].grad.numpy())
        assert all(t.grad is None for i, t in enumerate(alone) if i != wanted)


def test_types_mix_as_numpys_do():
    x, weight = draw(0, (2, 3, 5, 5), np.float32), draw(1, (4, 3, 3, 3), np.float64)
    a, b = Tensor(x, requires_grad=True), Tensor(weight, requires_grad=True)
    y = conv2d(a, b)
    y.sum().backward()
    assert (y.dtype, a.grad.dtype, b.grad.dtype) == (np.float64, np.float32, np.float64)


X, W = np.zeros((8, 3, 32, 32)), np.zeros((6, 16, 3, 3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: conv2d(X, W), ShapeError, r"expects x \(batch, 16, height, width\), got \(8, 3, 32, 32\)"),
        (lambda: conv2d(X[0], W), ShapeError, r"got shape \(3, 32, 32\): add the batch axis"),
        (lambda: conv2d(X[0, 0], W), ShapeError, "reshape it"),
        (lambda: conv2d(X, W[0]), ShapeError, r"expects weight \(out, in / groups, kernel height"),
        (lambda: conv2d(X, np.zeros((0, 3, 3, 3))), ShapeError, "expects weight"),
        (lambda: conv2d(X, W[:, :3], np.zeros(5)), ShapeError, r"expects bias \(6,\).* got \(5,\)"),
        (lambda: conv2d(X, W[:, :1], groups=4), ValueRangeError, "divide the 6 out channels.*groups=4"),
        (lambda: conv2d(X, W[:, :1], groups=0), ValueRangeError, "groups"),
        (lambda: conv2d(X, W[:, :3], stride=0), ValueRangeError, "stride.*at least 1.*got 0"),
        (lambda: conv2d(X, W[:, :3], stride=1.5), ValueRangeError, "stride"),
        (lambda: conv2d(X, W[:, :3], padding=-1), ValueRangeError, "padding"),
        (lambda: conv2d(X, W[:, :3], padding=(1, 2, 3)), ValueRangeError, "padding"),
        (lambda: conv2d(X, W[:, :3], padding="full"), ValueRangeError, "'same' or 'valid', got 'full'"),
        (lambda: conv2d(X, W[:, :3], padding="same", stride=2), ValueRangeError, "stride 1 only"),
        (lambda: conv2d(X, W[:, :3], dilation=0), ValueRangeError, "dilation"),
        (lambda: conv2d(X, W[:, :3], dilation=16), ShapeError, "at least 33 x 33.*got 32 x 32"),
        (lambda: conv2d(X.astype(int), W[:, :3]), DTypeError, "got int64"),
        (lambda: conv2d(X, W[:, :3].astype(int)), DTypeError, "got int64"),
        (lambda: conv1d(X, W), ShapeError, r"expects x \(batch, channels, length\)"),
        (lambda: conv1d(X[0], W), ShapeError, r"expects weight \(out, in / groups, kernel length\)"),
        (lambda: conv1d(X[0], W[0]), ShapeError, r"expects x \(batch, 3, length\)|expects x \(batch, 16"),
        (lambda: conv_transpose2d(X, W), ShapeError, r"expects x \(batch, 6, height, width\)"),
        (lambda: conv_transpose2d(X, W[:3], stride=2, output_padding=2), ValueRangeError, "output_padding"),
        (lambda: conv_transpose2d(X[..., :1, :1], W[:3], padding=2), ShapeError, "pad less"),
        (lambda: conv_transpose2d(X, W[:3], padding="same"), ValueRangeError, "padding"),
        (lambda: conv_transpose2d(X, W[:3], np.zeros(3)), ShapeError, r"expects bias \(16,\)"),
    ],
)
def test_misuse_says_what_was_expected_what_came_and_what_to_do(call, error, says):
    with pytest.raises(error, match=says):
        call()
