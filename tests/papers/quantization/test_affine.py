"""Quantisers: against PyTorch, against their formulas number by number, and what they refuse."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import DTypeError, ShapeError, ValueRangeError
from papers.quantization import AffineQuantizer, dequantize, quantize, round_half_away, weight_quantizer

RANGES = st.tuples(st.floats(-50, 50), st.floats(-50, 50)).map(sorted)


def by_hand(x, scale, zero, low, high):
    away = math.floor(abs(x / scale) + 0.5)
    return min(max(int(math.copysign(away, x)) + zero, low), high)


@given(RANGES, st.integers(1, 10), st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_affine_is_the_formula_number_by_number(ends, bits, values):
    grid = AffineQuantizer.affine(*ends, bits)
    scale, zero = float(grid.scale), int(grid.zero_point)
    got = quantize(np.array(values), grid)
    assert got.tolist() == [by_hand(x, scale, zero, 0, 2**bits - 1) for x in values]
    assert np.allclose(dequantize(got, grid), [scale * (int(q) - zero) for q in got])


@given(RANGES, st.integers(2, 12))
def test_zero_is_exact_and_what_is_inside_is_off_by_half_a_step_at_most(ends, bits):
    grid = AffineQuantizer.affine(*ends, bits)
    assert dequantize(quantize(np.zeros(1), grid), grid) == 0.0
    low, high = grid.range
    inside = np.linspace(float(low), float(high), 97)
    error = np.abs(dequantize(quantize(inside, grid), grid) - inside)
    assert error.max() <= float(grid.scale) * 0.5001 + 1e-5


def test_the_range_moves_by_less_than_a_step():
    grid = AffineQuantizer.affine(-0.9, 2.6, 3)
    low, high = grid.range
    assert abs(low + 0.9) <= grid.scale / 2
    assert abs(high - 2.6) <= grid.scale / 2


def test_as_torch_has_it_away_from_ties():
    x = np.random.default_rng(0).normal(0, 2, (5, 7)).astype(np.float32)
    grid = AffineQuantizer.affine(-3.0, 4.0, 8)
    theirs = torch.fake_quantize_per_tensor_affine(
        torch.tensor(x), float(grid.scale), int(grid.zero_point), 0, 255
    )
    np.testing.assert_allclose(dequantize(quantize(x, grid), grid), theirs.numpy(), rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_channels_as_torch_has_them(axis):
    x = np.random.default_rng(1).normal(0, 1, (3, 5)).astype(np.float32)
    largest = np.abs(x).max(axis=1 - axis % 2)
    grid = AffineQuantizer.symmetric(largest, 8, axis=axis)
    theirs = torch.fake_quantize_per_channel_affine(
        torch.tensor(x), torch.tensor(grid.scale), torch.tensor(grid.zero_point).int(), axis % 2, -127, 127
    )
    np.testing.assert_allclose(dequantize(quantize(x, grid), grid), theirs.numpy(), rtol=1e-6)
    one_by_one = np.stack([quantize(row, AffineQuantizer.symmetric(np.abs(row).max())) for row in x])
    if axis == 0:
        np.testing.assert_array_equal(quantize(x, grid), one_by_one)


def test_symmetric_grids_lack_the_most_negative_integer():
    for bits, limit in ((2, 1), (4, 7), (8, 127)):
        grid = AffineQuantizer.symmetric(1.0, bits)
        assert (grid.low, grid.high, int(grid.zero_point)) == (-limit, limit, 0)
        assert quantize([-9.0, 9.0], grid).tolist() == [-limit, limit]


def test_halves_go_away_from_zero_and_their_neighbours_do_not():
    for dtype in (np.float32, np.float64):
        half = dtype(0.5)
        under, over = np.nextafter(half, dtype(0)), np.nextafter(half, dtype(1))
        x = np.array([half, under, over, 1.5, 2.5, -0.5, -under, -2.5, 2**22 + 0.5, 0.0], dtype=dtype)
        wanted = [1, 0, 1, 2, 3, -1, 0, -3, 2**22 + 1, 0]
        assert round_half_away(x).tolist() == wanted


def test_nothing_but_zero_has_a_grid():
    for grid in (AffineQuantizer.affine(0, 0), AffineQuantizer.symmetric(0.0)):
        assert (float(grid.scale), int(grid.zero_point)) == (1.0, 0)
        assert dequantize(quantize(np.zeros((2, 3)), grid), grid).tolist() == [[0.0] * 3] * 2
    weight = np.array([[0.0, 0.0], [1.0, -3.0]])
    grid = weight_quantizer(weight, 8)
    np.testing.assert_allclose(dequantize(quantize(weight, grid), grid), weight, atol=0.02)


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [(0, 255, "u1"), (-127, 127, "i1"), (0, 256, "u2"), (-128, 128, "i2"), (0, 2**32 - 1, "u4")],
)
def test_the_smallest_type_that_holds_the_grid(low, high, dtype):
    assert AffineQuantizer(1.0, 0, low, high).dtype == np.dtype(dtype)


def test_thirty_two_bits_are_the_most():
    grid = AffineQuantizer.affine(-1, 1, 32)
    x = np.array([-0.5, 0.25])
    np.testing.assert_allclose(dequantize(quantize(x, grid), grid), x, atol=1e-6)


@pytest.mark.parametrize("bits", [0, 33, -1, 8.0, True, "8", None])
def test_bits_that_are_none_are_refused(bits):
    with pytest.raises(ValueRangeError, match="bits is a whole number from 1 to 32"):
        AffineQuantizer.affine(0, 1, bits)
    with pytest.raises(ValueRangeError, match="bits is a whole number from 2 to 32"):
        AffineQuantizer.symmetric(1.0, bits)


def test_one_bit_has_no_symmetric_grid():
    with pytest.raises(ValueRangeError, match="got 1"):
        AffineQuantizer.symmetric(1.0, 1)
    assert quantize([0.2, 0.9], AffineQuantizer.affine(0, 1, 1)).tolist() == [0, 1]


@pytest.mark.parametrize(
    "ends", [(1, -1), (math.nan, 1), (0, math.inf), (np.array([0, 2]), np.array([1, 1]))]
)
def test_empty_and_endless_ranges_are_refused(ends):
    with pytest.raises(ValueRangeError, match="a range is finite and low <= high"):
        AffineQuantizer.affine(*ends, axis=0 if np.ndim(ends[0]) else None)


def test_what_does_not_fit_is_refused():
    grid = AffineQuantizer.symmetric(np.ones(3), axis=0)
    with pytest.raises(ShapeError, match="axis 0 holds 3 channels, got"):
        quantize(np.zeros((2, 3)), grid)
    with pytest.raises(ShapeError, match="no axis 1"):
        quantize(np.zeros(3), AffineQuantizer.symmetric(np.ones(3), axis=1))
    with pytest.raises(ShapeError, match="one scale and zero point"):
        AffineQuantizer.symmetric(np.ones(3))
    with pytest.raises(ShapeError, match="as many lows as highs"):
        AffineQuantizer.affine(np.zeros(2), np.ones(3), axis=0)
    for value in (math.nan, math.inf):
        with pytest.raises(ValueRangeError, match="finite numbers"):
            quantize([value], AffineQuantizer.affine(0, 1))
    with pytest.raises(ValueRangeError, match="finite and 0 or more"):
        AffineQuantizer.symmetric(-1.0)
    with pytest.raises(DTypeError, match="integers can be"):
        dequantize(np.array([0.5]), AffineQuantizer.affine(0, 1))
    with pytest.raises(DTypeError, match="real numbers"):
        quantize(np.array([1j]), AffineQuantizer.affine(0, 1))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0.0, 0, 0, 255), "finite and above 0"),
        ((math.nan, 0, 0, 255), "finite and above 0"),
        ((1.0, 256, 0, 255), "a zero point lies in"),
        ((1.0, 0.5, 0, 255), "whole zero points"),
        ((1.0, 5, 5, 5), "low < high"),
    ],
)
def test_a_grid_that_is_none_is_refused(arguments, says):
    with pytest.raises(ValueRangeError, match=says):
        AffineQuantizer(*arguments)
