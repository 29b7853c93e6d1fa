"""`study reproduce`: put the claims of papers to the test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from study.cli import complete, options, reproduce_view, reproduction, terminal
from study.cli.reproduction import Request
from study.cli.terminal import literal

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
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds", "-s", help="How many, or which: 8, or 0,3,7.", show_default="8; quick budget 1"
        ),
    ] = None,
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
    pilot: Annotated[
        bool, typer.Option("--pilot", help="Only tune the arms, on pilot seeds, and write pilot.json.")
    ] = False,
    accept_pilot: Annotated[
        str,
        typer.Option(
            "--accept-pilot",
            metavar="REASON",
            help="Use a pilot with a best value at an edge, or of earlier code; the reason is kept.",
            show_default=False,
        ),
    ] = "",
    because: Annotated[
        str,
        typer.Option(
            "--because",
            metavar="REASON",
            help="Why a judged result is measured again; it is kept beside the new one.",
            show_default=False,
        ),
    ] = "",
    discard: Annotated[
        bool,
        typer.Option("--discard-results", help="First move results that cannot be read out of the way."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Put an entry's claims to the test over seeds.

    First each arm gets its own best value on pilot seeds, unless pilot.json holds those of this very code;
    then the claims run, and what came out goes to the entry's results.json. Finished seeds are kept in
    seeds/ while it works: an interrupted run goes on where it stopped. The quick budget shows that the code
    runs; it is not judged.

    A judged result is never replaced in silence: where code or seeds are not the same, --because is asked
    for, and the earlier result stays in the file. Results of a smaller budget go to
    runs/SLUG/results.BUDGET.json. A results.json that cannot be read stops the command before it runs
    anything; --discard-results moves it to runs/SLUG/discarded/.

    With --json: {"results": [{"entry", "file", "claims": {id: as in results.json}}]}; with --pilot
    {"pilots": [{"entry", "file", "claims": {id: as in pilot.json}}]}.
    """
    from study.files.errors import UsageError

    chosen = _chosen(slugs or [], claims or [])
    if pilot and budget == options.Budget.QUICK:
        raise UsageError(
            "The quick budget needs no pilot: it is not judged.\nTune for --budget standard or full."
        )
    which = _seeds(seeds if seeds is not None else "1" if budget == options.Budget.QUICK else "8")
    request = Request(which, str(budget), str(backend), jobs, resume, because, accept_pilot)
    if discard:
        _discard([entry for entry, _ in chosen], budget)
    for entry, picked in chosen:
        reproduction.check(entry, picked, request, running=not pilot)
    if pilot:
        _only_tune(chosen, request, as_json)
        return
    done = []
    for entry, picked in chosen:
        pilots = reproduction.tune(entry, picked, request)
        results, file = reproduction.run(entry, picked, request, pilots)
        done.append((entry, picked, results, file))
        if not as_json:
            reproduce_view.show(entry, picked, results, file)
    if as_json:
        terminal.emit({"results": [_record(entry, results, file) for entry, _, results, file in done]})


def _only_tune(chosen: list[tuple[Entry, list[Claim]]], request: Request, as_json: bool) -> None:
    """Tune the arms of the claims that have some.

    Raises:
        UsageError: None has.
    """
    from foundations.experiment.schema_parts import write_pilot
    from study.files.errors import UsageError

    tuned = [(entry, [one for one in picked if one.pilot is not None]) for entry, picked in chosen]
    tuned = [(entry, picked) for entry, picked in tuned if picked]
    if not tuned:
        raise UsageError("None of these claims tunes anything.\nLeave out --pilot to run them.")
    found = []
    for entry, picked in tuned:
        pilots = reproduction.tune(entry, picked, request)
        where = entry.pilot.relative_to(entry.root).as_posix()
        found.append(
            {"entry": entry.slug, "file": where, "claims": {n: write_pilot(p) for n, p in pilots.items()}}
        )
        if not as_json:
            for pilot in pilots.values():
                reproduce_view.show_pilot(pilot)
            terminal.note(f"\n[quiet]{literal(where)} holds them: commit it before the real run.[/]")
    if as_json:
        terminal.emit({"pilots": found})


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
        raise UsageError(
            "No entry makes claims yet: an experiments.py or a package experiments/ in its folder holds them."
        )
    known = {entry.slug: importing.claims(entry) for entry in entries}
    for entry in entries:
        if not known[entry.slug] and (entry.slug in slugs or len(entries) == 1):
            where = entry.experiments.relative_to(entry.root).as_posix()
            raise UsageError(f"{entry.slug} makes no claims yet.\nList them in CLAIMS of {where}.")
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
        for file in filter(Path.exists, reproduction.files(entry, str(budget))):
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


def _record(entry: Entry, results: Results, file: Path) -> dict[str, Any]:
    import json

    where = file.relative_to(entry.root).as_posix()
    return {"entry": entry.slug, "file": where, "claims": json.loads(results.dumps())["claims"]}
