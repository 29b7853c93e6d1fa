"""Replace a file of the reader's as a whole, one writer at a time.

Whenever the process dies, the file is the old one or the new one; of several writers, each sees the work of
those before it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
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
        StudyError: It cannot be written, or is read-only; the file is as it was.
    """
    _replace(path, data, None)


def replace(path: Path, data: str | bytes, expected: bytes) -> bool:
    """Replace the content of `path` as `write` does, if it still is what is expected; tell whether it was.

    It is looked at after the new content is on the disk, as the last thing before that takes the name.

    Raises:
        StudyError: It cannot be written, or is read-only; the file is as it was.
    """

    def unchanged() -> bool:
        try:
            return path.read_bytes() == expected
        except FileNotFoundError:
            return False

    return _replace(path, data, unchanged)


def _replace(path: Path, data: str | bytes, still: Callable[[], bool] | None) -> bool:
    # The superuser may write anything, and would: so the permissions are read, not tried.
    if path.is_file() and not path.stat().st_mode & 0o222:
        raise StudyError(f"{paths.shown(path)} is read-only: allow writing with `chmod u+w`, or leave it be.")
    try:
        return write_atomically(path, data, only_if=still)
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
