"""Fetching files from their home into the cache: whole, checked, and only then under their names."""

import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pooch
import requests
from filelock import FileLock

from foundations.data.content import check, unwrap
from foundations.data.source import File
from foundations.errors import DataError
from foundations.files import write_atomically

SECONDS = 30
"""How long a server may keep silent."""

Progress = Callable[[str, int, int], object]
"""Called with the address, the bytes received and the bytes there are (0 if the server does not say)."""


def download(files: Sequence[File], cache: Path, *, progress: Progress | None = None) -> None:
    """Fetch files that the same address serves and give them their names in the cache.

    Processes that want something from the network at the same time take turns.

    Args:
        files: One file, or several members of one zip archive; all with the same addresses.
        cache: Folder of the cache.
        progress: Called as the bytes come in.

    Raises:
        DataError: If no address serves the right files, or the cache cannot be written.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / ".lock"):
            _first_that_serves(files, cache, progress)
    except OSError as reason:
        raise DataError(
            f"cannot write to the cache {cache}: {reason.strerror or reason}; make it writable, "
            "or put the files in a folder that ML_FOUNDATIONS_DATA points at"
        ) from None


def _first_that_serves(files: Sequence[File], cache: Path, progress: Progress | None) -> None:
    reasons = []
    for url in files[0].urls:
        try:
            raw = _transfer(url, cache, progress)
            parts = [(file, _part(raw, file, url)) for file in files]
        except DataError as reason:
            reasons.append(str(reason))
            continue
        for file, part in parts:
            compressed = url.endswith(".gz") and not file.member
            write_atomically(cache / (f"{file.path}.gz" if compressed else file.path), part, error=DataError)
        return
    raise DataError(
        f"{'; '.join(reasons)}; nothing was kept. A folder that has it: ML_FOUNDATIONS_DATA=FOLDER"
    )


def _part(raw: bytes, file: File, url: str) -> bytes:
    """Take a file out of what came, and make sure that it is the right one."""
    part = raw
    if file.member:
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                part = archive.read(file.member)
        except (zipfile.BadZipFile, KeyError):
            raise DataError(f"{url} served no zip archive with {file.member}") from None
    check(unwrap(part, url) if not file.member else part, file, url)
    return part


def _transfer(url: str, cache: Path, progress: Progress | None) -> bytes:
    bar = _Bar(url, progress) if progress else False
    handle, name = tempfile.mkstemp(suffix=".part", dir=cache)
    os.close(handle)
    try:
        pooch.HTTPDownloader(progressbar=bar, timeout=SECONDS)(url, name, None)  # pyright: ignore[reportArgumentType]
        return Path(name).read_bytes()
    except requests.HTTPError as reason:
        raise DataError(f"{url} does not serve it ({reason})") from None
    except requests.Timeout:
        raise DataError(f"{url} kept silent for {SECONDS} s") from None
    except requests.ConnectionError:
        raise DataError(f"{url} cannot be reached: check the network") from None
    except requests.RequestException as reason:
        raise DataError(f"{url} cannot be read ({type(reason).__name__})") from None
    finally:
        os.unlink(name)


class _Bar:
    """What pooch expects of a progress bar, passed on to a function."""

    total = 0

    def __init__(self, url: str, progress: Progress) -> None:
        self._url, self._progress, self._done = url, progress, 0

    def update(self, count: int) -> None:
        self._done += count
        self._progress(self._url, self._done, self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Do nothing: there is nothing to close."""
