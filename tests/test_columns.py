"""Code on the pages fits the column of the site: 88 characters, shown definitions included."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.notes import parse_text

ROOT = Path(__file__).parents[1]
WIDEST = 88
PAGES = sorted(
    [
        *(
            path
            for room in ("foundations", "implementations", "papers")
            for path in ROOT.glob(f"{room}/*/notes.md")
        ),
        *ROOT.glob("docs/**/*.md"),
    ]
)


def wide(text: str, path: Path) -> list[str]:
    notes = parse_text(text, path, front=text.startswith("---"))
    return [
        f"{path.name}:{fence.line + at}: {len(line)} characters"
        for fence in notes.fences
        for at, line in enumerate(fence.code.splitlines())
        if len(line) > WIDEST
    ]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_code_fits_the_column(path: Path) -> None:
    assert wide(path.read_text(encoding="utf-8"), path) == []


def test_a_wide_line_is_found() -> None:
    text = f"# A\n\n```python\n{'x' * 88}\n{'x' * 89}\n```\n\n```text\n{'y' * 90}\n```\n"
    assert len(wide(text, Path("a.md"))) == 2
