"""What the reader sees: two consoles, one look, plain text and JSON for programs.

Results go to standard output; progress, notices and errors to standard error. Colour, bars and boxes are for
terminals only. Whatever the encoding of the terminal, nothing that is printed can fail, and whatever foreign
text holds (a title, a field of a .bib file, the name of a file), a terminal obeys none of it.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.files.foreign import flat, json_for_terminal, visible

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

STYLES = {
    "title": "bold",
    "room": "bold cyan",
    "slug": "cyan",
    "quiet": "bright_black",
    "done": "green",
    "begun": "yellow",
    "again": "magenta",
    "open": "bright_black",
    "good": "green",
    "bad": "red",
    "unsure": "yellow",
    "mark": "bold yellow",
    "command": "bold",
    "error": "bold red",
}
PLAIN = {
    "✓": "x", "✗": "-", "◐": "~", "○": "o", "◌": ".", "›": ">", "·": "-", "—": "-", "–": "-", "…": "...",
    "•": "*", "━": "=", "╌": ".", "→": "->", "←": "<-", "√": "sqrt ", "×": "x", "≤": "<=", "≥": ">=",
    "±": "+-", "’": "'", "‘": "'", "“": '"', "”": '"', "−": "-", "ᵀ": "^T", "∇": "grad ", "∑": "sum ",
    "∏": "prod ", "∂": "d", "∞": "inf", "✅": "done", "│": "|", "─": "-", "╭": "+", "╮": "+", "╰": "+",
    "╯": "+", "‖": "||", "∈": "in", "↻": "@",
}  # fmt: skip
NOT_A_TERMINAL = 160
"""Columns where the output goes to a file or a pipe and `COLUMNS` does not say."""


def prepare() -> None:
    """Make the standard streams take any character: what their encoding lacks is written in ASCII."""
    codecs.register_error("study", _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed, or not a text file
            stream.reconfigure(errors="study")  # type: ignore[union-attr]


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """Write the characters that an encoding lacks by their ASCII likeness, or by a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_ascii(letter) for letter in text), error.end


def _ascii(letter: str) -> str:
    if letter in PLAIN:
        return PLAIN[letter]
    likeness = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    if likeness or unicodedata.combining(letter):
        return likeness
    name = unicodedata.name(letter, "")
    return name.rpartition("LETTER ")[2].lower() if name.startswith("GREEK") else "?"


@cache
def out() -> Console:
    """The console of results: standard output."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """The console of everything else: standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console
    from rich.segment import Segment
    from rich.theme import Theme

    class Plain(Console):
        """Prints text and its own colours, and never what foreign text would tell the terminal to do."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

        def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                shown = segment.text if segment.control else visible(segment.text)
                yield segment if shown == segment.text else Segment(shown, segment.style)

    console = Plain(stderr=stderr, theme=Theme(STYLES), highlight=False, soft_wrap=False)
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console.width = NOT_A_TERMINAL
    return console


def show(*parts: RenderableType) -> None:
    """Print results; to a file or a pipe without the blanks that fill a line up."""
    if out().is_terminal:
        out().print(*parts, sep="\n")
        return
    with out().capture() as captured:
        out().print(*parts, sep="\n")
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def note(text: str) -> None:
    """Print a line that is no result: what was done, what to do next. Markup is understood."""
    err().print(text)


def say(text: str) -> None:
    """Print lines as they are, at once: what a command that goes on running tells."""
    sys.stdout.write(visible(text) + "\n")
    sys.stdout.flush()


def error(message: str) -> None:
    """Print an error of one or two lines; nothing in it is taken for markup."""
    from rich.text import Text

    message = message.replace(f"{Path.cwd()}{os.sep}", "")
    first, *rest = message.strip().splitlines() or ["something went wrong"]
    err().print(Text.assemble(("error: ", "error"), first), soft_wrap=True)
    if rest:
        err().print(Text(" ".join(rest), style="quiet" if err().is_terminal else ""), soft_wrap=True)


def emit(data: Any) -> None:
    """Print data as JSON, and nothing else, to standard output."""
    wide = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(data, ensure_ascii=not wide, indent=2, default=str)
    sys.stdout.write(json_for_terminal(text) + "\n")
    sys.stdout.flush()


def document(text: str) -> None:
    """Print a file, such as BibTeX: to a program byte for byte, to a terminal without what it would obey."""
    sys.stdout.write(visible(text) if sys.stdout.isatty() else text)


def literal(text: str) -> str:
    """Return text as markup that prints it as it is, on one line."""
    from rich.markup import escape

    return escape(flat(text))


def lines(rows: Iterable[str | tuple[str, ...]], indent: int = 2) -> None:
    """Print lines of markup, indented; on a terminal also where they wrap.

    Args:
        rows: A line each; of a tuple only the last part wraps, below itself.
        indent: Columns to the left.
    """
    from rich.padding import Padding
    from rich.table import Table

    for row in rows:
        cells = (row,) if isinstance(row, str) else row
        if not out().is_terminal:
            out().print(" " * indent + " ".join(cells), soft_wrap=True)
            continue
        table = Table.grid(padding=(0, 1, 0, 0))
        for _ in cells[1:]:
            table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row(*cells)
        out().print(Padding(table, (0, 0, 0, indent)))


def bar(done: int, total: int, width: int = 12) -> str:
    """Return a bar of a fixed width as markup.

    >>> bar(1, 4, 8)
    '[begun]━━[/][open]╌╌╌╌╌╌[/]'
    """
    full = round(width * done / total) if total else 0
    if total and 0 < done < total:
        full = min(max(full, 1), width - 1)
    style = "done" if done == total else "begun"
    head = f"[{style}]{'━' * full}[/]" if full else ""
    return head + (f"[open]{'╌' * (width - full)}[/]" if full < width else "")


def minutes(count: int) -> str:
    """Return a time as a reader says it.

    >>> [minutes(count) for count in (40, 60, 95)]
    ['40 min', '1 h', '1 h 35']
    """
    hours, rest = divmod(count, 60)
    return f"{count} min" if not hours else f"{hours} h {rest:02d}" if rest else f"{hours} h"


def near(path: Path) -> str:
    """Return a path relative to the current folder where it lies in it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def narrow() -> bool:
    """Tell whether the terminal has little room."""
    return out().width < 72


@contextlib.contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Progress]:
    """Show a progress bar on standard error while it is a terminal; nothing otherwise.

    Args:
        what: What is being done.
        total: How many steps; None where nobody knows.
    """
    from rich import progress as rich

    counted = (rich.BarColumn(bar_width=28), rich.MofNCompleteColumn()) if total is not None else ()
    columns = (
        rich.SpinnerColumn(),
        rich.TextColumn("{task.description}"),
        *counted,
        rich.TimeElapsedColumn(),
    )
    shown = rich.Progress(*columns, console=err(), transient=True, disable=not err().is_terminal)
    shown.add_task(literal(what), total=total)
    with shown:
        yield shown


@contextlib.contextmanager
def transfer(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many bytes came, as `progress`; yields what to call with bytes received and bytes in all."""
    from rich import progress as rich

    text = rich.TextColumn("{task.description}")
    columns = (text, rich.BarColumn(bar_width=28), rich.DownloadColumn(), rich.TransferSpeedColumn())
    shown = rich.Progress(*columns, console=err(), transient=True, disable=not err().is_terminal)
    task = shown.add_task(literal(what), total=None)
    with shown:
        yield lambda done, total: shown.update(task, completed=done, total=total or None)


def hush() -> None:
    """Let nothing more be written to a pipe that nobody reads."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
