from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.entries import catalogue
from study.entries.catalogue import Catalogue, Entry
from study.files.errors import FileError
from study.log import checklist, progress
from study.log.progress import Count, Standing
from study.log.states import STATES


def tick(base, slug: str, *numbers: int, day: int = 1) -> None:
    for number in numbers:
        checklist.tick(base.entry(slug).checklist, number, True, date(2026, 11, day))


def summary(base):
    return progress.summary(catalogue.load(base.root))


def test_counts_by_entry_and_room(base):
    tick(base, "algebra", 1, 2, 3)
    tick(base, "coin", 2)
    told = summary(base)
    assert told.entries == {
        "algebra": Standing(3, 3, "read"),
        "walk": Standing(0, 3, "to read"),
        "coin": Standing(1, 3, "reading"),
    }
    assert told.rooms == {"foundations": Count(3, 3), "implementations": Count(0, 3), "papers": Count(1, 3)}
    assert told.total == Count(4, 9)
    assert told.entries["coin"].share == pytest.approx(1 / 3)
    assert Count(0, 0).share == 0
    assert Standing(0, 0).behind, "an entry without items holds nothing up"


def test_the_timeline_has_the_dated_ticks_newest_first(base):
    tick(base, "coin", 1, day=2)
    tick(base, "algebra", 2, day=3)
    tick(base, "walk", 3, day=2)
    base.edit("implementations/walk/checklist.md", "- [ ] First", "- [x] First")
    assert [(tick.date.day, tick.slug, tick.text.split(":")[0]) for tick in summary(base).timeline] == [
        (3, "algebra", "Second pass"),
        (2, "walk", "Explained it to someone"),
        (2, "coin", "First pass"),
    ]


def test_what_is_next_for_a_beginner(base):
    told = summary(base).next
    assert told is not None
    assert told.entry.slug == "algebra"
    assert told.reason == "it needs nothing before it, and 2 entries build on it"


def test_what_was_begun_comes_first_the_furthest_along_before_others(base):
    base.add("foundations", "calculus")
    tick(base, "algebra", 1)
    base.edit("foundations/calculus/checklist.md", "- [ ] First", "- [ ] Leaf through it\n- [ ] First")
    tick(base, "calculus", 1, 2)
    told = summary(base).next
    assert told is not None
    assert (told.entry.slug, told.reason) == (
        "calculus",
        "you are in the middle of it: 2 of 4 done, 2 steps are left",
    )


def test_what_something_begun_waits_for_comes_next(base):
    base.add("foundations", "aaa")
    base.add("foundations", "zzz")
    base.edit("papers/coin/notes.md", "requires: [algebra, walk]", "requires: [zzz]")
    tick(base, "coin", 1)
    told = summary(base).next
    assert told is not None
    assert (told.entry.slug, told.reason) == (
        "zzz",
        "you have begun 'Coins: are they fair?', which builds on it",
    )


def test_then_what_its_prerequisites_have_opened(base):
    tick(base, "algebra", 1, 2, 3)
    told = summary(base).next
    assert told is not None
    assert told.entry.slug == "walk"
    assert told.reason == "you have read what it builds on (algebra), and 1 entry builds on it"
    tick(base, "walk", 1, 2, 3)
    told = summary(base).next
    assert told is not None
    assert told.reason == "you have read what it builds on (algebra, walk)"
    tick(base, "coin", 1, 2, 3)
    assert summary(base).next is None


def test_an_entry_without_a_checklist_holds_nobody_up(base):
    base.path("foundations/algebra/checklist.md").unlink()
    told = summary(base)
    assert told.entries["algebra"] == Standing(0, 0, "to read")
    assert told.next is not None
    assert told.next.entry.slug == "walk"


def test_a_malformed_checklist_is_named(base):
    base.write("implementations/walk/checklist.md", "nothing here\n")
    with pytest.raises(FileError, match=r"implementations/walk/checklist\.md: not a checklist"):
        summary(base)


@given(st.data())
def test_what_is_next_is_open_and_has_its_prerequisites_behind_it(data):
    count = data.draw(st.integers(1, 8))
    entries, counts = [], {}
    for index in range(count):
        needs = tuple(sorted(data.draw(st.sets(st.sampled_from(entries or [None])))) if entries else ())
        slug = f"e{index}"
        entries.append(slug)
        total = data.draw(st.integers(0, 3))
        done = data.draw(st.integers(0, total))
        counts[slug] = (Standing(done, total, data.draw(st.sampled_from(STATES))), needs)
    listed = tuple(
        Entry("papers", slug, slug, "s", (), needs, 1, catalogue.Path(slug))
        for slug, (_, needs) in counts.items()
    )
    stand = {slug: one for slug, (one, _) in counts.items()}
    told = progress.following_entry(Catalogue(catalogue.Path(), listed), stand)
    behind = {slug for slug, one in stand.items() if one.behind}
    again = {slug for slug, one in stand.items() if one.state == "to revisit"}
    if told is None:
        assert len(behind) == count
        assert not again
    elif len(behind) == count:
        assert told.entry.slug in again
    else:
        assert told.entry.slug not in behind
        assert set(told.entry.requires) <= behind
        begun = [
            entry.slug
            for entry in listed
            if set(entry.requires) <= behind and stand[entry.slug].state == "reading"
        ]
        assert not begun or told.entry.slug in begun
