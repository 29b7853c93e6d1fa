"""Writing files so that a reader finds the old one or the new one, never a half."""

import contextlib
import os
import tempfile
from pathlib import Path

from foundations.errors import FoundationsError


def write_atomically(
    path: str | Path, content: str | bytes, *, error: type[FoundationsError] = FoundationsError
) -> None:
    """Write a whole file or leave the old one as it was.

    The content goes to a temporary file in the same folder, reaches the disk, and takes the name in one step.
    Missing folders are made; the permissions of a file that is replaced are kept.

    Args:
        path: Where to write; a symbolic link is followed, not replaced.
        content: Text is written as UTF-8 with the line ends it has.
        error: Class of the error to raise.

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
        os.replace(temporary, target)
        temporary = ""
    except OSError as reason:
        why = reason.strerror or str(reason)
        raise error(
            f"cannot write {path}: {why}; choose a folder you may write to, or free some space"
        ) from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _mode(target: Path) -> int:
    """Return the permissions of the file that is replaced, or those a new file gets."""
    with contextlib.suppress(FileNotFoundError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
