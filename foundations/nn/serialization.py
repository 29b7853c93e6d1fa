"""Named arrays in files: NumPy's .npz without pickle, and safetensors.

A safetensors file is eight bytes (little-endian length of the header), a JSON header
`{name: {"dtype", "shape", "data_offsets"}}`, and the raw arrays one after the other.
Source: the format's description, https://github.com/huggingface/safetensors.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foundations.errors import FoundationsError
from foundations.files import write_atomically

_DTYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


class SavedStateError(FoundationsError, ValueError):
    """Raise when a file of arrays cannot be read."""


def save_arrays(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays: safetensors where the name ends in .safetensors, else .npz without pickle.

    Raises:
        SavedStateError: If the type of an array has no place in the format, or the file cannot be written.
    """
    path = Path(path)
    content = _safetensors(arrays) if path.suffix == ".safetensors" else _npz(arrays)
    write_atomically(path, content, error=SavedStateError)


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read named arrays from a .safetensors or .npz file.

    Returns:
        Arrays by name; those of a safetensors file are read-only views of its bytes.

    Raises:
        SavedStateError: If the file is missing, truncated, or not of the format its name says.
    """
    path = Path(path)
    try:
        return _read_safetensors(path.read_bytes()) if path.suffix == ".safetensors" else _read_npz(path)
    except OSError as error:
        raise SavedStateError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, struct.error, zipfile.BadZipFile, EOFError) as error:
        kind = "safetensors" if path.suffix == ".safetensors" else ".npz"
        raise SavedStateError(f"{path} is not a whole {kind} file ({error}): get or save it again") from None


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.ascontiguousarray(a) for name, a in arrays.items()})
    return buffer.getvalue()


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("a single array, not an archive")
        return {name: archive[name] for name in archive.files}


def _safetensors(arrays: Mapping[str, np.ndarray]) -> bytes:
    header: dict[str, Any] = {}
    chunks, start = [], 0
    for name, array in arrays.items():
        dtype = array.dtype.newbyteorder("<")
        if dtype not in _NAMES:
            raise SavedStateError(f"safetensors cannot hold {name} of type {array.dtype}: convert it")
        raw = np.ascontiguousarray(array, dtype=dtype).tobytes()
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(array.shape),
            "data_offsets": [start, start + len(raw)],
        }
        start += len(raw)
        chunks.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the format asks for arrays aligned to eight bytes
    return b"".join([struct.pack("<Q", len(text)), text, *chunks])


def _read_safetensors(raw: bytes) -> dict[str, np.ndarray]:
    (length,) = struct.unpack_from("<Q", raw)
    if 8 + length > len(raw):
        raise ValueError(f"the header claims {length} bytes, the file has {len(raw)}")
    header = json.loads(raw[8 : 8 + length])
    body = memoryview(raw)[8 + length :]
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, stop = entry["data_offsets"]
        shape = tuple(entry["shape"])
        if entry["dtype"] == "BF16":  # the upper half of a float32
            halves = np.frombuffer(body[start:stop], "<u2").astype("<u4") << 16
            array = halves.view("<f4")
        else:
            array = np.frombuffer(body[start:stop], _DTYPES[entry["dtype"]])
        if array.size != math.prod(shape):
            raise ValueError(f"{name} has {array.size} elements for shape {shape}")
        arrays[name] = array.reshape(shape)
    return arrays
