"""Multiplier and shift: TensorFlow's value, Python's integers, and how far two roundings are from one."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundations.errors import ShapeError, ValueRangeError
from papers.quantization import fixed_point_multiplier, reference, requantize
from papers.quantization.fixed_point import high_multiply, rounding_shift

SUMS = st.integers(-(2**31), 2**31 - 1)


@given(st.floats(2**-31, 255.9))
def test_multiplier_and_shift_are_the_number_to_31_bits(multiplier):
    m, n = fixed_point_multiplier(multiplier)
    assert 2**30 <= m < 2**31
    assert math.isclose(m / 2.0 ** (31 + n), multiplier, rel_tol=2**-31)
    assert (n >= 0) or multiplier >= 0.99


@given(SUMS, st.integers(2**30, 2**31 - 1), st.integers(-8, 31))
def test_requantise_is_the_slow_reference(accumulator, m, n):
    got = requantize(np.array([accumulator], dtype=np.int32), m, n)
    assert got.tolist() == [reference.requantize(accumulator, m, n)]


@given(SUMS, st.integers(0, 31))
def test_the_parts_are_the_slow_reference(x, n):
    assert int(rounding_shift(np.int64(x), np.int64(n))) == reference.rounding_shift(x, n)
    assert int(high_multiply(np.int64(x), np.int64(1_234_567_891))) == reference.high_multiply(
        x, 1_234_567_891
    )


def test_ties_go_as_in_gemmlowp():
    assert int(rounding_shift(np.int64(-12), np.int64(3))) == -2  # Jacob et al., appendix B
    assert [int(rounding_shift(np.int64(x), np.int64(1))) for x in (-3, -1, 1, 3)] == [-2, -1, 1, 2]
    half = 2**30  # 1/2 as a multiplier
    assert [int(high_multiply(np.int64(x), np.int64(half))) for x in (-3, -1, 1, 3)] == [-1, 0, 1, 2]


def test_the_value_of_tensorflow_issue_25087():
    assert requantize(np.array([7984], dtype=np.int32), 1583594044, 9).tolist() == [12]
    assert float(Fraction(7984 * 1583594044, 2**40)) == pytest.approx(11.499, abs=5e-4)  # rounds to 11


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_two_roundings_differ_from_one_in_two_to_the_minus_n_plus_1(n):
    rng = np.random.default_rng(n)
    sums = rng.integers(-(2**30), 2**30, 200_000)
    m = int(rng.integers(2**30, 2**31))
    twice = requantize(sums.astype(np.int32), m, n)
    product, one = sums * m, 1 << (31 + n)
    once = np.sign(product) * ((2 * np.abs(product) + one) // (2 * one))
    share = (twice != once).mean()
    assert np.abs(twice - once).max() <= 1
    if n == 0:
        assert share == 0
    else:
        assert share == pytest.approx(2.0 ** -(n + 1), rel=0.05)


def test_the_numbers_at_the_edges():
    assert fixed_point_multiplier(0) == (0, 0)
    assert fixed_point_multiplier(2.0**-33) == (0, 0)
    assert fixed_point_multiplier(2.0**-32) == (2**30, 31)
    assert fixed_point_multiplier(1 - 2.0**-40) == (2**30, -1)  # rounds up to 1: halved
    assert fixed_point_multiplier(0.5) == (2**30, 0)
    assert requantize(np.array([5, -5], dtype=np.int32), *fixed_point_multiplier(0)).tolist() == [0, 0]
    assert requantize(np.array([2**30], dtype=np.int32), 2**30, -3).tolist() == [2**30]  # stays at the limit


def test_arrays_are_their_numbers():
    m, n = fixed_point_multiplier(np.array([[0.3, 0.0], [0.01, 3.0]]))
    assert (m.shape, n.shape) == ((2, 2), (2, 2))
    assert [fixed_point_multiplier(x) for x in (0.3, 0.0, 0.01, 3.0)] == list(
        zip(m.ravel(), n.ravel(), strict=True)
    )


@pytest.mark.parametrize("multiplier", [-0.1, math.nan, math.inf, 256.0])
def test_multipliers_that_are_none_are_refused(multiplier):
    with pytest.raises(ValueRangeError, match="0 or more and below 256"):
        fixed_point_multiplier(multiplier)


def test_channels_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match="one a channel"):
        requantize(np.zeros((2, 3), dtype=np.int32), np.ones(2), np.ones(2))
