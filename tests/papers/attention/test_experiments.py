"""The claims run, and what they measure obeys what is known."""

import numpy as np
import pytest

from foundations.experiment import Verdict
from papers.attention.experiments import CLAIMS, Setup, saturation, schedule, setup_for
from papers.attention.tasks import reverse

BY_ID = {claim.id: claim for claim in CLAIMS}


def test_all_five_claims_are_there():
    assert list(BY_ID) == ["scaling", "positions", "heads", "smoothing", "warmup"]


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_quick_budget_runs_and_can_be_judged(claim):
    first = claim.run(0, "quick")
    assert all(np.isfinite(value) for value in first.values())
    assert claim.run(0, "quick") == first  # the seed decides everything
    verdict = claim.holds({name: np.array([value, value]) for name, value in first.items()})
    assert isinstance(verdict, Verdict)


def metrics(**values):
    return {name: np.array([value, value + 1e-6, value - 1e-6] * 2) for name, value in values.items()}


@pytest.mark.parametrize(
    ("claim", "supporting", "spoiled", "spoiled_to"),
    [
        (
            "positions",
            {"exact_none": 0.0, "exact_sinusoidal": 0.99, "exact_learned": 0.98},
            "exact_none",
            0.2,
        ),
        ("heads", {"gain": 0.05}, "gain", 0.0),
        (
            "smoothing",
            {"nll_cost": 0.1, "accuracy_gain": 0.0},
            "accuracy_gain",
            -0.1,
        ),
        (
            "warmup",
            {"cost_post": 1.5, "cost_pre": 0.0},
            "cost_post",
            0.1,
        ),
    ],
)
def test_verdicts_can_go_either_way(claim, supporting, spoiled, spoiled_to):
    holds = BY_ID[claim].holds
    assert holds(metrics(**supporting)) is Verdict.SUPPORTED
    assert holds(metrics(**{**supporting, spoiled: spoiled_to})) is Verdict.NOT_SUPPORTED


def test_saturation_follows_the_variance_of_the_matches():
    rng = np.random.default_rng(0)
    scaled = [saturation(d, True, rng)["jacobian"] for d in (4, 512)]
    unscaled = [saturation(d, False, rng)["jacobian"] for d in (4, 512)]
    assert scaled[1] == pytest.approx(scaled[0], rel=0.1)
    assert unscaled[1] < unscaled[0] / 2


def test_the_schedule_rises_to_its_peak_and_ends_near_zero():
    setup = Setup(setup_for("quick", reverse()).config, steps=30, learning_rate=1.0, warmup_steps=10)
    rates = [schedule(setup)(step) for step in range(1, 31)]
    assert np.argmax(rates) == 9
    assert rates[9] == 1.0
    assert 0 < rates[-1] < 0.1
    no_warmup = Setup(setup.config, steps=30, learning_rate=1.0, warmup_steps=0)
    assert schedule(no_warmup)(1) > 0.9
