"""Writing files so that a reader finds the old one or the new one, never a half."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from foundations.errors import FoundationsError


def write_atomically(
    path: str | Path,
    content: str | bytes,
    *,
    error: type[FoundationsError] = FoundationsError,
    only_if: Callable[[], bool] | None = None,
) -> bool:
    """Write a whole file or leave the old one as it was.

    The content goes to a temporary file in the same folder, reaches the disk, and takes the name in one step.
    Missing folders are made; the permissions of a file that is replaced are kept.

    Args:
        path: Where to write; a symbolic link is followed, not replaced.
        content: Text is written as UTF-8 with the line ends it has.
        error: Class of the error to raise.
        only_if: Asked as the last thing before the file takes the name; where it says no, nothing changes.

    Returns:
        Whether the file was written.

    Raises:
        FoundationsError: Of the class `error`, if the file cannot be written; in one line.
    """
    target = Path(path)
    data = content.encode() if isinstance(content, str) else content
    temporary = ""
    try:
        target = target.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(target))
        if only_if is not None and not only_if():
            return False
        os.replace(temporary, target)
        temporary = ""
        return True
    except OSError as reason:
        why = reason.strerror or str(reason)
        raise error(
            f"cannot write {path}: {why}; choose a folder you may write to, or free some space"
        ) from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


@contextlib.contextmanager
def locked(
    path: str | Path, *, timeout: float = 60.0, error: type[FoundationsError] = FoundationsError
) -> Iterator[None]:
    """Hold the lock of a file, so that what is read, changed and written meanwhile is not written by others.

    The lock is a file beside it, `.NAME.lock`, which stays: removing it could let two hold it at once. The
    system lets go of the lock of a process that dies.

    Args:
        path: The file, whether it is there or not; a symbolic link is followed.
        timeout: How long to wait for another process, in seconds.
        error: Class of the error to raise.

    Yields:
        Nothing.

    Raises:
        FoundationsError: Of the class `error`, if the lock cannot be had.
    """
    from filelock import FileLock, Timeout  # here, because most that write files need no lock

    target = Path(path).resolve()
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=timeout)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise error(f"cannot write {path}: another process is writing it; try again") from None
    except OSError as reason:
        why = reason.strerror or str(reason)
        raise error(f"cannot write {path}: {why}; choose a folder you may write to") from None
    try:
        yield
    finally:
        lock.release()


def _mode(target: Path) -> int:
    """Return the permissions of the file that is replaced, or those a new file gets."""
    with contextlib.suppress(FileNotFoundError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
