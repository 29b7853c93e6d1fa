"""`study reproduce`: put the claims of papers to the test."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from study.cli import complete, options, terminal, views
from study.cli.terminal import literal
from study.entries import signs

if TYPE_CHECKING:
    from foundations.experiment import Claim, Results
    from study.entries.catalogue import Entry

MOST_SEEDS = 1000


def reproduce(
    slugs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SLUG]...",
            help="The entries; all that make claims.",
            autocompletion=complete.experiments,
        ),
    ] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            "--claim", "-c", help="Only this claim; may be repeated.", autocompletion=complete.claims
        ),
    ] = None,
    seeds: Annotated[str, typer.Option("--seeds", "-s", help="How many, or which: 5, or 0,3,7.")] = "5",
    budget: Annotated[
        options.Budget,
        typer.Option("--budget", "-b", help="quick: seconds; standard: minutes; full: hours."),
    ] = options.Budget.STANDARD,
    backend: Annotated[
        options.Backend, typer.Option("--backend", help="loky: this machine; dask, ray: a cluster.")
    ] = options.Backend.LOKY,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Runs at a time.", show_default="one a core")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume/--afresh", help="Go on from seeds that an interrupted run finished, or not."),
    ] = True,
    discard: Annotated[
        bool,
        typer.Option("--discard-results", help="First move results that cannot be read out of the way."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Put an entry's claims to the test over seeds.

    The results go to its results.json. Finished seeds are kept in runs/ while it works: an interrupted run
    goes on where it stopped. Results of a smaller budget never replace those of a larger one: they go to
    runs/SLUG/results.BUDGET.json instead. A results.json that cannot be read stops the command before it
    runs anything; --discard-results moves it to runs/SLUG/discarded/.

    With --json: {"results": [{"entry", "file", "claims": {id: as in results.json}}]}.
    """
    chosen = _chosen(slugs or [], claims or [])
    which = _seeds(seeds)
    if discard:
        _discard([entry for entry, _ in chosen], budget)
    done = []
    for entry, picked in chosen:
        results, file = _run(entry, picked, which, budget, backend, jobs, resume)
        done.append((entry, picked, results, file))
        if not as_json:
            _print(entry, picked, results, file)
    if as_json:
        terminal.emit({"results": [_record(entry, results, file) for entry, _, results, file in done]})


def _chosen(slugs: Sequence[str], names: Sequence[str]) -> list[tuple[Entry, list[Claim]]]:
    """Return the entries with the claims to run.

    Raises:
        UsageError: An entry or a claim is not there.
    """
    from study.entries import importing
    from study.files.errors import UsageError
    from study.files.suggestion import hint

    catalogue = options.catalogue()
    entries = [catalogue.get(slug) for slug in dict.fromkeys(slugs)] or [
        entry for entry in catalogue if entry.has_claims
    ]
    for entry in entries:
        if not entry.has_claims:
            others = ", ".join(other.slug for other in catalogue if other.has_claims) or "no entry yet"
            raise UsageError(f"{entry.slug} makes no claims.\nThese do: {others}.")
    if not entries:
        raise UsageError("No entry makes claims yet: an experiments.py in its folder holds them.")
    known = {entry.slug: importing.claims(entry) for entry in entries}
    for name in names:
        if not any(claim.id == name for listed in known.values() for claim in listed):
            listed = "; ".join(
                f"{slug}: {', '.join(claim.id for claim in found)}" for slug, found in known.items()
            )
            ids = [claim.id for claims in known.values() for claim in claims]
            meant = hint(name, ids, "choose one of these.")
            raise UsageError(f"There is no claim {name!r}: {meant}\nThere are {listed}.")
    picked = [
        (entry, [claim for claim in known[entry.slug] if not names or claim.id in names]) for entry in entries
    ]
    return [(entry, found) for entry, found in picked if found]


def _seeds(text: str) -> range | tuple[int, ...]:
    """Return the seeds: `5` means 0 to 4, `0,3,7` means these.

    >>> list(_seeds("3")), list(_seeds("7,"))
    ([0, 1, 2], [7])
    """
    from study.files.errors import UsageError

    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and part.isascii() for part in parts):
        raise UsageError(f"--seeds takes a number such as 5, or a list such as 0,3,7; got {text!r}.")
    if "," in text:
        return tuple(dict.fromkeys(int(part) for part in parts))
    if not 1 <= int(parts[0]) <= MOST_SEEDS:
        raise UsageError(
            f"--seeds takes a number from 1 to {MOST_SEEDS}, or a list such as 0,3,7; got {text!r}."
        )
    return range(int(parts[0]))


def _files(entry: Entry, budget: options.Budget) -> tuple[Path, Path]:
    """Return the file of results of an entry, and where those go that must not replace a larger budget's."""
    return entry.results, entry.root / "runs" / entry.slug / f"results.{budget}.json"


def _discard(entries: Sequence[Entry], budget: options.Budget) -> None:
    """Move the files of results that cannot be read to `runs/SLUG/discarded/`.

    Raises:
        UsageError: All of them can be read.
        StudyError: One cannot be moved.
    """
    from foundations.errors import ResultsError
    from foundations.experiment import Results
    from foundations.files import locked
    from study.files import paths
    from study.files.errors import StudyError, UsageError

    moved = False
    for entry in entries:
        for file in filter(Path.exists, _files(entry, budget)):
            with locked(file, error=ResultsError):
                try:
                    Results.load(file, entry=entry.slug)
                    continue
                except ResultsError:
                    place = _unused(entry.root / "runs" / entry.slug / "discarded", file.name)
                try:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    file.rename(place)
                except OSError as error:
                    raise StudyError(
                        f"{paths.shown(file)}: cannot be moved to {paths.shown(place)}: {error.strerror}"
                    ) from None
            moved = True
            terminal.note(f"{literal(paths.shown(file))} is now {literal(paths.shown(place))}.")
    if not moved:
        slugs = ", ".join(entry.slug for entry in entries)
        raise UsageError(
            f"There is nothing to discard: the results of {slugs} can be read.\n"
            "Leave out --discard-results: new results replace those of their claims."
        )


def _unused(folder: Path, name: str) -> Path:
    """Return a path in a folder that no file has yet: `name`, or one with a number before it."""
    place, number = folder / name, 2
    while place.exists():
        place, number = folder / f"{number}.{name}", number + 1
    return place


def _run(
    entry: Entry,
    claims: list[Claim],
    seeds: Sequence[int],
    budget: options.Budget,
    backend: options.Backend,
    jobs: int | None,
    resume: bool,
) -> tuple[Results, Path]:
    """Run claims of one entry, with a bar; return their results and the file they went to."""
    from foundations.errors import ClaimError
    from foundations.experiment import Results, Step, clear_checkpoints, keep_results, run_claims
    from study.files import paths
    from study.files.errors import StudyError

    standing, aside = _files(entry, budget)
    for file in (standing, aside):  # damaged results are to cost no hours
        if file.exists():
            Results.load(file, entry=entry.slug, shown=paths.shown(file))
    kept = entry.root / "runs" / entry.slug / "seeds"
    if not resume:
        for claim in claims:
            for seed in seeds:
                (kept / f"{claim.id}.{budget}.{seed}.json").unlink(missing_ok=True)
    finished = 0
    with terminal.progress(f"{entry.slug}: {len(claims)} claims", len(claims) * len(seeds)) as shown:
        (task,) = shown.task_ids

        def advance(step: Step) -> None:
            nonlocal finished
            finished = step.done
            shown.update(task, completed=step.done, description=f"{entry.slug}: {step.claim}")

        try:
            results = run_claims(
                claims,
                seeds=seeds,
                budget=str(budget),  # type: ignore[arg-type]
                backend=str(backend),
                n_jobs=jobs,
                checkpoint=kept,
                progress=advance,
                entry=entry.path,
            )
            file = keep_results(results, standing, aside=aside)
            clear_checkpoints(kept, results)
        except KeyboardInterrupt:
            total = len(claims) * len(seeds)
            what = (
                f"{finished} of {total} runs are kept: the same command goes on from there"
                if finished
                else "no run was finished"
            )
            raise StudyError(f"Interrupted: {what}.", exit_code=130) from None
        except ClaimError as error:
            detail = error.detail if os.environ.get("STUDY_DEBUG") else ""
            raise StudyError(f"{entry.slug}: {error}" + (f"\n{detail}" if detail else "")) from None
    return results, file


def _record(entry: Entry, results: Results, file: Path) -> dict[str, Any]:
    import json

    where = file.relative_to(entry.root).as_posix()
    return {"entry": entry.slug, "file": where, "claims": json.loads(results.dumps())["claims"]}


def _print(entry: Entry, claims: list[Claim], results: Results, file: Path) -> None:
    """Print what came of the claims of an entry."""
    from study.entries.result_words import duration, numbers

    terminal.show(f"\n[title]{literal(entry.title)}[/]  [slug]{entry.slug}[/]")
    for claim in claims:
        result = results.claims[claim.id]
        sign = views.found(signs.VERDICTS[result.verdict])
        terminal.show(
            f"\n  {sign} {result.verdict}  [slug]{claim.id}[/]  "
            f"[quiet]{literal(claim.where)}, {len(result.seeds)} seeds, {duration(result.core_seconds)}[/]",
            f"    {literal(claim.says)}",
            f"    [quiet]Predicted: {literal(claim.predicts)}[/]",
        )
        width = max(len(name) for name in result.metrics)
        for name, measured in result.metrics.items():
            mean, interval = numbers(measured)
            terminal.show(f"    {literal(name):<{width}}  {mean}  [quiet]({interval})[/]")
    terminal.note(f"\n[quiet]Written to {literal(file.relative_to(entry.root).as_posix())}.[/]")
    if file == entry.results:
        terminal.note(f"[quiet]`study doctor {entry.slug} --fix` puts them into the notes.[/]")
    else:
        terminal.note("[quiet]results.json keeps those of its larger budget.[/]")
