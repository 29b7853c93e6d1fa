"""Run claims over seeds, in parallel, so that a number does not depend on what ran beside it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundations.errors import ClaimError, ExperimentError
from foundations.experiment import provenance
from foundations.experiment.backends import stream
from foundations.experiment.budget import Budget, parse_budget
from foundations.experiment.checkpoints import Checkpoints, Conditions
from foundations.experiment.claim import Claim, check_designed
from foundations.experiment.fingerprint import take_fingerprint
from foundations.experiment.judging import judge, scale_of
from foundations.experiment.measurement import Measurement
from foundations.experiment.pilot import Pilot, chosen_values
from foundations.experiment.result import Result
from foundations.experiment.results import Results
from foundations.experiment.worker import Outcome, run_seed


@dataclass(frozen=True)
class Step:
    """News for a progress bar: one seed of one claim is done.

    Args:
        claim: Identifier of the claim.
        seed: The seed.
        done: How many runs are done, this one included.
        total: How many there are.
        seconds: How long this one took.
        resumed: Whether it was done before and came from a checkpoint.
    """

    claim: str
    seed: int
    done: int
    total: int
    seconds: float
    resumed: bool


def run_claim(claim: Claim, *, pilot: Pilot | None = None, **settings: Any) -> Result:
    """Run one claim over seeds and judge it.

    Args:
        claim: The claim.
        pilot: How its arms were tuned.
        settings: As in `run_claims`.

    Returns:
        Its result.

    Raises:
        ExperimentError: As in `run_claims`.
    """
    pilots = {} if pilot is None else {claim.id: pilot}
    return run_claims((claim,), pilots=pilots, **settings).claims[claim.id]


def run_claims(
    claims: Sequence[Claim],
    *,
    seeds: Iterable[int],
    budget: Budget,
    pilots: Mapping[str, Pilot] | None = None,
    backend: str = "loky",
    n_jobs: int | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[Step], object] | None = None,
    notice: Callable[[str], object] | None = None,
    entry: Path | None = None,
) -> Results:
    """Run claims of one entry over seeds and judge each.

    Every run has one thread of BLAS, however many runs there are beside it: the cores go to the seeds, and
    sums are formed in the same order whether one job runs or ten. Under the quick budget nothing is judged.

    Args:
        claims: Claims of one entry, with different ids, each with a complete design.
        seeds: Whole numbers from 0, each once.
        budget: How much time to take.
        pilots: How the arms of the claims with a `pilot` were tuned, by the id of the claim: `tune_claims`
            gives them. The quick budget does without, in the middle of each grid.
        backend: `loky` for processes of this machine, `dask` or `ray` for a cluster.
        n_jobs: Runs at a time; None for one a core, or for all workers of a cluster.
        checkpoint: Folder that keeps each finished seed, so that an interrupted run goes on where it stopped;
            what other code, another budget, other values of the arms or other versions left there is not
            used. None keeps nothing.
        progress: Called in this process with a `Step` after each run.
        notice: Called in this process with a sentence for each kept seed that is not used.
        entry: Folder of the entry; that of the first claim's code when None.

    Returns:
        The results of these claims, with their fingerprints, which are taken first. `keep_results` puts them
        into a file; the checkpoints stay until `clear_checkpoints`.

    Raises:
        ClaimError: If the code of a claim fails, returns something other than numbers, or measures different
            things at different seeds. The seeds that finished before are in the checkpoints.
        ExperimentError: If a claim is not designed or not tuned, the arguments do not fit together, or
            workers are lost.
    """
    seeds, budget = _checked_seeds(seeds), parse_budget(budget)
    _check_ids(claims)
    check_designed(claims)
    folder = (entry or provenance.entry_of(claims[0])).resolve()
    tuned = {
        claim.id: chosen_values(
            claim, (pilots or {}).get(claim.id), budget, provenance.code_hash(folder, claim.id)
        )
        for claim in claims
    }
    scales = {claim.id: scale_of(claim, budget) for claim in claims}
    conditions = {claim.id: conditions_of(claim, folder, budget, tuned[claim.id] or {}) for claim in claims}
    runs = _Runs(claims, seeds, budget, tuned, conditions, Checkpoints(checkpoint) if checkpoint else None)
    outcomes = runs.outcomes(backend, n_jobs, progress, notice)
    fresh = {}
    for claim in claims:
        of_claim = [outcomes[claim.id, seed] for seed in seeds]
        metrics, under = _joined(of_claim), conditions[claim.id]
        judgement = judge(claim, metrics, budget)
        fresh[claim.id] = Result(
            claim=claim.id,
            budget=budget,
            seeds=seeds,
            metrics=metrics,
            verdict=judgement.verdict,
            core_seconds=sum(outcome.seconds for outcome in of_claim),
            code=under.code,
            foundations=under.foundations,
            versions=under.versions,
            machine=provenance.machine(),
            command=_command(folder.name, claim.id, seeds, budget),
            fingerprint=under.fingerprint,
            design=claim.design,
            pilot=(pilots or {}).get(claim.id) if claim.pilot and budget != "quick" else None,
            best=under.best,
            gates=judgement.gates,
            plots=judgement.plots,
            scale=scales[claim.id],
            horizon=judgement.horizon,
        )
    return Results(folder.name, fresh)


def conditions_of(claim: Claim, entry: Path, budget: Budget, best: Mapping[str, float]) -> Conditions:
    """Return what a claim runs under here and now; its fingerprint is taken.

    Args:
        claim: The claim.
        entry: Folder of the entry.
        budget: The budget.
        best: Value of each arm that was tuned.

    Raises:
        ClaimError: If the fingerprint cannot be taken.
        ExperimentError: If the code cannot be read.
    """
    return Conditions(
        code=provenance.code_hash(entry, claim.id),
        budget=budget,
        versions=provenance.versions(),
        best=best,
        foundations=provenance.foundations_hash(),
        fingerprint=take_fingerprint(claim.id, claim.fingerprint) if claim.fingerprint else {},
    )


@dataclass(frozen=True)
class _Runs:
    """The runs of claims over seeds, and what each is under."""

    claims: Sequence[Claim]
    seeds: Sequence[int]
    budget: Budget
    tuned: Mapping[str, Mapping[str, float] | None]
    conditions: Mapping[str, Conditions]
    store: Checkpoints | None

    def outcomes(
        self,
        backend: str,
        n_jobs: int | None,
        progress: Callable[[Step], object] | None,
        notice: Callable[[str], object] | None,
    ) -> dict[tuple[str, int], Outcome]:
        """Take what the checkpoints hold, run the rest, and keep each seed as it comes in."""
        found: dict[tuple[str, int], Outcome] = {}

        def add(outcome: Outcome, *, resumed: bool) -> None:
            found[outcome.claim, outcome.seed] = outcome
            if progress:
                done, total = len(found), len(self.claims) * len(self.seeds)
                progress(Step(outcome.claim, outcome.seed, done, total, outcome.seconds, resumed))

        waiting = []
        for claim in self.claims:
            for seed in self.seeds:
                kept = self.store.read(claim.id, seed, self.conditions[claim.id]) if self.store else ""
                if not isinstance(kept, str):
                    add(Outcome(claim.id, seed, *kept), resumed=True)
                    continue
                if kept and notice:
                    notice(f"{claim.id}, seed {seed}: the kept seed is {kept}, so it runs again")
                waiting.append((claim.run, claim.id, seed, self.budget, self.tuned[claim.id]))
        for outcome in stream(run_seed, waiting, backend=backend, n_jobs=n_jobs):
            if outcome.error:
                raise failed(outcome)
            if self.store:
                under = self.conditions[outcome.claim]
                self.store.write(outcome.claim, outcome.seed, outcome.metrics, outcome.seconds, under)
            add(outcome, resumed=False)
        return found


def failed(outcome: Outcome, doing: str = "") -> ClaimError:
    """Return the error that says which claim failed at which seed.

    Args:
        outcome: What the worker sent back.
        doing: What it did, where it was not the run itself.
    """
    return ClaimError(
        f"claim {outcome.claim!r} failed at seed {outcome.seed}{doing}: {outcome.error}",
        claim=outcome.claim,
        seed=outcome.seed,
        detail=outcome.detail,
    )


def _joined(outcomes: Sequence[Outcome]) -> dict[str, Measurement]:
    """Put the seeds of a claim side by side: name of a metric to its values over seeds."""
    first = outcomes[0]
    for other in outcomes[1:]:
        differing = [
            name
            for name in sorted(other.metrics.keys() | first.metrics.keys())
            if _shape(other.metrics.get(name, ())) != _shape(first.metrics.get(name, ()))
        ]
        if differing:
            raise ClaimError(
                f"claim {first.claim!r} measures different things at seeds {first.seed} and {other.seed}: "
                f"{', '.join(differing)}; return the same metrics, of one length, at every seed",
                claim=first.claim,
                seed=other.seed,
            )
    return {name: Measurement(tuple(o.metrics[name] for o in outcomes)) for name in first.metrics}  # type: ignore[arg-type]


def _shape(value: float | tuple[float, ...]) -> int | None:
    return len(value) if isinstance(value, tuple) else None


def _checked_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    kept = tuple(seeds)
    if not kept or len(set(kept)) < len(kept) or any(type(seed) is not int or seed < 0 for seed in kept):
        raise ExperimentError(f"seeds must be whole numbers from 0, each once and at least one, got {kept}")
    return kept


def _check_ids(claims: Sequence[Claim]) -> None:
    ids = [claim.id for claim in claims]
    if not ids:
        raise ExperimentError("there is no claim to run")
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        raise ExperimentError(f"two claims have the same id: {', '.join(repeated)}; give each its own")


def _command(entry: str, claim: str, seeds: tuple[int, ...], budget: Budget) -> str:
    """Return the command line that gives the result again; `--seeds N` means the seeds 0 to N - 1."""
    counted = seeds == tuple(range(len(seeds)))
    which = str(len(seeds)) if counted else ",".join(map(str, seeds)) + ("," if len(seeds) == 1 else "")
    return f"study reproduce {entry} --claim {claim} --seeds {which} --budget {budget}"
