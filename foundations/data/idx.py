"""The idx format of MNIST: four bytes of magic, the dimensions, and the numbers, all big-endian.

Source:
    LeCun, Cortes and Burges 1998, The MNIST Database of Handwritten Digits, section "File formats".
"""

import math

import numpy as np

from foundations.errors import DataError

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Third byte of the magic to the type of the numbers."""


def parse_idx(content: bytes, *, name: str = "idx", ndim: int | None = None) -> np.ndarray:
    """Read an array from the idx format.

    Args:
        content: The whole file, unpacked.
        name: What to call it in errors.
        ndim: Number of dimensions it must have; None for any.

    Returns:
        The array, in the byte order of this machine.

    Raises:
        DataError: If the magic is wrong, the numbers stop short or go on after the end, or the number of
            dimensions is not `ndim`.

    Examples:
        >>> parse_idx(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
        array([[1, 2, 3],
               [4, 5, 6]], dtype=uint8)
    """
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in DTYPES:
        raise DataError(
            f"{name}: not an idx file: it starts with {content[:4].hex(' ') or 'nothing'}, expected 00 00, "
            "a type from 08 to 0e and the number of dimensions"
        )
    dtype, rank = np.dtype(DTYPES[content[2]]), content[3]
    if ndim is not None and rank != ndim:
        raise DataError(f"{name}: has {rank} dimensions, expected {ndim}: images have 3 and labels 1")
    start = 4 + 4 * rank
    if len(content) < start:
        raise DataError(f"{name}: ends inside its header, after {len(content)} of {start} bytes")
    shape = tuple(int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank))
    expected = start + math.prod(shape) * dtype.itemsize
    if len(content) != expected:
        what = "is truncated" if len(content) < expected else "has bytes after its end"
        raise DataError(f"{name}: {what}: shape {shape} needs {expected} bytes, got {len(content)}")
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
