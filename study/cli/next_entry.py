"""`study next`: what to read next, and why."""

from __future__ import annotations

from study.cli import options, terminal, views
from study.cli.terminal import literal


def next_entry(as_json: options.Json = False) -> None:
    """Say what to read next, and why.

    With --json: {"next": {"slug", "title", "reason"}, "started"}, or {"next": null, "started"} when
    everything is read; "started" is whether the checklists are yours, see `study start`.
    """
    from study.log import reader
    from study.log.progress import summary

    catalogue = options.catalogue()
    who = reader.load(catalogue.root)
    progress = summary(catalogue, who)
    if as_json:
        terminal.emit({"next": views.next_record(progress), "started": who.started is not None})
        return
    if progress.next is None:
        empty = "No entries yet: `study new` makes one."
        terminal.show(
            empty
            if not len(catalogue)
            else "[done]✓[/] Everything is read. Time to add a paper: `study new`."
        )
        return
    entry = progress.next.entry
    time = terminal.minutes(entry.minutes)
    terminal.show(
        f"[title]{literal(entry.title)}[/]  [slug]{entry.slug}[/]  [quiet]{time}[/]",
        f"{literal(entry.summary)}",
        f"[quiet]Because {literal(progress.next.reason)}.[/]",
        f"\n  [command]study show {entry.slug}[/]",
    )
    views.hint(who, progress.foreign)
