"""Tune the arms of claims on pilot seeds, in parallel, and keep the tables in `pilot.json`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from foundations.errors import ClaimError, ExperimentError, ResultsError
from foundations.experiment import provenance
from foundations.experiment.backends import stream
from foundations.experiment.budget import Budget, parse_budget
from foundations.experiment.checkpoints import Checkpoints, Conditions
from foundations.experiment.claim import SLUG, Claim, check_designed
from foundations.experiment.digits import layout
from foundations.experiment.pilot import Pilot
from foundations.experiment.record import parse, read_text
from foundations.experiment.runner import Step, conditions_of, failed
from foundations.experiment.schema_parts import read_pilot, write_pilot
from foundations.experiment.worker import Outcome, run_pilot
from foundations.files import locked, write_atomically

PILOT_SCHEMA = 1
"""Version of the layout of `pilot.json`."""


def tune_claims(
    claims: Sequence[Claim],
    *,
    budget: Budget,
    backend: str = "loky",
    n_jobs: int | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[Step], object] | None = None,
    entry: Path | None = None,
    known: Mapping[str, Pilot] | None = None,
) -> dict[str, Pilot]:
    """Score every arm of claims at every value of its grid on every pilot seed.

    Each score has one thread, as the seeds of the real run do.

    Args:
        claims: Claims of one entry with a `pilot`, each with a complete design.
        budget: The budget of the real run.
        backend: As in `run_claims`, and so are the others.
        n_jobs: Scores at a time.
        checkpoint: Folder that keeps each finished score until `clear_scores`.
        progress: Called after each score.
        entry: Folder of the entry.
        known: Earlier pilots by the id of the claim; where nothing but the grid changed since, their scores
            stand.

    Returns:
        Identifier of each claim to its pilot. A best value at an edge of the grid stands in its `complaints`.

    Raises:
        ClaimError: If a pilot fails, or every value of an arm diverged.
        ExperimentError: If a claim is not designed or has no pilot, or workers are lost.
    """
    budget = parse_budget(budget)
    check_designed(claims)
    if without := [claim.id for claim in claims if claim.pilot is None]:
        raise ExperimentError(f"claim {without[0]!r} has no pilot: there is nothing to tune")
    if not claims:
        return {}
    folder = (entry or provenance.entry_of(claims[0])).resolve()
    conditions = {  # the scores do not depend on which other values are tried
        claim.id: replace(
            conditions_of(claim, folder, budget, {}), code=provenance.score_hash(folder, claim.id)
        )
        for claim in claims
    }
    store = Checkpoints(checkpoint) if checkpoint else None
    scores: dict[tuple[str, str, float, int], Outcome] = {}
    total = sum(len(list(_cases(claim))) for claim in claims)

    def add(arm: str, value: float, outcome: Outcome, *, resumed: bool) -> None:
        scores[outcome.claim, arm, value, outcome.seed] = outcome
        if progress:
            progress(Step(outcome.claim, outcome.seed, len(scores), total, outcome.seconds, resumed))

    waiting = []
    for claim in claims:
        under, earlier = conditions[claim.id], (known or {}).get(claim.id)
        there = earlier.scores_under(under) if earlier else {}
        for arm, value, seed in _cases(claim):
            kept = store.read(claim.id, _name(arm, value, seed), under) if store else ""
            if (arm, value, seed) in there:
                score = there[arm, value, seed]
                add(arm, value, Outcome(claim.id, seed, {"score": score}, 0.0), resumed=True)
            elif isinstance(kept, str):
                waiting.append((claim.pilot, claim.id, arm, value, seed, budget))
            else:
                add(arm, value, Outcome(claim.id, seed, *kept), resumed=True)
    for arm, value, outcome in stream(run_pilot, waiting, backend=backend, n_jobs=n_jobs):
        if outcome.error:
            raise failed(outcome, f" of its pilot, arm {arm!r} at {value:g}")
        if store:
            name, under = _name(arm, value, outcome.seed), conditions[outcome.claim]
            store.write(outcome.claim, name, outcome.metrics, outcome.seconds, under)
        add(arm, value, outcome, resumed=False)
    found = {}
    for claim in claims:
        under, earlier = conditions[claim.id], (known or {}).get(claim.id)
        before = earlier.core_seconds if earlier and earlier.scores_under(under) else 0.0
        found[claim.id] = _pilot(claim, folder, under, scores, before)
    return found


def _cases(claim: Claim) -> Iterator[tuple[str, float, int]]:
    """Yield what is scored: arm, value and pilot seed."""
    for arm, grid in claim.grids.items():
        for value in grid:
            for seed in claim.pilot_seeds:
                yield arm, value, seed


def _name(arm: str, value: float, seed: int) -> str:
    return f"pilot-{arm}-{value!r}-{seed}"


def _pilot(
    claim: Claim,
    entry: Path,
    under: Conditions,
    scores: Mapping[tuple[str, str, float, int], Outcome],
    before: float,
) -> Pilot:
    def row(arm: str, value: float) -> tuple[Any, ...]:
        return tuple(scores[claim.id, arm, value, seed].metrics["score"] for seed in claim.pilot_seeds)

    pilot = Pilot(
        claim=claim.id,
        budget=under.budget,
        seeds=claim.pilot_seeds,
        grid=claim.grids,
        scores={arm: tuple(row(arm, value) for value in grid) for arm, grid in claim.grids.items()},
        core_seconds=before + sum(one.seconds for key, one in scores.items() if key[0] == claim.id),
        code=provenance.code_hash(entry, claim.id),
        score_code=under.code,
        foundations=under.foundations,
        versions=under.versions,
        command=f"study reproduce {entry.name} --claim {claim.id} --pilot --budget {under.budget}",
    )
    try:
        pilot.best  # noqa: B018 - every value of an arm may have diverged
    except ExperimentError as reason:
        raise ClaimError(f"the pilot of claim {claim.id!r} chose nothing: {reason}", claim=claim.id) from None
    return pilot


def load_pilots(path: str | Path, *, entry: str, shown: str = "") -> dict[str, Pilot]:
    """Read `pilot.json`.

    Args:
        path: The file.
        entry: Slug of the entry whose pilots it must hold.
        shown: What to call it in errors; its path by default.

    Returns:
        Identifier of a claim to its pilot; nothing where there is no such file.

    Raises:
        ResultsError: If it is damaged, of another version or of another entry.
    """
    path = Path(path)
    if not path.exists():
        return {}
    remedy = f"Restore the file, or remove it: `study reproduce {entry} --pilot` tunes again."
    top = parse(read_text(path, remedy, shown))
    schema = top.get("schema", int)
    if schema != PILOT_SCHEMA:
        raise top.error(f"has schema version {schema}, this version reads {PILOT_SCHEMA}", "schema")
    top.only("schema", "entry", "claims")
    found = top.get("entry", str)
    if found != entry:
        raise top.error(f"holds the pilots of {found[:80]!r}, expected {entry!r}", "entry")
    claims = top.inner("claims")
    if unfit := [name for name in claims.names() if not SLUG.fullmatch(name)]:
        raise claims.error(f"{unfit[0][:80]!r} is no id of a claim", unfit[0])
    return {name: read_pilot(name, claims.inner(name)) for name in claims.names()}


def keep_pilots(pilots: Mapping[str, Pilot], path: str | Path, *, entry: str) -> None:
    """Put pilots into `pilot.json`, beside those of other claims, also while other processes do the same.

    Args:
        pilots: Identifier of a claim to its pilot.
        path: The file.
        entry: Slug of the entry.

    Raises:
        ResultsError: If the file cannot be locked, read or written.
    """
    path = Path(path)
    with locked(path, error=ResultsError):
        known = {**load_pilots(path, entry=entry), **pilots}
        claims = {name: write_pilot(pilot) for name, pilot in known.items()}
        text = layout({"schema": PILOT_SCHEMA, "entry": entry, "claims": claims}) + "\n"
        write_atomically(path, text, error=ResultsError)


def clear_scores(folder: Path, pilots: Mapping[str, Pilot]) -> None:
    """Remove the files of scores that are safe in `pilot.json`.

    Args:
        folder: Where the finished seeds and scores lie.
        pilots: What was written to the file.
    """
    store = Checkpoints(folder)
    for claim, pilot in pilots.items():
        for arm, grid in pilot.grid.items():
            for value in grid:
                for seed in pilot.seeds:
                    store.file(claim, _name(arm, value, seed)).unlink(missing_ok=True)
