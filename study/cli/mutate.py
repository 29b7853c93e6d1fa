"""`study doctor --mutate`: break the code behind a page on purpose, and see whether its fences notice."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from study.cli import terminal
from study.cli.terminal import literal

if TYPE_CHECKING:
    from study.mutation import Record


def mutate(root: Path, slugs: list[str], *, as_json: bool) -> None:
    """Run the mutants of entries and write each `mutants.json` when all of its mutants have run.

    Raises:
        StudyError: A page fails as it is, or was interrupted; what is written by then stands.
        Exit: 1 if a page misses the goal.
    """
    from study.entries import catalogue
    from study.files.errors import StudyError
    from study.mutation import record, run
    from study.notes import parse

    listed = catalogue.load(root)
    found: dict[str, Record] = {}
    for entry in [listed.get(slug) for slug in slugs]:
        notes = parse(entry.notes)
        before = record.load(entry.path)
        with terminal.progress(f"breaking {entry.slug}") as shown:
            try:
                campaign = run(notes, progress=lambda done, total, shown=shown: _follow(shown, done, total))
            except KeyboardInterrupt:
                what = f"Interrupted: nothing of {entry.slug} was written, and no file was changed."
                raise StudyError(what, exit_code=130) from None
        after = record.of_campaign(notes, root, campaign, before)
        record.save(entry.path, after)
        found[entry.slug] = after
        if not as_json:
            _print(entry.slug, after, record.path(entry.path))
    if as_json:
        terminal.emit({slug: asdict(one) | {"reaches_goal": one.reaches_goal} for slug, one in found.items()})
    if not all(one.reaches_goal for one in found.values()):
        raise typer.Exit(1)


def _follow(shown: Any, done: int, total: int) -> None:
    (task,) = shown.task_ids
    shown.update(task, completed=done, total=total)


def _print(slug: str, record: Record, file: Path) -> None:
    from study.mutation.record import KILLED_GOAL, NOTICED_GOAL
    from study.mutation.trial import Outcome

    sign, style = ("✓", "done") if record.reaches_goal else ("✗", "bad")
    noticed = record.killed + record.noticed
    terminal.show(
        f"[{style}]{sign}[/] [slug]{slug}[/]: of {record.mutants} mutants {record.killed} killed "
        f"({_share(record.killed, record)}, goal {KILLED_GOAL:.0%}), {noticed} killed or noticed "
        f"({_share(noticed, record)}, goal {NOTICED_GOAL:.0%})"
    )
    for one in record.survivors:
        mark = "[bad]✗[/]" if one in record.unexplained else "[quiet]·[/]"
        reason = f" [quiet]({literal(one.reason)})[/]" if one.reason else ""
        head = f"[quiet]{one.outcome}[/] " if one.outcome == Outcome.NOTICED else ""
        where = f"[slug]{literal(one.file)}[/]::{literal(one.definition)}"
        terminal.lines([(mark, f"{head}{where}: {literal(one.change)}{reason}")])
    if record.unexplained:
        count = len(record.unexplained)
        terminal.note(
            f"{count} survive without a reason: write a fence that fails, or the reason into "
            f"{literal(terminal.near(file))}."
        )


def _share(number: int, record: Record) -> str:
    return f"{number / record.mutants:.0%}"
