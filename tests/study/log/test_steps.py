"""Items that lead to a section: a link put on an item leaves it the same item."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from study.log import checklist, exchange, reader
from study.log.exchange import Record
from study.log.line import relinked, unlinked
from study.log.steps import section_of
from study.notes import parse

PATH = Path("papers/x/checklist.md")
LINKED = "- [x] [First pass](notes.md#in-one-sentence): what is claimed ✅ 2026-01-05 #later ^id\n"
PLAIN = "- [x] First pass: what is claimed ✅ 2026-01-05 #later ^id\n"


def only(text: str):
    (item,) = checklist.parse(text, PATH).items
    return item


def test_a_link_changes_neither_words_nor_identity():
    plain, linked = only(PLAIN), only(LINKED)
    assert (linked.text, linked.key, linked.date) == (plain.text, plain.key, plain.date)
    assert linked.target == "notes.md#in-one-sentence"
    assert linked.markdown == "[First pass](notes.md#in-one-sentence): what is claimed #later"
    assert plain.target == ""


@pytest.mark.parametrize(
    ("text", "words", "target"),
    [
        ("[a](b)", "a", "b"),
        ("[a](b) and [c](d)", "a and c", "b"),
        ("[`a` *b*](notes.md#c), d", "`a` *b*, d", "notes.md#c"),
        ("`[a](b)` stays", "`[a](b)` stays", ""),
        ("![a](b) stays", "![a](b) stays", ""),
        ("[a] (b) stays, [a]", "[a] (b) stays, [a]", ""),
        ("[]()", "", ""),
        ("[" * 50_000 + "](", "[" * 50_000 + "](", ""),
    ],
)
def test_the_words_of_a_text_with_links(text, words, target):
    assert unlinked(text) == (words, target)


def test_links_lead_elsewhere_or_become_words():
    text = "[a](one) [b](two) `[c](one)`"
    assert relinked(text, {"one": "#one"}.get) == "[a](#one) b `[c](one)`"


def test_a_tick_of_before_the_link_still_counts(base):
    """Ticks in browsers, exports and reader/ticks.json go by the words of their item."""
    path = base.path("papers/coin/checklist.md")
    key = checklist.load(path).items[0].key
    record = Record(True, 1.0, "First pass: what is claimed", date(2026, 1, 5))
    exported = exchange.dumps({"coin": {key: record}})
    base.edit("papers/coin/checklist.md", "First pass", "[First pass](notes.md#in-one-sentence)")
    item = checklist.load(path).items[0]
    assert exchange.loads(exported, PATH).records["coin"][item.key] == record
    base.path("reader/started.json").unlink()
    base.write("reader/ticks.json", exported)
    base.edit("papers/coin/checklist.md", "- [ ] [First", "- [x] [First")
    item = checklist.load(path).items[0]
    assert reader.load(base.root).mine("coin", item)


def test_a_tick_made_by_the_linked_words_is_the_same_record():
    record = Record(True, 1.0, "x")
    kept = exchange.loads(exchange.dumps({"coin": {"[first pass](notes.md#a): x": record}}), PATH).records
    assert kept["coin"] == {"first pass: x": record}


def test_ticking_edits_the_marker_and_the_date_and_leaves_the_link(base):
    text = "# Mine\r\n\r\n" + LINKED.replace("[x]", "[ ]").replace(" ✅ 2026-01-05", "")
    base.write("papers/coin/checklist.md", text)
    path = base.path("papers/coin/checklist.md")
    checklist.tick(path, "first pass: what is claimed #later", True, date(2026, 1, 5))
    assert base.read("papers/coin/checklist.md") == "# Mine\r\n\r\n" + LINKED.replace(
        " ✅ 2026-01-05 #later", " #later ✅ 2026-01-05"
    )
    checklist.tick(path, 1, False)
    assert base.read("papers/coin/checklist.md") == text


def test_an_item_leads_to_a_section_of_its_notes(base):
    notes = parse(base.path("papers/coin/notes.md"))
    found = [
        section_of(only(f"- [ ] [a]({target})\n"), notes)
        for target in ("notes.md#the-method", "notes.md", "#the-method", "notes.md#no", "other.md#the-method")
    ]
    assert [one.title if one else None for one in found] == ["The method", None, None, None, None]
