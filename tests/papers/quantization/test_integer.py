"""Layers in integers: bit by bit the slow reference of the paper's formulas, and what wraps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from papers.quantization import (
    Output,
    fixed_point_multiplier,
    integer_conv2d,
    integer_linear,
    integer_mean,
    reference,
)
from papers.quantization.integer import expanded_product


def bytes_of(rng, shape, signed=False):
    low, high = (-127, 128) if signed else (0, 256)
    return rng.integers(low, high, shape).astype(np.int8 if signed else np.uint8)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.booleans())
def test_linear_is_the_slow_reference(seed, signed):
    rng = np.random.default_rng(seed)
    x, w = bytes_of(rng, (3, 7)), bytes_of(rng, (7, 5), signed)
    bias = rng.integers(-5000, 5000, 5).astype(np.int32)
    z1, z2, z3 = int(rng.integers(256)), 0 if signed else int(rng.integers(256)), int(rng.integers(256))
    m, n = fixed_point_multiplier(rng.uniform(1e-4, 0.1, 5))
    got = integer_linear(x, w, bias, Output(m, n, z3, low=z3), x_zero=z1, w_zero=z2)
    for i in range(3):
        for j in range(5):
            scale = {"m": int(m[j]), "n": int(n[j]), "z3": z3, "low": z3}
            assert got[i, j] == reference.output(x[i], w[:, j], int(bias[j]), z1=z1, z2=z2, **scale)


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize(("stride", "padding", "kernel"), [(1, 1, 3), (2, 1, 3), (1, 0, 1), (2, 2, 5)])
def test_convolution_is_the_slow_reference(stride, padding, kernel, depthwise):
    rng = np.random.default_rng(kernel)
    x = bytes_of(rng, (2, 3, 5, 7))
    w = bytes_of(rng, (3, 1, kernel, kernel) if depthwise else (4, 3, kernel, kernel), signed=True)
    bias = rng.integers(-2000, 2000, len(w)).astype(np.int32)
    m, n = fixed_point_multiplier(rng.uniform(1e-3, 0.05, len(w)))
    z1, z3 = 17, 30
    output = Output(m, n, z3)
    groups = 3 if depthwise else 1
    got = integer_conv2d(x, w, bias, output, stride=stride, padding=padding, groups=groups, x_zero=z1)
    frame = ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2)
    padded = np.pad(x, frame, constant_values=z1)
    for image, o, i, j in np.ndindex(got.shape):
        channels = [o] if depthwise else range(3)
        at = [
            (c, i * stride + a, j * stride + b)
            for c in channels
            for a in range(kernel)
            for b in range(kernel)
        ]
        q1 = [padded[image][place] for place in at]
        scale = {"m": int(m[o]), "n": int(n[o]), "z3": z3}
        assert got[image, o, i, j] == reference.output(q1, w[o].ravel(), int(bias[o]), z1=z1, z2=0, **scale)


def test_the_expansion_is_the_product_of_what_is_left_of_zero_points():
    rng = np.random.default_rng(3)
    x, w = bytes_of(rng, (5, 11)), bytes_of(rng, (11, 3))
    direct = (x.astype(int) - 200) @ (w.astype(int) - 3)
    np.testing.assert_array_equal(expanded_product(x, w, 200, 3), direct)


def test_a_relu_is_a_clamp_at_the_zero_point():
    x, w = np.array([[10, 20]], dtype=np.uint8), np.array([[1, -1], [1, -1]], dtype=np.int8)
    m, n = fixed_point_multiplier(0.5)
    zero = np.zeros(2, dtype=np.int32)
    assert integer_linear(x, w, zero, Output(m, n, 100)).tolist() == [[115, 85]]
    assert integer_linear(x, w, zero, Output(m, n, 100, low=100)).tolist() == [[115, 100]]


def test_sixteen_bits_wrap_where_thirty_two_do_not():
    x, w = np.full((1, 4), 255, dtype=np.uint8), np.full((4, 1), 127, dtype=np.int8)
    m, n = fixed_point_multiplier(2.0**-10)
    bias = np.zeros(1, dtype=np.int32)
    assert integer_linear(x, w, bias, Output(m, n)).tolist() == [[127]]  # 129540 / 1024
    assert integer_linear(x, w, bias, Output(m, n, 10, accumulator=np.int16)).tolist() == [
        [9]
    ]  # -1532 / 1024


def test_the_mean_rounds_halves_up():
    x = np.array([[[[1, 2], [1, 2]], [[0, 0], [0, 1]]]], dtype=np.uint8)
    assert integer_mean(x).tolist() == [[2, 0]]
    assert integer_mean(np.full((1, 1, 14, 14), 255, dtype=np.uint8)).tolist() == [[255]]


def test_what_does_not_fit_is_refused():
    x, w, bias = np.zeros((2, 3), np.uint8), np.zeros((3, 4), np.int8), np.zeros(4, np.int32)
    out = Output(2**30, 5)
    with pytest.raises(DTypeError, match="expects x as an array of integers, got float64: quantise it first"):
        integer_linear(x.astype(float), w, bias, out)
    with pytest.raises(DTypeError, match="expects bias"):
        integer_linear(x, w, [0], out)
    with pytest.raises(ShapeError, match=r"x \(n, in\), w \(in, out\)"):
        integer_linear(x, w.T, bias, out)
    images, kernels = np.zeros((1, 2, 4, 4), np.uint8), np.zeros((4, 2, 3, 3), np.int8)
    with pytest.raises(ShapeError, match="integer_conv2d expects"):
        integer_conv2d(images, kernels[:, :1], bias, out)
    with pytest.raises(ShapeError, match="groups is 1, or 2"):
        integer_conv2d(images, kernels[:, :1], bias, out, groups=2)
    with pytest.raises(ShapeError, match="does not fit"):
        integer_conv2d(images[:, :, :2], kernels, bias, out)
    with pytest.raises(ValueRangeError, match="a zero point lies between the ends"):
        Output(2**30, 5, zero_point=300)
