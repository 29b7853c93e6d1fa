"""`study demo SLUG`: the show of an entry."""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import complete, options, terminal
from study.cli.terminal import literal

if TYPE_CHECKING:
    from study.entries.catalogue import Catalogue, Entry


def demo(
    slug: Annotated[
        str,
        typer.Argument(metavar="SLUG", help="The entry.", autocompletion=complete.demos, show_default=False),
    ],
    budget: Annotated[
        options.Budget,
        typer.Option("--budget", "-b", help="quick: seconds; standard: minutes; full: hours."),
    ] = options.Budget.QUICK,
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Everything random follows from it.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder for the figures.", show_default="runs/SLUG/demo", file_okay=False
        ),
    ] = None,
) -> None:
    """Run an entry's demo and draw its figures.

    The figures that the notes show are made by: study demo SLUG --out papers/SLUG/figures
    """
    from study.entries import importing
    from study.files.errors import StudyError

    catalogue = options.catalogue()
    entry = catalogue.get(slug)
    if not entry.has_demo:
        raise StudyError(_no_demo(entry, catalogue), exit_code=2)
    folder = _writable(out or entry.root / "runs" / entry.slug / "demo")
    os.environ.setdefault("MPLBACKEND", "Agg")
    show = getattr(importing.module(entry, "demo"), "demo", None)
    if not callable(show):
        raise StudyError(f"{entry.path.name}/demo.py: expected a function demo(budget, *, seed, out).")
    before = _figures(folder)
    start = time.monotonic()
    try:
        show(str(budget), seed=seed, out=folder)
    except KeyboardInterrupt:
        drawn = "what was drawn so far is in" if _changed(folder, before) else "nothing was drawn into"
        raise StudyError(f"Interrupted: {drawn} {terminal.near(folder)}.", exit_code=130) from None
    except Exception as error:
        if os.environ.get("STUDY_DEBUG"):
            raise
        raise StudyError(_failure(entry, error)) from None
    seconds = time.monotonic() - start
    for name in _changed(folder, before):
        terminal.note(f"[done]✓[/] {literal(terminal.near(folder / name))}")
    terminal.note(f"[quiet]{budget} budget, seed {seed}, {seconds:.1f} s[/]")


def _no_demo(entry: Entry, catalogue: Catalogue) -> str:
    others = ", ".join(other.slug for other in catalogue if other.has_demo)
    return f"{entry.slug} has no demo.\n" + (
        f"These have one: {others}." if others else "No entry has one yet."
    )


def _writable(folder: Path) -> Path:
    """Make a folder and prove that it can be written, before hours go by.

    Raises:
        StudyError: It cannot.
    """
    from study.files.errors import StudyError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".study-"):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StudyError(
            f"{terminal.near(folder)} cannot hold the figures: {reason}.\nName another folder with --out."
        ) from None
    return folder.resolve()


def _figures(folder: Path) -> dict[str, int]:
    """Return every file of a folder with the time it was written."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _changed(folder: Path, before: dict[str, int]) -> list[str]:
    """Return the files that were written since."""
    return [name for name, time_ns in _figures(folder).items() if before.get(name) != time_ns]


def _failure(entry: Entry, error: Exception) -> str:
    """Say where in the entry's code a demo failed."""
    from study.files.paths import shown

    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(entry.path)
    ]
    where = (
        f"{shown(Path(frames[-1].filename))}:{frames[-1].lineno}" if frames else shown(entry.path / "demo.py")
    )
    first = str(error).strip().split("\n")[0]
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return f"{where}: the demo failed: {what}\nSTUDY_DEBUG=1 before the command shows the traceback."
