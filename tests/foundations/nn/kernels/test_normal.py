"""The normal distribution behind GELU, against SciPy's."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from foundations.nn.kernels.normal import normal_cdf_and_slope

X = np.concatenate([np.linspace(-14, 14, 100_001), [0.0, -0.0, 1e-30, -1e-30, 1e4, -1e4]])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-7), (np.float64, 1e-15)])
def test_share_below_and_slope(dtype, tolerance):
    x = X.astype(dtype)
    cdf, slope = np.empty_like(x), np.empty_like(x)
    normal_cdf_and_slope(x, cdf, slope)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(cdf, norm.cdf(exact), rtol=0, atol=tolerance)
    np.testing.assert_allclose(slope, norm.cdf(exact) + exact * norm.pdf(exact), rtol=0, atol=2 * tolerance)


def test_the_two_halves_mirror_each_other_and_meet_at_one_half():
    x = np.linspace(0, 12, 1001, dtype=np.float32)
    above, below, slope = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    normal_cdf_and_slope(x, above, slope)
    normal_cdf_and_slope(-x, below, slope)
    assert above[0] == below[0] == 0.5
    np.testing.assert_allclose(above, 1 - below, rtol=0, atol=6e-8)


def test_a_small_share_keeps_two_digits_in_float32():
    x = np.array([-3.0, -6.0, -9.0], np.float32)
    cdf = np.empty_like(x)
    normal_cdf_and_slope(x, cdf, np.empty_like(x))
    np.testing.assert_allclose(cdf, [0.5 * math.erfc(3 * n / math.sqrt(2)) for n in (1, 2, 3)], rtol=3e-3)
