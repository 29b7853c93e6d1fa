"""`study doctor`: what is wrong with the knowledge base."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from study.cli import complete, options, terminal
from study.cli import mutate as mutation
from study.cli.terminal import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from study.doctor import Problem
    from study.entries.catalogue import Entry


def doctor(
    slugs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SLUG]...", help="Only these; everything.", autocompletion=complete.slugs),
    ] = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="First refresh shown code, tables, results, output, links of passes."),
    ] = False,
    run: Annotated[bool, typer.Option("--run", help="Also run the notes and fingerprints.")] = False,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Only break the code behind the notes and see what notices.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Look everything over; exit 1 if something is wrong.

    Records, checklists, links, citations, figures, shown code, tables, results, imports; with --run also
    the notes, and the first steps of the claims, whose losses must be those recorded with the results.

    With --mutate the code behind each page is broken on purpose, one small change at a time, the notes run
    with each, and mutants.json says how many were killed. That takes minutes an entry.

    With --json: {"repairs": [{"file", "what"}], "problems": [{"file", "line", "what", "fix", "level"}]};
    "level" is error or notice. With --mutate too: {slug: as in mutants.json, and "reaches_goal"}.
    """
    from study import doctor

    root = options.root()
    names = _named(root, slugs or [])
    if mutate:
        _only_mutate(fix, run)
        mutation.mutate(root, names, as_json=as_json)
        return
    repairs = []
    if fix:
        with terminal.progress("refreshing", len(names)) as shown:
            repairs = doctor.fix(root, slugs or (), progress=_follow(shown))
    with terminal.progress("looking", len(names)) as shown:
        problems = doctor.check(root, slugs or (), run=run, progress=_follow(shown))
    if as_json:
        terminal.emit({"repairs": list(map(asdict, repairs)), "problems": list(map(asdict, problems))})
    else:
        terminal.lines(
            [f"[done]✓[/] {literal(one.file)}: refreshed {literal(one.what)}" for one in repairs], indent=0
        )
        _print(problems)
    if any(problem.level == "error" for problem in problems):
        raise typer.Exit(1)


def _only_mutate(fix: bool, run: bool) -> None:
    from study.files.errors import UsageError

    if fix or run:
        raise UsageError(f"--mutate goes alone: first `study doctor {'--fix' if fix else '--run'}`, then it.")


def _named(root: Path, slugs: list[str]) -> list[str]:
    """Return the folders to look at: those named, or all; also those whose record is broken.

    Raises:
        UsageError: There is none of that name.
    """
    from study.entries.catalogue import discover
    from study.files.errors import UsageError
    from study.files.suggestion import hint

    names = [notes.parent.name for notes in discover(root)]
    for slug in slugs:
        if slug not in names:
            meant = hint(slug, names, "`study list` shows them all.")
            raise UsageError(f"There is no entry {slug!r}: {meant}")
    return slugs or names


def _follow(shown: Any) -> Callable[[Entry], None]:
    """Return what moves a bar on to the next entry."""

    def follow(entry: Entry) -> None:
        (task,) = shown.task_ids
        shown.update(task, description=entry.slug, advance=1)

    return follow


def _print(problems: Sequence[Problem]) -> None:
    """Print problems and a last line that counts them."""
    for problem in problems:
        style, mark = ("bad", "✗") if problem.level == "error" else ("unsure", "•")
        where = f"{problem.file}:{problem.line}" if problem.line else problem.file
        head = f"[slug]{literal(where)}[/]: " if where else ""
        terminal.lines([(f"[{style}]{mark}[/]", head + literal(problem.what))], indent=0)
        terminal.lines([f"[quiet]{literal(line)}[/]" for line in problem.fix.splitlines()])
    errors = sum(problem.level == "error" for problem in problems)
    notices = len(problems) - errors
    counts = [_count(errors, "problem"), _count(notices, "notice")]
    summary = " and ".join(count for count in counts if count)
    terminal.show(f"\n{summary}." if summary else "[done]✓[/] Nothing is wrong.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}" if number else ""
