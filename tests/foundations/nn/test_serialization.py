"""Arrays in files: what comes back, what is compatible, and what broken files get."""

import json
import struct

import numpy as np
import pytest

from foundations.nn import SavedStateError, load_arrays, save_arrays

ARRAYS = {
    "a.weight": np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::-1],
    "b": np.array(2.5),
    "flags": np.array([True, False]),
    "counts": np.arange(3, dtype=np.int64),
    "empty": np.zeros((0, 4), dtype=np.float16),
    "big_endian": np.arange(3, dtype=">f4"),
}


@pytest.mark.parametrize("name", ["x.npz", "x.safetensors"])
def test_what_was_saved_comes_back(tmp_path, name):
    save_arrays(tmp_path / name, ARRAYS)
    loaded = load_arrays(tmp_path / name)
    assert list(loaded) == list(ARRAYS)
    for key, array in ARRAYS.items():
        assert loaded[key].dtype == array.dtype or key == "big_endian"
        np.testing.assert_array_equal(loaded[key], array)


def test_the_layout_is_that_of_the_format(tmp_path):
    path = tmp_path / "x.safetensors"
    save_arrays(path, {"v": np.array([1.0, 2.0], dtype=np.float32)})
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    assert json.loads(raw[8 : 8 + length]) == {"v": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    assert raw[8 + length :] == np.array([1.0, 2.0], dtype="<f4").tobytes()
    assert length % 8 == 0


@pytest.mark.parametrize("name", ["x.npz", "x.safetensors"])
def test_truncated_files_are_refused_in_one_line(tmp_path, name):
    path = tmp_path / name
    save_arrays(path, ARRAYS)
    whole = path.read_bytes()
    for size in (0, 5, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(SavedStateError) as caught:
            load_arrays(path)
        assert "\n" not in str(caught.value)
        assert name in str(caught.value)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(SavedStateError, match=r"cannot read .*nothing\.npz"):
        load_arrays(tmp_path / "nothing.npz")
    (tmp_path / "file").write_text("")
    with pytest.raises(SavedStateError, match="cannot write"):
        save_arrays(tmp_path / "file" / "x.npz", ARRAYS)


def test_objects_are_never_unpickled(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, bad=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(SavedStateError, match=r"\.npz"):
        load_arrays(path)
    with pytest.raises((SavedStateError, ValueError)):
        save_arrays(tmp_path / "y.npz", {"bad": np.array([None], dtype=object)})


def test_types_without_a_place_are_named(tmp_path):
    with pytest.raises(SavedStateError, match="cannot hold z of type complex128"):
        save_arrays(tmp_path / "x.safetensors", {"z": np.array([1j])})
