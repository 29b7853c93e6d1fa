"""The weights that ship: they solve their tasks, page and NumPy have the same numbers, the twin its beam."""

import base64
import json
import re

import numpy as np
import pytest

from foundations.nn import load_arrays, load_metadata
from foundations.runtime import get_num_threads
from papers.attention import beam_search, demo_lessons, demo_weights
from papers.attention.demo_lessons import Lesson
from papers.attention.demo_live import ALPHA, search_steps
from papers.attention.demo_weights import SCRIPT, WEIGHTS, load_model, score, tasks, write
from papers.attention.tasks import END, START, reverse


def given(text):
    """Return what the script hands to the figure."""
    return json.loads(re.search(r"^figure\.give\((.*)\);$", text, re.MULTILINE)[1])


@pytest.mark.parametrize("name", ["reverse", "sort"])
def test_the_models_in_bytes_solve_their_tasks(name):
    assert score(tasks()[name], load_model(name)) > 0.99


def test_the_page_has_the_numbers_that_numpy_has():
    arrays, script = load_arrays(WEIGHTS), given(SCRIPT.read_text(encoding="utf-8"))
    assert script["metadata"] == load_metadata(WEIGHTS)
    assert set(arrays) == {name + end for name in script["arrays"] for end in ("", ".scales")}
    for name, one in script["arrays"].items():
        assert one["shape"] == list(arrays[name].shape)
        assert base64.b64decode(one["values"]) == arrays[name].tobytes()
        assert base64.b64decode(one["scales"]) == arrays[f"{name}.scales"].tobytes()
        assert (arrays[name].dtype, arrays[f"{name}.scales"].dtype) == (np.int8, np.float32)


def test_the_files_say_how_they_came_about():
    said = load_metadata(WEIGHTS)
    assert said["command"] == "python -m papers.attention.demo_weights"
    assert (said["seed"], said["budget"]) == ("0", "quick")
    assert re.fullmatch(r"[0-9a-f]{40}", said["commit"])
    assert list(json.loads(said["models"])) == ["reverse", "sort"]


def test_the_command_writes_the_same_bytes_again(tmp_path, monkeypatch):
    used = []

    def learn(lesson, seed, budget):
        used.append(get_num_threads())
        return demo_lessons.learn(lesson, seed, budget)

    monkeypatch.setattr(demo_weights, "lessons", lambda budget: [Lesson(reverse(4), 3)])
    monkeypatch.setattr(demo_weights, "learn", learn)
    before = get_num_threads()
    files = [(tmp_path / f"{i}.safetensors", tmp_path / f"{i}.js") for i in range(2)]
    for weights, script in files:
        assert list(write(weights, script)) == ["reverse"]
    (first, one), (second, other) = files
    assert first.read_bytes() == second.read_bytes()
    assert one.read_bytes() == other.read_bytes()
    assert used == [1, 1]  # among several threads sums would differ in their last bits
    assert get_num_threads() == before


@pytest.mark.parametrize("beam_size", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["reverse", "sort"])
def test_the_steps_that_are_drawn_are_those_of_beam_search(name, beam_size):
    task, model = tasks()[name], load_model(name)
    for digits in ("31415926", "7", "0000", "9876543"):
        source = task.encode([tuple(digits)], len(digits) + 1)[0]
        steps = search_steps(model, source, beam_size=beam_size, max_length=task.target_length)
        found = beam_search(
            model,
            source,
            start=START,
            end=END,
            max_length=task.target_length,
            beam_size=beam_size,
            alpha=ALPHA,
        )  # fmt: skip
        ended = sorted(
            (one for step in steps for one in step if one.fate == "ended"), key=lambda one: -one.score
        )[:beam_size]
        assert [one.tokens for one in ended] == [one.tokens for one in found]
        np.testing.assert_allclose([one.score for one in ended], [one.score for one in found], rtol=1e-12)
