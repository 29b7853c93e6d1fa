"""Code on the pages fits the column of the site: 88 characters, shown definitions included."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.notes import parse

ROOT = Path(__file__).parents[1]
WIDEST = 88
PAGES = (
    "implementations/linear_regression",
    "foundations/optimization",
    "foundations/autodiff",
    "foundations/matrix_decomposition",
    "foundations/gradients_jacobians",
    "foundations/matrix_calculus",
)


@pytest.mark.parametrize("page", PAGES)
def test_code_fits_the_column(page):
    notes = parse(ROOT / page / "notes.md")
    lines = [line for fence in notes.fences for line in fence.code.split("\n")]
    assert len(lines) > 100
    assert [line for line in lines if len(line) > WIDEST] == []
