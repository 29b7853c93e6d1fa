"""Pilots: every arm tuned alike, kept before the real run, and used for no other code."""

import dataclasses
import json

import pytest
from threadpoolctl import threadpool_info

from foundations.errors import ClaimError, ExperimentError, ResultsError
from foundations.experiment import (
    Claim,
    Pilot,
    Verdict,
    clear_scores,
    code_hash,
    keep_pilots,
    load_pilots,
    run_claim,
    tune_claims,
)
from foundations.experiment.pilot import chosen_values
from foundations.experiment.provenance import score_hash

GRID = (0.01, 0.03, 0.1, 0.3)
OPTIMUM = {"plain": 0.03, "scaled": 0.1}


@pytest.fixture
def entry(tmp_path):
    folder = tmp_path / "papers" / "coin"
    folder.mkdir(parents=True)
    (folder / "experiments.py").write_text("rate = 0.5\n")
    return folder


def score(arm, value, seed, budget):
    return abs(value - OPTIMUM[arm]) + (seed - 100) * 0.001


def run(seed, budget, best):
    return {f"rate_{arm}": value for arm, value in best.items()}


def make(pilot=score, grid=GRID, **changed) -> Claim:
    given = {
        "id": "rates",
        "where": "Section 1",
        "says": "It learns.",
        "estimand": "The loss.",
        "predicts": "It falls.",
        "refuted": "It rises.",
        "control": "No training.",
        "thresholds": {"least": 0.0},
        "run": run,
        "holds": lambda metrics: Verdict.SUPPORTED,
        "arms": ("scaled", "plain"),
        "grid": grid,
        "pilot": pilot,
    }
    return Claim(**{**given, **changed})


def tuned(entry, claim=None, **settings) -> Pilot:
    found = tune_claims([claim or make()], budget="standard", n_jobs=1, entry=entry, **settings)
    return found["rates"]


def test_each_arm_has_its_own_best_and_every_score_is_kept(entry):
    pilot = tuned(entry)
    assert dict(pilot.best) == OPTIMUM
    assert list(pilot.grid) == ["scaled", "plain"]
    assert pilot.scores["plain"][1] == (0.0, 0.001)
    assert pilot.seeds == (100, 101)
    assert pilot.code == code_hash(entry, "rates")
    assert pilot.complaints == ()
    assert pilot.command == "study reproduce coin --claim rates --pilot --budget standard"


def test_the_real_run_goes_by_the_best_values(entry):
    pilot = tuned(entry)
    result = run_claim(make(), seeds=[0, 1], budget="standard", pilot=pilot, n_jobs=1, entry=entry)
    assert result.metrics["rate_plain"].values == (0.03, 0.03)
    assert result.metrics["rate_scaled"].values == (0.1, 0.1)
    assert dict(result.best) == OPTIMUM
    assert result.pilot == pilot


def test_arms_may_have_grids_of_their_own(entry):
    grids = {"plain": (0.01, 0.03, 0.1), "scaled": (0.05, 0.1, 0.2, 0.4)}
    pilot = tuned(entry, make(grid=grids))
    assert dict(pilot.grid) == grids
    assert dict(pilot.best) == OPTIMUM
    with pytest.raises(ExperimentError, match=r"grid has plain; the arms are scaled, plain"):
        make(grid={"plain": GRID})


def test_scores_are_taken_on_one_thread(entry):
    threads = make(lambda *_: max(pool["num_threads"] for pool in threadpool_info()), arms=("plain",))
    assert {score for row in tuned(entry, threads).scores["plain"] for score in row} == {1.0}


def test_what_is_written_is_what_is_read(entry):
    pilot, file = tuned(entry), entry / "pilot.json"
    keep_pilots({"rates": pilot}, file, entry="coin")
    assert load_pilots(file, entry="coin") == {"rates": pilot}
    other = dataclasses.replace(pilot, claim="other", accepted="why", accepted_code="sha256:1")
    keep_pilots({"other": other}, file, entry="coin")
    assert load_pilots(file, entry="coin") == {"other": other, "rates": pilot}
    assert '"scaled": [[0.09,0.091],[0.07,0.071],[0.0,0.001],[0.2,0.201]]' in file.read_text()


def test_a_score_that_diverged_is_kept_and_never_the_best(entry):
    def diverges(arm, value, seed, budget):
        return float("nan") if value == OPTIMUM[arm] else score(arm, value, seed, budget)

    pilot, file = tuned(entry, make(diverges)), entry / "pilot.json"
    assert pilot.best["plain"] != 0.03
    keep_pilots({"rates": pilot}, file, entry="coin")
    assert repr(load_pilots(file, entry="coin")) == repr({"rates": pilot})
    with pytest.raises(ClaimError, match=r"chose nothing: .* every value of the grid diverged for 'scaled'"):
        tuned(entry, make(lambda *_: float("inf")))


def test_an_interrupted_pilot_goes_on_where_it_stopped(entry):
    ran, fails = [], [True]

    def counted(arm, value, seed, budget):
        if fails and (arm, value) == ("plain", 0.1):
            raise ValueError("interrupted")
        ran.append((arm, value, seed))
        return score(arm, value, seed, budget)

    seeds = entry / "seeds"
    with pytest.raises(ClaimError, match=r"failed at seed 100 of its pilot, arm 'plain' at 0.1: ValueError"):
        tuned(entry, make(counted), checkpoint=seeds)
    assert len(ran) == 12
    fails.clear()
    ran.clear()
    pilot = tuned(entry, make(counted), checkpoint=seeds)
    assert ran == [("plain", 0.1, 100), ("plain", 0.1, 101), ("plain", 0.3, 100), ("plain", 0.3, 101)]
    assert pilot.scores == tuned(entry).scores
    (entry / "experiments.py").write_text("rate = 0.6\n")
    ran.clear()
    tuned(entry, make(counted), checkpoint=seeds)
    assert len(ran) == 16, "scores of other code are not used"
    clear_scores(seeds, {"rates": pilot})
    assert not list(seeds.rglob("*.json"))


def test_a_best_value_at_an_edge_stops_the_real_run(entry):
    pilot = tuned(entry, make(lambda arm, value, seed, budget: value))
    assert pilot.complaints == (
        "scaled: the best value 0.01 is at the lower edge of the grid: widen it",
        "plain: the best value 0.01 is at the lower edge of the grid: widen it",
    )
    with pytest.raises(ExperimentError, match=r"its pilot cannot be used: scaled: the best value 0\.01"):
        run_claim(make(), seeds=[0], budget="standard", pilot=pilot, n_jobs=1, entry=entry)
    accepted = dataclasses.replace(pilot, accepted="Lower is slower.", accepted_code=pilot.code)
    done = run_claim(make(), seeds=[0], budget="standard", pilot=accepted, n_jobs=1, entry=entry)
    assert done.pilot is not None
    assert done.pilot.accepted == "Lower is slower."


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"code": "sha256:0"}, "it was tuned with other code"),
        ({"budget": "full"}, "it was tuned under the full budget"),
        ({"accepted": "why", "code": "sha256:0", "accepted_code": "sha256:0"}, "tuned with other code"),
    ],
)
def test_a_stale_pilot_stops_the_real_run(entry, changed, said):
    pilot = dataclasses.replace(tuned(entry), **changed)
    with pytest.raises(ExperimentError, match=f"was not run, for its pilot cannot be used: .*{said}"):
        run_claim(make(), seeds=[0], budget="standard", pilot=pilot, n_jobs=1, entry=entry)


def test_a_stale_pilot_may_be_accepted_for_the_code_it_was_said_of_and_no_other(entry):
    code = code_hash(entry, "rates")
    pilot = dataclasses.replace(
        tuned(entry), code="sha256:0", accepted="Only a text changed.", accepted_code=code
    )
    assert pilot.objection(make(), "standard", code) == ""
    assert pilot.objection(make(), "standard", "sha256:2") == "it was tuned with other code"
    assert "it tuned scaled, plain; the arms are plain" in pilot.objection(
        make(arms=("plain",)), "standard", code
    )


def test_a_claim_that_tunes_needs_its_pilot(entry):
    with pytest.raises(ExperimentError, match="claim 'rates' was not run: it has to be tuned first"):
        run_claim(make(), seeds=[0], budget="standard", n_jobs=1, entry=entry)


def test_the_quick_budget_does_without(entry):
    result = run_claim(make(), seeds=[0], budget="quick", n_jobs=1, entry=entry)
    assert dict(result.best) == {"plain": 0.03, "scaled": 0.03}, "the middle of the grid"
    stale = dataclasses.replace(tuned(entry), code="sha256:0")
    assert chosen_values(make(), stale, "quick", "sha256:1") == stale.best
    others = make(arms=("plain", "new"))
    assert chosen_values(others, stale, "quick", "sha256:1") == {"plain": 0.03, "new": 0.03}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"arms": ()}, "at least one arm"),
        ({"arms": ("a", "a")}, "each named once"),
        ({"arms": ("a b",)}, "an arm is letters and digits"),
        ({"arms": ("../a",)}, "an arm is letters and digits"),
        ({"grid": (1.0, 2.0)}, "at least three ascending values"),
        ({"grid": (1.0, 3.0, 2.0)}, "at least three ascending values"),
        ({"grid": (1.0, 2.0, float("inf"))}, "at least three ascending values"),
        ({"pilot_seeds": (0, 1)}, "pilot seeds are whole numbers from 100"),
        ({"pilot_seeds": ()}, "pilot seeds are whole numbers from 100"),
        ({"pilot": 3}, "pilot must be a function"),
    ],
)
def test_what_cannot_be_tuned_cannot_be_made(changed, said):
    with pytest.raises(ExperimentError, match=said):
        make(**changed)


@pytest.mark.parametrize("returned", [None, "0.1", [0.1, 0.2], 1j])
def test_a_score_is_one_number(entry, returned):
    with pytest.raises(ClaimError, match=r"arm 'scaled' at 0\.01: .* pilot must return one number"):
        tuned(entry, make(lambda *_: returned))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["schema"], 2, "has schema version 2, this version reads 1"),
        (["entry"], "vae", "holds the pilots of 'vae', expected 'coin'"),
        (["claims", "rates", "best"], {"plain": 0.1, "scaled": 0.1}, "best does not follow from the scores"),
        (["claims", "rates", "complaints"], ["plain: odd"], "complaints do not follow from the scores"),
        (["claims", "rates", "scores", "plain"], [[0.1, 0.2]], "must hold 4 rows of 2 scores"),
        (["claims", "rates", "scores", "plain", 0], [0.1], "must hold 4 rows of 2 scores"),
        (["claims", "rates", "scores", "plain", 0], ["x", 1], "plain must hold lists of numbers only"),
        (["claims", "rates", "grid"], {"plain": [1, 2, 3]}, "must hold the arms scaled, plain, got plain"),
        (["claims", "rates", "grid", "plain"], [4, 3, 2, 1], "at least three ascending values"),
        (["claims", "rates", "seeds"], [0, 1], "pilot seeds are whole numbers from 100"),
        (["claims", "rates", "arms"], [1, 2], "arms must hold names only"),
        (["claims", "rates", "odd"], 1, "there is no field 'odd'"),
        (["claims", "rates", "accepted"], None, "accepted must be str"),
    ],
)
def test_a_damaged_pilot_is_refused_in_two_lines(entry, path, value, said):
    file = entry / "pilot.json"
    keep_pilots({"rates": tuned(entry)}, file, entry="coin")
    record = json.loads(file.read_text())
    inner = record
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    file.write_text(json.dumps(record))
    before = file.read_bytes()
    with pytest.raises(ResultsError) as caught:
        load_pilots(file, entry="coin", shown="pilot.json")
    what, todo = str(caught.value).split("\n")
    assert what.startswith("pilot.json:")
    assert said in what
    assert "`study reproduce coin --pilot` tunes again" in todo
    with pytest.raises(ResultsError):
        keep_pilots({}, file, entry="coin")
    assert file.read_bytes() == before


MODULE = """
from foundations.experiment import Claim

GRID = (0.01, 0.03, 0.1)
RATE = 0.5

RATES = Claim(id="rates", grid=GRID, arms=("plain",))
"""


@pytest.mark.parametrize(
    ("old", "new", "scores_stand"),
    [
        ("0.1)", "0.1, 0.3)", True),
        ("RATE = 0.5", "RATE = 0.6", False),
        ('"plain"', '"scaled"', False),
        ("RATE = 0.5", "RATE = GRID[0]", False),  # the grid is used for something else too
    ],
)
@pytest.mark.parametrize("package", [True, False])
def test_a_wider_grid_is_other_code_and_the_same_scores(tmp_path, old, new, scores_stand, package):
    folder = tmp_path / "papers" / "coin"
    file = folder / "experiments" / "rates.py" if package else folder / "experiments.py"
    file.parent.mkdir(parents=True)
    if package:
        (file.parent / "__init__.py").write_text("from papers.coin.experiments.rates import RATES\n")
    file.write_text(MODULE)
    before = code_hash(folder, "rates"), score_hash(folder, "rates")
    file.write_text(MODULE.replace(old, new, 1))
    after = code_hash(folder, "rates"), score_hash(folder, "rates")
    assert before[0] != after[0]
    assert (before[1] == after[1]) is scores_stand


def test_scores_of_a_narrower_grid_stand(entry):
    ran = []

    def counted(arm, value, seed, budget):
        ran.append((arm, value, seed))
        return score(arm, value, seed, budget)

    narrow = tuned(entry, make(counted, grid=(0.01, 0.03, 0.1)))
    ran.clear()
    wide = tuned(entry, make(counted), known={"rates": narrow})
    assert ran == [(arm, 0.3, seed) for arm in ("scaled", "plain") for seed in (100, 101)]
    assert wide.scores == tuned(entry).scores
    assert wide.core_seconds >= narrow.core_seconds
    ran.clear()
    tuned(entry, make(counted), known={"rates": dataclasses.replace(narrow, score_code="sha256:0")})
    assert len(ran) == 16
