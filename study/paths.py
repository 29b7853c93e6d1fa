"""Where the knowledge base is: its root, its rooms, and how its files are named to the reader."""

from __future__ import annotations

from pathlib import Path

ROOMS = ("foundations", "implementations", "papers")
"""The folders that hold entries, in the order in which imports may run (right to left)."""


def is_root(folder: Path) -> bool:
    """Tell whether `folder` is the root of a checkout: a `pyproject.toml` beside the first and last room."""
    return (
        (folder / "pyproject.toml").is_file()
        and (folder / "foundations").is_dir()
        and (folder / "papers").is_dir()
    )


def find_root(start: Path | None = None) -> Path:
    """Return the root of the checkout that encloses `start` (the current folder by default).

    Raises:
        CheckoutError: No enclosing folder is a checkout.
    """
    from study.errors import CheckoutError

    try:
        here = (start or Path.cwd()).absolute()
    except FileNotFoundError:
        raise CheckoutError("The current folder no longer exists: change into a checkout.") from None
    for folder in (here, *here.parents):
        if is_root(folder):
            return folder
    raise CheckoutError(
        f"study works inside a checkout of ML Foundations, and {here} is not in one.\n"
        "Get the sources with `git clone`, change into their folder and run study there."
    )


def shown(path: Path) -> str:
    """Return `path` as the reader knows it: relative to the root of its checkout where there is one."""
    full = path.absolute()
    for folder in full.parents:
        if is_root(folder):
            return full.relative_to(folder).as_posix()
    return str(path)


def state(root: Path) -> Path:
    """Return the folder of what `study` keeps on this machine (never committed): `.study`."""
    return root / ".study"


def read(path: Path) -> str:
    """Return the text of a file of the knowledge base, its line endings untouched.

    Raises:
        FileError: The file is missing, unreadable or not UTF-8; a byte that is not is named by its line.
    """
    from study.errors import FileError

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileError(path, None, "there is no such file") from None
    except IsADirectoryError:
        raise FileError(path, None, "expected a file, got a folder") from None
    except OSError as error:
        raise FileError(path, None, f"cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, line, f"not UTF-8 text: byte 0x{data[error.start]:02x}") from None
