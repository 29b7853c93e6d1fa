"""The program: its commands, and what becomes of everything that can go wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from study.cli import terminal
from study.cli.commands import COMMANDS, register
from study.files.errors import StudyError
from study.files.suggestion import closest

INTERRUPTED = 130


class Commands(TyperGroup):
    """The commands, forgiving about their names; a reader who closes the pipe ends them quietly."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Name the nearest command where there is none of that name."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.commands and not ctx.resilient_parsing:
            near = closest(name, COMMANDS)
            hint = f"did you mean `study {near[0]}`?" if near else "`study --help` lists them."
            raise StudyError(f"There is no command {name!r}: {hint}", exit_code=2)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            terminal.hush()
            raise typer.Exit(0) from None

    def get_help(self, ctx: Any) -> str:
        """Print the help; a reader who has seen enough of it closes the pipe."""
        try:
            return super().get_help(ctx)
        except BrokenPipeError:
            terminal.hush()
            raise typer.Exit(0) from None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the commands by what they are for; in a third of the time that Typer's own layout takes."""
        panels: dict[str, list[tuple[str, ...]]] = {}
        for name, command in self.commands.items():
            line = f"[slug]{name:<10}[/]", (command.help or "").splitlines()[0]
            panels.setdefault(getattr(command, "rich_help_panel", ""), []).append(line)
        terminal.show(f"[title]study[/]  {self.help}")
        for panel, lines in panels.items():
            terminal.show(f"\n[room]{panel}[/]")
            terminal.lines(lines)
        terminal.show("\n[room]Options[/]")
        for option in self.get_params(ctx):
            if record := option.get_help_record(ctx):
                terminal.lines([(f"[slug]{max(option.opts, key=len):<22}[/]", terminal.literal(record[1]))])
        terminal.show("\n[quiet]study COMMAND --help tells more.[/]")


def application(names: Iterable[str]) -> typer.Typer:
    """Return the program with some of its commands."""
    app = typer.Typer(
        name="study",
        cls=Commands,
        callback=start,
        invoke_without_command=True,
        help="Read machine-learning papers, run them, keep track of your reading.",
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    register(app, names)
    return app


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        terminal.show(f"study {version('ml-foundations')}")
        raise typer.Exit()


def start(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Show the help where no command is named."""
    if ctx.invoked_subcommand is None:
        ctx.get_help()


def run(args: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code: 0 done, 1 failed, 2 misused, 130 interrupted.

    Args:
        args: The command line without the program's name; that of this process by default.
    """
    terminal.prepare()
    args = _wanted(list(sys.argv[1:] if args is None else args))
    known = args[:1] if args and args[0] in COMMANDS else COMMANDS  # only what is asked for is imported
    try:
        program = typer.main.get_command(application(known))
        code = program.main(args, prog_name="study", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        terminal.hush()
        return 0
    except SystemExit as ended:  # rich, which lays out the help of a command, ends at a closed pipe with 1
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        return 0
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:
        if os.environ.get("STUDY_DEBUG"):
            raise
        return _explain(error)
    if code == INTERRUPTED:
        terminal.error("Interrupted; nothing is left half-written.")
    return code if isinstance(code, int) else 0


def _wanted(args: list[str]) -> list[str]:
    """Return the command line with `study help [COMMAND]`, as other programs have it, in our own words."""
    if args[:1] != ["help"]:
        return args
    return [*args[1:], "--help"] if args[1:] else []


def _explain(error: Exception) -> int:
    """Print an error in one or two lines and return the exit code it means."""
    if isinstance(error, StudyError):
        terminal.error(error.message)
        return error.exit_code
    if format_message := getattr(error, "format_message", None):  # the command line itself is wrong
        path = getattr(getattr(error, "ctx", None), "command_path", "study")
        message = " ".join(format_message().split()).rstrip(".").replace("Value error, ", "")
        message += "" if message.endswith("?") else "."
        terminal.error(f"{message}\nTry `{path} --help`.")
        return getattr(error, "exit_code", 2)
    if type(error).__module__.split(".")[0] == "foundations":
        terminal.error(str(error))
        return 1
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        terminal.error(f"{where}{error.strerror[0].lower()}{error.strerror[1:]}.")
        return 1
    first = str(error).strip().split("\n")[0]
    terminal.error(
        f"unexpected {type(error).__name__}: {first}\n"
        "This is a bug in study: run the command again with STUDY_DEBUG=1 for the traceback."
    )
    return 1
