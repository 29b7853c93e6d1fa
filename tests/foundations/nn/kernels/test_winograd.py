"""The faster way for 3 x 3 kernels against the sum over windows, and against PyTorch through conv2d."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.nn import functional as theirs

from foundations.nn.functional.conv_transpose import conv_transpose2d
from foundations.nn.functional.convolution import conv2d
from foundations.nn.kernels import correlation, winograd
from foundations.nn.kernels.unrolling import Windows

LAYOUTS = st.sampled_from(["channels first", "channels last", "strided", "reversed", "broadcast"])
FLOATS = st.sampled_from([np.float32, np.float64])
ONE_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # for all examples


def draw(seed, shape, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.fixture(params=["one block", "many blocks"])
def always(request, monkeypatch):
    """Take this way for any number of channels; with blocks as small as they go, shared, or in one."""
    monkeypatch.setattr(winograd, "_FEWEST_CHANNELS", (0, 0))
    if request.param == "many blocks":
        monkeypatch.setattr(winograd, "_BLOCK_BYTES", 1)
        monkeypatch.setattr(winograd, "_BLOCK_TILES", 1)
        monkeypatch.setattr(correlation, "_PARALLEL_FLOPS", 0)


@given(
    seed=st.integers(0, 2**16),
    batch=st.integers(0, 3),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    count=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    offset=st.tuples(st.integers(-4, 4), st.integers(-4, 4)),
    channels=st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5)),
    bias=st.booleans(),
)
@ONE_FIXTURE
def test_it_is_the_sum_over_windows(always, seed, batch, size, count, offset, channels, bias):
    c, d, p = channels
    windows = Windows((3, 3), (1, 1), (1, 1), offset, count)
    source, weight = draw(seed, (batch, *size, c)), draw(seed + 1, (1, 3, 3, c, d))
    options = {
        "weight": weight,
        "bias": draw(seed + 2, d) if bias else None,
        "partner": draw(seed + 3, (batch, *count, p)),
    }
    ours, plain = np.full((2, batch, *count, d), np.nan)
    got = winograd.correlate(source, windows, out=ours, **options)
    want = correlation.correlate(source, windows, out=plain, **options)
    np.testing.assert_allclose(ours, plain, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-10)


@given(
    seed=st.integers(0, 2**16),
    batch=st.integers(1, 3),
    size=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    padding=st.integers(0, 3),
    layout=LAYOUTS,
    dtype=FLOATS,
)
@ONE_FIXTURE
def test_conv2d_through_it_is_pytorchs(always, agrees, lay_out, seed, batch, size, padding, layout, dtype):
    padding = max(padding, 1)
    x = lay_out(draw(seed, (batch, 3, *size), dtype), layout)
    weight, bias = draw(seed + 1, (5, 3, 3, 3), dtype), draw(seed + 2, 5, dtype)
    agrees(
        lambda *a: conv2d(*a, padding=padding),
        lambda *a: theirs.conv2d(*a, padding=padding),
        x,
        weight,
        bias,
        layout=layout,
    )
    weight = draw(seed + 1, (3, 5, 3, 3), dtype)
    agrees(
        lambda *a: conv_transpose2d(*a, padding=1),
        lambda *a: theirs.conv_transpose2d(*a, padding=1),
        x,
        weight,
        bias,
        layout=layout,
    )


def test_rounding_is_no_worse():
    """In float32, against float64: the largest error of either way, in units of the result's spread."""
    windows = Windows((3, 3), (1, 1), (1, 1), (-1, -1), (14, 14))
    x, weight = draw(0, (8, 14, 14, 64)), draw(1, (1, 3, 3, 64, 64))
    exact = np.empty((8, 14, 14, 64))
    correlation.correlate(x, windows, weight=weight, out=exact)
    errors = []
    for way in (winograd.correlate, correlation.correlate):
        out = np.empty((8, 14, 14, 64), np.float32)
        way(x.astype(np.float32), windows, weight=weight.astype(np.float32), out=out)
        errors.append(np.abs(out - exact).max() / exact.std())
    assert errors[0] < 1.5 * errors[1] < 1e-5


@pytest.mark.parametrize(
    ("options", "channels", "suited"),
    [
        ({}, (64, 64), True),
        ({}, (32, 48), True),
        ({}, (32, 32), False),
        ({}, (16, 512), False),
        ({"kernel": (3, 1)}, (64, 64), False),
        ({"stride": (2, 2)}, (64, 64), False),
        ({"dilation": (1, 2)}, (64, 64), False),
        ({"count": (1, 8)}, (64, 64), False),
    ],
)
def test_when_it_is_taken(options, channels, suited):
    plain = {"kernel": (3, 3), "stride": (1, 1), "dilation": (1, 1), "offset": (0, 0), "count": (8, 8)}
    windows = Windows(**{**plain, **options})
    assert winograd.suits(windows, 1, *channels) == suited
    assert not winograd.suits(windows, 2, *channels)
