"""What an entry still lacks is told, and stops being told once it is there."""

from __future__ import annotations

import pytest

from study import doctor

NOTES = "papers/coin/notes.md"


def told(base, slug: str = "coin") -> list[tuple[str, str]]:
    return [(str(found), found.level) for found in doctor.check(base.root, [slug])]


@pytest.mark.parametrize(
    ("lack", "file", "old", "new"),
    [
        ("nothing stands under 'Exercises' yet", NOTES, "1. Flip it twice.\n", "<!-- Five or so. -->\n"),
        ("no section says in which pass", NOTES, "", ""),
    ],
)
def test_a_lack_is_a_notice(measured, lack, file, old, new):
    if old:
        text = measured.read(file)
        start = text.index("1. Flip it twice.")
        measured.write(file, text[:start] + new)
    assert [level for what, level in told(measured) if lack in what] == ["notice"]


def test_a_pass_mark_and_a_demo_settle_it(measured):
    measured.edit(NOTES, "## In one sentence\n", "## In one sentence\n\n<!-- pass: 1 -->\n")
    assert not any("which pass" in what for what, _ in told(measured))
    assert any("there is no demo yet" in what for what, _ in told(measured, "walk"))
    measured.write("implementations/walk/demo.py", '"""Show."""\n')
    assert not any("there is no demo yet" in what for what, _ in told(measured, "walk"))


def test_a_heading_above_headings_is_not_empty(measured):
    measured.edit(NOTES, "## Exercises\n", "## Exercises\n\n### First\n")
    assert not any("nothing stands under" in what for what, _ in told(measured))


def test_a_skeleton_says_what_is_left_with_its_line(measured):
    measured.write("papers/coin/flip.py", measured.read("papers/coin/flip.py") + "\n# TODO: biased coins\n")
    line = measured.read("papers/coin/flip.py").count("\n")
    left = (f"papers/coin/flip.py:{line}: left to do: TODO: biased coins", "notice")
    assert [one for one in told(measured) if "left to do" in one[0]] == [left]


def test_questions_are_asked_for_and_held_to_their_form(measured):
    (missing,) = [one for one in told(measured) if "questions.yml" in one[0]]
    assert missing[1] == "notice"
    measured.write("papers/coin/questions.yml", "asked:\nparaphrased:\n")
    assert [level for what, level in told(measured) if "questions" in what] == ["notice", "notice"]
    measured.write("papers/coin/questions.yml", "asked:\n  - ask: why\n    answer: nowhere\n")
    found = [one for one in told(measured) if "questions.yml" in one[0]]
    assert {level for _, level in found} == {"error"}
    assert any("papers/coin/questions.yml:2: the notes have no section #nowhere" in what for what, _ in found)
    measured.write("papers/coin/questions.yml", "asked: 3\n")
    assert [level for what, level in told(measured) if "expected a list" in what] == ["error"]


def test_an_index_is_asked_for_and_held_against_the_notes(measured):
    (missing,) = [one for one in told(measured) if "index.yml" in one[0] and "coin" in one[0]]
    assert missing[1] == "notice"
    measured.write("papers/coin/index.yml", "nowhere:\n  - lost\n")
    found = [one for one in told(measured) if "coin/index.yml" in one[0]]
    assert any(
        "index.yml:1: the notes have no section #nowhere" in what and level == "error"
        for what, level in found
    )
    assert any("no terms for" in what and level == "notice" for what, level in found)
    measured.write("papers/coin/index.yml", "nowhere: 3\n")
    ((what, level),) = [one for one in told(measured) if "coin/index.yml" in one[0]]
    assert level == "error"
    assert "nowhere: expected a list of terms" in what
