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

from foundations.autodiff.tensor import values
from foundations.data.npz import pack_npz, parse_npz
from foundations.data.safetensors import DTYPES, parse_metadata, parse_safetensors
from foundations.errors import DataError, DTypeError, FoundationsError
from foundations.files import write_atomically
from foundations.nn.arguments import shown

_NAMES = {np.dtype(code): name for name, code in DTYPES.items()}


class SavedStateError(FoundationsError, ValueError):
    """Raise when a file of arrays cannot be read."""


def save_arrays(
    path: str | Path, arrays: Mapping[str, Any], *, metadata: Mapping[str, str] | None = None
) -> None:
    """Write named arrays: safetensors where the name ends in .safetensors, else .npz without pickle.

    Args:
        path: Where to; a file that is there is replaced.
        arrays: Arrays or Tensors by name, of any shape; names are any text.
        metadata: What else the file says of itself, text by name; safetensors only.

    Raises:
        SavedStateError: If the type or name of an array has no place in the format, metadata are to go into
            an .npz file, or the file cannot be written.
        DTypeError: If they are not arrays by name, or the metadata not text by name.
    """
    path = _path("save_arrays", path)
    given, said = _checked(arrays), _text("save_arrays", metadata)
    if said and path.suffix != ".safetensors":
        raise SavedStateError(f"only safetensors hold metadata, not {path.name}: save as .safetensors")
    content = _safetensors(given, said) if path.suffix == ".safetensors" else _npz(path, given)
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
    path = _path("load_arrays", path)
    parse = parse_safetensors if path.suffix == ".safetensors" else parse_npz
    try:
        return parse(path.read_bytes(), name=str(path))
    except OSError as error:
        raise SavedStateError(f"cannot read {path}: {error.strerror or error}") from None
    except DataError as error:
        raise SavedStateError(f"{error}; get or save it again") from None


def load_metadata(path: str | Path) -> dict[str, str]:
    """Read what a .safetensors file says of itself.

    Returns:
        Text by name; empty where the file says nothing.

    Raises:
        SavedStateError: If the file is missing or not a safetensors file.
    """
    path = _path("load_metadata", path)
    try:
        return parse_metadata(path.read_bytes(), name=str(path))
    except OSError as error:
        raise SavedStateError(f"cannot read {path}: {error.strerror or error}") from None
    except DataError as error:
        raise SavedStateError(f"{error}; get or save it again") from None


def _text(owner: str, metadata: Any) -> dict[str, str]:
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping) or not all(
        isinstance(one, str) for pair in metadata.items() for one in pair
    ):
        raise DTypeError(f"{owner} takes metadata as text by name, got {shown(metadata)}")
    return dict(metadata)


def _npz(path: Path, arrays: Mapping[str, np.ndarray]) -> bytes:
    try:
        return pack_npz(arrays)
    except ValueError as error:
        raise SavedStateError(f"cannot write {path}: {error}") from None


def _path(owner: str, path: Any) -> Path:
    if not isinstance(path, str | Path):
        raise DTypeError(f"{owner} expects the path of a file, got {shown(path)}")
    return Path(path)


def _checked(arrays: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return what is to be saved as arrays of numbers by name.

    Raises:
        DTypeError: If it is no mapping from text.
        SavedStateError: If a name cannot be written as UTF-8, or an array holds objects.
    """
    if not isinstance(arrays, Mapping) or not all(isinstance(name, str) for name in arrays):
        raise DTypeError(f"save_arrays takes a mapping of names to arrays, got {shown(arrays)}")
    checked = {}
    for name, a in arrays.items():
        try:
            name.encode()
            checked[name] = values(a)
        except UnicodeEncodeError:
            raise SavedStateError(f"cannot save an array named {name!r}: it is not valid text") from None
        except ValueError:
            raise SavedStateError(f"cannot save {name}: its rows differ in length") from None
        if checked[name].dtype.hasobject:
            raise SavedStateError(f"cannot save {name} of type {checked[name].dtype}: convert it")
    return checked


def _safetensors(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    chunks, start = [], 0
    for name, a in arrays.items():
        dtype = a.dtype.newbyteorder("<")
        if dtype not in _NAMES:
            raise SavedStateError(f"safetensors cannot hold {name} of type {a.dtype}: convert it")
        if name == "__metadata__":
            raise SavedStateError("safetensors keeps the name __metadata__ for itself: rename that array")
        raw = a.astype(dtype, copy=False).tobytes()
        header[name] = {
            "dtype": _NAMES[dtype],
            "shape": list(a.shape),
            "data_offsets": [start, start + len(raw)],
        }
        start += len(raw)
        chunks.append(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the format asks for arrays aligned to eight bytes
    return b"".join([struct.pack("<Q", len(text)), text, *chunks])
