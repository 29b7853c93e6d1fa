"""The idx format: what it says is what is there, or an error that names the difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from foundations.data import DataError, parse_idx
from foundations.data.idx import DTYPES


def written(array: np.ndarray) -> bytes:
    """Write an array in the idx format, straight from its description."""
    code = next(code for code, dtype in DTYPES.items() if np.dtype(dtype) == array.dtype.newbyteorder(">"))
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


arrays = st.sampled_from(list(DTYPES.values())).flatmap(
    lambda dtype: hnp.arrays(
        np.dtype(dtype).newbyteorder("="), hnp.array_shapes(max_dims=4, max_side=5, min_side=0)
    )
)


@given(arrays)
def test_what_is_written_is_what_is_read(array):
    read = parse_idx(written(array))
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)
    assert read.flags.writeable


@given(arrays, st.data())
def test_every_truncation_is_noticed(array, data):
    content = written(array)
    with pytest.raises(DataError):
        parse_idx(content[: data.draw(st.integers(0, len(content) - 1))])


IMAGES = written(np.arange(30, dtype=np.uint8).reshape(2, 3, 5))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with nothing"),
        (b"\x1f\x8b\x08\x00", "starts with 1f 8b 08 00, expected 00 00"),
        (b"\0\0\x0a\x01\0\0\0\0", "starts with 00 00 0a 01"),
        (IMAGES[:9], "ends inside its header, after 9 of 16 bytes"),
        (IMAGES[:-1], r"is truncated: shape \(2, 3, 5\) needs 46 bytes, got 45"),
        (IMAGES + b"\0", r"has bytes after its end: shape \(2, 3, 5\) needs 46 bytes, got 47"),
        (written(np.zeros(3, np.uint8)), "has 1 dimensions, expected 3"),
    ],
)
def test_what_is_wrong_is_said(content, message):
    with pytest.raises(DataError, match=f"train images: .*{message}"):
        parse_idx(content, name="train images", ndim=3)
