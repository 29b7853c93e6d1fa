"""`study reproduce` and the pilot: tuned first, kept, and stopped at an edge."""

from __future__ import annotations

import json

import pytest

TUNED = '''\
"""A claim with two arms."""

from foundations.experiment import Claim, Contrast, at_least

LEAST, OPTIMUM = 0.5, 0.03


def score(arm, value, seed, budget):
    """Return how far a value is from the best."""
    return abs(value - OPTIMUM)


def measure(seed, budget, best):
    """Return the value each arm ran with."""
    return {"gain": 1.0 + 0.01 * seed, "rate": best["plain"]}


def holds(metrics):
    """Judge the gain."""
    return at_least(metrics["gain"], LEAST)


def regime(metrics):
    """The rate is above 0."""
    return at_least(metrics["rate"], 0.0)


CLAIMS = (
    Claim(
        id="fair",
        where="Section 1",
        says="It gains.",
        estimand="The gain.",
        predicts="At least 0.5.",
        refuted="Less.",
        control="None of it.",
        thresholds={"least": LEAST},
        arms=("plain", "scaled"),
        grid=(0.01, 0.03, 0.1),
        pilot=score,
        run=measure,
        holds=holds,
        gates={"regime": regime},
        scale=lambda budget: {"steps": (100, 100_000)},
        plots={
            "gain": Contrast(
                values="gain", axis="gain", left="none", right="much", thresholds=("least",), supports="above"
            )
        },
    ),
)
'''
PILOT = "papers/coin/pilot.json"
RESULTS = "papers/coin/results.json"


@pytest.fixture
def tuned(base):
    """The toy base with a claim that tunes two arms."""
    base.write("papers/coin/experiments.py", TUNED)
    base.path("papers/coin/fingerprints.py").unlink()
    return base


def test_a_claim_is_tuned_run_and_superseded(tuned, study) -> None:
    quick = study("reproduce", "coin", "--budget", "quick")
    assert quick.code == 0
    assert "◌ not judged fair Section 1, 1 seed" in " ".join(quick.out.split())
    assert not tuned.path(PILOT).exists()

    pilot = study("reproduce", "coin", "--pilot", "--jobs", "1")
    assert pilot.code == 0
    said = " ".join(pilot.out.split())
    assert "plain 0.01: 0.02 0.03: 0 0.1: 0.07" in said
    assert "commit it before the real run" in pilot.err
    before = tuned.read(PILOT)
    assert set(json.loads(before)["claims"]) == {"fair"}
    assert json.loads(tuned.read(RESULTS))["claims"]["fair"]["budget"] == "quick"

    done = study("reproduce", "coin", "--jobs", "1")
    assert done.code == 0
    said = " ".join(done.out.split())
    for part in (
        "✓ supported fair Section 1, 8 seeds",
        "gate regime: supported",
        "tuned: plain 0.03, scaled 0.03",
        "steps: 100, 0.001 of the paper's 100,000",
    ):
        assert part in said
    assert tuned.read(PILOT) == before
    claim = json.loads(tuned.read(RESULTS))["claims"]["fair"]
    assert claim["verdict"] == "supported"
    assert claim["pilot"]["best"] == {"plain": 0.03, "scaled": 0.03}
    assert claim["plots"][0]["thresholds"] == {"least": 0.5}
    assert claim["superseded"] == []
    assert not list(tuned.path("papers/coin").rglob("seeds/*/*.json"))

    tuned.edit("papers/coin/experiments.py", "0.01 * seed", "0.02 * seed")
    refused = study("reproduce", "coin", "--jobs", "1")
    assert refused.code == 2
    assert "holds judged results of another experiment (fair: other code)." in refused.complaint
    again = study("reproduce", "coin", "--jobs", "1", "--because", "A slip in the gain.")
    assert again.code == 0
    assert "fair is tuned again: it was tuned with other code." in again.err
    (earlier,) = json.loads(tuned.read(RESULTS))["claims"]["fair"]["superseded"]
    assert earlier["reason"] == "A slip in the gain."
    del claim["superseded"]
    assert earlier["result"] == claim


def test_a_best_value_at_the_edge_stops_until_the_grid_is_wider_or_a_reason_given(tuned, study) -> None:
    tuned.edit("papers/coin/experiments.py", "0.5, 0.03", "0.5, 0.005")
    done = study("reproduce", "coin", "--jobs", "1")
    assert done.code == 1
    what, todo = done.complaint.split("\n")
    assert what.startswith("fair, plain: the best value 0.01 is at the lower edge of the grid")
    assert todo.startswith("Widen the grid")
    assert tuned.path(PILOT).exists(), "what the pilot cost is kept"
    assert not tuned.path(RESULTS).exists()
    done = study("reproduce", "coin", "--jobs", "1", "--accept-pilot", "Lower rates take days.")
    assert done.code == 0
    record = json.loads(tuned.read(RESULTS))["claims"]["fair"]["pilot"]
    assert record["accepted"] == "Lower rates take days."
    assert json.loads(tuned.read(PILOT))["claims"]["fair"]["accepted"] == "Lower rates take days."
    tuned.edit("papers/coin/experiments.py", "It gains.", "It gains much.")
    done = study("reproduce", "coin", "--jobs", "1", "--because", "A word.")
    assert done.code == 1, "the reason was given for other code"
    assert "lower edge" in done.err


def test_a_pilot_of_earlier_code_is_kept_with_a_reason(tuned, study) -> None:
    assert study("reproduce", "coin", "--pilot", "--jobs", "1").code == 0
    before = json.loads(tuned.read(PILOT))["claims"]["fair"]
    tuned.edit("papers/coin/experiments.py", "It gains.", "It gains much.")
    done = study("reproduce", "coin", "--jobs", "1", "--accept-pilot", "Only a text changed.")
    assert done.code == 0
    after = json.loads(tuned.read(PILOT))["claims"]["fair"]
    assert after.pop("accepted") == "Only a text changed."
    assert after.pop("accepted_code") == json.loads(tuned.read(RESULTS))["claims"]["fair"]["code"]
    assert after == {name: value for name, value in before.items() if not name.startswith("accepted")}


def test_pilots_as_json(tuned, study) -> None:
    done = study("reproduce", "coin", "--pilot", "--jobs", "1", "--json")
    (found,) = done.json["pilots"]
    assert (found["entry"], found["file"]) == ("coin", PILOT)
    assert found["claims"] == json.loads(tuned.read(PILOT))["claims"]


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (["--pilot", "--budget", "quick"], 2, "The quick budget needs no pilot: it is not judged."),
        (["--pilot", "--claim", "fir"], 2, "There is no claim 'fir': did you mean fair?"),
        (["--accept-pilot"], 2, "--accept-pilot"),
        (["--becuse", "x"], 2, "--because"),
    ],
)
def test_what_means_nothing_is_refused(tuned, study, typed, code, said) -> None:
    done = study("reproduce", "coin", *typed)
    assert done.code == code
    assert said in done.complaint
    assert not tuned.path(PILOT).exists()


def test_a_pilot_where_nothing_is_tuned_is_refused(base, study) -> None:
    done = study("reproduce", "coin", "--pilot")
    assert done.code == 2
    assert done.complaint.startswith("None of these claims tunes anything.")


def test_a_claim_without_a_design_is_named_before_anything_runs(tuned, study) -> None:
    tuned.edit("papers/coin/experiments.py", '        refuted="Less.",\n', "")
    done = study("reproduce", "coin")
    assert done.code == 1
    assert "claim 'fair' is not designed yet, so nothing was run: it has no refuted" in done.complaint


def test_a_damaged_pilot_stops_the_command_with_its_line(tuned, study) -> None:
    tuned.write(PILOT, "{\n")
    done = study("reproduce", "coin")
    assert done.code == 1
    what, todo = done.complaint.split("\n")
    assert what.startswith(f"{PILOT}:2: not valid JSON")
    assert "`study reproduce coin --pilot` tunes again" in todo
    assert tuned.read(PILOT) == "{\n"
