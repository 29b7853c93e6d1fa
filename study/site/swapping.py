"""Put a new folder in the place of an old one in one step: whoever looks sees the one or the other, whole."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h, RENAME_SWAP of macOS: the same number
_HERE = -100  # AT_FDCWD


def swap(made: Path, place: Path, aside: Path) -> None:
    """Put `made` where `place` is, and remove what was there.

    On Linux and macOS the two are exchanged by the system in one step. Elsewhere the old folder is renamed to
    `aside` first; a process that dies between the two renames leaves it there, and `recover` puts it back.

    Args:
        made: The new folder, on the same file system.
        place: Where it goes; a folder may be there or not.
        aside: Where the old one may stand for a moment; nothing is there.

    Raises:
        OSError: It cannot be done; `place` is as it was.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink() or not place.is_dir():
        if place.is_symlink() or place.exists():
            raise NotADirectoryError(errno.ENOTDIR, "expected a folder", str(place))
        made.rename(place)
        return
    if not _exchanged(made, place):
        place.rename(aside)
        try:
            made.rename(place)
        except OSError:
            aside.rename(place)
            raise
        made = aside
    shutil.rmtree(made, ignore_errors=True)


def recover(place: Path, aside: Path) -> None:
    """Put back what a killed `swap` left aside, if nothing stands in its place."""
    if aside.is_dir() and not place.exists():
        with contextlib.suppress(OSError):
            aside.rename(place)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system or the file system cannot."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return library.renamex_np(os.fsencode(one), os.fsencode(other), ctypes.c_uint(_EXCHANGE)) == 0
        exchange = library.renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return exchange(_HERE, os.fsencode(one), _HERE, os.fsencode(other), ctypes.c_uint(_EXCHANGE)) == 0
