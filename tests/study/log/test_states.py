"""How a reader stands with an entry."""

from __future__ import annotations

import re

import pytest

from study.files.errors import FileError, UsageError
from study.log import checklist, reader
from study.log.states import STATES, counting, derived, named


def items(text: str):
    return checklist.parse(text, checklist.Path("c.md")).items


PASSES = "- [{}] First pass\n- [{}] Second pass: the method\n- [{}] Third pass\n"


@pytest.mark.parametrize(
    ("marks", "state"),
    [
        ("   ", "to read"),
        ("x  ", "reading"),
        ("/  ", "reading"),
        ("  x", "reading"),
        ("  /", "reading"),
        ("x/ ", "reading"),
        ("xx ", "read"),
        ("xxx", "read"),
        ("-x ", "read"),
        ("---", "dropped"),
        ("-  ", "to read"),
        ("x-x", "read"),  # without a second pass, all that is left counts
        ("x- ", "reading"),
    ],
)
def test_a_state_is_derived_from_the_marks(marks: str, state: str) -> None:
    assert derived(items(PASSES.format(*marks))) == state


def test_due_cards_make_what_is_read_one_to_revisit_and_nothing_else() -> None:
    assert derived(items(PASSES.format("x", "x", " ")), due=3) == "to revisit"
    assert derived(items(PASSES.format("x", " ", " ")), due=3) == "reading"
    assert derived((), due=3) == "to read"


def test_what_is_nested_below_the_second_pass_belongs_to_it() -> None:
    listed = items("- [ ] First\n- [ ] Second pass\n  - [ ] its proof\n  - [-] its code\n- [ ] Demo\n")
    assert counting(listed) == [True, True, True, False, False]
    assert counting(items("- [ ] Derive it\n- [ ] Say it\n")) == [True, True]


@pytest.mark.parametrize("words", ["to read", "To-Read", " to_revisit ", "revisit", "READ", "dropped"])
def test_a_state_is_named_as_it_is_said(words: str) -> None:
    assert named(words) in STATES


@pytest.mark.parametrize(
    ("words", "hint"), [("red", "mean read?"), ("droped", "mean dropped?"), ("xyzzy", "one of")]
)
def test_what_is_no_state_gets_the_nearest(words: str, hint: str) -> None:
    with pytest.raises(
        UsageError, match=f"There is no state '{words}'.*{re.escape(hint)}.*\nThere are: to read, "
    ):
        named(words)


def test_a_state_that_was_given_stands_until_it_is_taken_back(base) -> None:
    entry = base.entry("coin")
    assert reader.set_state(entry, "dropped")
    assert not reader.set_state(entry, "dropped")
    assert reader.load(base.root).states == {"coin": "dropped"}
    assert reader.set_state(base.entry("walk"), "reading")
    assert reader.set_state(entry, None)
    assert reader.load(base.root).states == {"walk": "reading"}


@pytest.mark.parametrize("text", ["{", "[]", '{"coin": 1}', '{"coin": {"state": "red"}}', "[" * 10_000])
def test_a_spoilt_file_of_states_is_named_with_the_way_out(base, text: str) -> None:
    base.write("reader/states.json", text)
    with pytest.raises(FileError, match=r"reader/states\.json: .*\nMend it by hand, or remove the file"):
        reader.load(base.root)
