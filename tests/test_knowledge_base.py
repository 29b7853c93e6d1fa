"""The knowledge base itself: what the doctor says of it, and whether its notes do what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from study import doctor
from study.doctor.imports import check_imports
from study.entries import catalogue, evidence

ROOT = Path(__file__).parents[1]
ENTRIES = catalogue.survey(ROOT)[0]


def test_imports_run_one_way_only():
    assert [str(found) for found in check_imports(ROOT)] == []


def test_the_doctor_finds_nothing_wrong():
    assert [str(found) for found in doctor.check(ROOT) if found.level == "error"] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.slug for entry in ENTRIES])
def test_notes_do_what_they_show(entry):
    run = evidence.execute(entry)
    assert run.passed, "\n\n".join(map(str, run.failures))
