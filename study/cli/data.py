"""`study data`: the data sets that demos and claims use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from study.cli import complete, options, terminal
from study.cli.terminal import literal

if TYPE_CHECKING:
    from foundations.data import Source

data = typer.Typer(help="List, fetch and verify the data sets.")
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Data sets; all of them.", autocompletion=complete.data),
]
SIGNS = {
    "shipped": "[done]✓[/]",
    "present": "[done]✓[/]",
    "to fetch": "[open]○[/]",
}


@data.callback(invoke_without_command=True)
def start(ctx: typer.Context) -> None:
    """List, fetch and verify the data sets."""
    if ctx.invoked_subcommand is None:
        list_data()


@data.command("list")
def list_data(as_json: options.Json = False) -> None:
    """List the data sets: what is here, what can be fetched.

    With --json: {"datasets": [{"name", "description", "licence", "home", "citation", "bytes", "status"}]};
    "status" is shipped, present, to fetch or absent (a copy for development that nobody serves, left out
    without --json); "bytes" is null where the size is not known.
    """
    from foundations.data import list_datasets, status

    found = [(source, str(status(source.name))) for source in list_datasets()]
    if as_json:
        terminal.emit({"datasets": [_record(source, now) for source, now in found]})
        return
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=1)
    table.add_column(style="slug", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", style="quiet", no_wrap=True)
    table.add_column(style="quiet", no_wrap=True)
    for source, now in found:
        if now == "absent":
            continue
        about = f"{literal(source.description)} [quiet]{literal(source.licence)}[/]"
        table.add_row(SIGNS[now], source.name, about, size(source.size), now)
    terminal.show(table)
    if any(now == "to fetch" for _, now in found):
        terminal.note("\n[quiet]`study data fetch NAME` brings one here.[/]")


def _record(source: Source, now: str) -> dict[str, Any]:
    words = {name: getattr(source, name) for name in ("name", "description", "licence", "home", "citation")}
    return words | {"bytes": source.size or None, "status": now}


@data.command("fetch")
def fetch_data(names: Names = None) -> None:
    """Bring data sets here from their homes, checked by hash."""
    from foundations.data import fetch, list_datasets, status
    from foundations.errors import DataError
    from study.files.errors import StudyError

    wanted = _named(names)
    if not names:  # what nobody serves is not asked for by asking for everything
        wanted = [source.name for source in list_datasets() if str(status(source.name)) != "absent"]
    failures = []
    for name in wanted:
        try:
            with terminal.transfer(name) as advance:
                files = fetch(name, progress=lambda _, done, total, go=advance: go(done, total))
        except DataError as error:
            failures.append(str(error))
            terminal.show(f"[bad]✗[/] [slug]{name}[/]")
            continue
        except KeyboardInterrupt:
            raise StudyError(
                f"Interrupted: {name} was not fetched whole, and nothing of it is kept.", 130
            ) from None
        where = f"  [quiet]{literal(str(files[0].parent))}[/]" if files else ""
        terminal.show(f"[done]✓[/] [slug]{name}[/]{where}")
    if failures:
        more = f"\nAnd {len(failures) - 1} more." if len(failures) > 1 else ""
        raise StudyError(failures[0] + more)


@data.command("verify")
def verify_data(names: Names = None, as_json: options.Json = False) -> None:
    """Check the data sets that are here against their hashes; exit 1 if one is not what it should be.

    With --json: {"datasets": [{"name", "ok", "what"}]}; "what" says what is wrong, or is empty.
    """
    from foundations.data import list_datasets, status, verify
    from foundations.errors import DataError

    wanted = _named(names)
    if not names:
        wanted = [
            source.name for source in list_datasets() if str(status(source.name)) in ("shipped", "present")
        ]
    wrong = {}
    with terminal.progress("verifying", len(wanted)) as shown:
        (task,) = shown.task_ids
        for name in wanted:
            shown.update(task, description=name)
            try:
                verify(name)
            except DataError as error:
                wrong[name] = str(error)
            shown.advance(task)
    if as_json:
        terminal.emit(
            {
                "datasets": [
                    {"name": name, "ok": name not in wrong, "what": wrong.get(name, "")} for name in wanted
                ]
            }
        )
    else:
        for name in wanted:
            mark = (
                f"[bad]✗[/] [slug]{name}[/]  {literal(wrong[name])}"
                if name in wrong
                else f"[done]✓[/] [slug]{name}[/]"
            )
            terminal.lines([mark], indent=0)
    if wrong:
        raise typer.Exit(1)


def _named(names: list[str] | None) -> list[str]:
    """Return data sets by their names.

    Raises:
        UsageError: There is none of that name.
    """
    from foundations.data import list_datasets
    from study.files.errors import UsageError
    from study.files.suggestion import hint

    known = [source.name for source in list_datasets()]
    for name in names or ():
        if name not in known:
            meant = hint(name, known, f"there are {', '.join(known)}.")
            raise UsageError(f"There is no data set {name!r}: {meant}")
    return list(dict.fromkeys(names or known))


def size(count: int) -> str:
    """Return a number of bytes as a reader says it; nothing for 0.

    >>> [size(count) for count in (0, 900, 4_024_958, 90_868_376)]
    ['', '900 B', '4.0 MB', '91 MB']
    """
    if count < 1000:
        return f"{count} B" if count else ""
    value, unit = (count / 1e3, "kB") if count < 1e6 else (count / 1e6, "MB")
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
