"""The files that are searched, and what tells that one may have changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from study.files import paths
from study.search.terms import NAME as INDEX


class Stamp(NamedTuple):
    """What tells that a file may have changed: its time in nanoseconds and its size, with its companion's."""

    time: int
    size: int


def companion(path: Path) -> Path | None:
    """Return the file that is read with another: the `index.yml` beside notes, where there is one."""
    beside = path.with_name(INDEX)
    return beside if path.name == "notes.md" and beside.is_file() else None


def discover(root: Path) -> Iterator[tuple[str, Stamp]]:
    """Yield every file that is searched, as its path relative to the root, with its stamp."""
    for room in paths.ROOMS:
        yield from _walk(root, room, (".py", ".md", ".bib"))
    yield from _walk(root, "docs", (".md", ".bib"))
    yield from _walk(root, "reader/notes", (".md",))


def _walk(root: Path, folder: str, endings: tuple[str, ...]) -> Iterator[tuple[str, Stamp]]:
    try:
        with os.scandir(root / folder) as found:
            items = sorted(found, key=lambda item: item.name)
    except OSError:
        return
    for item in items:
        if item.name.startswith((".", "_")) and item.name != "__init__.py":
            continue
        path = f"{folder}/{item.name}"
        if item.is_dir():
            if item.name not in ("figures", "assets"):
                yield from _walk(root, path, endings)
        elif item.name.endswith(endings) and _is_searched(path):
            try:
                yield path, _stamp(Path(item))
            except OSError:  # gone since the folder was listed
                continue


def _stamp(path: Path) -> Stamp:
    files = [file.stat() for file in (path, companion(path)) if file is not None]
    return Stamp(max(file.st_mtime_ns for file in files), sum(file.st_size for file in files))


def _is_searched(path: str) -> bool:
    """Tell the pages, checklists, modules and bibliographies from other files of the same endings."""
    if path.endswith(".md") and not path.startswith(("docs/", "reader/")):
        return path.count("/") == 2 and not path.endswith("/README.md")  # a page of an entry
    return True
