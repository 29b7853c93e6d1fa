"""What came out of one claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from foundations.experiment.budget import Budget
from foundations.experiment.contrast import Plot
from foundations.experiment.design import Design
from foundations.experiment.digits import rounded
from foundations.experiment.fingerprint import Fingerprint
from foundations.experiment.measurement import Measurement
from foundations.experiment.pilot import Pilot
from foundations.experiment.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came out of one claim, and all that is needed to get it again.

    Args:
        claim: Identifier of the claim.
        budget: The budget it ran under.
        seeds: The seeds it ran with.
        metrics: Name of a metric to its values over the seeds.
        verdict: What the claim's `holds` made of the metrics, under its gates; not judged for a quick run.
        core_seconds: Computing time of all seeds together, one core each.
        code: `code_hash` of the claim when it ran; another one makes the result stale.
        foundations: `foundations_hash` when it ran, for the record.
        versions: Versions of Python, NumPy and this project.
        machine: Operating system, processor and cores.
        command: The command that gives the result again.
        fingerprint: The first losses of each arm, which must come out again; empty if none was taken.
        design: What was fixed before it ran; None in results of earlier versions.
        pilot: How the arms were tuned; None if they were not.
        best: Value of each arm that it ran with; empty if none was tuned.
        gates: Name of a condition of the experiment to the verdict on it.
        plots: What is drawn as intervals, the most important first.
        scale: What is compared (`"steps"`) to ours and the paper's number, None if unknown.
        horizon: Verdict at twice the length of training; None where it was not looked at.
        superseded: Earlier results, newest first, each with the reason why it was measured again.
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
    design: Design | None = None
    pilot: Pilot | None = None
    best: Mapping[str, float] = field(default_factory=dict)
    gates: Mapping[str, Verdict] = field(default_factory=dict)
    plots: tuple[Plot, ...] = ()
    scale: Mapping[str, tuple[float, float | None]] = field(default_factory=dict)
    horizon: Verdict | None = None
    superseded: "tuple[Superseded, ...]" = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "core_seconds", round(self.core_seconds, 3))
        scale = {
            name: (rounded(ours), None if theirs is None else rounded(theirs))
            for name, (ours, theirs) in self.scale.items()
        }
        object.__setattr__(self, "scale", scale)
        for name in ("metrics", "versions", "machine", "fingerprint", "best", "gates", "scale"):
            object.__setattr__(self, name, MappingProxyType(dict(sorted(getattr(self, name).items()))))


@dataclass(frozen=True)
class Superseded:
    """An earlier result that another took the place of.

    Args:
        reason: Why the claim was measured again.
        result: What had come out.
    """

    reason: str
    result: Result
