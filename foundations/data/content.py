"""The content of a file, whatever it is wrapped in, and whether it is the right one.

How long a content is, is known before it is read: nothing longer is read or unpacked.
"""

import gzip
import hashlib
import io
import zipfile
import zlib
from pathlib import Path

from foundations.data.source import File
from foundations.errors import DataError

AGAIN = "delete it and run `study data fetch`"


def most(file: File, *, packed: bool) -> int:
    """Return how many bytes a file may have on a disk or on the way.

    Args:
        file: Its record.
        packed: Whether it is wrapped once more, in gzip.

    Returns:
        Its size; with room for the frame of gzip, or of the zip archive that an .npz is.
    """
    framed = packed or file.path.endswith(".npz")
    return file.size + (file.size // 1000 + 4096 if framed else 0)


def is_packed(name: str, file: File) -> bool:
    """Tell whether a path or an address holds a file wrapped in gzip: it ends in `.gz`, the file does not."""
    return name.endswith(".gz") and not file.path.endswith(".gz")


def read_content(path: Path, file: File) -> bytes:
    """Read a file and unwrap it.

    Args:
        path: Where it lies.
        file: Its record.

    Returns:
        Its content.

    Raises:
        DataError: If it cannot be read, is damaged, ends too early, or is longer than it should be.
    """
    packed = is_packed(path.name, file)
    try:
        length, limit = path.stat().st_size, most(file, packed=packed)
        if length > limit:
            raise DataError(
                f"{path}: not the file it should be ({length:,} bytes, expected {limit:,} at most); {AGAIN}"
            )
        return unwrap(path.read_bytes(), str(path), file, packed=packed)
    except OSError as reason:
        raise DataError(
            f"{path}: cannot be read ({reason.strerror or reason}); check its permissions"
        ) from None


def unwrap(raw: bytes, name: str, file: File, *, packed: bool) -> bytes:
    """Take a content out of gzip.

    Args:
        raw: Bytes as they lay or came.
        name: Their path or address, for the error.
        file: Record of the file that they hold.
        packed: Whether they are wrapped.

    Returns:
        The content.

    Raises:
        DataError: If it should be compressed and is damaged, ends too early, or holds more than it should.
    """
    if not packed:
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            content = stream.read(file.size + 1)
    except EOFError:
        raise DataError(f"{name}: ends too early, as after an interrupted download; {AGAIN}") from None
    except (gzip.BadGzipFile, zlib.error) as reason:
        raise DataError(f"{name}: damaged gzip file ({reason}); {AGAIN}") from None
    if len(content) > file.size:
        raise DataError(
            f"{name}: not the file it should be (unpacks to more than the {file.size:,} bytes "
            f"expected); {AGAIN}"
        )
    return content


def sha256(content: bytes, name: str, *, size: int | None = None) -> str:
    """Hash a content; of an .npz, the arrays it holds in the order of their names, not the compression.

    Args:
        content: As `read_content` returns it.
        name: Name of the file; its suffix says whether it is an .npz.
        size: The most that an .npz may hold unpacked, bytes; None if its origin is not in doubt.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: If it should be an .npz and is none, or holds more than `size`.
    """
    digest = hashlib.sha256()
    if not name.endswith(".npz"):
        digest.update(content)
        return digest.hexdigest()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            length = unpacked_size(archive)
            if size is not None and length > size:
                raise DataError(
                    f"{name}: not the file it should be (unpacks to {length:,} bytes, expected {size:,}); "
                    + AGAIN
                )
            for member in sorted(archive.namelist()):
                digest.update(member.encode() + b"\0" + archive.read(member))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as reason:
        raise DataError(f"{name}: damaged .npz file ({reason}); {AGAIN}") from None
    return digest.hexdigest()


def unpacked_size(archive: zipfile.ZipFile) -> int:
    """Return the bytes that the members of an archive take unpacked; reading one never gives more."""
    return sum(info.file_size for info in archive.infolist())


def check(content: bytes, file: File, where: str) -> None:
    """Make sure that a content is the one the table of data sets describes.

    Args:
        content: The content.
        file: Its record in the table.
        where: Where it was found, for the error.

    Raises:
        DataError: If its hash is another.
    """
    try:
        found = sha256(content, file.path, size=file.size)
    except DataError as reason:
        raise DataError(str(reason).replace(file.path, where, 1)) from None
    if found != file.sha256:
        length = "" if file.path.endswith(".npz") else f", {len(content):,} of {file.size:,} bytes"
        raise DataError(
            f"{where}: not the file it should be "
            f"(sha256 {found[:12]}…, expected {file.sha256[:12]}…{length}); {AGAIN}"
        )
