"""The knowledge base itself: what the doctor says of it, and whether its notes do what they show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from study import doctor
from study.doctor.imports import check_imports
from study.entries import catalogue, evidence

ROOT = Path(__file__).parents[1]
ENTRIES = catalogue.survey(ROOT)[0]


def known(level: str, what: str) -> bool:
    """Tell whether it is a notice of what the page shows too: many words, a claim that is not yet run."""
    return level == "notice" and what.endswith((" at most", " is not yet run"))


def test_imports_run_one_way_only():
    assert [str(found) for found in check_imports(ROOT)] == []


def test_the_doctor_finds_nothing_wrong():
    assert [str(found) for found in doctor.check(ROOT) if not known(found.level, found.what)] == []


def test_the_doctor_is_silent_on_a_fresh_clone(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the base has no history to clone")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    command = [sys.executable, "-m", "study", "doctor", "--json"]
    env = {**os.environ, "PYTHONPATH": str(clone)}
    done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)
    problems = json.loads(done.stdout)["problems"]
    assert [one for one in problems if not known(one["level"], one["what"])] == [], done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.slug for entry in ENTRIES])
def test_notes_do_what_they_show(entry):
    run = evidence.execute(entry)
    assert run.passed, "\n\n".join(map(str, run.failures))
