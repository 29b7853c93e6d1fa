"""NumPy's .npz: a zip archive of .npy files, read without pickle and with its sizes checked first.

Source:
    NumPy, "NEP 1 — A simple file format for NumPy arrays"; the zip archive by APPNOTE.TXT of PKWARE.
"""

import ast
import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from foundations.data.arrays import copied, is_shape, quoted
from foundations.errors import DataError

LARGEST_RATIO, ALWAYS_ALLOWED = 20, 64 << 20
"""Arrays may take this many times the bytes of their file, and 64 MiB whatever the file."""

_HEADER_LENGTH = {b"\1\0": "<H", b"\2\0": "<I", b"\3\0": "<I"}  # by the version of the format
_LONGEST_HEADER = 10_000  # characters, as in NumPy
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,  # an encrypted member, or a way of packing that is not implemented
)


def parse_npz(content: bytes, *, name: str = "npz") -> dict[str, np.ndarray]:
    """Read the arrays of an .npz file.

    Args:
        content: The whole file.
        name: What to call it in errors.

    Returns:
        Name to array, in the order of the file; the arrays can be written to.

    Raises:
        DataError: If it is no whole .npz, holds objects, holds an array twice, or lies about its sizes:
            members that overlap, that unpack to far more than the file, or whose header names another size.

    Examples:
        >>> parse_npz(pack_npz({"file": np.arange(3)}))["file"]
        array([0, 1, 2])
    """
    arrays: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_sizes(archive, len(content), name)
            for info in archive.infolist():
                key = info.filename.removesuffix(".npy")
                if key == info.filename:
                    raise DataError(f"{name}: {quoted(key)} is no array: expected names that end in .npy")
                if key in arrays:
                    raise DataError(f"{name}: holds array {quoted(key)} twice")
                arrays[key] = _parse_npy(_member(archive, info, name), f"{name}: array {quoted(key)}")
    except _DAMAGED as reason:
        raise DataError(f"{name}: not a whole .npz file ({quoted(str(reason))})") from None
    return arrays


def pack_npz(arrays: Mapping[str, np.ndarray], *, compress: bool = False) -> bytes:
    """Write arrays as an .npz file, the same bytes every time; any name will do, `file` too.

    Args:
        arrays: Name to array, of numbers or text.
        compress: Whether to deflate them.

    Returns:
        The whole file.

    Raises:
        ValueError: If an array holds objects, or a name has a zero byte, which a zip archive cannot keep.
    """
    buffer = io.BytesIO()
    packing = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for key, array in arrays.items():
            if "\0" in key:
                raise ValueError(f"an .npz file cannot hold an array called {quoted(key)}: rename it")
            info = zipfile.ZipInfo(f"{key}.npy")  # dated 1980, whenever it is written
            info.compress_type = packing
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return buffer.getvalue()


def _check_sizes(archive: zipfile.ZipFile, length: int, name: str) -> None:
    members = archive.infolist()
    packed = sum(info.compress_size for info in members)
    unpacked = sum(info.file_size for info in members)
    if packed > length:
        raise DataError(f"{name}: its arrays overlap: {packed:,} bytes of them in a file of {length:,}")
    if unpacked > max(LARGEST_RATIO * length, ALWAYS_ALLOWED):
        largest = max(members, key=lambda info: info.file_size)
        raise DataError(
            f"{name}: would unpack to {unpacked:,} bytes, more than {LARGEST_RATIO} times its {length:,}; "
            f"the largest is array {quoted(largest.filename.removesuffix('.npy'))}"
        )


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    """Read a member; what zipfile gives is never longer than the member says it is."""
    try:
        with archive.open(info) as stream:
            content = stream.read(info.file_size)
    except _DAMAGED as reason:
        what = quoted(info.filename.removesuffix(".npy"))
        raise DataError(f"{name}: array {what} is damaged ({quoted(str(reason))})") from None
    return content


def _parse_npy(content: bytes, array: str) -> np.ndarray:
    """Read one .npy; `array` is what errors call it."""
    version = content[6:8]
    if content[:6] != b"\x93NUMPY" or version not in _HEADER_LENGTH:
        raise DataError(f"{array} is no .npy file: it starts with {content[:8].hex(' ') or 'nothing'}")
    form = _HEADER_LENGTH[version]
    start = 8 + struct.calcsize(form)
    if len(content) < start:
        raise DataError(f"{array} ends inside its header")
    (length,) = struct.unpack(form, content[8:start])
    if length > min(len(content) - start, _LONGEST_HEADER):
        raise DataError(f"{array} has a header of {length:,} bytes in {len(content):,}")
    header = content[start : start + length].decode("utf-8" if version == b"\3\0" else "latin-1", "replace")
    dtype, fortran, shape = _header(header, array)
    try:
        return copied(memoryview(content)[start + length :], dtype, shape, fortran=fortran)
    except ValueError as reason:
        raise DataError(f"{array} of shape {quoted(shape)} {reason}") from None


def _header(text: str, array: str) -> tuple[np.dtype, bool, tuple[int, ...]]:
    """Read the header of an .npy: a Python dictionary of constants."""
    wrong = DataError(f"{array} has a header that cannot be read: {quoted(text.strip())}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # text that Python warns of is no header
            header: Any = ast.literal_eval(text)
            if not isinstance(header, dict) or header.keys() != {"descr", "fortran_order", "shape"}:
                raise wrong
            dtype = np.lib.format.descr_to_dtype(header["descr"])
    except (ValueError, TypeError, SyntaxError, KeyError, IndexError, AttributeError):
        raise wrong from None
    except (MemoryError, RecursionError, Warning):
        raise wrong from None
    fortran, shape = header["fortran_order"], header["shape"]
    if not isinstance(fortran, bool) or not isinstance(shape, tuple) or not is_shape(shape):
        raise wrong
    if dtype.hasobject:
        raise DataError(f"{array} holds Python objects, which are not unpickled: save numbers")
    if dtype.itemsize == 0 or dtype.subdtype is not None:
        raise DataError(f"{array} has type {quoted(str(dtype))}: expected numbers or text")
    return dtype, fortran, shape
