"""Uniform quantisers: a real number becomes the nearest of a few evenly spaced ones, kept as an integer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from foundations.errors import DTypeError, ShapeError, ValueRangeError

MOST_BITS = 32


def round_half_away(x: np.ndarray) -> np.ndarray:
    """Round to the nearest integer, halves away from zero, as gemmlowp and C's `round` do.

    Python and NumPy round halves to even: `np.rint(2.5)` is 2.

    Args:
        x: Floating-point numbers, any shape.

    Example:
        >>> round_half_away(np.array([0.5, 1.5, 2.5, -0.5, -1.4]))
        array([ 1.,  2.,  3., -1., -1.])
    """
    x = np.asarray(x)
    below = np.nextafter(x.dtype.type(0.5), x.dtype.type(0))  # 0.5 itself would take its neighbour below to 1
    return np.trunc(x + np.copysign(below, x))


def check_bits(bits: Any, least: int = 1) -> int:
    """Return a number of bits, or refuse it.

    Raises:
        ValueRangeError: If it is no whole number from `least` to 32.
    """
    if isinstance(bits, bool) or not isinstance(bits, int | np.integer) or not least <= bits <= MOST_BITS:
        raise ValueRangeError(f"bits is a whole number from {least} to {MOST_BITS}, got {bits!r}")
    return int(bits)


@dataclass(frozen=True, eq=False)
class AffineQuantizer:
    r"""A grid of integers on the real line: r = S (q - Z), q from `low` to `high`.

    Args:
        scale: S, the step between neighbours, above 0; shape (), or (channels,).
        zero_point: Z, the integer that stands for 0, as many as scales; inside [low, high].
        low: Smallest integer.
        high: Largest integer.
        axis: The axis of an array along which its channels lie; None for one scale for all.

    Attributes:
        scale: float32, as it is stored; arithmetic with it is in float64.
        zero_point: int64.

    Raises:
        ValueRangeError: If a scale is not finite and above 0, or a zero point or the limits do not fit.
        ShapeError: If there are not as many zero points as scales, or an axis without channels.

    Source: Jacob et al. 2018, equation 1; Krishnamoorthi 2018, equations 1-3.
    """

    scale: np.ndarray
    zero_point: np.ndarray
    low: int
    high: int
    axis: int | None = None

    def __post_init__(self) -> None:
        scale, zero = np.asarray(self.scale, dtype=np.float32), np.asarray(self.zero_point)
        if scale.shape != zero.shape or scale.ndim != (self.axis is not None):
            raise ShapeError(
                "a quantiser has one scale and zero point, or with an axis one a channel, got "
                f"{scale.shape} and {zero.shape} with axis {self.axis}"
            )
        if not (np.isfinite(scale).all() and (scale > 0).all()):
            raise ValueRangeError(f"a scale is finite and above 0, got {scale}: take one from a range")
        if self.low >= self.high or zero.dtype.kind not in "iu":
            raise ValueRangeError(f"expected low < high and whole zero points, got {self.low}, {self.high}")
        if ((zero < self.low) | (zero > self.high)).any():
            raise ValueRangeError(f"a zero point lies in [{self.low}, {self.high}], got {zero}")
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "zero_point", zero.astype(np.int64))

    @classmethod
    def affine(cls, low: Any, high: Any, bits: int = 8, *, axis: int | None = None) -> Self:
        """Return the grid of 2**bits unsigned integers that covers the range [low, high].

        The range is widened to hold 0, and then moved by less than a step so that 0 is on the grid: zeros of
        padding and of ReLUs are exact. A range of nothing but 0 gets the scale 1.

        Args:
            low: Smallest value, or one a channel.
            high: Largest value, or one a channel.
            bits: From 1 to 32.
            axis: The axis of the channels, with one range a channel.

        Raises:
            ValueRangeError: If the bits do not fit, a range is empty (low > high) or not finite.
            ShapeError: If there are not as many lows as highs, or not one a channel.

        Example:
            >>> grid = AffineQuantizer.affine(-1.0, 3.0, bits=2)
            >>> float(grid.scale), int(grid.zero_point)
            (1.3333333730697632, 1)

        Source: Krishnamoorthi 2018, section 2.1; Jacob et al. 2018, section 3.
        """
        levels = 2 ** check_bits(bits) - 1
        low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
        if low.shape != high.shape:
            raise ShapeError(f"expected as many lows as highs, got {low.shape} and {high.shape}")
        if not (np.isfinite(low).all() and np.isfinite(high).all()) or (low > high).any():
            raise ValueRangeError(f"a range is finite and low <= high, got {low} to {high}")
        low, high = np.minimum(low, 0), np.maximum(high, 0)
        scale = _scale((high - low) / levels)
        zero = np.clip(round_half_away(-low / scale), 0, levels).astype(np.int64)
        return cls(scale, zero, 0, levels, axis)

    @classmethod
    def symmetric(cls, largest: Any, bits: int = 8, *, axis: int | None = None) -> Self:
        """Return the grid of signed integers from -(2**(bits-1) - 1) to its opposite, with Z = 0.

        Args:
            largest: Largest absolute value, or one a channel, 0 or more. Where it is 0, the scale is 1.
            bits: From 2 to 32.
            axis: The axis of the channels, with one value a channel.

        Raises:
            ValueRangeError: If the bits do not fit, or a value is negative or not finite.
            ShapeError: If there is not one value, or with an axis one a channel.

        Source: Krishnamoorthi 2018, equations 7 and 10.
        """
        limit = 2 ** (check_bits(bits, 2) - 1) - 1
        largest = np.asarray(largest, dtype=np.float64)
        if not np.isfinite(largest).all() or (largest < 0).any():
            raise ValueRangeError(f"a largest absolute value is finite and 0 or more, got {largest}")
        return cls(_scale(largest / limit), np.zeros(largest.shape, dtype=np.int64), -limit, limit, axis)

    @property
    def dtype(self) -> np.dtype:
        """The smallest type of integers that holds the grid."""
        for size in (1, 2, 4):
            for kind in "ui":
                held = np.iinfo(f"{kind}{size}")
                if held.min <= self.low and self.high <= held.max:
                    return np.dtype(f"{kind}{size}")
        raise ValueRangeError(f"no type of 32 bits holds {self.low} to {self.high}")

    @property
    def range(self) -> tuple[np.ndarray, np.ndarray]:
        """The smallest and the largest real number on the grid, float64, each of the shape of the scale."""
        step = self.scale.astype(np.float64)
        return step * (self.low - self.zero_point), step * (self.high - self.zero_point)

    def spread(self, ndim: int) -> tuple[np.ndarray, np.ndarray]:
        """Return scale (float64) and zero point, shaped to broadcast over arrays of `ndim` axes.

        Raises:
            ShapeError: If such an array has no such axis.
        """
        if self.axis is None:
            return self.scale.astype(np.float64), self.zero_point
        if not -ndim <= self.axis < ndim:
            raise ShapeError(f"an array of {ndim} axes has no axis {self.axis} of channels")
        shape = [1] * ndim
        shape[self.axis] = len(self.scale)
        return self.scale.astype(np.float64).reshape(shape), self.zero_point.reshape(shape)


def _scale(step: np.ndarray) -> np.ndarray:
    """Return steps as float32, 1 in place of 0."""
    with np.errstate(under="ignore"):
        step = step.astype(np.float32)
    return np.where(step > 0, step, np.float32(1))


def _checked(x: Any, quantizer: AffineQuantizer) -> np.ndarray:
    x = np.asarray(x)
    if x.dtype.kind not in "fiu":
        raise DTypeError(f"expected real numbers, got {x.dtype}: convert them")
    channels = quantizer.axis is not None and -x.ndim <= quantizer.axis < x.ndim
    if channels and x.shape[quantizer.axis] != len(quantizer.scale):  # type: ignore[index]
        raise ShapeError(
            f"axis {quantizer.axis} holds {len(quantizer.scale)} channels, got {x.shape}: "
            "quantise with the quantiser of this array"
        )
    return x


def quantize(x: Any, quantizer: AffineQuantizer) -> np.ndarray:
    r"""Return the integers of the grid nearest to real numbers.

    $q=\operatorname{clamp}(\text{low},\text{high},\operatorname{round}(x/S)+Z)$, halves away from zero.

    Args:
        x: Finite numbers, any shape; with channels as many along its axis as the quantiser has.
        quantizer: The grid.

    Returns:
        Integers of `quantizer.dtype`, of the same shape.

    Raises:
        ValueRangeError: If a number is not finite.
        ShapeError: If the channels are more or fewer.

    Example:
        >>> quantize([-1.0, 0.0, 0.6, 9.0], AffineQuantizer.affine(-1, 3, bits=2))
        array([0, 1, 1, 3], dtype=uint8)

    Source: Krishnamoorthi 2018, equations 1-2 and 7-8.
    """
    x = _checked(x, quantizer)
    if not np.isfinite(x).all():
        raise ValueRangeError("finite numbers can be quantised, got nan or infinity")
    scale, zero = quantizer.spread(x.ndim)
    x_int = round_half_away(x / scale) + zero  # (1)
    return np.clip(x_int, quantizer.low, quantizer.high).astype(quantizer.dtype)  # (2)


def dequantize(q: Any, quantizer: AffineQuantizer) -> np.ndarray:
    """Return the real numbers that integers stand for, S (q - Z), as float32.

    Args:
        q: Integers of the grid.
        quantizer: The grid.

    Raises:
        DTypeError: If they are no integers.
        ShapeError: If the channels are more or fewer.

    Example:
        >>> dequantize(np.array([0, 1, 3]), AffineQuantizer.affine(-1, 3, bits=2))
        array([-1.3333334,  0.       ,  2.6666667], dtype=float32)

    Source: Krishnamoorthi 2018, equation 3; Jacob et al. 2018, equation 1.
    """
    q = _checked(q, quantizer)
    if q.dtype.kind not in "iu":
        raise DTypeError(f"integers can be dequantised, got {q.dtype}: quantise")
    scale, zero = quantizer.spread(q.ndim)
    return (scale * (q.astype(np.int64) - zero)).astype(np.float32)  # (3)
