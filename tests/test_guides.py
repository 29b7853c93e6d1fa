"""The fences of the guides run, in order, and print what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.notes import parse_text, run

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["claims"])
def test_the_fences_of_a_guide_run(name):
    path = ROOT / "docs" / "guides" / f"{name}.md"
    notes = parse_text(path.read_text("utf-8"), path)
    assert len(notes.runnable) > 3
    assert [str(failure) for failure in run(notes).failures] == []
