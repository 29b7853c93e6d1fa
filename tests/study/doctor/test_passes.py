"""What the doctor says of the passes of a page and of the steps that lead to them."""

from __future__ import annotations

import pytest

from study import doctor

NOTES = "papers/coin/notes.md"
CHECKLIST = "papers/coin/checklist.md"


def told(base, level: str | None = None) -> list[str]:
    return [str(one) for one in doctor.check(base.root, ["coin"]) if level in (None, one.level)]


def marked(base, *numbers: int) -> None:
    """Mark the sections of the coin, in order; 0 leaves one without a mark."""
    parts = base.read(NOTES).split("\n## ")
    for at, number in enumerate(numbers, start=1):
        title, rest = parts[at].split("\n", 1)
        parts[at] = f"{title}\n{f'<!-- pass: {number} -->' * bool(number)}\n{rest}"
    base.write(NOTES, "\n## ".join(parts))


def test_a_bad_marker_is_reported_with_its_line(measured) -> None:
    marked(measured, 1, 7)
    assert told(measured) == [
        f"{NOTES}:19: expected `<!-- pass: N -->` on a line of its own, N being 1, 2 or 3, "
        "got '<!-- pass: 7 -->'"
    ]


def test_python_that_is_not_run_is_reported_with_its_line(measured) -> None:
    measured.edit(NOTES, "1. Flip it twice.", "1. Flip it twice.\n\n```pycon\n>>> 1\n```")
    line = measured.read(NOTES).split("\n").index("```pycon") + 1
    assert told(measured, "error") == [f"{NOTES}:{line}: a fence of 'pycon' is Python that is not run"]


@pytest.mark.parametrize(("first", "second"), [(1300, 0), (700, 3600)])
def test_a_paper_that_names_its_passes_keeps_to_their_budgets(measured, first: int, second: int) -> None:
    measured.edit(NOTES, "Coins are fair [@", "word " * first + "\n\nCoins are fair [@")
    measured.edit(NOTES, "\n## Exercises\n", "\n" + "word " * second + "\n\n## Exercises\n")
    over = [one for one in told(measured, "notice") if "at most" in one]
    assert len(over) == (second > 0), "without marks, all but the title is of the second pass"
    assert [one for one in told(measured, "error") if "at most" in one] == []
    marked(measured, 1, 2, 2, 3)
    (found,) = [one for one in told(measured, "error") if "at most" in one]
    which = "the first two passes have" if second else "the first pass has"
    assert found.startswith(f"{NOTES}: {which} ")
    assert found.endswith(" words: 4,200 at most" if second else " words: 1,200 at most")


def test_another_page_that_is_over_its_budget_is_only_told_so(measured) -> None:
    page = "foundations/algebra/notes.md"
    measured.edit(page, "## The idea\n", "## The idea\n<!-- pass: 1 -->\n\n" + "word " * 1300 + "\n")
    found = [one for one in doctor.check(measured.root, ["algebra"]) if "at most" in one.what]
    assert [one.level for one in found] == ["notice"]


def test_a_step_leads_to_a_heading_that_is_there(measured) -> None:
    measured.edit(CHECKLIST, "Second pass: the method", "[Second pass](notes.md#the-methd): the method")
    assert told(measured, "error") == [
        f"{CHECKLIST}:4: the link to notes.md#the-methd: the page has no such heading"
    ]


def test_a_step_of_a_pass_leads_to_where_the_pass_ends(measured) -> None:
    marked(measured, 1, 2, 2, 3)
    measured.edit(CHECKLIST, "First pass: what", "[First pass](notes.md#in-one-sentence): what")
    measured.edit(CHECKLIST, "Second pass: the method", "[Second pass](notes.md#the-method): the method")
    measured.edit(CHECKLIST, "Explained it", "[Explained it](notes.md#the-method)")
    ends = [one for one in told(measured, "notice") if "ends with" in one]
    assert ends == [
        f"{CHECKLIST}:4: the second pass ends with #the-claims-tested, "
        "and this item leads to notes.md#the-method"
    ]
    text = measured.read(CHECKLIST)
    assert [one.file for one in doctor.fix(measured.root, ["coin"])] == [CHECKLIST]
    assert measured.read(CHECKLIST) == text.replace(
        "[Second pass](notes.md#the-method)", "[Second pass](notes.md#the-claims-tested)"
    )
    assert doctor.fix(measured.root, ["coin"]) == []
    assert [one for one in told(measured, "notice") if "ends with" in one] == []


def test_what_stands_below_a_section_ends_with_it(measured) -> None:
    marked(measured, 1, 2, 2, 3)
    measured.edit(
        NOTES, "## Exercises", "### More claims\n\nNone.\n\n## References\n\n- None.\n\n## Exercises"
    )
    measured.edit(
        CHECKLIST, "Second pass: the method", "[Second pass](notes.md#the-claims-tested): the method"
    )
    assert [one for one in told(measured) if "ends with" in one] == []


def test_a_dead_link_of_a_pass_is_mended(measured) -> None:
    marked(measured, 1, 2, 2, 3)
    measured.edit(CHECKLIST, "First pass: what", "[First pass](notes.md#gone): what")
    (found,) = [one for one in doctor.check(measured.root, ["coin"]) if one.level == "error"]
    assert found.what == "the link to notes.md#gone: the page has no such heading"
    assert "--fix" in found.fix
    doctor.fix(measured.root, ["coin"])
    assert "[First pass](notes.md#in-one-sentence): what" in measured.read(CHECKLIST)
