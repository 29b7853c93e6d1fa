"""What came out of one claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from foundations.experiment.budget import Budget
from foundations.experiment.digits import rounded
from foundations.experiment.fingerprint import Fingerprint
from foundations.experiment.intervals import Interval, mean_interval
from foundations.experiment.verdict import Verdict


@dataclass(frozen=True)
class Measurement:
    """One metric over seeds.

    Args:
        values: One number a seed, in the order of the seeds; kept to ten significant digits, so that what is
            judged is exactly what is written down.

    Examples:
        >>> Measurement((0.5, 0.5, 0.5)).interval
        Interval(mean=0.5, low=0.5, high=0.5)
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(rounded(value) for value in self.values))

    @cached_property
    def interval(self) -> Interval:
        """The mean over seeds with its 95 % Student-t interval, to ten significant digits."""
        return Interval(*(rounded(value) for value in mean_interval(self.values)))

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return self.interval.mean


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came out of one claim, and all that is needed to get it again.

    Args:
        claim: Identifier of the claim.
        budget: The budget it ran under.
        seeds: The seeds it ran with.
        metrics: Name of a metric to its values over the seeds.
        verdict: What the claim's `holds` made of the metrics.
        core_seconds: Computing time of all seeds together, one core each.
        code: `code_hash` of the entry when it ran; another one makes the result stale.
        foundations: `foundations_hash` when it ran, for the record.
        versions: Versions of Python, NumPy and this project.
        machine: Operating system, processor and cores.
        command: The command that gives the result again.
        fingerprint: The first losses of each arm, which must come out again; empty if none was taken.
    """

    claim: str
    budget: Budget
    seeds: tuple[int, ...]
    metrics: Mapping[str, Measurement]
    verdict: Verdict
    core_seconds: float
    code: str
    foundations: str
    versions: Mapping[str, str]
    machine: Mapping[str, str | int]
    command: str
    fingerprint: Fingerprint = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "core_seconds", round(self.core_seconds, 3))
        for name in ("metrics", "versions", "machine", "fingerprint"):
            object.__setattr__(self, name, MappingProxyType(dict(sorted(getattr(self, name).items()))))
