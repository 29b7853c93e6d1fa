"""Other words for the sections of an entry: what is read, what is refused, and that they are searched."""

from __future__ import annotations

import pytest

from study.files.errors import FileError
from study.notes import parse
from study.search import Index, terms

PLACE = "papers/coin/index.yml"
WHOLE = (
    "the-method:\n  - bernoulli experiment with equal odds\n  - 'kurt: gödel'\nin-one-sentence:\n  - lawn\n"
)


def faults(base, text: str) -> list[str]:
    path = base.write(PLACE, text)
    found = terms.faults(parse(base.path("papers/coin/notes.md")), path)
    return [f"{fault.line}: {fault.what} {fault.fix}".strip() for fault in found]


def test_they_are_read_by_section(base):
    read = terms.load(base.write(PLACE, WHOLE))
    assert read == {
        "the-method": ("bernoulli experiment with equal odds", "kurt: gödel"),
        "in-one-sentence": ("lawn",),
    }


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("the-method: [", 1, "not YAML"),
        ("- x\n", 1, "expected `field: value` lines"),
        ("the-method: toss\n", 1, "the-method: expected a list of terms"),
        ("the-method: []\n", 1, "expected a list of terms"),
        ("a: [b]\nthe-method:\n  - 5\n", 2, "the-method: a term is a text, got '5'"),
        ("the-method: [' ']\n", 1, "a term is a text"),
        (f"the-method: [{'x' * 101}]\n", 1, "a term of 101 characters, at most 100"),
        (f"the-method: [{', '.join('abcdefghijklm')}]\n", 1, "13 terms, at most 12"),
    ],
)
def test_what_is_no_index_is_refused_with_its_line(base, text, line, told):
    with pytest.raises(FileError) as refused:
        terms.load(base.write(PLACE, text))
    assert refused.value.line == line
    assert told in refused.value.what


def test_an_index_and_its_notes_must_go_together(base):
    told = faults(base, WHOLE.replace("in-one-sentence", "in-one-sentense"))
    assert "4: the notes have no section #in-one-sentense Did you mean in-one-sentence?" in told
    assert any(line.startswith("None: no terms for in-one-sentence") for line in told)
    told = faults(base, WHOLE.replace("lawn", "Bernoulli experiment with equal odds"))
    assert any("stands twice, first under the-method" in line for line in told)


def test_a_section_is_found_by_its_terms_and_no_longer_when_they_go(base):
    with Index(base.root) as index:
        assert not index.query("bernoulli odds gödel").hits
        base.write(PLACE, WHOLE)
        (hit, *_) = index.query("bernoulli odds gödel").hits
        assert hit.url == "papers/coin/#the-method"
        base.write(PLACE, WHOLE.replace("gödel", "cantor"))
        assert index.query("cantor").hits[0].url == "papers/coin/#the-method"
        base.path(PLACE).unlink()
        assert not index.query("bernoulli odds gödel").hits


def test_a_broken_index_keeps_nothing_else_from_being_found(base):
    base.write(PLACE, "the-method: [")
    with Index(base.root) as index:
        assert index.query("coin").hits
