"""What an interval plot of a claim shows: values over seeds, interval, thresholds, and words for them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, cast

import numpy as np

from foundations.errors import ExperimentError
from foundations.experiment.digits import rounded
from foundations.experiment.intervals import Interval
from foundations.experiment.measurement import TYPICAL_VALUES, Measurement

Side = Literal["above", "below", "between", ""]
"""Where the interval supports the claim: at or above its threshold, at or below, between two, or nowhere."""

NAME = re.compile(r"[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*")
"""What a plot and an arm are called: files bear their names."""

SIDES: tuple[Side, ...] = ("above", "below", "between", "")


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One quantity of a claim that is drawn as an interval, with the words a reader needs.

    Args:
        values: Name of a metric, or a function of all metrics that returns one value a seed, shape (seeds,);
            of shape (seeds, items) the mean over the items is drawn.
        axis: What the axis shows, with its unit: `"error of the deep net minus that of the shallow one, %"`.
        left: What a small value means, in a few words.
        right: What a large value means.
        thresholds: Names of thresholds of the claim, drawn as lines; `"-margin"` is `"margin"` with its sign
            turned.
        supports: The side that supports the claim: `"above"`, `"below"` one threshold, `"between"` two;
            empty for a quantity that is only reported.
        interval: Function of all metrics that returns the interval, where that over seeds does not fit the
            data; `foundations.experiment` judges by the same.
        by: What that interval is called, such as `"Clopper–Pearson"`; needed beside `interval`.

    Raises:
        ExperimentError: If a text is missing, or the sides and thresholds do not fit together.

    Examples:
        >>> Contrast(
        ...     values="gain", axis="accuracy gained", left="worse with it", right="better with it",
        ...     thresholds=("least",), supports="above",
        ... ).supports
        'above'
    """

    values: str | Callable[[Mapping[str, np.ndarray]], Any]
    axis: str
    left: str
    right: str
    thresholds: tuple[str, ...] = ()
    supports: Side = ""
    interval: Callable[[Mapping[str, np.ndarray]], Interval] | None = None
    by: str = ""

    def __post_init__(self) -> None:
        for name in ("axis", "left", "right"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise ExperimentError(f"a Contrast needs words for {name}, got {value!r}")
        if not isinstance(self.values, str) and not callable(self.values):
            raise ExperimentError(
                f"a Contrast shows a metric by its name or a function of all, got {self.values!r}"
            )
        if self.supports not in SIDES:
            raise ExperimentError(f"a Contrast supports one of {', '.join(SIDES[:3])}, got {self.supports!r}")
        needed = {"above": 1, "below": 1, "between": 2}.get(self.supports)
        if needed is not None and len(self.thresholds) != needed:
            raise ExperimentError(
                f"a Contrast that supports {self.supports!r} has {needed} threshold{'s' * (needed > 1)}, "
                f"got {self.thresholds!r}"
            )
        if (self.interval is None) != (not self.by):
            raise ExperimentError("a Contrast gives `interval` and `by`, the name of its kind, or neither")

    def resolved(self, thresholds: Mapping[str, float]) -> dict[str, float]:
        """Return the numbers of its thresholds, by the names they are drawn with.

        Args:
            thresholds: Those of the claim.

        Raises:
            ExperimentError: If the claim has no threshold of such a name.
        """
        found = {}
        for name in self.thresholds:
            bare = name.removeprefix("-")
            if bare not in thresholds:
                raise ExperimentError(
                    f"a Contrast names the threshold {bare!r}; it has {', '.join(thresholds) or 'none'}"
                )
            found[name] = -thresholds[bare] if name.startswith("-") else thresholds[bare]
        return found


@dataclass(frozen=True, kw_only=True)
class Plot:
    """An interval plot as it stands in `results.json`: numbers and words, nothing to compute.

    Args:
        name: What the claim calls it.
        axis: What the axis shows, with its unit.
        left: What a small value means.
        right: What a large value means.
        values: One value a seed, in the order of the seeds.
        interval: The estimate and the ends of its 95 % interval; infinite where there is none.
        by: What the interval is called.
        thresholds: Name to number, drawn as lines.
        supports: The side that supports the claim; see `Side`.
    """

    name: str
    axis: str
    left: str
    right: str
    values: tuple[float, ...]
    interval: Interval
    by: str = TYPICAL_VALUES
    thresholds: Mapping[str, float]
    supports: Side = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(rounded(value) for value in self.values))
        object.__setattr__(self, "interval", Interval(*map(rounded, self.interval)))
        object.__setattr__(self, "thresholds", MappingProxyType(dict(sorted(self.thresholds.items()))))


def drawn(
    name: str, contrast: Contrast, metrics: Mapping[str, np.ndarray], thresholds: Mapping[str, float]
) -> Plot:
    """Take the numbers of a plot from the metrics over seeds.

    Args:
        name: What the claim calls it.
        contrast: What it shows.
        metrics: Name to values, shape (seeds,) or (seeds, items).
        thresholds: Those of the claim.

    Returns:
        The plot.

    Raises:
        ExperimentError: If there is no such metric or threshold, or the values are not one a seed.
    """
    if isinstance(contrast.values, str):
        if contrast.values not in metrics:
            raise ExperimentError(
                f"plot {name!r} shows {contrast.values!r}; the metrics are {', '.join(sorted(metrics))}"
            )
        found = np.asarray(metrics[contrast.values], dtype=float)
    else:
        found = np.asarray(contrast.values(metrics), dtype=float)
    seeds = len(next(iter(metrics.values())))
    if found.ndim not in (1, 2) or len(found) != seeds:
        raise ExperimentError(
            f"plot {name!r} needs one value a seed, got shape {found.shape} of {seeds} seeds"
        )
    values = tuple(float(value) for value in (found if found.ndim == 1 else found.mean(axis=1)))
    if contrast.interval is None:
        measured = Measurement(values)
        interval, by = measured.interval, measured.by
    else:
        interval, by = contrast.interval(metrics), contrast.by
        if not isinstance(interval, Interval):
            raise ExperimentError(f"plot {name!r}: interval must return an Interval, got {interval!r}")
    return Plot(
        name=name,
        axis=contrast.axis,
        left=contrast.left,
        right=contrast.right,
        values=values,
        interval=interval,
        by=by,
        thresholds=contrast.resolved(thresholds),
        supports=cast(Side, contrast.supports),
    )
