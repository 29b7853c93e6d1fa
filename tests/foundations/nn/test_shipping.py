"""Weights in bytes with a scale a row: how far they are off, and what comes back from both files."""

import base64
import json
import subprocess

import numpy as np
import pytest

from foundations.errors import DTypeError
from foundations.nn import SavedStateError, load_metadata, save_arrays
from foundations.nn.shipping import commit_of, dequantise_rows, load_shipped, quantise_rows, ship

RNG = np.random.default_rng(3)
ARRAYS = {
    "matrix": RNG.standard_normal((5, 7)).astype(np.float32),
    "kernel": RNG.standard_normal((2, 3, 5)),
    "vector": RNG.standard_normal(7),
    "zero row": np.array([[0.0, 0.0], [1.0, -3.0]]),
    "empty": np.zeros((0, 3)),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_every_number_is_off_by_half_a_step_at_most(name):
    exact = ARRAYS[name]
    values, scales = quantise_rows(exact)
    rows = len(exact) if exact.ndim > 1 else 1
    assert (values.dtype, values.shape, scales.dtype, scales.shape) == (
        np.int8,
        exact.shape,
        np.float32,
        (rows,),
    )
    back = dequantise_rows(values, scales)
    assert back.dtype == np.float32
    step = scales.reshape(rows, *[1] * (exact.ndim - 1)) if exact.ndim > 1 else scales
    assert (np.abs(back - exact) <= 0.5001 * step + 1e-7).all()


def test_the_largest_number_of_a_row_takes_the_whole_range():
    values, scales = quantise_rows([[4.0, -1.0], [0.5, 0.25]])
    np.testing.assert_array_equal(values, [[127, -32], [127, 64]])
    np.testing.assert_allclose(scales, [4 / 127, 0.5 / 127])


@pytest.mark.parametrize("bad", [np.float64(1.0), [np.nan, 1.0], [[np.inf]]])
def test_what_has_no_rows_or_no_numbers_is_refused(bad):
    with pytest.raises(DTypeError, match="rows of finite numbers"):
        quantise_rows(bad)


def test_both_files_hold_the_same_numbers(tmp_path):
    weights, script = tmp_path / "w.safetensors", tmp_path / "w.js"
    ship(ARRAYS, weights=weights, script=script, metadata={"seed": "0"}, command="make it")
    back = load_shipped(weights)
    assert list(back) == list(ARRAYS)
    assert load_metadata(weights) == {"seed": "0"}
    head, call = script.read_text().strip().split("\n")
    assert head == "// Written by `make it`: not by hand."
    told = json.loads(call.removeprefix("figure.give(").removesuffix(");"))
    assert told["metadata"] == {"seed": "0"}
    for name, one in told["arrays"].items():
        values = np.frombuffer(base64.b64decode(one["values"]), np.int8).reshape(one["shape"])
        scales = np.frombuffer(base64.b64decode(one["scales"]), "<f4")
        np.testing.assert_array_equal(dequantise_rows(values, scales), back[name])


def test_without_a_figure_there_is_one_file(tmp_path):
    weights = tmp_path / "w.safetensors"
    ship(ARRAYS, weights=weights, metadata={"seed": "0"}, command="make it")
    assert [one.name for one in tmp_path.iterdir()] == ["w.safetensors"]
    assert load_metadata(weights) == {"seed": "0"}
    assert list(load_shipped(weights)) == list(ARRAYS)


def test_the_commit_tells_whether_the_code_was_changed_since(tmp_path):
    def git(*command):
        named = ["-c", "user.name=a", "-c", "user.email=a@b"]
        done = subprocess.run(
            ["git", *named, *command], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert commit_of("code", root=tmp_path) == "unknown"
    code, other = tmp_path / "code", tmp_path / "other"
    for folder in (code, other):
        folder.mkdir()
        (folder / "train.py").write_text("1")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "all")
    head = git("rev-parse", "HEAD")
    assert commit_of("code", root=tmp_path) == head
    for name in ("notes.md", "w.js", "w.safetensors", "results.json"):
        (code / name).write_text("2")
    (other / "train.py").write_text("2")
    assert commit_of("code", root=tmp_path) == head
    assert commit_of("code", "other", root=tmp_path) == f"{head} and changes"
    (code / "train.py").write_text("2")
    assert commit_of("code", root=tmp_path) == f"{head} and changes"


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros((2, 3), np.int8)},
        {"x": np.zeros((2, 3), np.int8), "x.scales": np.zeros(3, np.float32)},
        {"x": np.zeros((2, 3), np.float32), "x.scales": np.zeros(2, np.float32)},
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, arrays):
    save_arrays(tmp_path / "x.safetensors", arrays)
    with pytest.raises(SavedStateError, match="x is not bytes with a scale a row"):
        load_shipped(tmp_path / "x.safetensors")


def test_metadata_are_text_by_name_and_only_safetensors_hold_them(tmp_path):
    save_arrays(tmp_path / "a.safetensors", {"x": np.ones(2)})
    assert load_metadata(tmp_path / "a.safetensors") == {}
    with pytest.raises(SavedStateError, match=r"only safetensors hold metadata, not a\.npz"):
        save_arrays(tmp_path / "a.npz", {"x": np.ones(2)}, metadata={"seed": "0"})
    with pytest.raises(DTypeError, match="metadata as text by name"):
        save_arrays(tmp_path / "a.safetensors", {"x": np.ones(2)}, metadata={"seed": 0})
    with pytest.raises(SavedStateError, match="cannot read"):
        load_metadata(tmp_path / "none.safetensors")
    (tmp_path / "b.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(SavedStateError, match="not a safetensors file"):
        load_metadata(tmp_path / "b.safetensors")
