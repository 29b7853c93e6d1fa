"""The layout of `results.json`: what is written, and what earlier versions wrote."""

from typing import Any

from foundations.experiment.claim import SLUG
from foundations.experiment.digits import decode, encode, layout
from foundations.experiment.record import Record, Source, parse
from foundations.experiment.result import Result, Superseded
from foundations.experiment.schema_parts import (
    numbers,
    read_budget,
    read_design,
    read_measurement,
    read_pilot,
    read_plot,
    read_verdict,
    whole_number,
    write_design,
    write_measurement,
    write_pilot,
    write_plot,
)
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
_LATER_FIELDS = ("design", "pilot", "best", "gates", "plots", "scale", "horizon", "superseded")
"""Fields that the first files of version 2 lack."""


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
    written = {name: {**_write(result), "superseded": _earlier(result)} for name, result in claims.items()}
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
    if unfit := [name for name in claims.names() if not SLUG.fullmatch(name)]:
        raise claims.error(f"{unfit[0][:80]!r} is no id of a claim", unfit[0])
    return found, {name: _read(name, claims.inner(name), schema) for name in claims.names()}


def _write(result: Result) -> dict[str, Any]:
    scale = {name: list(pair) for name, pair in result.scale.items()}
    return {
        "budget": result.budget,
        "seeds": list(result.seeds),
        "metrics": {name: write_measurement(measured) for name, measured in result.metrics.items()},
        "verdict": str(result.verdict),
        "core_seconds": result.core_seconds,
        "fingerprint": {arm: [encode(loss) for loss in losses] for arm, losses in result.fingerprint.items()},
        "code": result.code,
        "foundations": result.foundations,
        "versions": dict(result.versions),
        "machine": dict(result.machine),
        "command": result.command,
        "design": None if result.design is None else write_design(result.design),
        "pilot": None if result.pilot is None else write_pilot(result.pilot),
        "best": dict(result.best),
        "gates": {name: str(verdict) for name, verdict in result.gates.items()},
        "plots": [write_plot(plot) for plot in result.plots],
        "scale": scale,
        "horizon": None if result.horizon is None else str(result.horizon),
    }


def _earlier(result: Result) -> list[dict[str, Any]]:
    return [{"reason": one.reason, "result": _write(one.result)} for one in result.superseded]


def _read(claim: str, record: Record, schema: int, *, inner: bool = False) -> Result:
    time, fingerprint = "core_seconds", {}
    if schema == 1:
        time = "seconds"
        record.only("seconds", *(name for name in _FIELDS if name not in ("core_seconds", "fingerprint")))
    else:
        record.only(*_FIELDS, *_LATER_FIELDS)
        arms = record.inner("fingerprint")
        fingerprint = {arm: tuple(arms.each(arm, decode)) for arm in arms.names()}
    seeds = tuple(record.each("seeds", whole_number, kind="whole numbers from 0"))
    if len(set(seeds)) < len(seeds):
        raise record.error("seeds must hold each number once", "seeds")
    metrics, versions, machine = (record.inner(name) for name in ("metrics", "versions", "machine"))
    budget, verdict = read_budget(record), read_verdict(record, "verdict")
    return Result(
        claim=claim,
        budget=budget,
        seeds=seeds,
        metrics={name: read_measurement(metrics.inner(name), len(seeds)) for name in metrics.names()},
        verdict=Verdict.NOT_JUDGED if budget == "quick" else verdict,  # earlier versions judged quick runs
        core_seconds=float(record.get(time, int, float)),
        code=record.get("code", str),
        foundations=record.get("foundations", str),
        versions={name: versions.get(name, str) for name in versions.names()},
        machine={name: machine.get(name, str, int) for name in machine.names()},
        command=record.get("command", str),
        fingerprint=fingerprint,
        **_later(claim, record, len(seeds), inner=inner),
    )


def _later(claim: str, record: Record, seeds: int, *, inner: bool) -> dict[str, Any]:
    """Read the fields that the first files of version 2 lack, as far as they are there."""
    found: dict[str, Any] = {}
    if record.filled("design"):
        found["design"] = read_design(record.inner("design"))
    if record.filled("pilot"):
        found["pilot"] = read_pilot(claim, record.inner("pilot"))
    if record.has("best"):
        found["best"] = numbers(record.inner("best"))
    if record.has("gates"):
        gates = record.inner("gates")
        found["gates"] = {name: read_verdict(gates, name) for name in gates.names()}
    if record.has("plots"):
        found["plots"] = tuple(read_plot(one, seeds) for one in record.objects("plots"))
    if record.has("scale"):
        scale = record.inner("scale")
        found["scale"] = {name: _pair(scale, name) for name in scale.names()}
    if record.filled("horizon"):
        found["horizon"] = read_verdict(record, "horizon")
    if record.has("superseded"):
        found["superseded"] = tuple(_superseded(claim, one, inner) for one in record.objects("superseded"))
    return found


def _superseded(claim: str, record: Record, inner: bool) -> Superseded:
    if inner:
        raise record.error("a superseded result holds no superseded results itself")
    record.only("reason", "result")
    return Superseded(record.get("reason", str), _read(claim, record.inner("result"), SCHEMA, inner=True))


def _pair(record: Record, name: str) -> tuple[float, float | None]:
    ours, *theirs = record.each(
        name, lambda value: "?" if value is None else decode(value), kind="two numbers"
    )
    if len(theirs) != 1 or ours == "?":
        raise record.error(f"{name} must hold our number and the paper's, or null for the latter", name)
    return ours, None if theirs[0] == "?" else theirs[0]
