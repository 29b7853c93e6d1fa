"""The parts of a result in JSON: metrics, design, pilot, plots, and values of the same few kinds."""

from typing import Any

from foundations.errors import ExperimentError
from foundations.experiment.budget import Budget, parse_budget
from foundations.experiment.contrast import NAME, SIDES, Plot
from foundations.experiment.design import Design
from foundations.experiment.digits import agree, decode, encode, encode_all
from foundations.experiment.intervals import Interval
from foundations.experiment.measurement import KINDS, STUDENT, Measurement
from foundations.experiment.pilot import Pilot
from foundations.experiment.record import Record
from foundations.experiment.verdict import Verdict

_PILOT = (
    "arms",
    "grid",
    "seeds",
    "scores",
    "best",
    "complaints",
    "accepted",
    "accepted_code",
    "score_code",
    "budget",
    "core_seconds",
    "code",
    "foundations",
    "versions",
    "command",
)
_PLOT = ("name", "axis", "left", "right", "values", "estimate", "interval", "by", "thresholds", "supports")


def write_measurement(measured: Measurement) -> dict[str, Any]:
    """Return a metric as JSON: values (lists for outcomes of items), mean, interval and its kind."""
    values = [encode_all(v) if isinstance(v, tuple) else encode(v) for v in measured.values]
    return {
        "values": values,
        "mean": encode(measured.mean),
        "interval": [encode(measured.interval.low), encode(measured.interval.high)],
        "by": measured.by,
    }


def read_measurement(record: Record, seeds: int) -> Measurement:
    """Read a metric; one that does not say how its interval was found is of a version that used Student's t.

    Raises:
        ResultsError: If the values are not one a seed, or mean and interval do not follow from them.
    """
    record.only("values", "mean", "interval", "by")
    values = tuple(record.each("values", _value, kind="numbers, or lists of numbers,"))
    if len(values) != seeds or not values:
        raise record.error(f"{len(values)} values for {seeds} seeds", "values")
    by = record.get("by", str) if record.has("by") else STUDENT
    if by not in KINDS:
        raise record.error(f"by must be one of {', '.join(KINDS)}, got {by[:80]!r}", "by")
    try:
        measured = Measurement(values, by)
    except ExperimentError as reason:
        raise record.error(str(reason), "values") from None
    written = (decode(record.get("mean", int, float, str)), *record.each("interval", decode))
    if len(written) != 3 or not all(agree(x, y) for x, y in zip(written, measured.interval, strict=True)):
        raise record.error("mean and interval do not follow from the values", "mean")
    return measured


def _value(value: object) -> float | tuple[float, ...] | None:
    if not isinstance(value, list):
        return decode(value)
    items = [decode(item) for item in value]
    kept = tuple(item for item in items if item is not None)
    return kept if kept and len(kept) == len(items) else None


def write_design(design: Design) -> dict[str, Any]:
    """Return a design as JSON."""
    return {
        "estimand": design.estimand,
        "predicts": design.predicts,
        "refuted": design.refuted,
        "control": design.control,
        "thresholds": dict(design.thresholds),
        "gates": dict(design.gates),
    }


def read_design(record: Record) -> Design:
    """Read a design.

    Raises:
        ResultsError: If a field is missing, of another type or unknown.
    """
    record.only("estimand", "predicts", "refuted", "control", "thresholds", "gates")
    words = {name: record.get(name, str) for name in ("estimand", "predicts", "refuted", "control")}
    gates = record.inner("gates")
    return Design(
        **words,
        thresholds=numbers(record.inner("thresholds")),
        gates={name: gates.get(name, str) for name in gates.names()},
    )


def write_pilot(pilot: Pilot) -> dict[str, Any]:
    """Return a pilot as JSON: a row of scores for each value of an arm's grid, one score a pilot seed."""
    return {
        "arms": list(pilot.grid),
        "grid": {arm: list(values) for arm, values in pilot.grid.items()},
        "seeds": list(pilot.seeds),
        "scores": {arm: [[encode(s) for s in row] for row in rows] for arm, rows in pilot.scores.items()},
        "best": dict(pilot.best),
        "complaints": list(pilot.complaints),
        "accepted": pilot.accepted,
        "accepted_code": pilot.accepted_code,
        "score_code": pilot.score_code,
        "budget": pilot.budget,
        "core_seconds": pilot.core_seconds,
        "code": pilot.code,
        "foundations": pilot.foundations,
        "versions": dict(pilot.versions),
        "command": pilot.command,
    }


def read_pilot(claim: str, record: Record) -> Pilot:
    """Read a pilot.

    Raises:
        ResultsError: If it is damaged, or its best values do not follow from its scores.
    """
    record.only(*_PILOT)
    arms = record.each("arms", _text, kind="names")
    seeds = tuple(record.each("seeds", whole_number, kind="whole numbers from 0"))
    grids, rows = record.inner("grid"), record.inner("scores")
    for inner in (grids, rows):
        if sorted(inner.names()) != sorted(arms):
            raise inner.error(
                f"must hold the arms {', '.join(arms)[:80]}, got {', '.join(inner.names())[:80]}"
            )
    grid = {arm: tuple(grids.each(arm, decode)) for arm in arms}
    scores = {arm: tuple(rows.each(arm, _row, kind="lists of numbers")) for arm in arms}
    for arm in arms:
        if len(scores[arm]) != len(grid[arm]) or {len(row) for row in scores[arm]} != {len(seeds)}:
            what = f"must hold {len(grid[arm])} rows of {len(seeds)} scores"
            raise rows.error(what, arm)
    versions = record.inner("versions")
    pilot = Pilot(
        claim=claim,
        budget=read_budget(record),
        seeds=seeds,
        grid=grid,
        scores=scores,
        core_seconds=float(record.get("core_seconds", int, float)),
        code=record.get("code", str),
        foundations=record.get("foundations", str),
        versions={name: versions.get(name, str) for name in versions.names()},
        command=record.get("command", str),
        accepted=record.get("accepted", str),
        accepted_code=record.get("accepted_code", str),
        score_code=record.get("score_code", str) if record.has("score_code") else "",
    )
    try:
        best, complaints = pilot.best, pilot.complaints
    except ExperimentError as reason:
        raise record.error(str(reason), "scores") from None
    if numbers(record.inner("best")) != dict(best):
        raise record.error("best does not follow from the scores", "best")
    if tuple(record.each("complaints", _text, kind="texts")) != complaints:
        raise record.error("complaints do not follow from the scores", "complaints")
    return pilot


def write_plot(plot: Plot) -> dict[str, Any]:
    """Return an interval plot as JSON: all that drawing it needs."""
    return {
        "name": plot.name,
        "axis": plot.axis,
        "left": plot.left,
        "right": plot.right,
        "values": [encode(value) for value in plot.values],
        "estimate": encode(plot.interval.mean),
        "interval": [encode(plot.interval.low), encode(plot.interval.high)],
        "by": plot.by,
        "thresholds": dict(plot.thresholds),
        "supports": plot.supports,
    }


def read_plot(record: Record, seeds: int) -> Plot:
    """Read an interval plot.

    Raises:
        ResultsError: If it is damaged.
    """
    record.only(*_PLOT)
    values = tuple(record.each("values", decode))
    ends = record.each("interval", decode)
    estimate = decode(record.get("estimate", int, float, str))
    supports = record.get("supports", str)
    if len(values) != seeds:
        raise record.error(f"{len(values)} values for {seeds} seeds", "values")
    if len(ends) != 2 or estimate is None:
        raise record.error("estimate and interval must be three numbers in all", "interval")
    if supports not in SIDES:
        raise record.error(
            f"supports must be one of {', '.join(SIDES[:3])}, got {supports[:80]!r}", "supports"
        )
    if not NAME.fullmatch(record.get("name", str)):
        raise record.error("name must be letters and digits joined by - _ or .", "name")
    return Plot(
        **{name: record.get(name, str) for name in ("name", "axis", "left", "right", "by")},
        values=values,
        interval=Interval(estimate, *ends),
        thresholds=numbers(record.inner("thresholds")),
        supports=supports,  # type: ignore[arg-type]
    )


def read_budget(record: Record) -> Budget:
    """Read the field `budget`."""
    try:
        return parse_budget(record.get("budget", str))
    except ExperimentError as reason:
        raise record.error(str(reason), "budget") from None


def read_verdict(record: Record, name: str) -> Verdict:
    """Read a field that holds a verdict."""
    try:
        return Verdict(record.get(name, str))
    except ValueError:
        word = record.get(name, str)
        raise record.error(f"{word[:80]!r} is not a valid Verdict", name) from None


def numbers(record: Record) -> dict[str, float]:
    """Read an object of finite numbers."""
    return {name: float(record.get(name, int, float)) for name in record.names()}


def whole_number(value: object) -> int | None:
    """Return a seed, or None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _row(value: object) -> tuple[float, ...] | None:
    found = _value(value) if isinstance(value, list) else None
    return found if isinstance(found, tuple) else None
