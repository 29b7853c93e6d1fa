"""What came out of the claims of an entry: `results.json`, read, joined and written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from foundations.errors import ExperimentError, ResultsError
from foundations.experiment.budget import Budget, parse_budget
from foundations.experiment.digits import agree, decode, encode, layout, rounded
from foundations.experiment.intervals import Interval, mean_interval
from foundations.experiment.verdict import Verdict
from foundations.files import write_atomically

SCHEMA = 1
"""Version of the layout of `results.json`; a file of another version is refused, never guessed at."""


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
        seconds: Computing time of all seeds together, one core each.
        code: `code_hash` of the entry when it ran.
        foundations: `foundations_hash` when it ran.
        versions: Versions of Python, NumPy and this project.
        machine: Operating system, processor and cores.
        command: The command that gives the result again.
    """

    claim: str
    budget: Budget
    seeds: tuple[int, ...]
    metrics: Mapping[str, Measurement]
    verdict: Verdict
    seconds: float
    code: str
    foundations: str
    versions: Mapping[str, str]
    machine: Mapping[str, str | int]
    command: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", round(self.seconds, 3))
        for name in ("metrics", "versions", "machine"):
            object.__setattr__(self, name, MappingProxyType(dict(sorted(getattr(self, name).items()))))


@dataclass(frozen=True)
class Results:
    """The results of an entry, by claim.

    Args:
        entry: Slug of the entry.
        claims: Identifier of a claim to its result.

    Examples:
        >>> Results("attention").merge(Results("attention")) == Results("attention")
        True
    """

    entry: str
    claims: Mapping[str, Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "claims", MappingProxyType(dict(sorted(self.claims.items()))))

    def merge(self, newer: "Results") -> "Results":
        """Join two sets of results; where both know a claim, the newer result stands.

        Args:
            newer: Results of the same entry.

        Returns:
            New results; neither argument changes.

        Raises:
            ResultsError: If the results belong to different entries.
        """
        if self.entry != newer.entry:
            raise ResultsError(
                f"cannot join results of {self.entry!r} and {newer.entry!r}: two different entries"
            )
        return Results(self.entry, {**self.claims, **newer.claims})

    @classmethod
    def load(cls, path: str | Path) -> "Results":
        """Read `results.json`.

        Args:
            path: The file.

        Returns:
            Its results.

        Raises:
            ResultsError: If the file is missing, damaged, edited by hand so that its means no longer follow
                from its values, or of another schema version; the message says which and what to do.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ResultsError(f"{path}: no results yet; run `study reproduce` for this entry") from None
        except (OSError, UnicodeDecodeError) as reason:
            raise ResultsError(f"{path}: cannot be read ({reason})") from None
        return cls.loads(text, source=str(path))

    @classmethod
    def loads(cls, text: str, *, source: str = "results") -> "Results":
        """Read results from the text of a `results.json`; see `load`.

        Args:
            text: JSON.
            source: What to call it in errors.

        Returns:
            The results.

        Raises:
            ResultsError: As `load`.
        """
        try:
            record = json.loads(text)
        except json.JSONDecodeError as reason:
            raise ResultsError(
                f"{source}:{reason.lineno}: not valid JSON ({reason.msg}); "
                "restore the file or run `study reproduce`"
            ) from None
        top = _Record(record, source)
        schema = top.get("schema", int)
        if schema != SCHEMA:
            remedy = "update ml-foundations" if schema > SCHEMA else "run `study reproduce` to write it anew"
            raise ResultsError(
                f"{source}: has schema version {schema}, this version reads {SCHEMA}; {remedy}"
            )
        claims = top.inner("claims")
        return cls(top.get("entry", str), {name: _read(name, claims.inner(name)) for name in claims.names()})

    def dumps(self) -> str:
        """Write the results as JSON: keys sorted, a list of numbers on one line.

        Returns:
            The text of `results.json`. The same results give the same text.
        """
        claims = {name: _write(result) for name, result in self.claims.items()}
        return layout({"schema": SCHEMA, "entry": self.entry, "claims": claims}) + "\n"

    def save(self, path: str | Path) -> None:
        """Write `results.json` in one step: a reader finds the old file or the new one.

        Args:
            path: The file.

        Raises:
            ResultsError: If it cannot be written.
        """
        write_atomically(path, self.dumps(), error=ResultsError)


def _write(result: Result) -> dict[str, Any]:
    metrics = {
        name: {
            "values": [encode(value) for value in measured.values],
            "mean": encode(measured.mean),
            "interval": [encode(measured.interval.low), encode(measured.interval.high)],
        }
        for name, measured in result.metrics.items()
    }
    return {
        "budget": result.budget,
        "seeds": list(result.seeds),
        "metrics": metrics,
        "verdict": str(result.verdict),
        "seconds": result.seconds,
        "code": result.code,
        "foundations": result.foundations,
        "versions": dict(result.versions),
        "machine": dict(result.machine),
        "command": result.command,
    }


def _read(claim: str, record: "_Record") -> Result:
    seeds = tuple(record.each("seeds", lambda seed: seed if type(seed) is int else None))
    metrics = record.inner("metrics")
    try:
        budget, verdict = parse_budget(record.get("budget", str)), Verdict(record.get("verdict", str))
    except (ExperimentError, ValueError) as reason:
        raise ResultsError(f"{record.place}: {reason}") from None
    return Result(
        claim=claim,
        budget=budget,
        seeds=seeds,
        metrics={name: _measured(metrics.inner(name), len(seeds)) for name in metrics.names()},
        verdict=verdict,
        seconds=float(record.get("seconds", int, float)),
        code=record.get("code", str),
        foundations=record.get("foundations", str),
        versions={name: record.inner("versions").get(name, str) for name in record.inner("versions").names()},
        machine={
            name: record.inner("machine").get(name, str, int) for name in record.inner("machine").names()
        },
        command=record.get("command", str),
    )


def _measured(record: "_Record", seeds: int) -> Measurement:
    values = tuple(record.each("values", decode))
    if len(values) != seeds or not values:
        raise ResultsError(
            f"{record.place}: {len(values)} values for {seeds} seeds; run `study reproduce` again"
        )
    measured = Measurement(values)
    written = (decode(record.get("mean", int, float, str)), *record.each("interval", decode))
    if len(written) != 3 or not all(agree(x, y) for x, y in zip(written, measured.interval, strict=True)):
        raise ResultsError(
            f"{record.place}: mean and interval do not follow from the values; run `study reproduce` again"
        )
    return measured


class _Record:
    """A JSON object that is read field by field, with errors that say where."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise ResultsError(f"{place}: expected an object, got {type(value).__name__}")
        self._value = value
        self.place = place

    def names(self) -> list[str]:
        return list(self._value)

    def get(self, name: str, *kinds: type) -> Any:
        value = self._value.get(name)
        if type(value) not in kinds:
            expected = " or ".join(kind.__name__ for kind in kinds)
            got = f"got {value!r}" if name in self._value else "it is missing"
            raise ResultsError(f"{self.place}: {name} must be {expected}, {got}; run `study reproduce` again")
        return value

    def inner(self, name: str) -> "_Record":
        return _Record(self.get(name, dict), f"{self.place}, {name}")

    def each(self, name: str, read: Callable[[Any], Any]) -> list[Any]:
        values = [read(item) for item in self.get(name, list)]
        if None in values:
            raise ResultsError(
                f"{self.place}: {name} holds something else than numbers; run `study reproduce` again"
            )
        return values
