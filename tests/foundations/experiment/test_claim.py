"""A claim is complete before it runs."""

import dataclasses

import pytest

from foundations.errors import ExperimentError
from foundations.experiment import BUDGETS, Claim, Verdict, by_budget, parse_budget, with_fingerprints

FIELDS = {
    "id": "warmup",
    "where": "Section 5.3",
    "says": "Warm-up is needed.",
    "predicts": "The loss is lower with it by 0.1 nats.",
    "control": "Pre-LN needs none.",
    "run": lambda seed, budget: {"gap": 0.2},
    "holds": lambda metrics: Verdict.SUPPORTED,
}


def test_a_claim_is_frozen():
    claim = Claim(**FIELDS)
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim.predicts = "Anything."  # type: ignore[misc]


@pytest.mark.parametrize("name", ["where", "says", "predicts", "control"])
@pytest.mark.parametrize("value", ["", "  \n", None])
def test_a_claim_without_a_text_is_refused(name, value):
    with pytest.raises(ExperimentError, match=f"claim 'warmup': {name} must be a text"):
        Claim(**{**FIELDS, name: value})


@pytest.mark.parametrize("value", ["", "Warm-Up", "warm up", "-warmup", "warm--up", "../up", None])
def test_an_id_that_is_not_a_slug_is_refused(value):
    with pytest.raises(ExperimentError, match="the id of a claim"):
        Claim(**{**FIELDS, "id": value})


@pytest.mark.parametrize("name", ["run", "holds", "fingerprint"])
def test_run_and_holds_are_functions(name):
    with pytest.raises(ExperimentError, match=f"claim 'warmup': {name} must be a function"):
        Claim(**{**FIELDS, name: {"gap": 0.2}})


def test_fingerprints_go_to_the_claims_they_are_of():
    def losses():
        return {"warm": [0.5]}

    first, second = Claim(**FIELDS), Claim(**{**FIELDS, "id": "heads"})
    given = with_fingerprints((first, second), {"heads": losses})
    assert given == (first, dataclasses.replace(second, fingerprint=losses))
    with pytest.raises(ExperimentError, match=r"for 'cold' but no such claim; .* warmup, heads"):
        with_fingerprints((first, second), {"cold": losses})
    with pytest.raises(ExperimentError, match="claim 'heads': fingerprint must be a function"):
        with_fingerprints((first, second), {"heads": {"warm": [0.5]}})  # type: ignore[dict-item]


@pytest.mark.parametrize("budget", BUDGETS)
def test_each_budget_has_its_value(budget):
    values = {"quick": 3, "standard": 5, "full": 7}
    assert by_budget(budget, **values) == values[budget]


def test_an_unknown_budget_names_the_nearest():
    with pytest.raises(ExperimentError, match=r"'standart': expected one of .*did you mean 'standard'\?"):
        parse_budget("standart")
