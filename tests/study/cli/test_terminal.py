"""The pieces of what the reader sees."""

from __future__ import annotations

import codecs
import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from study.cli import terminal
from study.files.foreign import flat

terminal.prepare()  # registers the error handler that the tests of encodings use


@given(done=st.integers(0, 40), rest=st.integers(0, 40), width=st.integers(2, 30))
def test_a_bar_has_its_width_and_is_full_or_empty_only_at_the_ends(done: int, rest: int, width: int) -> None:
    bar = Text.from_markup(terminal.bar(done, done + rest, width)).plain
    assert len(bar) == width
    assert (bar.count("━") == width) == (done > 0 and rest == 0)
    assert (bar.count("━") == 0) == (done == 0)


@given(st.text(max_size=80))
def test_any_text_can_be_written_in_any_encoding(text: str) -> None:
    for encoding in ("ascii", "cp1252", "utf-8"):
        codecs.lookup_error("study")
        assert isinstance(text.encode(encoding, "study"), bytes)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Müller", "Muller"),
        ("✓ α ≤ β…", "x alpha <= beta..."),
        ("漢", "?"),
        ("ﬁ", "fi"),
        ("x̂", "x"),
        ("′", "?"),
    ],
)
def test_what_ascii_lacks_is_written_by_its_likeness(text: str, written: str) -> None:
    assert text.encode("ascii", "study").decode() == written


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60))
def test_literal_text_is_never_taken_for_markup(text: str) -> None:
    assert Text.from_markup(terminal.literal(text)).plain.replace("\\", "") == flat(text).replace("\\", "")


def test_an_error_is_at_most_two_lines_and_literal(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.error(f"[red]first[/] {Path.cwd()}/here.md\nsecond\nthird")
    assert capsys.readouterr().err == "error: [red]first[/] here.md\nsecond third\n"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_json_is_whole_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = {"text": "√d — Müller 漢 \x1b\n\u2028", "list": [1, None, 0.5]}
    screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", screen)
    terminal.emit(data)
    written = screen.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert json.loads(written) == data
    assert ("√" in written) == (encoding == "utf-8")


def test_a_progress_bar_is_for_terminals_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal.progress("working", 3) as shown:
        shown.advance(shown.task_ids[0])
    assert capsys.readouterr() == ("", "")
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    monkeypatch.setattr(terminal, "err", lambda: console)
    with terminal.progress("working", 3) as shown:
        shown.advance(shown.task_ids[0])
    assert "working" in screen.getvalue()
    assert capsys.readouterr() == ("", "")
