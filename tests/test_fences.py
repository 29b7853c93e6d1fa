"""Code in the notes is at most 88 characters wide: that much fits beside the contents."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.notes import parse

ROOT = Path(__file__).parents[1]
WIDEST = 88
NOTES = sorted(
    path for room in ("foundations", "implementations", "papers") for path in (ROOT / room).glob("*/notes.md")
)
# Pages written before, with how many lines they may still have; the numbers only fall.
BEFORE: dict[str, int] = {
    "attention": 32,
    "autodiff": 3,
    "gradients_jacobians": 7,
    "linear_regression": 1,
    "matrix_calculus": 19,
    "matrix_decomposition": 13,
    "optimization": 4,
}


def wide(path: Path) -> list[str]:
    return [
        f"{path.parent.name}/notes.md:{fence.line + at}: {len(line)} characters"
        for fence in parse(path).fences
        for at, line in enumerate(fence.code.splitlines())
        if len(line) > WIDEST
    ]


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.parent.name)
def test_no_line_of_code_is_too_wide(path: Path) -> None:
    found = wide(path)
    assert len(found) <= BEFORE.get(path.parent.name, 0), "\n".join(found)


def test_a_wide_line_is_found(tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    front = NOTES[0].read_text(encoding="utf-8").split("---")[1]
    notes.write_text(f"---{front}---\n\n# A\n\n```python\n{'x' * 88}\n{'x' * 89}\n```\n", encoding="utf-8")
    assert len(wide(notes)) == 1
