"""What can be wrong with an entry beside its page: its checklist and its results."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from study.doctor.problem import REFRESH, Problem
from study.entries import importing
from study.entries.catalogue import Entry
from study.files.errors import StudyError
from study.files.read import read_text
from study.log import checklist
from study.notes import Notes
from study.notes.markdown import scan

if TYPE_CHECKING:
    from foundations.experiment import Claim, Result

_NEARLY = re.compile(  # a bullet and a box that are not quite an item
    r"^[ \t]*[-*+]?[ \t]*\[(?: {2,}|[xX]\s+|\s+[xX])?\][ \t]"  # wide or narrow boxes
    r"|^[ \t]*[-*+]\[[ xX/-]\]"  # no space after the bullet
    r"|^[ \t]*[-*+][ \t]+\[[ xX/-]\](?:[^\s(]|[ \t]*$)"  # no space after the box, or no text
)


def check_checklist(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with the reader's checklist."""
    path = entry.checklist
    if not path.is_file():
        yield Problem.at(path, None, "there is no such file: an entry has a checklist")
        return
    try:
        text = read_text(path)
        listed = checklist.parse(text, path)
    except StudyError as error:
        yield Problem.of(error)
        return
    for item in scan(text):
        if isinstance(item, tuple) and _NEARLY.match(item[1].rstrip("\r\n")):
            yield Problem.at(path, item[0], "nearly an item: expected `- [ ] text` or `- [x] text`")
    times = Counter(item.key for item in listed.items)
    for item in listed.items:
        if times[item.key] > 1:
            yield Problem.at(path, item.line, f"{item.text!r} stands more than once: ticks go by the text")
        if item.date and not item.done:
            yield Problem.notice(path, item.line, f"{item.text!r} is open and yet has a done date")


def check_results(entry: Entry, notes: Notes) -> Iterator[Problem]:
    """Yield what is wrong with the results of the claims and with their place in the notes."""
    if not entry.has_claims:
        for marker in (notes.verdicts, notes.results):
            if marker is not None:
                yield Problem.at(
                    notes.path,
                    marker.line,
                    f"a place for {marker.kind}, and no experiments.py or experiments/",
                )
        if entry.results.is_file():
            yield Problem.at(
                entry.results, None, "results, and no experiments.py or experiments/ that says of what"
            )
        return
    from study.entries import results_table, verdicts

    try:
        claims = importing.claims(entry)
        if not claims:
            what = "no claim is put to the test yet: `CLAIMS` is empty"
            yield Problem.notice(entry.experiments, None, what)
            return
        results = results_table.load(entry).claims
        shown = ((notes.verdicts, verdicts.markdown(entry)), (notes.results, results_table.markdown(entry)))
        stale = list(verdicts.stale_drawings(entry))
    except StudyError as error:
        yield Problem.of(error)
        return
    if notes.results is None:
        what = "no `<!-- results -->` and `<!-- /results -->` between which the results can stand"
        yield Problem.at(notes.path, None, what)
    for marker, text in shown:
        if marker is not None and notes.between(marker) != text.strip():
            what = f"the {marker.kind} shown are not those of results.json"
            yield Problem.at(notes.path, marker.line, what, REFRESH)
    for path, drawing in stale:
        what = "the picture of no result" if drawing is None else "not the picture of what results.json says"
        yield Problem.at(path, None, what, REFRESH)
    known = {claim.id for claim in claims}
    for name in sorted(set(results) - known):
        yield Problem.at(entry.results, None, f"a result for {name!r}, which is no claim of this entry")
    yield from _stale(entry, claims, results)


def check_fingerprints(entry: Entry) -> Iterator[Problem]:
    """Take the fingerprints of the claims again and yield where `foundations` compute something else now."""
    from foundations.errors import FoundationsError
    from foundations.experiment import compare_fingerprints, take_fingerprint
    from study.entries import results_table

    try:
        claims = importing.claims(entry)
        if not claims:
            what = "no claim is put to the test yet: `CLAIMS` is empty"
            yield Problem.notice(entry.experiments, None, what)
            return
        results = results_table.load(entry).claims
    except StudyError:
        return  # `check_results` says so
    for claim in claims:
        if claim.fingerprint is None or claim.id not in results or not results[claim.id].fingerprint:
            continue
        try:
            now = take_fingerprint(claim.id, claim.fingerprint)
        except FoundationsError as error:
            yield Problem.at(entry.path / "fingerprints.py", None, str(error))
            continue
        if difference := compare_fingerprints(results[claim.id].fingerprint, now):
            what = f"foundations compute something else than when {claim.id!r} was measured: {difference}"
            yield Problem.at(entry.results, None, what, _again(entry, claim))


def _again(entry: Entry, claim: Claim) -> str:
    return f"`study reproduce {entry.slug} --claim {claim.id}` measures it."


def _stale(entry: Entry, claims: tuple[Claim, ...], results: Mapping[str, Result]) -> Iterator[Problem]:
    from foundations.errors import FoundationsError
    from foundations.experiment.provenance import code_hash

    try:
        codes = {claim.id: code_hash(entry.path, claim.id) for claim in claims}
    except FoundationsError as error:
        yield Problem.at(entry.path, None, str(error))
        return
    for claim in claims:
        again = _again(entry, claim)
        result = results.get(claim.id)
        if claim.fingerprint is None:
            what = f"the claim {claim.id!r} has no fingerprint"
            fix = "Add a function for it to `FINGERPRINTS`."
            yield Problem.at(entry.path / "fingerprints.py", None, what, fix)
        if result is None:
            yield Problem.notice(entry.results, None, f"the claim {claim.id!r} is not yet run", again)
        elif result.code != codes[claim.id]:
            yield Problem.at(
                entry.results, None, f"the result of {claim.id!r} is that of earlier code", again
            )
        else:
            yield from _verdict(entry, claim, result, again)
            if claim.fingerprint is not None and not result.fingerprint:
                what = f"the result of {claim.id!r} has no fingerprint"
                yield Problem.at(entry.results, None, what, again)
            if result.budget == "quick":
                what = f"{claim.id!r} was measured under the quick budget; standard is what is published"
                yield Problem.notice(entry.results, None, what, again)


def _verdict(entry: Entry, claim: Claim, result: Result, again: str) -> Iterator[Problem]:
    from foundations.errors import FoundationsError
    from foundations.experiment.judging import judge

    try:
        verdict = judge(claim, result.metrics, result.budget).verdict
    except FoundationsError as error:
        yield Problem.at(entry.results, None, f"the result cannot be judged: {error}", again)
        return
    if verdict != result.verdict:
        what = f"{claim.id!r}: the verdict does not follow from the values: {result.verdict}, not {verdict}"
        yield Problem.at(entry.results, None, what, again)
