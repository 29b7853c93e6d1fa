"""How `study reproduce` says what came out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from study.cli import terminal, views
from study.cli.terminal import literal
from study.entries import signs

if TYPE_CHECKING:
    from foundations.experiment import Claim, Pilot, Result, Results
    from study.entries.catalogue import Entry


def show(entry: Entry, claims: Sequence[Claim], results: Results, file: Path) -> None:
    """Print what came of the claims of an entry."""
    terminal.show(f"\n[title]{literal(entry.title)}[/]  [slug]{entry.slug}[/]")
    for claim in claims:
        _show_claim(claim, results.claims[claim.id])
    terminal.note(f"\n[quiet]Written to {literal(file.relative_to(entry.root).as_posix())}.[/]")
    if file == entry.results:
        terminal.note(f"[quiet]`study doctor {entry.slug} --fix` puts them into the notes.[/]")
    else:
        terminal.note("[quiet]results.json keeps those of its larger budget.[/]")


def _show_claim(claim: Claim, result: Result) -> None:
    from study.entries.result_words import duration, numbers

    sign = views.found(signs.VERDICTS[result.verdict])
    seeds = "1 seed" if len(result.seeds) == 1 else f"{len(result.seeds)} seeds"
    terminal.show(
        f"\n  {sign} {result.verdict}  [slug]{claim.id}[/]  "
        f"[quiet]{literal(claim.where)}, {seeds}, {duration(result.core_seconds)}[/]",
        f"    {literal(claim.says)}",
        f"    [quiet]Predicted: {literal(claim.predicts)}[/]",
    )
    width = max(len(name) for name in result.metrics)
    for name, measured in result.metrics.items():
        mean, interval = numbers(measured)
        terminal.show(f"    {literal(name):<{width}}  {mean}  [quiet]({interval})[/]")
    for name, verdict in result.gates.items():
        terminal.show(f"    [quiet]gate {literal(name)}: {verdict}[/]")
    if result.best:
        chosen = ", ".join(f"{arm} {value:g}" for arm, value in result.best.items())
        terminal.show(f"    [quiet]tuned: {literal(chosen)}[/]")
    for name, (ours, theirs) in result.scale.items():
        ratio = "" if theirs is None else f", {ours / theirs:.2g} of the paper's {theirs:,.0f}"
        terminal.show(f"    [quiet]{literal(name)}: {ours:,.0f}{ratio}[/]")
    if result.horizon is not None:
        terminal.show(f"    [quiet]at twice the length: {result.horizon}[/]")


def show_pilot(pilot: Pilot) -> None:
    """Print the tuning table of a claim: mean score of each arm at each value of its grid."""
    terminal.show(
        f"\n  [slug]{literal(pilot.claim)}[/]  [quiet]pilot seeds {', '.join(map(str, pilot.seeds))}[/]"
    )
    for arm, rows in pilot.tuning.table.items():
        scores = "  ".join(
            f"[title]{value:g}: {score:.4g}[/]" if value == pilot.best[arm] else f"{value:g}: {score:.4g}"
            for value, score in rows
        )
        terminal.show(f"    {literal(arm)}  {scores}")
    for complaint in pilot.complaints:
        terminal.show(f"    [quiet]{literal(complaint)}[/]")
    if pilot.accepted:
        terminal.show(f"    [quiet]accepted: {literal(pilot.accepted)}[/]")
