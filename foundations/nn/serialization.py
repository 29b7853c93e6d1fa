"""Named arrays in files: NumPy's .npz without pickle, and safetensors.

A safetensors file is eight bytes (little-endian length of the header), a JSON header
`{name: {"dtype", "shape", "data_offsets"}}`, and the raw arrays one after the other.
Source: the format's description, https://github.com/huggingface/safetensors.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foundations.data.safetensors import DTYPES, parse_safetensors
from foundations.errors import DataError, FoundationsError
from foundations.files import write_atomically

_NAMES = {np.dtype(code): name for name, code in DTYPES.items()}


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
        Arrays by name.

    Raises:
        SavedStateError: If the file is missing, truncated, or not of the format its name says.
    """
    path = Path(path)
    try:
        if path.suffix == ".safetensors":
            return parse_safetensors(path.read_bytes(), name=str(path))
        return _read_npz(path.read_bytes())
    except OSError as error:
        raise SavedStateError(f"cannot read {path}: {error.strerror or error}") from None
    except DataError as error:
        raise SavedStateError(f"{error}; get or save it again") from None
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        raise SavedStateError(f"{path} is not a whole .npz file ({error}): get or save it again") from None


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.ascontiguousarray(a) for name, a in arrays.items()})
    return buffer.getvalue()


def _read_npz(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
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
