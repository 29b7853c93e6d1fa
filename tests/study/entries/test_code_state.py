"""Hashes of code: found again without parsing, and computed anew after any change."""

from __future__ import annotations

import pytest

from foundations.experiment import provenance
from study.entries.code_state import entry_hash, fences_hash
from study.files.errors import StudyError

FENCES = ("from papers.coin import flip\nflip(1)\n",)


def test_they_are_the_hashes_of_the_experiments(base):
    entry = base.entry("coin")
    for _ in range(2):
        assert entry_hash(entry) == provenance.code_hash(entry.path)
        assert fences_hash(entry, FENCES) == provenance.imports_hash(FENCES, base.root)


def test_what_did_not_change_is_not_parsed_again(base, monkeypatch):
    entry = base.entry("coin")
    before = entry_hash(entry), fences_hash(entry, FENCES)

    def refuse(*_, **__):
        raise AssertionError("it was computed again")

    monkeypatch.setattr(provenance, "code_hash", refuse)
    monkeypatch.setattr(provenance, "imports_hash", refuse)
    assert (entry_hash(entry), fences_hash(entry, FENCES)) == before
    with pytest.raises(AssertionError, match="again"):
        fences_hash(entry, ("from papers.coin import flip\nflip(2)\n",))
    base.write("implementations/walk/more.py", "STEPS = 3\n")
    with pytest.raises(AssertionError, match="again"):
        entry_hash(entry)


def test_a_change_is_seen(base):
    entry = base.entry("coin")
    before = entry_hash(entry), fences_hash(entry, FENCES)
    base.edit("papers/coin/flip.py", "size=n", "size=n + 0")
    after = entry_hash(entry), fences_hash(entry, FENCES)
    assert before[0] != after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"state": 1}', "\0"])
def test_a_damaged_file_is_computed_anew(base, damage):
    entry = base.entry("coin")
    expected = entry_hash(entry)
    base.write(".study/kept/claims-coin.json", damage)
    assert entry_hash(entry) == expected


def test_code_that_is_broken_is_an_error(base):
    base.write("papers/coin/flip.py", "def flip(:\n")
    with pytest.raises(StudyError, match=r"flip\.py:1"):
        entry_hash(base.entry("coin"))
