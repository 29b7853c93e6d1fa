"""Every entry of the knowledge base brings questions that can test the search."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.entries import catalogue
from study.entries.catalogue import Entry
from study.notes import parse
from study.search import questions, terms

ROOT = Path(__file__).parents[3]
ENTRIES = tuple(catalogue.load(ROOT))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.slug for entry in ENTRIES])
def test_an_entry_brings_questions_of_both_kinds(entry: Entry) -> None:
    path = entry.path / "questions.yml"
    listed = questions.load(path)
    assert [str(fault) for fault in questions.faults(listed, parse(entry.notes), path)] == []


def test_no_question_is_asked_of_two_entries() -> None:
    asked = [one.ask.casefold() for entry in ENTRIES for one in questions.load(entry.path / "questions.yml")]
    assert sorted(set(asked)) == sorted(asked)


INDEXED = tuple(entry for entry in ENTRIES if (entry.path / terms.NAME).is_file())


@pytest.mark.parametrize("entry", INDEXED, ids=[entry.slug for entry in INDEXED])
def test_an_index_and_its_notes_go_together(entry: Entry) -> None:
    assert [str(fault) for fault in terms.faults(parse(entry.notes), entry.path / terms.NAME)] == []


def test_a_term_leads_to_one_entry() -> None:
    listed = [
        (term.casefold(), entry.slug)
        for entry in INDEXED
        for group in terms.load(entry.path / terms.NAME).values()
        for term in group
    ]
    assert len(listed) > 3000
    places: dict[str, set[str]] = {}
    for term, slug in listed:
        places.setdefault(term, set()).add(slug)
    assert {term: slugs for term, slugs in places.items() if len(slugs) > 1} == {}
