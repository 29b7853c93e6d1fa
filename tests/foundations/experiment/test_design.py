"""A claim that could not lose is refused before anything runs; a complete design is kept."""

import dataclasses

import numpy as np
import pytest

from foundations.errors import ClaimError, ExperimentError
from foundations.experiment import (
    Claim,
    Contrast,
    Verdict,
    at_least,
    check_designed,
    run_claim,
    run_claims,
    tune_claims,
)


@pytest.fixture
def entry(tmp_path):
    folder = tmp_path / "papers" / "coin"
    folder.mkdir(parents=True)
    (folder / "experiments.py").write_text("rate = 0.5\n")
    return folder


def enough(metrics):
    """At least ten tosses a seed.

    More would be better.
    """
    return at_least(metrics["tosses"], 10)


FIELDS = {
    "id": "fair",
    "where": "Section 1",
    "says": "A coin is fair.",
    "estimand": "The share of heads.",
    "predicts": "At least 0.4.",
    "refuted": "The whole interval below 0.4.",
    "control": "Two tails.",
    "thresholds": {"least": 0.4, "whole": 1},
    "run": lambda seed, budget: {"heads": 0.5, "tosses": 40.0},
    "holds": lambda metrics: at_least(metrics["heads"], 0.4),
    "gates": {"enough": enough, "always": lambda metrics: Verdict.SUPPORTED},
}


@pytest.mark.parametrize(
    ("name", "empty", "said"),
    [
        ("estimand", "", "it has no estimand (the number that is measured)"),
        ("refuted", "", "it has no refuted (the outcome that would refute the claim)"),
        ("thresholds", {}, "it has no thresholds (every number the verdict hangs on, by name)"),
    ],
)
def test_an_incomplete_design_is_refused_before_anything_runs(entry, name, empty, said):
    ran = []
    claim = Claim(**{**FIELDS, name: empty, "run": lambda seed, budget: ran.append(seed)})
    with pytest.raises(
        ExperimentError, match="claim 'fair' is not designed yet, so nothing was run"
    ) as caught:
        run_claims([Claim(**{**FIELDS, "id": "other"}), claim], seeds=[0], budget="quick", entry=entry)
    assert said in str(caught.value)
    assert ran == []


def test_all_that_is_missing_is_named_at_once():
    bare = Claim(**{**FIELDS, "estimand": "", "refuted": "", "thresholds": {}})
    with pytest.raises(ExperimentError, match=r"no estimand .*; no refuted .*; no thresholds"):
        check_designed([bare])
    check_designed([Claim(**FIELDS)])


def test_a_claim_without_a_control_cannot_be_made():
    with pytest.raises(ExperimentError, match="control must be a text"):
        Claim(**{**FIELDS, "control": " "})


def test_the_design_is_kept_with_the_result(entry):
    result = run_claim(Claim(**FIELDS), seeds=range(6), budget="standard", n_jobs=1, entry=entry)
    design = result.design
    assert design is not None
    assert design.estimand == "The share of heads."
    assert design.refuted == "The whole interval below 0.4."
    assert dict(design.thresholds) == {"least": 0.4, "whole": 1}
    assert dict(design.gates) == {"always": "", "enough": "At least ten tosses a seed."}


@pytest.mark.parametrize("gate", [Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE])
@pytest.mark.parametrize("threshold", [0.4, 0.9])
def test_a_gate_that_fails_disqualifies_and_its_verdict_is_kept(entry, gate, threshold):
    claim = dataclasses.replace(
        Claim(**FIELDS),
        gates={"regime": lambda metrics: gate, "enough": enough},
        holds=lambda metrics: at_least(metrics["heads"], threshold),
    )
    result = run_claim(claim, seeds=range(6), budget="standard", n_jobs=1, entry=entry)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert dict(result.gates) == {"enough": Verdict.SUPPORTED, "regime": gate}


def test_without_gates_the_verdict_is_that_of_the_values(entry):
    claim = dataclasses.replace(Claim(**FIELDS), gates={}, holds=lambda m: at_least(m["heads"], 0.9))
    result = run_claim(claim, seeds=range(6), budget="standard", n_jobs=1, entry=entry)
    assert result.verdict is Verdict.NOT_SUPPORTED


def test_a_quick_run_is_never_judged_but_its_mistakes_show(entry):
    claim = dataclasses.replace(Claim(**FIELDS), horizon=lambda metrics: Verdict.SUPPORTED)
    result = run_claim(claim, seeds=range(6), budget="quick", n_jobs=1, entry=entry)
    assert result.verdict is result.horizon is Verdict.NOT_JUDGED
    assert set(result.gates.values()) == {Verdict.NOT_JUDGED}
    wrong = dataclasses.replace(claim, gates={"typo": lambda metrics: at_least(metrics["had"], 1)})
    with pytest.raises(ClaimError, match="failed in judging its metrics: KeyError: 'had'"):
        run_claim(wrong, seeds=[0], budget="quick", n_jobs=1, entry=entry)


@pytest.mark.parametrize("returned", [True, None, "supported", Verdict.NOT_JUDGED])
@pytest.mark.parametrize("where", ["holds", "gates", "horizon"])
def test_only_the_three_verdicts_are_verdicts(entry, where, returned):
    changed = {"gates": {"odd": lambda metrics: returned}} if where == "gates" else {}
    changed = changed or {where: lambda metrics: returned}
    with pytest.raises(ClaimError, match="must return a Verdict"):
        run_claim(
            dataclasses.replace(Claim(**FIELDS), **changed), seeds=[0], budget="quick", n_jobs=1, entry=entry
        )


def test_the_horizon_is_reported_and_no_part_of_the_verdict(entry):
    claim = dataclasses.replace(Claim(**FIELDS), horizon=lambda metrics: Verdict.NOT_SUPPORTED)
    result = run_claim(claim, seeds=range(6), budget="standard", n_jobs=1, entry=entry)
    assert (result.verdict, result.horizon) == (Verdict.SUPPORTED, Verdict.NOT_SUPPORTED)


def test_the_scale_is_computed_for_the_budget(entry):
    claim = dataclasses.replace(
        Claim(**FIELDS),
        scale=lambda budget: {"steps": (len(budget), 100_000), "examples": (np.int64(3), None)},
    )
    result = run_claim(claim, seeds=[0], budget="quick", n_jobs=1, entry=entry)
    assert dict(result.scale) == {"examples": (3.0, None), "steps": (5.0, 100_000.0)}


@pytest.mark.parametrize("scale", [{"steps": 3}, {"steps": (0, 1)}, {"steps": ("3", None)}, None])
def test_a_scale_that_is_none_is_refused_before_the_run(entry, scale):
    ran = []
    claim = dataclasses.replace(
        Claim(**FIELDS), scale=lambda budget: scale, run=lambda seed, budget: ran.append(seed)
    )
    with pytest.raises(ClaimError, match="failed in comparing its scale"):
        run_claim(claim, seeds=[0], budget="quick", n_jobs=1, entry=entry)
    assert ran == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"thresholds": {"least": "0.4"}}, r"thresholds\['least'\] must be a finite number, got '0.4'"),
        ({"thresholds": {"least": float("nan")}}, "must be a finite number, got nan"),
        ({"thresholds": {"": 1.0}}, "must be a finite number"),
        ({"thresholds": [0.4]}, "thresholds must be a mapping of names"),
        ({"gates": {"enough": Verdict.SUPPORTED}}, r"gates\['enough'\] must be a function"),
        ({"plots": {"main": "heads"}}, r"plots\['main'\] must be a Contrast"),
        ({"estimand": 3}, "estimand must be a text, got 3"),
        ({"scale": {"steps": (1, 2)}}, "scale must be a function"),
        ({"arms": ("a",)}, "arms and grid are tuned by pilot, and there is none"),
        ({"grid": (1.0, 2.0, 3.0)}, "arms and grid are tuned by pilot, and there is none"),
        (
            {
                "plots": {
                    "main": Contrast(values="heads", axis="x", left="l", right="r", thresholds=("most",))
                }
            },
            "names the threshold 'most'; it has least, whole",
        ),
    ],
)
def test_fields_of_another_kind_are_refused(changed, said):
    with pytest.raises(ExperimentError, match=said):
        Claim(**{**FIELDS, **changed})


def test_thresholds_cannot_be_moved_afterwards():
    given = {"least": 0.4}
    claim = Claim(**{**FIELDS, "thresholds": given})
    given["least"] = 0.1
    assert claim.thresholds["least"] == 0.4
    with pytest.raises(TypeError):
        claim.thresholds["least"] = 0.1  # type: ignore[index]


def test_an_undesigned_claim_is_not_tuned_either(entry):
    claim = Claim(
        **{**FIELDS, "refuted": ""},
        arms=("a",),
        grid=(1.0, 2.0, 3.0),
        pilot=lambda arm, value, seed, budget: 0.0,
    )
    with pytest.raises(ExperimentError, match="not designed yet"):
        tune_claims([claim], budget="standard", entry=entry)
