"""Read a text file of the knowledge base."""

from __future__ import annotations

from pathlib import Path

from study.files.errors import FileError


def read_text(path: Path) -> str:
    """Return the text of a file of the knowledge base, its line endings untouched.

    Raises:
        FileError: The file is missing, unreadable or not UTF-8; a byte that is not is named by its line.
    """
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
