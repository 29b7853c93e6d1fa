"""Where data sets lie on this machine: in the package, in a folder of yours, or in the cache."""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from foundations.data import registry
from foundations.data.content import check, read_content
from foundations.data.source import File, Source
from foundations.errors import DataError

VARIABLE = "ML_FOUNDATIONS_DATA"
"""Environment variable that points at a folder that already has the data, laid out as the table says."""

SHIPPED = Path(__file__).parent / "shipped"


class Status(StrEnum):
    """Whether a data set can be used now, and if not, what it takes; absent is what nobody serves."""

    SHIPPED = "shipped"
    PRESENT = "present"
    FETCHABLE = "to fetch"
    ABSENT = "absent"


def cache_folder() -> Path:
    """Return the folder that keeps what was fetched; it need not exist yet."""
    import pooch  # here, because most data needs no network

    return Path(pooch.os_cache("ml-foundations"))


def folders(source: Source) -> tuple[Path, ...]:
    """List the folders in which the files of a data set may lie, in the order in which they are looked at.

    Args:
        source: Its record.

    Returns:
        The package alone for what it ships; else the folder of `ML_FOUNDATIONS_DATA`, if set, and the cache.

    Raises:
        DataError: If `ML_FOUNDATIONS_DATA` is set and is no folder.
    """
    if source.shipped:
        return (SHIPPED,)
    own = os.environ.get(VARIABLE)
    if not own:
        return (cache_folder(),)
    if not Path(own).is_dir():
        raise DataError(f"{VARIABLE} points at {own}, which is no folder; correct it or unset it")
    return Path(own), cache_folder()


def locate(source: Source, file: File) -> Path | None:
    """Find a file of a data set.

    Args:
        source: The data set.
        file: One of its files.

    Returns:
        The path, compressed or not; None if it is nowhere.

    Raises:
        DataError: As `folders`.
    """
    for folder in folders(source):
        for path in (folder / file.path, folder / f"{file.path}.gz"):
            if path.is_file():
                return path
    return None


def status(name: str) -> Status:
    """Tell whether a data set is at hand, going by the presence of its files.

    Args:
        name: Its name in the table.

    Returns:
        The status.

    Raises:
        DataError: If there is no such data set, or as `folders`.
    """
    source = registry.find(name)
    if source.shipped:
        return Status.SHIPPED
    absent = [file for file in source.files if locate(source, file) is None]
    if not absent:
        return Status.PRESENT
    return Status.FETCHABLE if all(file.urls for file in absent) else Status.ABSENT


def contents(source: Source) -> tuple[bytes, ...]:
    """Read the files of a data set that is at hand, each checked against its hash.

    Args:
        source: The data set.

    Returns:
        One content a file.

    Raises:
        DataError: If a file is missing, damaged or another one.
    """
    return tuple(_content(source, file, locate(source, file)) for file in source.files)


def verify(name: str) -> tuple[Path, ...]:
    """Check the files of a data set against their hashes.

    Args:
        name: Its name in the table.

    Returns:
        The files; none for a data set that comes with a dependency.

    Raises:
        DataError: If a file is missing, damaged or another one; the message says which and what to do.
    """
    source = registry.find(name)
    contents(source)
    return tuple(path for file in source.files if (path := locate(source, file)))


def fetch(name: str, *, progress: Callable[[str, int, int], object] | None = None) -> tuple[Path, ...]:
    """Bring a data set here, unless it is: from its home into the cache, checked before it is kept.

    Args:
        name: Its name in the table.
        progress: Called with the address, the bytes received and the bytes there are (0 if unknown).

    Returns:
        Its files.

    Raises:
        DataError: If it cannot be had: no network, an address that serves something else, a cache that cannot
            be written, a damaged file in a folder of yours, or a data set that nobody serves.
    """
    source = registry.find(name)
    wanted: dict[tuple[str, ...], list[File]] = {}
    for file in source.files:
        if not _is_right(source, file):
            wanted.setdefault(file.urls, []).append(file)
    if wanted:
        from foundations.data.download import download

        for files in wanted.values():
            download(files, cache_folder(), progress=progress)
    return tuple(path for file in source.files if (path := locate(source, file)))


def _is_right(source: Source, file: File) -> bool:
    """Tell a right file from one to fetch; a damaged one is fetched again only if it lies in the cache."""
    path = locate(source, file)
    try:
        _content(source, file, path)
    except DataError:
        if not file.urls or (path is not None and not path.is_relative_to(cache_folder())):
            raise
        return False
    return True


def _content(source: Source, file: File, path: Path | None) -> bytes:
    if path is None:
        raise DataError(_missing(source, file))
    content = read_content(path, file)
    check(content, file, str(path))
    return content


def _missing(source: Source, file: File) -> str:
    what = f"data set {source.name!r} is not here: {file.path} is missing"
    if source.shipped:
        return f"{what} from the package; install ml-foundations again"
    if file.urls:
        return f"{what}; run `study data fetch {source.name}`"
    return f"{what}, and nobody serves it: {source.instead}"
