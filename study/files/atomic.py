"""Replace a file of the reader's as a whole, one writer at a time.

Whenever the process dies, the file is the old one or the new one; of several writers, each sees the work of
those before it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from foundations.errors import FoundationsError
from foundations.files import write_atomically
from study.files import paths
from study.files.checkout import find_root
from study.files.errors import StudyError

_LOCK_TIMEOUT = 20.0  # seconds


def write(path: Path, data: str | bytes) -> None:
    """Replace the content of `path`, following links and keeping its mode.

    Raises:
        StudyError: It cannot be written; the file is as it was.
    """
    try:
        write_atomically(path, data)
    except FoundationsError as error:
        raise StudyError(str(error)) from None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of one file of a checkout.

    The lock lies in `.study/locks/` of the checkout, never beside the file. What a killed process left beside
    the file is removed.

    Raises:
        StudyError: Another process holds the lock for too long, or it cannot be created.
    """
    from filelock import FileLock, Timeout

    folder = paths.local_folder(find_root(path.parent)) / "locks"
    name = sha256(str(path.resolve()).encode()).hexdigest()[:16]
    lock = FileLock(folder / f"{name}.lock", timeout=_LOCK_TIMEOUT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise StudyError(f"{paths.shown(path)}: another study is writing it; try again.") from None
    except OSError as error:
        where = paths.shown(folder)
        raise StudyError(f"{paths.shown(path)}: cannot be locked in {where}: {error.strerror}") from None
    try:
        _sweep(path.resolve())
        yield
    finally:
        lock.release()


def _sweep(target: Path) -> None:
    """Remove the temporary files that killed processes left beside the file."""
    for left in target.parent.glob(f".{target.name}.*.part"):
        with contextlib.suppress(OSError):
            left.unlink()
