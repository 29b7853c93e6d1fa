"""Jacob et al.'s formulas in Python's integers, one number at a time: slow, exact, easy to check by eye."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def high_multiply(a: int, m: int) -> int:
    """Return a m / 2**31 rounded to the nearest integer, halves upwards."""
    return (2 * a * m + 2**31) // 2**32


def rounding_shift(x: int, n: int) -> int:
    """Return x / 2**n rounded to the nearest integer, halves away from zero."""
    exact = Fraction(abs(x), 2**n)
    whole = int(exact + Fraction(1, 2))  # int() cuts, and the value is positive
    return whole if x >= 0 else -whole


def requantize(accumulator: int, m: int, n: int) -> int:
    """Return the accumulator times 2**-n m / 2**31, rounded twice."""
    if n < 0:
        accumulator = min(max(accumulator * 2**-n, -(2**31)), 2**31 - 1)
        n = 0
    return rounding_shift(high_multiply(accumulator, m), n)


def accumulate(q1: Sequence[int], q2: Sequence[int], z1: int, z2: int) -> int:
    """Return the sum over k of (q1 - Z1)(q2 - Z2): equation 4, without the expansion of 7."""
    return sum((int(a) - z1) * (int(b) - z2) for a, b in zip(q1, q2, strict=True))


def output(
    q1: Sequence[int],
    q2: Sequence[int],
    bias: int,
    *,
    z1: int,
    z2: int,
    m: int,
    n: int,
    z3: int,
    low: int = 0,
    high: int = 255,
) -> int:
    """Return one output of a layer: equation 4 with a bias, requantised, shifted by Z3 and clamped.

    Source: Jacob et al. 2018, sections 2.2 to 2.4.
    """
    scaled = requantize(accumulate(q1, q2, z1, z2) + bias, m, n)
    return min(max(scaled + z3, low), high)
