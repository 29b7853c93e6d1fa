"""The measure of `study ask`: what counts as right, and how places are counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.bench_ask import below, collect, row
from study.notes import parse_text

ROOT = Path(__file__).parents[2]
NOTES = "# Coin\n\n## Method\n\n### Toss\n\nx\n\n#### High\n\n### Catch\n\n## After\n"


def test_a_section_is_right_and_what_stands_below_it():
    sections = parse_text(NOTES, Path("notes.md"), front=False).sections
    assert below(sections, "method") == {"method", "toss", "high", "catch"}
    assert below(sections, "toss") == {"toss", "high"}
    assert below(sections, "after") == {"after"}
    with pytest.raises(KeyError):
        below(sections, "before")


def test_questions_come_with_the_addresses_that_answer():
    asked = collect(ROOT, ["attention"])
    assert len(asked) >= 10
    (why,) = [one for one in asked if one.ask == "why divide by sqrt d_k"]
    assert "papers/attention/#why-divide-by-the-square-root-of-d_k" in why.right
    assert {one.kind for one in asked} == {"asked", "paraphrased"}


def test_places_are_shares_and_reciprocals():
    assert row(np.array([1.0, 2.0, np.inf, 10.0])).split() == ["0.250", "0.500", "0.750", "0.400"]
