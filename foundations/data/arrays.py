"""Arrays out of bytes that others wrote: sizes are checked before memory is taken."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

LARGEST_RANK = 64


def is_count(value: Any) -> bool:
    """Tell whether a value is a whole number that can count something; True and 2.0 are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_shape(value: Any) -> bool:
    """Tell whether a value is a shape NumPy can have: of 64 whole numbers at most, in a list or a tuple."""
    return isinstance(value, list | tuple) and len(value) <= LARGEST_RANK and all(map(is_count, value))


def quoted(text: object, most: int = 60) -> str:
    """Return a value of a foreign file as an error can show it: quoted, escaped and short."""
    shown = repr(text[: most + 1] if isinstance(text, str) else text)
    return shown if len(shown) <= most else shown[: most - 2] + "…" + shown[:1].strip("[({0123456789-")


def copied(data: memoryview, dtype: np.dtype, shape: Sequence[int], *, fortran: bool = False) -> np.ndarray:
    """Copy an array out of a buffer.

    Args:
        data: Its bytes and no others.
        dtype: Type of its numbers, in the byte order of the file.
        shape: Its shape.
        fortran: Whether the first axis varies fastest.

    Returns:
        The array, in the byte order of this machine; it can be written to.

    Raises:
        ValueError: If the bytes are not as many as type and shape need, or NumPy has no such shape.
    """
    needed = math.prod(shape) * dtype.itemsize
    if needed != len(data):
        raise ValueError(f"needs {needed:,} bytes and has {len(data):,}")
    try:
        array: np.ndarray = np.ndarray(tuple(shape), dtype, data, order="F" if fortran else "C")
    except (ValueError, OverflowError, TypeError) as reason:
        raise ValueError(f"cannot be: {reason}") from None
    return array.astype(dtype.newbyteorder("="), order="K")
