"""Multiplication of an int32 by a real number below 1, with integers alone: a multiplier and a shift."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foundations.errors import ShapeError, ValueRangeError

LEAST, MOST = -(2**31), 2**31 - 1
MOST_LEFT = 8
"""Multipliers of 2**8 and more are refused."""


def fixed_point_multiplier(multiplier: Any) -> tuple[Any, Any]:
    r"""Write $M=2^{-n}M_0$ with $M_0=m/2^{31}$ in [1/2, 1): m is a whole number of 32 bits.

    Args:
        multiplier: M, 0 or more and below 256; a number or an array. Jacob et al. assert 0 < M < 1; from 1 on
            the shift is to the left, n < 0, as in TensorFlow Lite.

    Returns:
        m, from 2**30 to 2**31 - 1, and n; whole numbers for a number, int64 arrays for an array. M = 0, and
        what lies below 2**-32 (n > 31), gives (0, 0).

    Raises:
        ValueRangeError: If a multiplier is negative, not finite, or 256 and more.

    Example:
        >>> fixed_point_multiplier(0.3)  # 0.6 / 2
        (1288490189, 1)

    Source: Jacob et al. 2018, equation 6.
    """
    if np.ndim(multiplier):
        pairs = [fixed_point_multiplier(float(one)) for one in np.ravel(multiplier)]
        both = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return both[0].reshape(np.shape(multiplier)), both[1].reshape(np.shape(multiplier))
    multiplier = float(multiplier)
    if not 0 <= multiplier < 2**MOST_LEFT:
        raise ValueRangeError(
            f"a multiplier is 0 or more and below {2**MOST_LEFT}, got {multiplier}: look at the scales"
        )
    fraction, exponent = math.frexp(multiplier)  # M = fraction 2**exponent, fraction in [1/2, 1)
    whole = math.floor(fraction * 2**31 + 0.5)
    if whole == 2**31:  # rounded up to 1: halve it
        whole, exponent = whole // 2, exponent + 1
    if whole == 0 or -exponent > 31:
        return 0, 0
    return whole, -exponent


def high_multiply(a: np.ndarray, m: np.ndarray) -> np.ndarray:
    r"""Return $\operatorname{round}(a\,m/2^{31})$, halves upwards: the high half of twice the product.

    Args:
        a: int32 values, held as int64.
        m: Whole numbers from 0 to 2**31 - 1.

    Source: gemmlowp, `SaturatingRoundingDoublingHighMul`.
    """
    return (a * m + 2**30) >> 31  # |a m| < 2**62; >> rounds down


def rounding_shift(x: np.ndarray, n: np.ndarray) -> np.ndarray:
    r"""Return $\operatorname{round}(x/2^n)$, halves away from zero: -12 / 8 gives -2.

    Args:
        x: Whole numbers, int64.
        n: Shifts, 0 to 31.

    Source: Jacob et al. 2018, appendix B; gemmlowp, `RoundingDivideByPOT`.
    """
    half = np.where(n > 0, np.int64(1) << np.maximum(n - 1, 0), 0)
    return np.sign(x) * ((np.abs(x) + half) >> n)


def requantize(accumulator: np.ndarray, m: Any, n: Any) -> np.ndarray:
    """Multiply int32 accumulators by 2**-n m / 2**31, with integers alone.

    Args:
        accumulator: int32, shape (..., channels) or any for one multiplier.
        m: From `fixed_point_multiplier`, one or (channels,).
        n: Likewise.

    Returns:
        int64 of the same shape. What a shift to the left takes beyond 32 bits stays at the limit.

    Raises:
        ShapeError: If there is not one multiplier a channel.

    Example:
        >>> requantize(np.array([7984], dtype=np.int32), 1583594044, 9)  # 11.499, rounded twice
        array([12])

    Source: Jacob et al. 2018, equation 6 and appendix B.
    """
    m, n = np.asarray(m, dtype=np.int64), np.asarray(n, dtype=np.int64)
    if m.shape != n.shape or m.shape not in ((), accumulator.shape[-1:]):
        raise ShapeError(
            f"expected one multiplier and shift, or one a channel of "
            f"{accumulator.shape}, got {m.shape} and {n.shape}"
        )
    wide = accumulator.astype(np.int64) << np.maximum(-n, 0)
    scaled = high_multiply(np.clip(wide, LEAST, MOST), m)
    return rounding_shift(scaled, np.maximum(n, 0))
