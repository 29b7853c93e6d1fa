"""A judged result is never replaced in silence: it stays in the file, with the reason."""

import dataclasses
import json

import pytest

from foundations.errors import ResultsError
from foundations.experiment import (
    Budget,
    Measurement,
    Result,
    Results,
    Superseded,
    Verdict,
    keep_results,
    needing_reason,
)


def result(code="sha256:1", seeds=tuple(range(8)), budget: Budget = "standard", **changed) -> Result:
    given = {
        "claim": "fair",
        "budget": budget,
        "seeds": seeds,
        "metrics": {"heads": Measurement(tuple(0.5 for _ in seeds))},
        "verdict": Verdict.NOT_JUDGED if budget == "quick" else Verdict.SUPPORTED,
        "core_seconds": 1.0,
        "code": code,
        "foundations": "sha256:f",
        "versions": {"python": "3.11"},
        "machine": {"cores": 2},
        "command": "study reproduce coin",
    }
    return Result(**{**given, **changed})


def of(*results: Result) -> Results:
    return Results("coin", {one.claim: one for one in results})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "results.json"
    of(result()).save(path)
    return path


@pytest.mark.parametrize(
    ("newer", "said"),
    [
        (result("sha256:2"), "other code"),
        (result(seeds=(8, 9)), "other seeds than 0, 1, 2, 3, 4, 5, 6, 7"),
        (result(seeds=(0, 1, 2)), "other seeds than"),
    ],
)
def test_what_is_not_the_same_experiment_needs_a_reason(file, newer, said):
    before = file.read_bytes()
    for because in ("", "  "):
        with pytest.raises(ResultsError, match=f"the result of 'fair' would be replaced by one of {said}"):
            keep_results(of(newer), file, because=because)
    assert file.read_bytes() == before
    keep_results(of(newer), file, because=" A bug in the mask. ")
    kept = Results.load(file).claims["fair"]
    assert (kept.code, kept.seeds) == (newer.code, newer.seeds)
    assert kept.superseded == (Superseded("A bug in the mask.", result()),)


def test_the_newest_stands_first_and_none_is_lost(file):
    for number in (2, 3, 4):
        keep_results(of(result(f"sha256:{number}")), file, because=f"reason {number}")
    kept = Results.load(file).claims["fair"]
    assert [one.reason for one in kept.superseded] == ["reason 4", "reason 3", "reason 2"]
    assert [one.result.code for one in kept.superseded] == ["sha256:3", "sha256:2", "sha256:1"]
    assert all(one.result.superseded == () for one in kept.superseded)


def test_the_same_experiment_again_needs_none_and_keeps_what_was_superseded(file):
    keep_results(of(result("sha256:2")), file, because="A bug.")
    again = dataclasses.replace(result("sha256:2"), core_seconds=9.0, seeds=tuple(reversed(range(8))))
    keep_results(of(again), file)
    kept = Results.load(file).claims["fair"]
    assert kept.core_seconds == 9.0
    assert [one.reason for one in kept.superseded] == ["A bug."]


def test_a_larger_budget_keeps_the_smaller_one_with_a_reason_of_its_own(file):
    keep_results(of(result("sha256:2", budget="full")), file)
    (before,) = Results.load(file).claims["fair"].superseded
    assert before.reason == "measured again under the full budget"
    assert before.result.budget == "standard"


def test_quick_results_go_without_a_trace(tmp_path):
    path = tmp_path / "results.json"
    of(result(budget="quick")).save(path)
    keep_results(of(result("sha256:2", budget="quick")), path)
    keep_results(of(result("sha256:3")), path)
    assert Results.load(path).claims["fair"].superseded == ()


def test_a_reason_is_asked_for_the_claim_that_needs_it_only(file):
    other = dataclasses.replace(result(), claim="rare")
    keep_results(of(result("sha256:2"), other), file, because="A bug.")
    claims = Results.load(file).claims
    assert len(claims["fair"].superseded) == 1
    assert claims["rare"].superseded == ()


def test_needing_reason_says_so_before_anything_runs():
    known, seeds = of(result()), range(8)
    assert needing_reason(known, {"fair": "sha256:1", "new": "sha256:1"}, seeds, "standard") == {}
    assert needing_reason(known, {"fair": "sha256:2"}, seeds, "standard") == {"fair": "other code"}
    assert needing_reason(known, {"fair": "sha256:2"}, seeds, "full") == {}
    assert needing_reason(known, {"fair": "sha256:2"}, [0], "quick") == {}


def test_superseded_results_within_superseded_ones_are_refused_with_their_line(file):
    keep_results(of(result("sha256:2")), file, because="A bug.")
    record = json.loads(file.read_text())
    inner = record["claims"]["fair"]["superseded"][0]
    inner["result"]["superseded"] = [{"reason": "deep", "result": inner["result"].copy()}]
    text = json.dumps(record, indent=1)
    file.write_text(text)
    with pytest.raises(ResultsError) as caught:
        Results.load(file)
    what = str(caught.value).split("\n")[0]
    assert "a superseded result holds no superseded results itself" in what
    line = int(what.removeprefix(f"{file}:").split(":")[0])
    assert text.splitlines()[line - 1].strip() == "{"
    assert '"reason": "deep"' in text.splitlines()[line]


@pytest.mark.parametrize("reason", [3, None])
def test_a_reason_is_a_text(file, reason):
    keep_results(of(result("sha256:2")), file, because="A bug.")
    record = json.loads(file.read_text())
    record["claims"]["fair"]["superseded"][0]["reason"] = reason
    file.write_text(json.dumps(record))
    with pytest.raises(ResultsError, match="superseded, 0: reason must be str, got"):
        Results.load(file)
