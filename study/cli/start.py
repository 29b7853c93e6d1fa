"""`study start`: make the checklists of a cloned base your own log."""

from __future__ import annotations

from typing import Annotated

import typer

from study.cli import options, terminal


def start(
    keep: Annotated[
        bool, typer.Option("--keep", help="Empty nothing: the ticks that are there are yours.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Begin your own log: empty the keeper's ticks, with a copy kept.

    The checklists of a clone hold the log of whoever keeps that base. Run this once, and they are yours. What
    you ticked here yourself stays. A copy of what was emptied goes to reader/before-DATE/. Run again, it
    changes nothing. Whoever keeps the base says so with --keep.

    With --json: {"started", "again", "emptied", "entries", "kept", "copy"}.
    """
    from study.log.start import start as begin

    catalogue = options.catalogue()
    done = begin(catalogue, keep=keep)
    copy = done.copy.relative_to(catalogue.root).as_posix() if done.copy else None
    if as_json:
        terminal.emit(
            {
                "started": done.day.isoformat(),
                "again": done.again,
                "emptied": done.emptied,
                "entries": done.entries,
                "kept": done.kept,
                "copy": copy,
            }
        )
        return
    if done.again:
        terminal.show(f"You started on {done.day}: the checklists are yours, and nothing was changed.")
        return
    if copy:
        steps = "One step" if done.emptied == 1 else f"{done.emptied} steps"
        where = "one checklist" if done.entries == 1 else f"{done.entries} checklists"
        terminal.show(f"{steps} of {where} opened; as they were they lie in [slug]{copy}/[/].")
    if done.kept:
        terminal.show(
            f"{done.kept} ticks are yours and stay." if done.kept > 1 else "One tick is yours and stays."
        )
    terminal.show("The checklists are yours from now on.", "\n  [command]study next[/]")
