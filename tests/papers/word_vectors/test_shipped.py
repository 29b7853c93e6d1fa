"""What ships: a file that is what its record says, the numbers of the figure, the theorem in its pictures."""

from __future__ import annotations

import base64
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from foundations.data import load
from foundations.nn import SavedStateError, load_arrays, load_metadata, save_arrays
from papers.word_vectors.demo_live import FRAMES, SCRIPT, WEIGHTS, answers, pictures, read, read_file
from papers.word_vectors.demo_weights import COMMAND, RELATIONS, SIZE, write
from papers.word_vectors.pmi import pmi


def given(text: str) -> dict:
    """Return what the script hands to the figure."""
    return json.loads(re.search(r"^figure\.give\((.*)\);$", text, re.MULTILINE)[1])  # type: ignore[index]


def test_it_is_what_its_record_says() -> None:
    shipped = read()
    assert shipped.record["command"] == COMMAND
    assert re.fullmatch(r"[0-9a-f]{40}", shipped.record["commit"])
    assert shipped.relations == {name: [list(pair) for pair in pairs] for name, pairs in RELATIONS.items()}
    assert np.exp(shipped.arrays["logs"]).sum() == pytest.approx(1, abs=0.01)
    assert WEIGHTS.stat().st_size < 10_000
    assert SCRIPT.stat().st_size < 10_000


def test_its_vectors_are_gloves() -> None:
    real = load("glove-small")["all"]
    rows = [real["words"].index(word) for word in read().words]
    exact = real["vectors"][rows]
    half_a_step = np.abs(exact).max(axis=1, keepdims=True) / 127 / 2
    assert (np.abs(read().arrays["vectors"] - exact) <= 1.001 * half_a_step).all()


def test_the_command_writes_it_again(tmp_path: Path) -> None:
    for number in range(2):
        write(tmp_path / f"{number}.safetensors", tmp_path / f"{number}.js")
    assert (tmp_path / "0.safetensors").read_bytes() == (tmp_path / "1.safetensors").read_bytes()
    assert (tmp_path / "0.js").read_bytes() == (tmp_path / "1.js").read_bytes()
    again = read_file(tmp_path / "0.safetensors")
    for name, array in again.arrays.items():
        np.testing.assert_allclose(array, read().arrays[name], rtol=0, atol=0.02 * np.abs(array).max())
    assert again.words == read().words


def test_the_page_has_the_numbers_that_numpy_has() -> None:
    arrays, script = load_arrays(WEIGHTS), given(SCRIPT.read_text(encoding="utf-8"))
    assert script["metadata"] == load_metadata(WEIGHTS)
    assert set(arrays) == {name + end for name in script["arrays"] for end in ("", ".scales")}
    for name, one in script["arrays"].items():
        assert one["shape"] == list(arrays[name].shape)
        assert base64.b64decode(one["values"]) == arrays[name].tobytes()
        assert base64.b64decode(one["scales"]) == arrays[f"{name}.scales"].tobytes()


@pytest.mark.parametrize("k", [1, 5, 15])
def test_the_cloud_falls_onto_the_line(k: int) -> None:
    all_ = pictures(k, SIZE)
    target = pmi(np.exp(read().arrays["logs"].astype(float))).ravel() - math.log(k)
    away = [np.sqrt(np.mean((one.products - target) ** 2)) for one in all_]
    assert len(away) == FRAMES
    assert (np.diff(away) < 0).all()
    assert away[-1] < 0.1 < 0.8 < away[0]  # nats; slower the more negatives there are
    assert (all_[-1].slope, all_[-1].shift) == pytest.approx((1, -math.log(k)), abs=0.05)
    assert all_[-1].fit > 0.98
    assert abs(all_[0].slope) < 0.1
    assert all_[0].fit < 0.1


def test_with_two_dimensions_there_is_no_room() -> None:
    assert pictures(5, 2)[FRAMES - 1].fit < 0.6 < pictures(5, SIZE)[FRAMES - 1].fit


def test_answers_of_the_map() -> None:
    assert [answers("capital", 0, asked)[0][0] for asked in (1, 2, 3, 4)] == [
        "rome",
        "berlin",
        "madrid",
        "tokyo",
    ]
    assert answers("gender", 0, 1)[0][0] == "queen"
    assert "king" not in [word for word, _ in answers("gender", 0, 1)]


@pytest.mark.parametrize("damage", ["cut", "missing", "foreign", "record", "words", "pairs", "shape", "less"])
def test_a_file_that_is_not_it_is_refused(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "map.safetensors"
    arrays, record = load_arrays(WEIGHTS), load_metadata(WEIGHTS)
    about = json.loads(record["map"])
    if damage == "cut":
        file.write_bytes(WEIGHTS.read_bytes()[:-100])
    elif damage == "foreign":
        save_arrays(file, {"a": np.zeros(3)})
    elif damage == "record":
        save_arrays(file, arrays, metadata={})
    elif damage == "words":
        save_arrays(file, arrays, metadata=record | {"map": json.dumps(about | {"words": ["a"]})})
    elif damage == "pairs":
        save_arrays(file, arrays, metadata=record | {"map": json.dumps(about | {"relations": 3})})
    elif damage == "shape":
        save_arrays(file, arrays | {"places": arrays["places"].T.copy()}, metadata=record)
    elif damage == "less":
        save_arrays(file, {name: a for name, a in arrays.items() if "first_c" not in name}, metadata=record)
    with pytest.raises(SavedStateError):
        read_file(file)


def test_the_command_refuses_what_it_does_not_know() -> None:
    command = [sys.executable, *COMMAND.split()[1:], "--seed", "1"]
    ran = subprocess.run(command, cwd=WEIGHTS.parents[3], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "unrecognized arguments: --seed 1" in ran.stderr
