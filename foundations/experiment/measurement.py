"""One metric over seeds: its values, their mean, and the interval that is shown beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment.digits import rounded
from foundations.experiment.intervals import Interval, mean_interval
from foundations.experiment.typical_values import MOST_SEEDS, paired_interval

TYPICAL_VALUES = "typical values"
STUDENT = "Student's t"
KINDS = (TYPICAL_VALUES, STUDENT)
"""The kinds of intervals over seeds: by `paired_interval`, and by `mean_interval` above its most seeds."""


def seed_interval(values: Sequence[float] | np.ndarray) -> Interval:
    """Mean over seeds with its 95 % interval: that of `paired_interval`, or Student's t above 20 seeds.

    Args:
        values: One value a seed, shape (seeds,), at least one.

    Returns:
        The mean and the ends of the interval; the whole line below six seeds.

    Raises:
        ExperimentError: If the values are not one number a seed.

    Examples:
        >>> seed_interval([0.9, 0.91, 0.92]).low
        -inf
    """
    x = np.asarray(values, dtype=np.float64)
    return paired_interval(x) if x.size <= MOST_SEEDS else mean_interval(x)


@dataclass(frozen=True)
class Measurement:
    """One metric over seeds.

    Args:
        values: One number a seed, in the order of the seeds, or one tuple of outcomes a seed, one an item,
            all of one length. They are kept to ten significant digits, so that what is judged is exactly what
            is written down.
        by: Kind of the interval; one of `KINDS`. By default the one that fits the number of seeds.

    Raises:
        ExperimentError: If there are no values, numbers and tuples are mixed, the tuples differ in length or
            hold nothing, or there is no such kind of interval.

    Examples:
        >>> Measurement((0.5,) * 6).interval
        Interval(mean=0.5, low=0.5, high=0.5)
        >>> Measurement(((1.0, 0.0), (1.0, 1.0))).mean
        0.75
    """

    values: tuple[float, ...] | tuple[tuple[float, ...], ...]
    by: str = ""

    def __post_init__(self) -> None:
        kept = tuple(
            tuple(rounded(item) for item in value) if isinstance(value, tuple) else rounded(value)
            for value in self.values
        )
        lengths = {len(value) if isinstance(value, tuple) else None for value in kept}
        if not kept or len(lengths) > 1 or 0 in lengths:
            raise ExperimentError(
                "a measurement is one number a seed, or one outcome an item and as many at every seed"
            )
        if self.by not in ("", *KINDS):
            raise ExperimentError(f"an interval over seeds is one of {', '.join(KINDS)}, got {self.by!r}")
        object.__setattr__(self, "values", kept)
        object.__setattr__(self, "by", self.by or (TYPICAL_VALUES if len(kept) <= MOST_SEEDS else STUDENT))

    @property
    def array(self) -> np.ndarray:
        """The values, shape (seeds,) or (seeds, items)."""
        return np.array(self.values, dtype=np.float64)

    @property
    def items(self) -> int | None:
        """How many items there are; None for one number a seed."""
        first = self.values[0]
        return len(first) if isinstance(first, tuple) else None

    @cached_property
    def per_seed(self) -> tuple[float, ...]:
        """One number a seed: the value, or the mean over the items."""
        values = self.array
        if values.ndim == 1:
            return tuple(float(value) for value in values)
        with np.errstate(invalid="ignore"):
            return tuple(float(value) for value in values.mean(axis=1))

    @cached_property
    def interval(self) -> Interval:
        """The mean over seeds with its 95 % interval, to ten significant digits."""
        kind = mean_interval if self.by == STUDENT else seed_interval
        return Interval(*(rounded(value) for value in kind(self.per_seed)))

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return self.interval.mean
