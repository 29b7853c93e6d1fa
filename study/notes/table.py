"""Tables of a page that a function of the checkout writes: `<!-- table: path/of/module.py::name -->`."""

from __future__ import annotations

import difflib
import inspect
from pathlib import Path, PurePosixPath

from study.entries import importing
from study.files import paths
from study.files.checkout import find_root
from study.files.errors import FileError
from study.notes.model import Marker, Notes


def shown_table(marker: Marker, notes: Path, root: Path) -> str:
    """Return what must stand between the comments of a table marker: what its function returns.

    The function takes nothing and returns Markdown. It should return the same on every machine: what a
    measurement gave belongs into a fence or into the results of a claim.

    Args:
        marker: The marker.
        notes: The page it stands in, named in errors.
        root: The checkout.

    Raises:
        FileError: The file is no module of a room, it cannot be imported, it has no such function, or the
            function fails or returns something else than text.
    """
    source = marker.source
    relative = PurePosixPath(source.file)
    known = relative.suffix == ".py" and relative.parts[0] in paths.ROOMS and ".." not in relative.parts
    if not known or not (root / relative).is_file():
        rooms = ", ".join(f"{room}/" for room in paths.ROOMS)
        raise FileError(notes, marker.line, f"table: {source.file} is not a Python file of {rooms}")
    module = importing.file(root, relative)
    function = getattr(module, source.name, None)
    if not inspect.isfunction(function):
        functions = [name for name, value in vars(module).items() if inspect.isfunction(value)]
        near = difflib.get_close_matches(source.name, functions, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        what = f"table: {source.file} has no function {source.name}{hint}"
        raise FileError(notes, marker.line, what)
    try:
        text = function()
    except Exception as error:
        what = f"table: {marker.target} failed: {type(error).__name__}: {importing.first_line(error)}"
        raise FileError(notes, marker.line, what) from error
    if not isinstance(text, str):
        what = f"table: expected {marker.target} to return Markdown, got {type(text).__name__}"
        raise FileError(notes, marker.line, what)
    return text.strip()


def tables(notes: Notes) -> dict[str, str]:
    """Return what the tables of a page must show, by the target of their marker.

    Raises:
        FileError: One of them cannot be written.
    """
    root = find_root(notes.path.parent)
    return {marker.target: shown_table(marker, notes.path, root) for marker in notes.tables}


def stale_tables(notes: Notes) -> list[FileError]:
    """Return what is wrong with the tables: a function that is gone or fails, or rows that changed since."""
    root = find_root(notes.path.parent)
    faults = []
    for marker in notes.tables:
        try:
            if shown_table(marker, notes.path, root) != notes.between(marker):
                what = f"the table shown is no longer what {marker.target} returns"
                faults.append(FileError(notes.path, marker.line, what))
        except FileError as error:
            faults.append(error)
    return faults
