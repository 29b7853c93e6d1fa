"""The safetensors format: the length of a header, the header in JSON, and the numbers, little-endian."""

import json
import math

import numpy as np

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


def parse_safetensors(content: bytes, *, name: str = "safetensors") -> dict[str, np.ndarray]:
    """Read the arrays of a safetensors file.

    Args:
        content: The whole file.
        name: What to call it in errors.

    Returns:
        Name to array; the arrays can be written to.

    Raises:
        DataError: If the header is not one, a type is unknown, or an array does not fit its bytes.
    """
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > len(content) - 8:
        raise DataError(
            f"{name}: not a safetensors file: its header would be {length} bytes of {len(content)}"
        )
    try:
        header = json.loads(content[8 : 8 + length])
        records = {
            key: (r["dtype"], tuple(r["shape"]), *r["data_offsets"])
            for key, r in header.items()
            if key != "__metadata__"
        }
    except (ValueError, AttributeError, KeyError, TypeError):
        raise DataError(f"{name}: not a safetensors file: its header cannot be read") from None
    data = memoryview(content)[8 + length :]
    arrays = {}
    for key, (kind, shape, start, end) in records.items():
        if kind not in DTYPES:
            raise DataError(f"{name}: array {key!r} has type {kind!r}, expected one of {', '.join(DTYPES)}")
        dtype = np.dtype(DTYPES[kind])
        if not 0 <= start <= end <= len(data) or end - start != math.prod(shape) * dtype.itemsize:
            raise DataError(
                f"{name}: array {key!r} of shape {shape} does not fit bytes {start} to {end} of {len(data)}"
            )
        arrays[key] = np.frombuffer(data[start:end], dtype).reshape(shape).astype(dtype.newbyteorder("="))
    return arrays
