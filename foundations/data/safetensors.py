"""The safetensors format: the length of a header, the header in JSON, and the numbers, little-endian.

Source:
    Hugging Face, the description of the format: the arrays lie one after the other, without gaps, none
    overlaps another, and the header is at most 100 MB long. https://github.com/huggingface/safetensors
"""

import json
import math
from typing import Any

import numpy as np

from foundations.data.arrays import copied, is_count, is_shape, quoted
from foundations.errors import DataError

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
LONGEST_HEADER = 100_000_000


def parse_safetensors(content: bytes, *, name: str = "safetensors") -> dict[str, np.ndarray]:
    """Read the arrays of a safetensors file.

    Args:
        content: The whole file.
        name: What to call it in errors.

    Returns:
        Name to array, in the order of the header; the arrays can be written to.

    Raises:
        DataError: If the header is not one, a type is unknown, or the arrays do not fit the bytes: one is of
            another size than its shape, two overlap, or bytes belong to none. The message names the array.
    """
    header, data = _parts(content, name)
    header.pop("__metadata__", None)
    places = {key: _place(key, record, len(data), name) for key, record in header.items()}
    _check_that_they_tile(places, len(data), name)
    arrays = {}
    for key, (dtype, shape, start, end) in places.items():
        try:
            arrays[key] = copied(data[start:end], dtype, shape)
        except ValueError as reason:
            raise DataError(f"{name}: array {quoted(key)} of shape {quoted(shape)} {reason}") from None
    return arrays


def parse_metadata(content: bytes, *, name: str = "safetensors") -> dict[str, str]:
    """Read what a safetensors file says of itself, beside its arrays.

    Args:
        content: The whole file.
        name: What to call it in errors.

    Returns:
        Text by name; empty where there is none.

    Raises:
        DataError: If the header is not one, or the metadata are not text by name.
    """
    said = _parts(content, name)[0].get("__metadata__", {})
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
        raise DataError(f"{name}: its metadata are not text by name: {quoted(said)}")
    return said


def _parts(content: bytes, name: str) -> tuple[dict[str, Any], memoryview]:
    """Return the header and the bytes of the arrays."""
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(len(content) - 8, LONGEST_HEADER):
        raise DataError(
            f"{name}: not a safetensors file: its header would be {length} bytes of {len(content)}"
        )
    return _header(content[8 : 8 + length], name), memoryview(content)[8 + length :]


Place = tuple[np.dtype, list[int], int, int]
"""Type, shape, first byte and the byte after the last."""


def _header(raw: bytes, name: str) -> dict[str, Any]:
    """Read the JSON of the header."""

    def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))
            raise DataError(f"{name}: its header names {quoted(twice)} twice; each array has one place")
        return found

    try:
        header = json.loads(raw, object_pairs_hook=without_repetition)
    except (ValueError, RecursionError):
        raise DataError(f"{name}: not a safetensors file: its header cannot be read as JSON") from None
    if not isinstance(header, dict):
        raise DataError(f"{name}: not a safetensors file: its header cannot be read: it is {quoted(header)}")
    return header


def _place(key: str, record: Any, length: int, name: str) -> Place:
    """Check what the header says of one array against the bytes there are."""
    array = f"{name}: array {quoted(key)}"
    if not isinstance(record, dict) or not {"dtype", "shape", "data_offsets"} <= record.keys():
        raise DataError(
            f"{array}: expected dtype, shape and data_offsets in the header, got {quoted(record)}"
        )
    kind, shape, offsets = record["dtype"], record["shape"], record["data_offsets"]
    if not isinstance(kind, str) or kind not in DTYPES:
        raise DataError(f"{array} has type {quoted(kind)}, expected one of {', '.join(DTYPES)}")
    if not is_shape(shape):
        raise DataError(f"{array} has shape {quoted(shape)}, expected a list of 64 whole numbers at most")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(is_count, offsets)):
        raise DataError(f"{array} has offsets {quoted(offsets)}, expected two whole numbers from 0")
    start, end = offsets
    dtype = np.dtype(DTYPES[kind])
    if not start <= end <= length or end - start != math.prod(shape) * dtype.itemsize:
        raise DataError(
            f"{array} of shape {quoted(tuple(shape))} does not fit bytes {quoted(start)} to {quoted(end)} "
            f"of {length}"
        )
    return dtype, shape, start, end


def _check_that_they_tile(places: dict[str, Place], length: int, name: str) -> None:
    """Make sure that the arrays lie end to end: nothing is shared, so nothing can grow on loading."""
    reached, before = 0, ""
    for key, (_, _, start, end) in sorted(places.items(), key=lambda item: item[1][2:]):
        if start < reached:
            raise DataError(f"{name}: arrays {quoted(before)} and {quoted(key)} overlap, from byte {start}")
        if start > reached:
            raise DataError(
                f"{name}: bytes {reached} to {start}, before array {quoted(key)}, belong to no array"
            )
        reached, before = end, key
    if reached != length:
        raise DataError(f"{name}: bytes {reached} to {length}, after the last array, belong to no array")
