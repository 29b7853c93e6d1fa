from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from study.files.errors import FileError
from study.notes import parse, parse_text, refresh, run, stale_sources

NAME = "papers/coin/notes.md"


def refreshed(base, **kwargs) -> str:
    return refresh(parse(base.path(NAME)), **kwargs)


def test_a_current_page_stays_byte_for_byte(base):
    assert refreshed(base) == base.read(NAME)
    assert refreshed(base, run=run(parse(base.path(NAME)))) == base.read(NAME)


def test_code_that_changed_is_shown_anew(base):
    before = base.read(NAME)
    base.edit("papers/coin/flip.py", "size=n)  # (n,)", "size=n).astype(\n        float\n    )")
    (fault,) = stale_sources(parse(base.path(NAME)))
    assert str(fault) == f"{NAME}:21: the code shown is no longer that of papers/coin/flip.py::flip"
    after = refreshed(base)
    assert after == before.replace("size=n)  # (n,)\n", "size=n).astype(\n        float\n    )\n")
    base.write(NAME, after)
    assert refreshed(base) == after
    assert stale_sources(parse(base.path(NAME))) == []


def test_a_definition_that_is_gone_is_named(base):
    base.write("papers/coin/flip.py", "def toss(): return 1\n")
    (fault,) = stale_sources(parse(base.path(NAME)))
    assert str(fault).startswith(f"{NAME}:19: source: papers/coin/flip.py defines no flip")


def test_results_go_between_their_markers_and_nowhere_else(base):
    before = base.read(NAME)
    after = refreshed(base, results="| a |\n|---|\n")
    assert after == before.replace("<!-- results -->\n", "<!-- results -->\n\n| a |\n|---|\n\n")
    base.write(NAME, after)
    assert refreshed(base, results="| a |\n|---|\n") == after
    assert refreshed(base, results="b") == before.replace("<!-- results -->\n", "<!-- results -->\n\nb\n\n")


def test_printed_output_is_shown_anew(base):
    before = base.edit(NAME, "```text\nTrue\n```", "```text\n```").read_text()
    done = run(parse(base.path(NAME)))
    assert not done.passed
    after = refreshed(base, run=done)
    assert after == before.replace("```text\n```", "```text\nTrue\n```")
    base.write(NAME, after)
    assert run(parse(base.path(NAME))).passed


def test_a_fence_without_output_gets_none(base):
    base.edit(NAME, "\n```text\nTrue\n```\n", "")
    text = base.read(NAME)
    assert refreshed(base, run=run(parse(base.path(NAME)))) == text


def test_windows_line_ends_stay(base):
    text = (
        base.read(NAME)
        .replace("True\n", "False\n")
        .replace("rng.integers", "rng.integer")
        .replace("\n", "\r\n")
    )
    base.write(NAME, text)
    after = refreshed(base, run=run(parse(base.path(NAME))), results="a\nb")
    assert after.count("\n") == after.count("\r\n")
    assert after == text.replace("False\r\n", "True\r\n").replace("rng.integer(", "rng.integers(").replace(
        "<!-- results -->\r\n", "<!-- results -->\r\n\r\na\r\nb\r\n\r\n"
    )


def test_indented_fences_keep_their_indentation(base, page):
    body = "<details>\n\n  ```python\n  print('a\\n\\nb')\n  ```\n\n  ```text\n  ```\n\n</details>\n"
    path = base.write(NAME, page(body))
    after = refresh(parse(path), run=run(parse(path)))
    assert after == page(body.replace("```text\n", "```text\n  a\n\n  b\n"))


def test_a_fence_grows_around_a_fence(base, page):
    path = base.write(NAME, page("```python\nprint('```text\\n1\\n````')\n```\n\n```text\n```\n\nEnd.\n"))
    after = refresh(parse(path), run=run(parse(path)))
    assert after.endswith("\n\n`````text\n```text\n1\n````\n`````\n\nEnd.\n")
    base.write(NAME, after)
    assert run(parse(path)).passed
    assert refresh(parse(path), run=run(parse(path))) == after


@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n", "  "])
def test_the_end_of_the_file_stays(base, page, ending):
    text = page("```python\nprint(1)\n```\n\n```text\n2\n```\n\nEnd.") + ending
    path = base.write(NAME, text)
    assert refresh(parse(path), run=run(parse(path))) == text.replace("2\n", "1\n")


def test_a_page_without_front_matter(base):
    path = base.path("docs/a.md")
    text = "<!-- source: papers/coin/flip.py::flip -->\n```python\nold\n```"
    shown = "def flip(n, *, rng):\n    return rng.integers(2, size=n)  # (n,)\n"
    assert refresh(parse_text(text, path, front=False)) == text.replace("old\n", shown)


def test_a_run_of_another_text_is_refused(base):
    done = run(parse(base.path(NAME)))
    base.edit(NAME, "Coins are fair", "Coins are very fair")
    with pytest.raises(ValueError, match="run it again"):
        refreshed(base, run=done)


BLOCKS = st.sampled_from(
    [
        "Words.\n",
        "\n",
        "```python\nprint(1)\n```\n\n```text\n2\n```\n",
        "```python\nprint(1)\n```\n",
        "~~~~python\nprint('~~~~\\n  x  ')\n~~~~\n\n~~~text\n~~~\n",
        "  ```python\n  print('a')\n  ```\n  ```text\n  old\n\n  old\n  ```\n",
        "<!-- source: papers/coin/flip.py::flip -->\n```python\nold\n```\n",
        "<!-- results -->\n",
        "<!-- /results -->\n",
        "<!-- table: papers/coin/flip.py::flip -->\n",
        "<!-- /table -->\n",
        "```text\nprint\n```\n",
        "<!--\n```python\n-->\n",
        "\t trailing \t\n",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(BLOCKS, max_size=8), st.booleans(), st.sampled_from(["", "End", "\n\n"]))
def test_refreshing_twice_is_refreshing_once_and_the_rest_stays(base, blocks, windows, end):
    text = "---\ntitle: x\n---\n" + "".join(blocks) + end
    text = text.replace("\n", "\r\n") if windows else text
    path = base.write(NAME, text)
    if malformed(path):
        return
    notes = parse(path)
    tables = {"papers/coin/flip.py::flip": "| t |\n| u |"}
    once = refresh(notes, results="| r |", tables=tables, run=run(notes))
    base.write(NAME, once)
    again = parse(path)
    assert run(again).passed
    assert refresh(again, results="| r |", tables=tables, run=run(again)) == once
    assert [again.between(marker) for marker in again.tables] == ["| t |\n| u |"] * len(notes.tables)
    assert outside(again) == outside(notes)
    assert again.text.count("\r\n") == (again.text.count("\n") if windows else 0)


def malformed(path) -> bool:
    try:
        parse(path)
    except FileError:
        return True
    return False


def outside(notes) -> list[str]:
    """Return the lines that are in no generated part."""
    inside = {
        line
        for fence in notes.fences
        if fence.kind in ("output", "source")
        for line in range(fence.start, fence.end + 1)
    }
    for marker in notes.markers:
        if marker.kind in ("results", "table"):
            inside |= set(range(marker.line + 1, marker.end))
    lines = notes.text.split("\n")
    return [line for number, line in enumerate(lines, 1) if number not in inside]
