from __future__ import annotations

import json
from datetime import date

import pytest

from study.entries import evidence
from study.entries.evidence import State
from study.files.errors import StudyError

TODAY = date(2026, 11, 22)


def of(base, slug: str = "coin") -> dict[str, tuple[State, str]]:
    return {one.name: (one.state, one.detail) for one in evidence.of(base.entry(slug))}


def test_an_entry_that_proves_everything(base):
    base.measure()
    assert evidence.execute(base.entry("coin"), TODAY).passed
    assert of(base) == {
        "implemented": (State.YES, "1 public name, 1 test"),
        "checked against PyTorch": (State.YES, "compared in tests/papers/coin/test_coin.py"),
        "claims tested": (State.YES, "2 of 2 claims (1 supported, 1 not supported; standard budget)"),
        "notes executed": (State.YES, "2 fences ran and printed what the page shows on 2026-11-22"),
    }


def test_an_entry_that_proves_little(base):
    assert of(base, "walk") == {
        "implemented": (State.PARTLY, "1 public name, no tests"),
        "checked against PyTorch": (State.NO, "no test compares it with a reference"),
    }


def test_an_entry_without_code(base):
    base.add("foundations", "prose")
    assert of(base, "prose") == {"notes executed": (State.NO, "no fence to execute")}


def test_stubs_and_missing_names_are_told(base):
    base.write("papers/coin/flip.py", "def flip(n, *, rng):\n    raise NotImplementedError\n")
    assert of(base)["implemented"] == (State.NO, "1 public name, not written yet: flip, 1 test")
    base.edit("papers/coin/__init__.py", '["flip"]', '["flip", "toss"]')
    base.write("papers/coin/flip.py", "def flip(n, *, rng):\n    return 1\n")
    assert of(base)["implemented"] == (State.PARTLY, "2 public names, not defined: toss, 1 test")


def test_files_in_several_folders_are_told_by_the_one_above(base):
    for name in ("a", "b", "inner/c"):
        base.write(
            f"tests/papers/coin/test_{name}.py".replace("test_inner/", "inner/test_"),
            "import torch, papers.coin\n",
        )
    assert of(base)["checked against PyTorch"] == (State.YES, "compared in 4 files of tests/papers/coin")


@pytest.mark.parametrize(("module", "name"), [("sklearn.svm", "scikit-learn"), ("xgboost", "XGBoost")])
def test_other_references(base, module, name):
    base.write("tests/papers/coin/test_coin.py", f"import {module}\nimport papers.coin\ndef test_it(): ...\n")
    assert of(base)[f"checked against {name}"][0] == State.YES


def test_several_references_are_named_by_the_number_of_their_tests(base):
    test = "import numpy as np\nimport papers.coin\ndef test_it(): {}\n"
    base.write("papers/coin/__init__.py", 'from papers.coin.flip import flip\n\n__all__ = ["flip"]\n')
    base.write("tests/papers/coin/test_a.py", test.format("np.linalg.flip(1)"))
    base.write("tests/papers/coin/test_b.py", test.format("np.linalg.flip(2)"))
    base.write("tests/papers/coin/test_c.py", test.format("np.linalg.norm(2)"))  # a tool, nothing of ours
    found = of(base)["checked against NumPy and PyTorch"]
    assert found == (State.YES, "compared in 3 files of tests/papers/coin")


def test_claims_in_every_state(base):
    name = "claims tested"
    assert of(base)[name] == (State.NO, "none of 2 claims has been run")
    base.measure("quick", claims=("fair",))
    assert of(base)[name] == (State.PARTLY, "1 of 2 claims (1 not judged; quick budget)")
    base.measure()
    base.edit("papers/coin/flip.py", "# (n,)", "# (n,), a comment changes nothing")
    assert of(base)[name][0] == State.YES
    base.edit("papers/coin/flip.py", "size=n", "size=n + 0")
    assert of(base)[name] == (State.STALE, "0 of 2 claims, 2 measured with earlier code")


def test_results_that_cannot_be_read_are_an_error(base):
    base.write("papers/coin/results.json", '{"schema": 99, "entry": "coin", "claims": {}}')
    with pytest.raises(StudyError, match=r"papers/coin/results\.json:1: .*version 99"):
        of(base)


def test_the_stamp_is_for_this_text_and_this_code(base):
    def state() -> State:
        return of(base)["notes executed"][0]

    def execute() -> None:
        assert evidence.execute(base.entry("coin"), TODAY).passed
        assert state() == State.YES

    execute()
    text = base.read("papers/coin/notes.md")
    base.edit("papers/coin/notes.md", "Coins are fair", "Coins are very fair")
    assert state() == State.STALE
    base.write("papers/coin/notes.md", text)
    assert state() == State.YES
    base.edit("papers/coin/flip.py", "size=n", "size=n + 0")
    assert state() == State.STALE
    execute()
    base.edit(
        "papers/coin/notes.md", "import numpy as np\n", "import numpy as np\nimport implementations.walk\n"
    )
    execute()
    base.edit("implementations/walk/steps.py", "size=steps", "size=steps + 0")
    assert state() == State.STALE


def test_a_run_that_fails_is_told(base):
    evidence.execute(base.entry("coin"), TODAY)
    base.edit("papers/coin/notes.md", "True\n", "False\n")
    done = evidence.execute(base.entry("coin"), TODAY)
    assert not done.passed
    told = "2 fences; did not print what the page shows on 2026-11-22"
    assert of(base)["notes executed"] == (State.NO, told)


def test_a_damaged_stamp_is_no_stamp(base):
    evidence.execute(base.entry("coin"), TODAY)
    for content in ("", "[]", "{"):
        base.write(".study/notes/coin.json", content)
        assert "notes executed" not in of(base)


def test_notes_that_never_ran_here_are_not_shown_as_missing(base):
    assert "notes executed" not in of(base)
    evidence.execute(base.entry("coin"), TODAY)
    assert of(base)["notes executed"][0] == State.YES


def test_notes_whose_code_does_not_parse(base):
    base.write("papers/coin/flip.py", "def flip(:\n")
    with pytest.raises(StudyError):
        evidence.of(base.entry("coin"))


@pytest.mark.parametrize("text", ["", "3", "[1]", '[{"name": "implemented"}]'])
def test_kept_evidence_that_was_edited_is_read_anew(base, text):
    expected = of(base)
    kept = json.loads(base.read(".study/kept/evidence-coin.json"))
    base.write(".study/kept/evidence-coin.json", json.dumps(kept | {"text": text}))
    assert of(base) == expected
