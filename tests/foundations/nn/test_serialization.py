"""Arrays in files: what comes back, what is compatible, and what broken files get."""

import json
import struct
import warnings
import zipfile

import numpy as np
import pytest

from foundations import nn
from foundations.nn import SavedStateError, load_arrays, save_arrays

ARRAYS = {
    "a.weight": np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::-1],
    "b": np.array(2.5),
    "flags": np.array([True, False]),
    "counts": np.arange(3, dtype=np.int64),
    "empty": np.zeros((0, 4), dtype=np.float16),
    "big_endian": np.arange(3, dtype=">f4"),
    "half": np.array([0.5, np.inf], dtype=np.float16),
    "none of it": np.zeros((2, 0, 3)),
    "lone flag": np.array(True),
    "file": np.arange(2),
    "allow_pickle": np.arange(3.0),
    "a/b/../c": np.ones(1),
    "x": np.zeros(1),
    "x.npy": np.ones(2),
    "größe · 大小": np.full((1, 2), 7),
    "": np.array([1, 2]),
    "self": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
}


@pytest.mark.parametrize("name", ["x.npz", "x.safetensors"])
def test_what_was_saved_comes_back(tmp_path, name):
    save_arrays(tmp_path / name, ARRAYS)
    loaded = load_arrays(tmp_path / name)
    assert list(loaded) == list(ARRAYS)
    for key, array in ARRAYS.items():
        assert loaded[key].dtype == array.dtype or key == "big_endian"
        assert loaded[key].shape == array.shape
        np.testing.assert_array_equal(loaded[key], array)


def test_numpy_reads_what_is_saved(tmp_path):
    save_arrays(tmp_path / "x.npz", {"a/b": np.arange(3), "c": np.array(2.5)})
    with np.load(tmp_path / "x.npz") as archive:
        assert archive.files == ["a/b", "c"]
        assert archive["c"].shape == ()
    np.savez_compressed(tmp_path / "y.npz", a=np.eye(2))
    np.testing.assert_array_equal(load_arrays(tmp_path / "y.npz")["a"], np.eye(2))


@pytest.mark.parametrize("name", ["x.npz", "x.safetensors"])
def test_a_module_that_holds_every_kind_of_array_is_saved_whole(tmp_path, name):
    class Odd(nn.Module):
        def __init__(self, fill):
            self.lone = nn.Parameter(np.array(1.5 * fill))
            self.empty = nn.Parameter(np.zeros((0, 3)))
            self.half = nn.Parameter(np.full(2, 0.5 * fill, np.float16))
            self.count = nn.Buffer(np.array(3 * fill))
            self.flags = nn.Buffer(np.array([bool(fill), False]))
            self.file = nn.Buffer(np.full((2, 2), fill))
            self.inside = nn.ModuleDict({"a/b": nn.LayerNorm(2), "größe": nn.BatchNorm1d(3)})

    saved, loaded = Odd(1), Odd(0)
    saved.save(tmp_path / name)
    loaded.load(tmp_path / name)
    for key, array in saved.state_dict().items():
        other = loaded.state_dict()[key]
        assert (other.shape, other.dtype) == (array.shape, array.dtype)
        np.testing.assert_array_equal(other, array)
    state = load_arrays(tmp_path / name)
    del state["inside.a/b.bias"]
    with pytest.raises(nn.StateError, match=r"missing inside\.a/b\.bias.*; unexpected x"):
        Odd(0).load_state_dict({**state, "x": np.ones(1)})


def test_names_without_a_place_are_refused(tmp_path):
    with pytest.raises(SavedStateError, match="cannot hold an array called"):
        save_arrays(tmp_path / "x.npz", {"a\0b": np.ones(1)})
    with pytest.raises(SavedStateError, match="__metadata__ for itself"):
        save_arrays(tmp_path / "x.safetensors", {"__metadata__": np.ones(1)})
    for name in ("x.npz", "x.safetensors"):
        with pytest.raises(SavedStateError, match="not valid text"):
            save_arrays(tmp_path / name, {"\ud800": np.ones(1)})


def test_an_archive_with_other_things_in_it_is_refused(tmp_path):
    for entry in ("readme.txt", "a.npy"):
        save_arrays(tmp_path / "x.npz", {"a": np.ones(1)})
        with zipfile.ZipFile(tmp_path / "x.npz", "a") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile's own about the name that is there already
            archive.writestr(entry, b"hello")
        with pytest.raises(SavedStateError, match=r"is no array|twice"):
            load_arrays(tmp_path / "x.npz")


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
