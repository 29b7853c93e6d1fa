"""The content of a file, whatever it is wrapped in, and whether it is the right one."""

import gzip
import hashlib
import io
import zipfile
import zlib
from pathlib import Path

from foundations.data.source import File
from foundations.errors import DataError


def read_content(path: Path) -> bytes:
    """Read a file and unwrap it.

    Args:
        path: The file; `.gz` at its end says that it is compressed.

    Returns:
        Its content.

    Raises:
        DataError: If it cannot be read, is damaged, or ends too early.
    """
    try:
        return unwrap(path.read_bytes(), str(path))
    except OSError as reason:
        raise DataError(
            f"{path}: cannot be read ({reason.strerror or reason}); check its permissions"
        ) from None


def unwrap(raw: bytes, name: str) -> bytes:
    """Take a content out of gzip.

    Args:
        raw: Bytes of a file.
        name: Its path or address; `.gz` at its end says that it is compressed.

    Returns:
        The content.

    Raises:
        DataError: If it should be compressed and is damaged or ends too early.
    """
    if not name.endswith(".gz"):
        return raw
    try:
        return gzip.decompress(raw)
    except EOFError:
        raise DataError(f"{name}: ends too early, as after an interrupted download; {_AGAIN}") from None
    except (gzip.BadGzipFile, zlib.error) as reason:
        raise DataError(f"{name}: damaged gzip file ({reason}); {_AGAIN}") from None


def sha256(content: bytes, name: str) -> str:
    """Hash a content; of an .npz, the arrays it holds in the order of their names, not the compression.

    Args:
        content: As `read_content` returns it.
        name: Name of the file; its suffix says whether it is an .npz.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: If it should be an .npz and is none.
    """
    digest = hashlib.sha256()
    if not name.endswith(".npz"):
        digest.update(content)
        return digest.hexdigest()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in sorted(archive.namelist()):
                digest.update(member.encode() + b"\0" + archive.read(member))
    except (zipfile.BadZipFile, zlib.error, EOFError) as reason:
        raise DataError(f"{name}: damaged .npz file ({reason}); {_AGAIN}") from None
    return digest.hexdigest()


def check(content: bytes, file: File, where: str) -> None:
    """Make sure that a content is the one the table of data sets describes.

    Args:
        content: The content.
        file: Its record in the table.
        where: Where it was found, for the error.

    Raises:
        DataError: If its hash is another.
    """
    found = sha256(content, file.path)
    if found != file.sha256:
        length = "" if file.path.endswith(".npz") else f", {len(content):,} of {file.size:,} bytes"
        raise DataError(
            f"{where}: not the file it should be "
            f"(sha256 {found[:12]}…, expected {file.sha256[:12]}…{length}); {_AGAIN}"
        )


_AGAIN = "delete it and run `study data fetch`"
