"""What was fixed before an experiment ran: as text and numbers, kept beside what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Design:
    """The design of an experiment, as it stands in `results.json`.

    Args:
        estimand: The number that is measured, in words and formula.
        predicts: The outcome that would support the claim.
        refuted: The outcome that would refute it.
        control: Where the effect must vanish.
        thresholds: Every number the verdict hangs on, by name.
        gates: Name of each condition of the experiment to its description.
    """

    estimand: str
    predicts: str
    refuted: str
    control: str
    thresholds: Mapping[str, float] = field(default_factory=dict)
    gates: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("thresholds", "gates"):
            object.__setattr__(self, name, MappingProxyType(dict(sorted(getattr(self, name).items()))))
