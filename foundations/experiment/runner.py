"""Run claims over seeds, in parallel, so that a number does not depend on what ran beside it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foundations.errors import ClaimError, ExperimentError
from foundations.experiment import provenance
from foundations.experiment.backends import stream
from foundations.experiment.budget import Budget, parse_budget
from foundations.experiment.checkpoints import Checkpoints
from foundations.experiment.claim import Claim
from foundations.experiment.fingerprint import take_fingerprint
from foundations.experiment.result import Measurement, Result
from foundations.experiment.results import Results
from foundations.experiment.verdict import Verdict
from foundations.experiment.worker import Outcome, describe, run_seed


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


def run_claim(
    claim: Claim,
    *,
    seeds: Iterable[int],
    budget: Budget,
    backend: str = "loky",
    n_jobs: int | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[Step], object] | None = None,
    entry: Path | None = None,
) -> Result:
    """Run one claim over seeds and judge it.

    Args:
        claim: The claim.
        seeds: As in `run_claims`, and so are the others.
        budget: How much time to take.
        backend: Where to run.
        n_jobs: Runs at a time.
        checkpoint: Folder for finished seeds.
        progress: Called after each run.
        entry: Folder of the entry.

    Returns:
        Its result.

    Raises:
        ExperimentError: As in `run_claims`.
    """
    results = run_claims(
        (claim,),
        seeds=seeds,
        budget=budget,
        backend=backend,
        n_jobs=n_jobs,
        checkpoint=checkpoint,
        progress=progress,
        entry=entry,
    )
    return results.claims[claim.id]


def run_claims(
    claims: Sequence[Claim],
    *,
    seeds: Iterable[int],
    budget: Budget,
    backend: str = "loky",
    n_jobs: int | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[Step], object] | None = None,
    entry: Path | None = None,
) -> Results:
    """Run claims of one entry over seeds and judge each.

    Every run has one thread of BLAS, however many runs there are beside it: the cores go to the seeds, and
    sums are formed in the same order whether one job runs or ten.

    Args:
        claims: Claims of one entry, with different ids.
        seeds: Whole numbers from 0, each once.
        budget: How much time to take.
        backend: `loky` for processes of this machine, `dask` or `ray` for a cluster.
        n_jobs: Runs at a time; None for one a core, or for all workers of a cluster.
        checkpoint: Folder that keeps each finished seed, so that an interrupted run goes on where it stopped;
            what other code, another budget or other versions left there is not used. None keeps nothing.
        progress: Called in this process with a `Step` after each run.
        entry: Folder of the entry; that of the first claim's code when None.

    Returns:
        The results of these claims, with their fingerprints, which are taken first. `keep_results` puts them
        into a file; the checkpoints stay until `clear_checkpoints`.

    Raises:
        ClaimError: If the code of a claim fails, returns something other than numbers, or measures different
            things at different seeds. The seeds that finished before are in the checkpoints.
        ExperimentError: If the arguments do not fit together, or workers are lost.
    """
    seeds = _checked_seeds(seeds)
    _check_ids(claims)
    folder = (entry or provenance.entry_of(claims[0])).resolve()
    code, foundations = provenance.code_hash(folder), provenance.foundations_hash()
    versions, budget = provenance.versions(), parse_budget(budget)
    store = Checkpoints(checkpoint, code, foundations, versions, budget) if checkpoint else None

    fingerprints = {
        claim.id: take_fingerprint(claim.id, claim.fingerprint) for claim in claims if claim.fingerprint
    }
    outcomes = _all_outcomes(claims, seeds, budget, backend, n_jobs, store, progress)
    fresh = {}
    for claim in claims:
        of_claim = [outcomes[claim.id, seed] for seed in seeds]
        metrics = _joined(of_claim)
        fresh[claim.id] = Result(
            claim=claim.id,
            budget=budget,
            seeds=seeds,
            metrics=metrics,
            verdict=_judged(claim, metrics),
            core_seconds=sum(outcome.seconds for outcome in of_claim),
            code=code,
            foundations=foundations,
            versions=versions,
            machine=provenance.machine(),
            command=_command(folder.name, claim.id, seeds, budget),
            fingerprint=fingerprints.get(claim.id, {}),
        )
    return Results(folder.name, fresh)


def _all_outcomes(
    claims: Sequence[Claim],
    seeds: Sequence[int],
    budget: Budget,
    backend: str,
    n_jobs: int | None,
    store: Checkpoints | None,
    progress: Callable[[Step], object] | None,
) -> dict[tuple[str, int], Outcome]:
    """Take what the checkpoints hold, run the rest, and keep each seed as it comes in."""
    outcomes: dict[tuple[str, int], Outcome] = {}

    def add(outcome: Outcome, *, resumed: bool) -> None:
        outcomes[outcome.claim, outcome.seed] = outcome
        if progress:
            done, total = len(outcomes), len(claims) * len(seeds)
            progress(Step(outcome.claim, outcome.seed, done, total, outcome.seconds, resumed))

    waiting = []
    for claim in claims:
        for seed in seeds:
            kept = store.read(claim.id, seed) if store else None
            if kept:
                add(Outcome(claim.id, seed, *kept), resumed=True)
            else:
                waiting.append((claim.run, claim.id, seed, budget))
    for outcome in stream(run_seed, waiting, backend=backend, n_jobs=n_jobs):
        if outcome.error:
            raise ClaimError(
                f"claim {outcome.claim!r} failed at seed {outcome.seed}: {outcome.error}",
                claim=outcome.claim,
                seed=outcome.seed,
                detail=outcome.detail,
            )
        if store:
            store.write(outcome.claim, outcome.seed, outcome.metrics, outcome.seconds)
        add(outcome, resumed=False)
    return outcomes


def _joined(outcomes: Sequence[Outcome]) -> dict[str, Measurement]:
    """Put the seeds of a claim side by side: name of a metric to its values over seeds."""
    first = outcomes[0]
    for other in outcomes[1:]:
        if other.metrics.keys() != first.metrics.keys():
            differing = ", ".join(sorted(other.metrics.keys() ^ first.metrics.keys()))
            raise ClaimError(
                f"claim {first.claim!r} measures different things at seeds {first.seed} and {other.seed}: "
                f"{differing}; return the same metrics at every seed",
                claim=first.claim,
                seed=other.seed,
            )
    return {name: Measurement(tuple(o.metrics[name] for o in outcomes)) for name in first.metrics}


def _judged(claim: Claim, metrics: dict[str, Measurement]) -> Verdict:
    values = {name: np.array(measured.values) for name, measured in metrics.items()}
    try:
        verdict = claim.holds(values)
    except Exception as reason:
        raise ClaimError(
            f"claim {claim.id!r} failed in judging its metrics: {describe(reason)}", claim=claim.id
        ) from reason
    if not isinstance(verdict, Verdict):
        raise ClaimError(f"claim {claim.id!r}: holds must return a Verdict, got {verdict!r}", claim=claim.id)
    return verdict


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
