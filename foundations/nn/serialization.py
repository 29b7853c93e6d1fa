"""Named arrays in files: NumPy's .npz without pickle, and safetensors.

A safetensors file is eight bytes (little-endian length of the header), a JSON header
`{name: {"dtype", "shape", "data_offsets"}}`, and the raw arrays one after the other.
Source: the format's description, https://github.com/huggingface/safetensors.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foundations.data.npz import pack_npz, parse_npz
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
    content = _safetensors(arrays) if path.suffix == ".safetensors" else _npz(path, arrays)
    write_atomically(path, content, error=SavedStateError)


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read named arrays from a .safetensors or .npz file.

    Sizes are checked before memory is taken: a file that names other sizes than it has is refused.

    Returns:
        Arrays by name.

    Raises:
        SavedStateError: If the file is missing, truncated, not of the format its name says, or lies about the
            size of an array; the message names both.
    """
    path = Path(path)
    parse = parse_safetensors if path.suffix == ".safetensors" else parse_npz
    try:
        return parse(path.read_bytes(), name=str(path))
    except OSError as error:
        raise SavedStateError(f"cannot read {path}: {error.strerror or error}") from None
    except DataError as error:
        raise SavedStateError(f"{error}; get or save it again") from None


def _npz(path: Path, arrays: Mapping[str, np.ndarray]) -> bytes:
    try:
        return pack_npz({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    except ValueError as error:
        raise SavedStateError(f"cannot write {path}: {error}") from None


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
