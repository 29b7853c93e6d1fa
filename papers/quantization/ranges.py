"""Observers: what range of values an activation has, found by looking at some data."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from foundations.errors import ValueRangeError


class Observer(Protocol):
    """What looks at batches of values and says which range they need."""

    def see(self, x: np.ndarray) -> None:
        """Look at one batch."""
        ...

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest value that is kept apart."""
        ...


def _finite(x: Any) -> np.ndarray:
    x = np.asarray(x)
    if x.size == 0 or not np.isfinite(x).all():
        raise ValueRangeError("a range is taken from finite numbers, at least one: got nan, infinity or none")
    return x


def _known(low: float | None, high: float | None) -> tuple[float, float]:
    if low is None or high is None:
        raise ValueRangeError("nothing was seen yet, so there is no range: call see() with calibration data")
    return low, high


class MinMax:
    """The smallest and the largest value ever seen.

    Example:
        >>> observer = MinMax()
        >>> observer.see(np.array([1.0, 2.0]))
        >>> observer.see(np.array([-3.0, 0.0]))
        >>> observer.range
        (-3.0, 2.0)

    Source: Krishnamoorthi 2018, section 3.1.
    """

    def __init__(self) -> None:
        self.low: float | None = None
        self.high: float | None = None

    def see(self, x: np.ndarray) -> None:
        """Widen the range to hold a batch. ValueRangeError if a value is not finite or there is none."""
        low, high = float(_finite(x).min()), float(x.max())
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value. ValueRangeError if none was seen."""
        return _known(self.low, self.high)


class MovingAverage:
    """Exponentially decaying averages of the smallest and largest value of each batch.

    Args:
        decay: Share of the past that is kept, in [0, 1). The first batch sets the range.

    Raises:
        ValueRangeError: If it lies outside.

    Source: Jacob et al. 2018, section 3.1; TensorFlow's contrib/quantize has .999.
    """

    def __init__(self, decay: float = 0.99) -> None:
        if not 0 <= decay < 1:
            raise ValueRangeError(f"decay lies in [0, 1), got {decay}")
        self.decay = decay
        self.low: float | None = None
        self.high: float | None = None

    def see(self, x: np.ndarray) -> None:
        """Move the range towards that of a batch. ValueRangeError as for `MinMax`."""
        low, high = float(_finite(x).min()), float(x.max())
        if self.low is None or self.high is None:
            self.low, self.high = low, high
        else:
            self.low += (1 - self.decay) * (low - self.low)
            self.high += (1 - self.decay) * (high - self.high)

    @property
    def range(self) -> tuple[float, float]:
        """The averages. ValueRangeError if nothing was seen."""
        return _known(self.low, self.high)


class Percentile:
    """The range that holds the middle of the values, so that outliers do not stretch the grid.

    Args:
        percent: Share of the values inside, in percent, above 0 and at most 100; half of the rest is cut
            off at each end, batch by batch, and the batches are averaged.

    Raises:
        ValueRangeError: If it lies outside.
    """

    def __init__(self, percent: float = 99.9) -> None:
        if not 0 < percent <= 100:
            raise ValueRangeError(f"percent lies above 0 and up to 100, got {percent}")
        self.percent = percent
        self.lows: list[float] = []
        self.highs: list[float] = []

    def see(self, x: np.ndarray) -> None:
        """Note the percentiles of a batch. ValueRangeError as for `MinMax`."""
        cut = (100 - self.percent) / 2
        low, high = np.percentile(_finite(x), [cut, 100 - cut])
        self.lows.append(float(low))
        self.highs.append(float(high))

    @property
    def range(self) -> tuple[float, float]:
        """Averages of the percentiles over batches. ValueRangeError if nothing was seen."""
        if not self.lows:
            return _known(None, None)
        return float(np.mean(self.lows)), float(np.mean(self.highs))
