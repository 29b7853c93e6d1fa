"""Replace a file as a whole: whenever the process dies, the file is the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from study import paths
from study.errors import StudyError

_LOCK_TIMEOUT = 20.0  # seconds


def write(path: Path, data: bytes) -> None:
    """Replace the content of `path`, following links and keeping its mode.

    The new content is written beside it, flushed to the disk and renamed over it.

    Raises:
        StudyError: The folder cannot be written; the file is as it was.
    """
    target = path.resolve()
    temporary: str | None = None
    try:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=_prefix(target), suffix=".tmp")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
        temporary = None
        _sync_folder(target.parent)
    except OSError as error:
        raise StudyError(f"{paths.shown(path)}: cannot be written: {error.strerror}") from None
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _prefix(target: Path) -> str:
    return f".{target.name}."


def _sweep(target: Path) -> None:
    """Remove what a killed process left beside the file."""
    for left in target.parent.glob(f"{_prefix(target)}*.tmp"):
        with contextlib.suppress(OSError):
            left.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened, and the rename is journalled by the file system
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of one file of a checkout, so that of several writers each sees the other's work.

    The lock lies in `.study/locks/` of the checkout, never beside the file.

    Raises:
        StudyError: Another process holds it for too long, or it cannot be created.
    """
    from filelock import FileLock, Timeout

    folder = paths.state(paths.find_root(path.parent)) / "locks"
    name = sha256(str(path.resolve()).encode()).hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{name}.lock", timeout=_LOCK_TIMEOUT):
            _sweep(path.resolve())
            yield
    except Timeout:
        raise StudyError(f"{paths.shown(path)}: another study is writing it; try again.") from None
    except OSError as error:
        where = paths.shown(folder)
        raise StudyError(f"{paths.shown(path)}: cannot be locked in {where}: {error.strerror}") from None
