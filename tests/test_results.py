"""Committed results: never stale, and the first losses are still those of when they were measured.

A claim that is listed may be *not yet run*; the pages and the doctor say so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from foundations.experiment import code_hash, compare_fingerprints, take_fingerprint
from study import doctor
from study.entries import catalogue, importing, results_table

ROOT = Path(__file__).parents[1]
MEASURED = [entry for entry in catalogue.survey(ROOT)[0] if entry.has_claims]
CLAIMS = [(entry, claim) for entry in MEASURED for claim in importing.claims(entry)]


def test_there_are_results():
    assert CLAIMS


@pytest.mark.parametrize("entry", MEASURED, ids=lambda entry: entry.slug)
def test_committed_results_are_of_the_code_as_it_is(entry):
    results = results_table.load(entry).claims
    claims = [claim.id for claim in importing.claims(entry)]
    assert set(results) <= set(claims)
    assert {name: result.code for name, result in results.items()} == {
        name: code_hash(entry.path, name) for name in results
    }
    assert all(result.fingerprint for result in results.values())


@pytest.mark.parametrize("entry", MEASURED, ids=lambda entry: entry.slug)
def test_the_doctor_says_nothing_of_results(entry):
    file = entry.results.relative_to(ROOT).as_posix()
    said = [str(found) for found in doctor.check(ROOT, [entry.slug]) if found.file == file]
    run = results_table.load(entry).claims
    waiting = [claim.id for claim in importing.claims(entry) if claim.id not in run]
    assert said == [f"{file}: the claim {claim!r} is not yet run" for claim in waiting]


@pytest.mark.parametrize(
    ("entry", "claim"), CLAIMS, ids=[f"{entry.slug}-{claim.id}" for entry, claim in CLAIMS]
)
def test_fingerprints_come_out_again(entry, claim):
    results = results_table.load(entry).claims
    assert claim.fingerprint is not None
    if claim.id not in results:
        pytest.skip(f"{claim.id} is not yet run: there is nothing to compare with")
    recorded = results[claim.id].fingerprint
    now = take_fingerprint(claim.id, claim.fingerprint)
    assert compare_fingerprints(recorded, now) == ""
