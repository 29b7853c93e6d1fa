"""Sums over windows in every layout, against the sum their definition spells out."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundations.nn.kernels import correlation
from foundations.nn.kernels.correlation import correlate
from foundations.nn.kernels.unrolling import Windows

ONE_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # for all examples


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


def spelled_out(source, windows, weight, partner):
    """The products and the gradient of the weight, one window element at a time."""
    out = np.zeros((len(source), *windows.count, weight.shape[4]))
    gradient = np.zeros((*weight.shape[:4], partner.shape[3]))
    (sy, sx), (dy, dx), (oy, ox) = windows.stride, windows.dilation, windows.offset
    for y, x, i, j in itertools.product(*map(range, (*windows.count, *windows.kernel))):
        at_y, at_x = y * sy + i * dy + oy, x * sx + j * dx + ox
        if 0 <= at_y < source.shape[1] and 0 <= at_x < source.shape[2]:
            out[:, y, x] += source[:, at_y, at_x] @ weight[0, i, j]
            gradient[0, i, j] += source[:, at_y, at_x].T @ partner[:, y, x]
    return out, gradient


@pytest.fixture(params=["whole", "by rows", "planar"])
def layout(request, monkeypatch):
    """Take this layout wherever it can be taken."""

    def always(windows, groups, _c, _d):
        stacked = groups == 1 and windows.stride[0] == 1 and windows.kernel[0] > 1
        return request.param if request.param != "by rows" or stacked else "whole"

    monkeypatch.setattr(correlation, "layout_for", always)


@pytest.mark.parametrize("blocks", ["one", "many"])
@given(
    seed=st.integers(0, 2**16),
    batch=st.integers(0, 3),
    size=pairs(1, 6),
    kernel=pairs(1, 3),
    stride=st.tuples(st.sampled_from([1, 1, 2]), st.integers(1, 3)),
    dilation=pairs(1, 3),
    offset=pairs(-4, 4),
    count=pairs(1, 5),
)
@ONE_FIXTURE
def test_sums_over_windows(
    layout, blocks, monkeypatch, seed, batch, size, kernel, stride, dilation, offset, count
):
    monkeypatch.setattr(correlation, "_BLOCK_BYTES", 1 if blocks == "many" else 1 << 30)
    monkeypatch.setattr(correlation, "_BLOCK_WINDOWS", 1)
    rng = np.random.default_rng(seed)
    windows = Windows(kernel, stride, dilation, offset, count)
    source, weight = rng.standard_normal((batch, *size, 3)), rng.standard_normal((1, *kernel, 3, 2))
    partner, bias = rng.standard_normal((batch, *count, 5)), rng.standard_normal(2)
    out = np.full((batch, *count, 2), np.nan)
    gradient = correlate(source, windows, weight=weight, out=out, bias=bias, partner=partner)
    products, outer = spelled_out(source, windows, weight, partner)
    np.testing.assert_allclose(out, products + bias, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(gradient, outer, rtol=1e-10, atol=1e-10)
