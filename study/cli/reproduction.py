"""What `study reproduce` does for one entry: tune, run, keep."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.cli import terminal
from study.cli.terminal import literal

if TYPE_CHECKING:
    from foundations.experiment import Claim, Pilot, Results, Step
    from study.entries.catalogue import Entry


@dataclass(frozen=True)
class Request:
    """How claims are to run.

    Attributes:
        seeds: The seeds.
        budget: `quick`, `standard` or `full`.
        backend: Where.
        jobs: Runs at a time; None for one a core.
        resume: Whether finished seeds are used.
        because: Why a judged result is measured again.
        accept_pilot: Why a pilot is used that speaks against itself.
    """

    seeds: Sequence[int]
    budget: str
    backend: str
    jobs: int | None
    resume: bool
    because: str = ""
    accept_pilot: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that tuning and running share."""
        return {"budget": self.budget, "backend": self.backend, "n_jobs": self.jobs}


def files(entry: Entry, budget: str) -> tuple[Path, Path]:
    """Return the file of results of an entry, and where those go that must not replace a larger budget's."""
    return entry.results, entry.root / "runs" / entry.slug / f"results.{budget}.json"


def seeds_folder(entry: Entry, budget: str) -> Path:
    """Return where finished seeds are kept: with the entry, but for quick ones, which nobody commits."""
    return entry.root / "runs" / entry.slug / "seeds" if budget == "quick" else entry.seeds


def check(entry: Entry, claims: Sequence[Claim], request: Request, *, running: bool) -> None:
    """Find what would stop a run at its end, before it costs hours.

    Args:
        entry: The entry.
        claims: The claims that are to run.
        request: How.
        running: Whether they are to run after the pilot.

    Raises:
        StudyError: Results or pilots cannot be read, a claim is not designed, or a judged result would be
            replaced without a reason.
    """
    from foundations.experiment import Results, check_designed, load_pilots, needing_reason
    from study.entries.code_state import claim_hashes
    from study.files import paths
    from study.files.errors import UsageError

    check_designed(claims)
    load_pilots(entry.pilot, entry=entry.slug, shown=paths.shown(entry.pilot))
    codes = claim_hashes(entry, [claim.id for claim in claims])
    for file in files(entry, request.budget):
        if not file.exists():
            continue
        known = Results.load(file, entry=entry.slug, shown=paths.shown(file))
        needing = needing_reason(known, codes, request.seeds, request.budget)  # type: ignore[arg-type]
        if running and needing and not request.because.strip():
            named = "; ".join(f"{claim}: {what}" for claim, what in needing.items())
            raise UsageError(
                f"{paths.shown(file)} holds judged results of another experiment ({named}).\n"
                'Say why they are measured again, --because "…": they stay in the file beside the new ones.'
            )


def tune(entry: Entry, claims: Sequence[Claim], request: Request) -> dict[str, Pilot]:
    """Return the pilot of each claim that has arms to tune, taken from `pilot.json` or made.

    Args:
        entry: The entry.
        claims: The claims that are to run.
        request: How.

    Raises:
        StudyError: A pilot cannot be made, or a best value stands at an edge of its grid.
    """
    from dataclasses import replace

    from foundations.experiment import clear_scores, keep_pilots, load_pilots, tune_claims
    from study.entries.code_state import claim_hashes
    from study.files.errors import StudyError

    tuned = [claim for claim in claims if claim.pilot is not None]
    if not tuned:
        return {}
    known = load_pilots(entry.pilot, entry=entry.slug)
    if request.budget == "quick":
        return known
    codes = claim_hashes(entry, [claim.id for claim in tuned])
    objections = {
        claim.id: known[claim.id].objection(claim, request.budget, codes[claim.id])  # type: ignore[arg-type]
        for claim in tuned
        if claim.id in known
    }
    reason, pilots, waiting = request.accept_pilot.strip(), {}, []
    for claim in tuned:
        pilot = known.get(claim.id)
        at_edge = pilot is not None and pilot.code == codes[claim.id] and pilot.budget == request.budget
        if pilot is None or (objections[claim.id] and not at_edge and not reason):
            if pilot is not None:
                terminal.note(f"{literal(claim.id)} is tuned again: {literal(objections[claim.id])}.")
            waiting.append(claim)
        else:
            pilots[claim.id] = pilot
    if waiting:
        kept = seeds_folder(entry, request.budget)
        if not request.resume:
            for claim in waiting:
                for file in (kept / claim.id).glob("pilot-*.json"):
                    file.unlink(missing_ok=True)
        earlier = known if request.resume else {}
        total = sum(len(grid) * len(one.pilot_seeds) for one in waiting for grid in one.grids.values())
        with _shown(entry, "pilot", total, "scores") as advance:
            made = tune_claims(
                waiting,
                **request.settings,
                checkpoint=kept,
                progress=advance,
                entry=entry.path,
                known=earlier,
            )
        keep_pilots(made, entry.pilot, entry=entry.slug)
        clear_scores(kept, made)
        pilots |= made
    if reason:
        accepted = {
            claim.id: replace(pilots[claim.id], accepted=reason, accepted_code=codes[claim.id])
            for claim in tuned
            if pilots[claim.id].objection(claim, request.budget, codes[claim.id])  # type: ignore[arg-type]
        }
        if accepted:
            keep_pilots(accepted, entry.pilot, entry=entry.slug)
        pilots |= accepted
    edges = [
        f"{claim.id}, {complaint}"
        for claim in tuned
        if pilots[claim.id].objection(claim, request.budget, codes[claim.id])  # type: ignore[arg-type]
        for complaint in pilots[claim.id].complaints
    ]
    if edges:
        raise StudyError(
            f"{'; '.join(edges)}.\nWiden the grid, so that the best value has neighbours on both sides; "
            'or say why not, --accept-pilot "…".'
        )
    return pilots


def run(
    entry: Entry, claims: Sequence[Claim], request: Request, pilots: dict[str, Pilot]
) -> tuple[Results, Path]:
    """Run claims of one entry, with a bar; return their results and the file they went to.

    Raises:
        StudyError: A claim fails, or the run is interrupted.
    """
    from foundations.experiment import Results, clear_checkpoints, keep_results, run_claims

    standing, aside = files(entry, request.budget)
    kept = seeds_folder(entry, request.budget)
    if not request.resume:
        for claim in claims:
            for seed in request.seeds:
                (kept / claim.id / f"{seed}.json").unlink(missing_ok=True)
    with _shown(entry, f"{len(claims)} claims", len(claims) * len(request.seeds), "runs") as advance:
        results = run_claims(
            claims,
            seeds=request.seeds,
            pilots=pilots,
            checkpoint=kept,
            progress=advance,
            notice=lambda text: terminal.note(literal(text)),
            entry=entry.path,
            **request.settings,
        )
        file = keep_results(results, standing, aside=aside, because=request.because)
        clear_checkpoints(kept, results)
    written = Results.load(file, entry=entry.slug).claims  # with what they superseded
    return Results(entry.slug, {claim.id: written[claim.id] for claim in claims}), file


@contextlib.contextmanager
def _shown(entry: Entry, what: str, total: int, noun: str) -> Iterator[Callable[[Step], None]]:
    """Show a bar, and say in one line what ended it early."""
    from foundations.errors import ClaimError
    from study.files.errors import StudyError

    finished = 0
    with terminal.progress(f"{entry.slug}: {what}", total) as shown:
        (task,) = shown.task_ids

        def advance(step: Step) -> None:
            nonlocal finished
            finished = step.done
            shown.update(task, completed=step.done, description=f"{entry.slug}: {step.claim}")

        try:
            yield advance
        except KeyboardInterrupt:
            said = (
                f"{finished} of {total} {noun} are kept: the same command goes on from there"
                if finished
                else f"no {noun[:-1]} was finished"
            )
            raise StudyError(f"Interrupted: {said}.", exit_code=130) from None
        except ClaimError as error:
            detail = error.detail if os.environ.get("STUDY_DEBUG") else ""
            raise StudyError(f"{entry.slug}: {error}" + (f"\n{detail}" if detail else "")) from None
