"""Where the knowledge base is: its root, its rooms, and how its files are named to the reader."""

from __future__ import annotations

from pathlib import Path

ROOMS = ("foundations", "implementations", "papers")
"""The folders that hold entries, in the order in which imports may run (right to left)."""

ROOM_TITLES = {"foundations": "Foundations", "implementations": "Implementations", "papers": "Papers"}
"""What the reader calls them, on the pages and at the command line."""


def is_root(folder: Path) -> bool:
    """Tell whether `folder` is the root of a checkout: a `pyproject.toml` beside the first and last room."""
    return (
        (folder / "pyproject.toml").is_file()
        and (folder / "foundations").is_dir()
        and (folder / "papers").is_dir()
    )


def shown(path: Path) -> str:
    """Return `path` as the reader knows it: relative to the root of its checkout where there is one."""
    full = path.absolute()
    for folder in full.parents:
        if is_root(folder):
            return full.relative_to(folder).as_posix()
    return str(path)


def local_folder(root: Path) -> Path:
    """Return the folder of what `study` keeps on this machine (never committed): `.study`."""
    return root / ".study"
