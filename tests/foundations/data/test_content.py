"""What a content is known by."""

import io

import numpy as np
import pytest

from foundations.data import DataError
from foundations.data.content import sha256


def test_the_hash_of_an_npz_sees_the_arrays_and_not_the_packing():
    packed, plain, other = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.savez_compressed(packed, x=np.zeros(9), y=np.ones(3))
    np.savez(plain, y=np.ones(3), x=np.zeros(9))
    np.savez(other, y=np.ones(3), x=np.ones(9))
    hashes = [sha256(buffer.getvalue(), "a.npz") for buffer in (packed, plain, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    with pytest.raises(DataError, match=r"a\.npz: damaged \.npz file"):
        sha256(packed.getvalue()[:100], "a.npz")
