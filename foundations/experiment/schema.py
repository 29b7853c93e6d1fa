"""The layout of `results.json`: what is written, and what earlier versions wrote."""

from typing import Any

from foundations.errors import ExperimentError
from foundations.experiment.budget import parse_budget
from foundations.experiment.digits import agree, decode, encode, layout
from foundations.experiment.record import Record, Source, parse
from foundations.experiment.result import Measurement, Result
from foundations.experiment.verdict import Verdict

SCHEMA = 2
"""Version of the layout. 1, without fingerprints, is read too; a later one is refused, never guessed at."""

_FIELDS = (
    "budget",
    "seeds",
    "metrics",
    "verdict",
    "core_seconds",
    "fingerprint",
    "code",
    "foundations",
    "versions",
    "machine",
    "command",
)


def remedy(entry: str) -> str:
    """Return what to do about results that cannot be read."""
    return (
        f"Restore the file, or move it out of the way with `study reproduce {entry} --discard-results`, "
        "which then measures anew."
    )


def write(entry: str, claims: dict[str, Result]) -> str:
    """Return the text of a `results.json`: keys sorted, a list of numbers on one line.

    Args:
        entry: Slug of the entry.
        claims: Identifier of a claim to its result.

    Returns:
        The text; the same results give the same text.
    """
    written = {name: _write(result) for name, result in claims.items()}
    return layout({"schema": SCHEMA, "entry": entry, "claims": written}) + "\n"


def read(source: Source, entry: str = "") -> tuple[str, dict[str, Result]]:
    """Read the text of a `results.json` of this version or of an earlier one.

    Args:
        source: The text.
        entry: Slug of the entry whose results it must hold; that of any by default.

    Returns:
        The slug of the entry, and identifiers of claims to their results.

    Raises:
        ResultsError: If it is damaged, of a later version or of another entry.
    """
    top = parse(source)
    schema = top.get("schema", int)
    if schema not in range(1, SCHEMA + 1):
        later = f"Update ml-foundations. {source.remedy}" if schema > SCHEMA else ""
        raise top.error(
            f"has schema version {schema}, this version reads 1 to {SCHEMA}", "schema", remedy=later
        )
    top.only("schema", "entry", "claims")
    found = top.get("entry", str)
    if entry and found != entry:
        raise top.error(f"holds the results of {found[:80]!r}, expected {entry!r}", "entry")
    claims = top.inner("claims")
    return found, {name: _read(name, claims.inner(name), schema) for name in claims.names()}


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
        "core_seconds": result.core_seconds,
        "fingerprint": {arm: [encode(loss) for loss in losses] for arm, losses in result.fingerprint.items()},
        "code": result.code,
        "foundations": result.foundations,
        "versions": dict(result.versions),
        "machine": dict(result.machine),
        "command": result.command,
    }


def _read(claim: str, record: Record, schema: int) -> Result:
    time, fingerprint = "core_seconds", {}
    if schema == 1:
        time = "seconds"
        record.only("seconds", *(name for name in _FIELDS if name not in ("core_seconds", "fingerprint")))
    else:
        record.only(*_FIELDS)
        arms = record.inner("fingerprint")
        fingerprint = {arm: tuple(arms.each(arm, decode)) for arm in arms.names()}
    seeds = tuple(record.each("seeds", _seed, kind="whole numbers from 0"))
    if len(set(seeds)) < len(seeds):
        raise record.error("seeds must hold each number once", "seeds")
    metrics, versions, machine = (record.inner(name) for name in ("metrics", "versions", "machine"))
    try:
        budget = parse_budget(record.get("budget", str))
    except ExperimentError as reason:
        raise record.error(str(reason), "budget") from None
    try:
        verdict = Verdict(record.get("verdict", str))
    except ValueError as reason:
        raise record.error(str(reason), "verdict") from None
    return Result(
        claim=claim,
        budget=budget,
        seeds=seeds,
        metrics={name: _measured(metrics.inner(name), len(seeds)) for name in metrics.names()},
        verdict=verdict,
        core_seconds=float(record.get(time, int, float)),
        code=record.get("code", str),
        foundations=record.get("foundations", str),
        versions={name: versions.get(name, str) for name in versions.names()},
        machine={name: machine.get(name, str, int) for name in machine.names()},
        command=record.get("command", str),
        fingerprint=fingerprint,
    )


def _seed(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _measured(record: Record, seeds: int) -> Measurement:
    record.only("values", "mean", "interval")
    values = tuple(record.each("values", decode))
    if len(values) != seeds or not values:
        raise record.error(f"{len(values)} values for {seeds} seeds", "values")
    measured = Measurement(values)
    written = (decode(record.get("mean", int, float, str)), *record.each("interval", decode))
    if len(written) != 3 or not all(agree(x, y) for x, y in zip(written, measured.interval, strict=True)):
        raise record.error("mean and interval do not follow from the values", "mean")
    return measured
