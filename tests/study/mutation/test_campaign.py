"""Mutants of the toy's pages, run for real: killed, noticed, survived, hung; and what is kept of them."""

from __future__ import annotations

import json

import pytest

from study.entries import evidence
from study.files.errors import FileError, StudyError
from study.mutation import record
from study.mutation.campaign import mutants, run
from study.mutation.targets import targets
from study.notes import parse


def listed(base):
    notes = parse(base.entry("algebra").notes)
    return [f"{one.file}::{one.name}" for one in targets(notes, base.root)]


def test_the_page_answers_for_what_it_shows_and_what_it_calls(moments):
    folder = "foundations/algebra"
    expected = [
        f"{folder}/arithmetic.py::double",
        f"{folder}/moments.py::moments",
        f"{folder}/moments.py::widest",
    ]
    assert listed(moments) == expected
    moments.edit("foundations/algebra/notes.md", "assert widest([1, 2, 6]) == 8", "assert widest")
    assert listed(moments) == expected[:2], "a function that is only named is not called"


def test_what_the_fences_notice(moments):
    notes = parse(moments.entry("algebra").notes)
    campaign = run(notes, jobs=2)
    found = {f"{m.target.name}: {m.change.what}": str(outcome) for m, outcome in campaign.outcomes}
    assert found["moments: max(x) - min(x) → max(x)"] == "killed"
    assert found["moments: sum(x) / len(x) → sum(x)"] == "noticed"
    assert found["widest: width < moments(x)[1] → width <= moments(x)[1]"] == "survived"
    assert found["widest: 1 → 2"] == "survived", "a power of two, from another start"
    assert found["widest: 1 → 2 (#2)"] == "killed"
    assert len(found) == len(campaign.outcomes) == len(mutants(notes, moments.root))


def test_a_page_that_hangs_has_noticed(moments, monkeypatch):
    from study.mutation import campaign as module

    monkeypatch.setattr(module, "_SLACK", 0.5)
    found = {m.change.what: str(o) for m, o in run(parse(moments.entry("algebra").notes), jobs=2).outcomes}
    assert found["width * 2 → width"] == "killed", "the width never grows"


def test_a_page_that_fails_as_it_is_is_refused(moments):
    moments.edit("foundations/algebra/notes.md", "assert spread == 5", "assert spread == 6")
    with pytest.raises(StudyError, match="fails as it is"):
        run(parse(moments.entry("algebra").notes))


def test_a_page_with_nothing_to_change_is_refused(base):
    base.add("foundations", "prose")
    with pytest.raises(StudyError, match="prose: its page shows and calls no code"):
        run(parse(base.entry("prose").notes))


def score(base):
    entry = base.entry("algebra")
    notes = parse(entry.notes)
    found = record.of_campaign(notes, base.root, run(notes, jobs=2), record.load(entry.path))
    record.save(entry.path, found)
    return found


def test_the_record_keeps_reasons_and_knows_when_it_is_stale(moments):
    first = score(moments)
    assert first.mutants == first.killed + len(first.survivors)
    assert not first.reaches_goal
    kept = json.loads(moments.read("foundations/algebra/mutants.json"))
    for one in kept["survivors"]:
        one["reason"] = "a plateau"
    moments.write("foundations/algebra/mutants.json", json.dumps(kept))
    expected = {record.Survivor(**one) for one in kept["survivors"]}
    assert set(score(moments).survivors) == expected, "the reasons stay with their mutants"

    def shown():
        return next(e for e in evidence.of(moments.entry("algebra")) if e.name == "mutants killed")

    assert shown().state == evidence.State.PARTLY
    moments.edit("foundations/algebra/moments.py", "Is neither", "Is still neither")
    assert shown().state == evidence.State.PARTLY, "what the page does not show or call does not count"
    moments.edit("foundations/algebra/moments.py", "max(x) - min(x)", "max(x) - min(x) + 0")
    assert shown().state == evidence.State.STALE
    assert "changed since" in shown().detail


def test_a_definition_with_nothing_to_change_does_not_make_the_record_stale(moments):
    moments.edit(
        "foundations/algebra/moments.py", "def untouched", "def same(x):\n    return x\n\n\ndef untouched"
    )
    called = (
        "from foundations.algebra.moments import same\n\nassert same(3) == 3\nassert widest([1, 2, 6]) == 8"
    )
    moments.edit("foundations/algebra/notes.md", "assert widest([1, 2, 6]) == 8", called)
    entry = moments.entry("algebra")
    assert score(moments).code == record.code_of(parse(entry.notes), moments.root)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        '{"schema": 2}',
        '{"schema": 1, "code": "", "mutants": 1, "killed": 0, "noticed": 0}',
        '{"schema": 1, "code": "", "mutants": 3, "killed": 1, "noticed": 0, "survivors": []}',
        "[" * 100_000,
    ],
)
def test_a_damaged_record_is_named(moments, content):
    moments.write("foundations/algebra/mutants.json", content)
    with pytest.raises(FileError, match=r"^foundations/algebra/mutants\.json"):
        record.load(moments.entry("algebra").path)
