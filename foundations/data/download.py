"""Fetching files from their home into the cache: whole, checked, and only then under their names.

How long a file is, is known before it is asked for: an address that sends more is left at once. Processes
that want the same file take turns, and those that waited use what the first one fetched.
"""

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from foundations.data.content import check, is_packed, most, read_content, unwrap
from foundations.data.source import File
from foundations.data.transfer import Progress, chunks
from foundations.errors import DataError

WORK = ".parts"
"""Folder of the cache with the locks, and with what is on its way: `NAME.raw` came, `NAME.new` is checked."""


def download(files: Sequence[File], cache: Path, *, progress: Progress | None = None) -> None:
    """Fetch files that the same address serves and give them their names in the cache.

    Args:
        files: One file, or several members of one zip archive; all with the same addresses.
        cache: Folder of the cache.
        progress: Called as the bytes come in.

    Raises:
        DataError: If no address serves the right files, or the cache cannot be written.
    """
    work = cache / WORK / files[0].path.replace("/", "-")
    try:
        work.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{work}.lock"):
            if all(_is_here(file, cache) for file in files):
                return  # another process fetched it while this one waited
            with ExitStack() as stack:
                stack.callback(_remove, work)
                _sweep(work.parent)
                _first_that_serves(files, cache, work, progress)
    except OSError as reason:
        raise DataError(
            f"cannot write to the cache {cache}: {reason.strerror or reason}; make it writable, "
            "or put the files in a folder that ML_FOUNDATIONS_DATA points at"
        ) from None


def _is_here(file: File, cache: Path) -> bool:
    for path in (cache / file.path, cache / f"{file.path}.gz"):
        if path.is_file():
            with suppress(DataError):
                check(read_content(path, file), file, str(path))
                return True
    return False


def _sweep(folder: Path) -> None:
    """Remove what processes left that were killed: nobody holds their locks."""
    for part in [*folder.glob("*.raw"), *folder.glob("*.new")]:
        with suppress(Timeout), FileLock(f"{part.with_suffix('')}.lock", timeout=0):
            part.unlink(missing_ok=True)


def _remove(work: Path) -> None:
    for suffix in (".raw", ".new"):
        Path(f"{work}{suffix}").unlink(missing_ok=True)


def _first_that_serves(files: Sequence[File], cache: Path, work: Path, progress: Progress | None) -> None:
    reasons = []
    report = progress
    if progress and files[0].cut:  # nobody knows how much of it the cut will read
        report = lambda url, done, _: progress(url, done, 0)
    for url in files[0].urls:
        try:
            with closing(chunks(url, _limit(files, url), report)) as stream:
                parts = _parts(files, url, stream, Path(f"{work}.raw"))
        except DataError as reason:
            reasons.append(str(reason))
            continue
        for file, content in parts:
            packed = not file.member and not file.cut and is_packed(url, file)
            _keep(content, Path(f"{work}.new"), cache / (f"{file.path}.gz" if packed else file.path))
        return
    raise DataError(
        f"{'; '.join(reasons)}; nothing was kept. A folder that has it: ML_FOUNDATIONS_DATA=FOLDER"
    )


def _limit(files: Sequence[File], url: str) -> int:
    """Return the most bytes that an address may send."""
    if files[0].transfer:
        return files[0].transfer
    if files[0].member:  # an archive is not longer than its members, names and a note beside them
        return sum(most(file, packed=True) for file in files) + 65_536
    return most(files[0], packed=is_packed(url, files[0]))


def _parts(files: Sequence[File], url: str, stream: Iterator[bytes], raw: Path) -> list[tuple[File, bytes]]:
    """Take the files out of what comes, and make sure that they are the right ones."""
    first = files[0]
    if first.cut:
        content = first.cut(_named(stream, url))
        check(content, first, url)
        return [(first, content)]
    with raw.open("wb") as part:
        part.writelines(stream)
    came = raw.read_bytes()
    if not first.member:
        check(unwrap(came, url, first, packed=is_packed(url, first)), first, url)
        return [(first, came)]
    return [(file, _member(came, file, url)) for file in files]


def _named(stream: Iterator[bytes], url: str) -> Iterator[bytes]:
    yield from stream
    raise DataError(f"{url} ended before the part that is needed was whole")


def _member(raw: bytes, file: File, url: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            length = archive.getinfo(file.member).file_size
            if length > file.size:
                raise DataError(f"{url}: {file.member} has {length:,} bytes, expected {file.size:,}")
            content = archive.read(file.member)
    except (zipfile.BadZipFile, KeyError, zlib.error, EOFError, ValueError, RuntimeError):
        raise DataError(f"{url} served no zip archive with {file.member}") from None
    check(content, file, url)
    return content


def _keep(content: bytes, part: Path, target: Path) -> None:
    """Write a content to the disk, then give it its name in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, target)
