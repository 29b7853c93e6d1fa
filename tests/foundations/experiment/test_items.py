"""Outcomes of items: from a seed's run through checkpoint, verdict and file, and back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from foundations.errors import ClaimError, ExperimentError, ResultsError
from foundations.experiment import (
    Claim,
    Measurement,
    Results,
    at_least,
    keep_results,
    mcnemar,
    run_claim,
    run_claims,
)

ITEMS = 50


@pytest.fixture
def entry(tmp_path):
    folder = tmp_path / "papers" / "coin"
    folder.mkdir(parents=True)
    (folder / "experiments.py").write_text("rate = 0.5\n")
    return folder


def right(seed, budget):
    rng = np.random.default_rng(seed)
    first = rng.random(ITEMS) < 0.9
    return {"first": first, "second": first & (rng.random(ITEMS) < 0.6), "loss": np.float32(0.25)}


def paired(metrics):
    """Judge both arms on the same items of all seeds."""
    assert metrics["first"].shape == metrics["second"].shape == (6, ITEMS)
    assert metrics["loss"].shape == (6,)
    a, b = metrics["first"] == 1, metrics["second"] == 1
    return at_least(mcnemar(int((a & ~b).sum()), int((b & ~a).sum())).share, 0.5)


def make(run=right, holds=paired) -> Claim:
    return Claim(
        id="pairs",
        where="§1",
        says="x",
        estimand="x",
        predicts="y",
        refuted="not y",
        control="z",
        thresholds={"least": 0.5},
        run=run,
        holds=holds,
    )


def test_items_reach_the_verdict_and_the_file(entry, tmp_path):
    results = run_claims([make()], seeds=range(6), budget="standard", n_jobs=1, entry=entry)
    result = results.claims["pairs"]
    assert str(result.verdict) == "supported"
    measured = result.metrics["first"]
    assert measured.items == ITEMS
    assert measured.array.shape == (6, ITEMS)
    assert measured.per_seed == pytest.approx([right(seed, "")["first"].mean() for seed in range(6)])
    file = keep_results(results, tmp_path / "results.json")
    assert repr(Results.load(file)) == repr(results)
    line = next(line for line in file.read_text().splitlines() if '"values": [[' in line)
    assert " " not in line.split("[[")[1]
    assert "." not in line


def test_a_finished_seed_keeps_its_items(entry):
    ran = []

    def counted(seed, budget):
        ran.append(seed)
        return right(seed, budget)

    settings = {"budget": "standard", "n_jobs": 1, "entry": entry, "checkpoint": entry / "seeds"}
    run_claim(make(counted, lambda m: at_least(m["loss"], 0)), seeds=range(3), **settings)
    again = run_claim(make(counted), seeds=range(6), **settings)
    assert ran == list(range(6))
    fresh = run_claim(make(), seeds=range(6), budget="standard", n_jobs=1, entry=entry)
    assert again.metrics == fresh.metrics


def test_seeds_of_different_lengths_are_refused(entry):
    with pytest.raises(ClaimError, match=r"different things at seeds 0 and 1: x; .* of one length"):
        run_claim(
            make(lambda seed, budget: {"x": np.ones(3 + seed), "y": 1}),
            seeds=[0, 1],
            budget="quick",
            n_jobs=1,
            entry=entry,
        )
    with pytest.raises(ClaimError, match="different things at seeds 0 and 1: x"):
        run_claim(
            make(lambda seed, budget: {"x": np.ones(3) if seed else 1.0}),
            seeds=[0, 1],
            budget="quick",
            n_jobs=1,
            entry=entry,
        )


@pytest.mark.parametrize("values", [(), ((),), ((1.0,), (1.0, 2.0)), (1.0, (1.0,)), ((), ())], ids=str)
def test_a_measurement_is_of_one_shape(values):
    with pytest.raises(ExperimentError, match="as many at every seed"):
        Measurement(values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([[1, 0], [1]], "as many at every seed"),
        ([[1, 0], 1], "as many at every seed"),
        ([[1, "x"], [1, 0]], "numbers, or lists of numbers, only"),
        ([[[1]], [[0]]], "numbers, or lists of numbers, only"),
        ([[], []], "numbers, or lists of numbers, only"),
        ([[1, 0]], "1 values for 2 seeds"),
        ([[0, 0], [1, 0]], "mean and interval do not follow from the values"),
    ],
)
def test_damaged_items_are_refused(entry, tmp_path, values, said):
    claim = make(lambda seed, budget: {"x": [1, 0]}, lambda m: at_least(m["x"].mean(1), 0))
    file = tmp_path / "results.json"
    keep_results(run_claims([claim], seeds=[0, 1], budget="standard", n_jobs=1, entry=entry), file)
    record = json.loads(file.read_text())
    record["claims"]["pairs"]["metrics"]["x"]["values"] = values
    file.write_text(json.dumps(record))
    with pytest.raises(ResultsError, match=said):
        Results.load(file)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("code", "sha256:0"), "run with other code"),
        (("budget", "full"), "run with the full budget"),
        (("best", {"a": 1.0}), "run with other values of the arms"),
        (("versions", {"numpy": "0.1"}), "run with other versions of Python, NumPy or this project"),
        (("foundations", "sha256:0"), "run with foundations that computed something else"),
        (("seed", 7), "of another claim or seed"),
        (("metrics", {}), "damaged"),
        (("metrics", {"x": ["?"]}), "damaged"),
        (("seconds", None), "damaged"),
    ],
)
def test_a_kept_seed_that_is_not_used_is_said(entry, change, said):
    told = []
    settings = {
        "seeds": [0],
        "budget": "standard",
        "n_jobs": 1,
        "entry": entry,
        "checkpoint": entry / "seeds",
    }
    claim = make(holds=lambda m: at_least(m["loss"], 0))
    run_claim(claim, **settings)
    file = entry / "seeds" / "pairs" / "0.json"
    record = json.loads(file.read_text())
    file.write_text(json.dumps({**record, change[0]: change[1]}))
    run_claim(claim, **settings, notice=told.append)
    assert told == [f"pairs, seed 0: the kept seed is {said}, so it runs again"]
    told.clear()
    run_claim(claim, **settings, notice=told.append)
    assert told == []


def test_other_foundations_are_the_same_where_the_fingerprint_is(entry, monkeypatch):
    told, loss = [], [0.5]
    claim = replace(make(holds=lambda m: at_least(m["loss"], 0)), fingerprint=lambda: {"a": loss})
    settings = {
        "seeds": [0],
        "budget": "standard",
        "n_jobs": 1,
        "entry": entry,
        "checkpoint": entry / "seeds",
    }
    run_claim(claim, **settings)
    monkeypatch.setattr("foundations.experiment.provenance.foundations_hash", lambda: "sha256:other")
    run_claim(claim, **settings, notice=told.append)
    assert told == []
    loss[0] = 0.52
    run_claim(claim, **settings, notice=told.append)
    assert told == [
        "pairs, seed 0: the kept seed is run with foundations that computed something else, so it runs again"
    ]
